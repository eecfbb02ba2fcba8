"""Asking one OpenAI-compatible endpoint about one paper: requests, retries, and a record of every call.

There is one retry loop, here; the openai client's own is off. Requests are repeated on 429, 5xx, time-outs and broken
connections, never on 400, 401, 403 or 404; each waits for its turn (see :mod:`extractor.limits`). Retries and re-asks
(see :mod:`extractor.conversation`) together never exceed :data:`MAX_CALLS` a paper.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from extractor.connection import Connection
from extractor.contract import answer_schema
from extractor.conversation import MAX_CALLS, NOTHING, Completion, Reply, converse
from extractor.endpoint import Endpoint, public_url
from extractor.errors import UsageError
from extractor.failures import RequestError, StatusError
from extractor.limits import NO_LIMITS, Limiter, Limits
from extractor.pricing import find_price
from extractor.records import Call
from extractor.retries import explain, may_pass, overload, pause

if TYPE_CHECKING:
    from types import TracebackType

    from extractor.conversation import Purpose
    from extractor.errors import ModelError
    from extractor.grounding import Passage
    from extractor.prompts import Message

_ROUNDS = 3
"""Rounds of the event loop in which whoever has waited for a turn sends its request: to wake, to ask, and to write."""
_RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "claims", "strict": True, "schema": answer_schema()},
}


class Client:
    """A pool of connections to one endpoint, opened by the first question; an async context manager.

    At most ``connections`` papers are asked about at once, pauses before another attempt included; the others wait.

    Raises :class:`UsageError` where a budget is set for a model whose price is unknown.
    """

    def __init__(self, endpoint: Endpoint, *, connections: int = 64, limits: Limits = NO_LIMITS) -> None:
        self.endpoint = endpoint
        self._price = find_price(endpoint)
        if limits.max_cost is not None and self._price is None:
            model, server = endpoint.model, public_url(endpoint.base_url)
            raise UsageError(
                f"--max-cost needs a price, and that of {model} at {server} is unknown; set it in claims.toml: "
                f'[prices."{model}"], input = …, output = … (US dollars per million tokens)'
            )
        self._limiter = Limiter(limits, self._price, endpoint.answer_tokens, connections)
        self._connections = connections
        self.answered = False
        """Whether the endpoint has answered any question."""
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()
        token_limit = "max_completion_tokens" if "api.openai.com" in endpoint.base_url else "max_tokens"
        self._fixed: dict[str, Any] = {
            "model": endpoint.model,
            "response_format": _RESPONSE_FORMAT,
            token_limit: endpoint.answer_tokens,
        }
        if endpoint.temperature is not None:
            self._fixed["temperature"] = endpoint.temperature
        if endpoint.logprobs:
            self._fixed["logprobs"] = True

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection:
            await self._connection.close()

    @property
    def out_of_budget(self) -> bool:
        """Whether requests are no longer sent because the budget is used up."""
        return self._limiter.out_of_budget

    def halt(self) -> None:
        """Send no more requests; those under way go on."""
        self._limiter.halt()

    async def _connect(self) -> Connection:
        """New connections to the endpoint."""
        return Connection(self.endpoint, connections=self._connections)

    async def _connected(self) -> Connection:
        """The connections to the endpoint, opened when they are first needed."""
        if not self._connection:
            async with self._opening:
                self._connection = self._connection or await self._connect()
        return self._connection

    async def ask(self, messages: list[Message], passage: Passage) -> Reply:
        """Ask about one paper; see :func:`extractor.conversation.converse`."""

        async def carry(messages: list[Message], purpose: Purpose, calls: list[Call]) -> Completion:
            body = self.body(messages)
            async with self._limiter.seat(again=bool(calls)):
                completion = await self._request(body, calls, purpose)
            # What comes of an answer takes longer than sending the next question, which the server waits for.
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)
            return completion

        return await converse(messages, passage, carry, reasks=self.endpoint.reasks)

    def body(self, messages: list[Message]) -> bytes:
        """The JSON of a request for a chat completion."""
        return to_json({"messages": messages, **self._fixed})

    async def _request(self, body: bytes, calls: list[Call], purpose: Purpose) -> Completion:
        """One completion, with retries; every attempt is noted in ``calls``."""
        attempts_left = MAX_CALLS - len(calls)
        try:
            return await self._attempt(body, calls, purpose)
        except RequestError as error:
            failures: list[Exception] = [error]

        async def attempt() -> Completion:
            if failures:
                raise failures.pop()
            return await self._attempt(body, calls, purpose)

        # tenacity takes over from the first failure; its bookkeeping would be a tenth of a quick request's time.
        retrying = AsyncRetrying(
            sleep=self._limiter.pause,
            stop=stop_after_attempt(attempts_left),
            wait=pause,
            retry=retry_if_exception(may_pass),
            reraise=True,
        )
        try:
            return await retrying(attempt)
        except RequestError as error:
            raise self._explained(error) from error

    def _explained(self, error: RequestError) -> ModelError:
        return explain(error, self.endpoint.model, public_url(self.endpoint.base_url), self.endpoint.api_key)

    async def _attempt(self, body: bytes, calls: list[Call], purpose: Purpose) -> Completion:
        turn = await self._limiter.enter(len(body))
        try:
            connection = await self._connected()
        except BaseException:
            self._limiter.refused(turn)  # nothing was sent
            self._limiter.leave(turn)
            raise
        started_at, clock = datetime.now(UTC), time.perf_counter()
        completion, status, failure = NOTHING, None, None
        cost = None if self._price is None else 0.0
        try:
            status, headers, content = await connection.complete(body)
            self._limiter.heed(turn, headers)
            completion = Completion.read(content)
            self.answered = True
            if self._price:
                cost = completion.cost(self._price, started_at)
            self._limiter.answered(turn, completion.prompt_tokens, completion.completion_tokens, cost)
        except RequestError as error:
            if isinstance(error, StatusError):
                status = error.status
                self._limiter.heed(turn, error.headers)
                self._limiter.refused(turn)
            seconds = overload(error)
            if seconds is not None:
                self._limiter.overloaded(turn, seconds)
            failure = str(self._explained(error))
            raise
        else:
            return completion
        finally:
            self._limiter.leave(turn)
            calls.append(
                Call(
                    purpose=purpose,
                    started_at=started_at,
                    latency=time.perf_counter() - clock,
                    http_status=status,
                    finish_reason=completion.finish_reason,
                    prompt_tokens=completion.prompt_tokens,
                    cached_tokens=completion.cached_tokens,
                    completion_tokens=completion.completion_tokens,
                    error=failure,
                    cost=cost,
                )
            )
