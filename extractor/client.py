"""Asking one OpenAI-compatible endpoint about one paper: requests, retries, re-asks, and a record of every call.

There is one retry loop, here; the openai client's own is off. Requests are repeated on 429, 5xx, time-outs and broken
connections, never on 400, 401, 403 or 404. An answer that breaks the contract or the grounding goes back to the model
with the reasons (instructor's re-ask). Retries and re-asks together never exceed :data:`MAX_CALLS` a paper.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from openai import APIError, APIStatusError
from openai.types.chat import ChatCompletion
from pydantic import ValidationError
from pydantic_core import from_json, to_json
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from extractor.answers import parse_answer, salvage_claims
from extractor.contract import answer_schema
from extractor.endpoint import Connection, Endpoint
from extractor.errors import ModelError, UnavailableError
from extractor.grounding import REPEATED, GroundedAnswer, Passage
from extractor.records import Call
from extractor.retries import UnreadableResponseError, explain, may_pass, pause

if TYPE_CHECKING:
    from types import TracebackType

    from extractor.contract import Claim
    from extractor.grounding import GroundedClaim
    from extractor.prompts import Message
    from extractor.records import Status

Purpose = Literal["answer", "re-ask"]

MAX_CALLS = 5
"""Requests a paper may cost, retries and re-asks together."""

# What instructor logs as an error is in the reply; without a handler Python would print it to standard error.
logging.getLogger("instructor").addHandler(logging.NullHandler())

_RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "claims", "strict": True, "schema": answer_schema()},
}


@dataclass
class Reply:
    """What became of one paper's question: its grounded claims, what was dropped and why, and every call made.

    ``failure`` is set where no answer came at all.
    """

    status: Status = "failed"
    text: str | None = None
    claims: list[GroundedClaim] = field(default_factory=list)
    dropped: list[tuple[Claim, str]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    error: str | None = None
    failure: ModelError | None = None

    def adopt(self, other: Reply) -> None:
        """Take another answer's content; the calls stay one list."""
        self.status, self.text, self.error = other.status, other.text, other.error
        self.claims, self.dropped = other.claims, other.dropped


class Client:
    """A pool of connections to one endpoint, opened by the first question; an async context manager."""

    def __init__(self, endpoint: Endpoint, *, connections: int = 64) -> None:
        self.endpoint = endpoint
        self._connections = connections
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()
        token_limit = "max_completion_tokens" if "api.openai.com" in endpoint.base_url else "max_tokens"
        self._fixed: dict[str, Any] = {
            "model": endpoint.model,
            token_limit: endpoint.answer_tokens,
        }
        if endpoint.temperature is not None:
            self._fixed["temperature"] = endpoint.temperature

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection:
            await self._connection.close()

    async def _connect(self) -> Connection:
        """The connections to the endpoint."""
        return Connection(self.endpoint, connections=self._connections)

    def constraint(self, passage: Passage) -> dict[str, Any]:  # noqa: ARG002  (for subclasses)
        """The part of a request that holds the answer about a passage to its form."""
        return {"response_format": _RESPONSE_FORMAT}

    async def ask(self, messages: list[Message], passage: Passage) -> Reply:
        """Ask about one paper until the answer stands, the server refuses, or the attempts are used up.

        Never raises for what the model or its server does: that is in the reply.
        """
        reply = Reply()
        try:
            completion = await self._request(messages, passage, reply.calls, "answer")
            if not _take(completion, passage, reply) and self.endpoint.reasks:
                await self._reask(messages, completion, passage, reply)
        except ModelError as error:
            if reply.text is None:
                reply.error, reply.failure = str(error), error
        return reply

    async def _reask(self, messages: list[Message], faulty: Completion, passage: Passage, reply: Reply) -> None:
        """Send a faulty answer back with its faults, by way of instructor; the best of all answers is kept."""
        # instructor takes its time to import and is often not needed.
        from instructor import Mode  # noqa: PLC0415
        from instructor.core import IncompleteOutputException, InstructorRetryException, retry_async  # noqa: PLC0415

        pending = [faulty]

        async def create(messages: list[Message]) -> ChatCompletion:
            if pending:
                return pending.pop().for_instructor()
            completion = await self._request(messages, passage, reply.calls, "re-ask")
            again = Reply()
            _take(completion, passage, again)
            if (len(again.claims), again.status == "ok") >= (len(reply.claims), reply.status == "ok"):
                reply.adopt(again)
            return completion.for_instructor()

        try:
            # Not instructor's patched client: given a validation context, it renders the messages as Jinja templates,
            # and abstracts are full of braces.
            await retry_async(
                func=create,
                response_model=GroundedAnswer,
                args=(),
                kwargs={"messages": list(messages)},
                context={"passage": passage},
                max_retries=self.endpoint.reasks,
                mode=Mode.JSON_SCHEMA,
                strict=False,
            )
        except IncompleteOutputException:
            pass
        except InstructorRetryException as error:
            if isinstance(error.__cause__, ModelError):
                raise error.__cause__ from None

    async def _request(
        self, messages: list[Message], passage: Passage, calls: list[Call], purpose: Purpose
    ) -> Completion:
        """One completion, with retries; every attempt is noted in ``calls``."""
        if len(calls) >= MAX_CALLS:
            raise UnavailableError(f"no usable answer in {MAX_CALLS} requests")
        if not self._connection:
            async with self._opening:
                self._connection = self._connection or await self._connect()
        body = to_json({"messages": messages, **self._fixed, **self.constraint(passage)})
        attempts_left = MAX_CALLS - len(calls)
        try:
            return await self._attempt(body, calls, purpose)
        except (APIError, UnreadableResponseError) as error:
            failures: list[Exception] = [error]

        async def attempt() -> Completion:
            if failures:
                raise failures.pop()
            return await self._attempt(body, calls, purpose)

        # tenacity takes over from the first failure; its bookkeeping would be a tenth of a quick request's time.
        retrying = AsyncRetrying(
            stop=stop_after_attempt(attempts_left), wait=pause, retry=retry_if_exception(may_pass), reraise=True
        )
        try:
            return await retrying(attempt)
        except (APIError, UnreadableResponseError) as error:
            raise self._explained(error) from error

    def _explained(self, error: APIError | UnreadableResponseError) -> ModelError:
        return explain(error, self.endpoint.model, self.endpoint.base_url, self.endpoint.api_key)

    async def _attempt(self, body: bytes, calls: list[Call], purpose: Purpose) -> Completion:
        started_at, clock = datetime.now(UTC), time.perf_counter()
        completion, status, failure = None, None, None
        try:
            assert self._connection
            response = await self._connection.complete(body)
            status = response.status_code
            completion = Completion.read(response.content)
        except (APIError, UnreadableResponseError) as error:
            status = error.status_code if isinstance(error, APIStatusError) else status
            failure = str(self._explained(error))
            raise
        else:
            return completion
        finally:
            calls.append(
                Call(
                    purpose=purpose,
                    started_at=started_at,
                    latency=time.perf_counter() - clock,
                    http_status=status,
                    finish_reason=completion.finish_reason if completion else None,
                    prompt_tokens=completion.prompt_tokens if completion else 0,
                    cached_tokens=completion.cached_tokens if completion else 0,
                    completion_tokens=completion.completion_tokens if completion else 0,
                    error=failure,
                )
            )


@dataclass(frozen=True)
class Completion:
    """What counts of a chat completion; ``raw`` is the server's JSON, byte for byte."""

    text: str
    refusal: str | None
    finish_reason: str | None
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    raw: bytes

    @classmethod
    def read(cls, raw: bytes) -> Completion:
        """A completion from the body of a response; raises :class:`UnreadableResponseError` for anything else."""
        try:
            document = from_json(raw)
            choice = document["choices"][0]
            message = choice["message"]
            usage = document.get("usage") or {}
            return cls(
                text=_text(message.get("content")) or "",
                refusal=_text(message.get("refusal")),
                finish_reason=_text(choice.get("finish_reason")),
                prompt_tokens=_count(usage.get("prompt_tokens")),
                cached_tokens=_count((usage.get("prompt_tokens_details") or {}).get("cached_tokens")),
                completion_tokens=_count(usage.get("completion_tokens")),
                raw=raw,
            )
        except (ValueError, LookupError, TypeError, AttributeError):
            start = raw[:60].decode("utf-8", "replace")
            raise UnreadableResponseError(f"the server's response is no chat completion: {start!r}") from None

    def for_instructor(self) -> ChatCompletion:
        """The completion as the openai client's own type, which instructor wants."""
        return ChatCompletion.construct(**from_json(self.raw))


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError


def _count(value: object) -> int:
    """A number of tokens; 0 for anything that cannot be one, for an answer is worth more than its bill."""
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


def _take(completion: Completion, passage: Passage, reply: Reply) -> bool:
    """Take what the completion holds into the reply; False where asking again could make it better."""
    reply.text = completion.text
    if completion.refusal or completion.finish_reason == "content_filter":
        reply.status = "refused"
        reply.error = completion.refusal or "the provider's content filter stopped the answer"
        return True
    if completion.finish_reason == "length":
        reply.status = "truncated"
        reply.error = f"the answer was cut off after {completion.completion_tokens} tokens"
        reply.claims, reply.dropped = passage.ground_all(salvage_claims(completion.text))
        return True
    try:
        claims, sound = parse_answer(completion.text).claims, True
    except ValidationError as error:
        claims, sound = salvage_claims(completion.text), False
        fault = error.errors(include_url=False, include_input=False)[0]["msg"]
        reply.error = None if claims else f"the answer is not what was asked for: {fault}"
    reply.status = "ok" if sound or claims else "failed"
    reply.claims, reply.dropped = passage.ground_all(claims)
    faultless = not any(claim.mended for claim in reply.claims) and all(why == REPEATED for _, why in reply.dropped)
    return sound and faultless
