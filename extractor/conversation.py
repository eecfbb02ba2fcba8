"""One paper's conversation with a model: the question, its answer, and re-asks, however the messages travel.

An answer that breaks the contract or the grounding goes back to the model with the reasons (instructor's re-ask). What
carries a question to the model and its answer back is a function: HTTP for :class:`extractor.client.Client`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError
from pydantic_core import from_json

from extractor.answers import parse_answer, salvage_claims
from extractor.confidence import claim_confidences
from extractor.errors import ModelError, UnavailableError
from extractor.failures import UnreadableResponseError
from extractor.grounding import REPEATED, GroundedAnswer, Passage
from extractor.prompts import Message
from extractor.records import Call

if TYPE_CHECKING:
    from datetime import datetime

    from openai.types.chat import ChatCompletion

    from extractor.contract import Claim
    from extractor.grounding import GroundedClaim
    from extractor.pricing import Price
    from extractor.records import Status

MAX_CALLS = 5
"""Requests a paper may cost, retries and re-asks together."""

LONGEST_REASK = 100_000
"""Characters that a re-ask may hold, far more than sound answers take: broken megabytes are not worth paying twice."""

Purpose = Literal["answer", "re-ask"]
Carry = Callable[[list[Message], Purpose, list[Call]], Awaitable["Completion"]]
"""Takes messages to the model and brings its completion back, noting every call made; raises ModelError."""

# What instructor logs as an error is in the reply; without a handler Python would print it to standard error.
logging.getLogger("instructor").addHandler(logging.NullHandler())


@dataclass
class Reply:
    """What became of one paper's question: its grounded claims, what was dropped and why, and every call made.

    ``failure`` is set where no answer came at all; where that is a :class:`HaltedError`, the paper was not asked about.
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


@dataclass(frozen=True)
class Completion:
    """What counts of a chat completion; ``raw`` is the server's JSON, byte for byte."""

    text: str
    refusal: str | None
    finish_reason: str | None
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    confidences: list[float]
    raw: bytes

    @classmethod
    def read(cls, raw: bytes) -> Completion:
        """A completion from the body of a response; raises :class:`UnreadableResponseError` for anything else."""
        try:
            document = from_json(raw)
            choice = document["choices"][0]
            message = choice["message"]
            usage = document.get("usage") or {}
            text = _text(message.get("content")) or ""
            return cls(
                text=text,
                refusal=_text(message.get("refusal")),
                finish_reason=_text(choice.get("finish_reason")),
                prompt_tokens=_count(usage.get("prompt_tokens")),
                cached_tokens=_count((usage.get("prompt_tokens_details") or {}).get("cached_tokens")),
                completion_tokens=_count(usage.get("completion_tokens")),
                confidences=claim_confidences(text, choice.get("logprobs")),
                raw=raw,
            )
        except (ValueError, LookupError, TypeError, AttributeError):
            start = raw[:60].decode("utf-8", "replace")
            raise UnreadableResponseError(f"the server's response is no chat completion: {start!r}") from None

    def cost(self, price: Price, at: datetime) -> float:
        """US dollars for the completion's tokens."""
        return price.dollars(self.prompt_tokens, self.completion_tokens, cached=self.cached_tokens, at=at)

    def for_instructor(self) -> ChatCompletion:
        """The completion as the openai client's own type, which instructor wants."""
        from openai.types.chat import ChatCompletion  # noqa: PLC0415  (takes a second to import)

        return ChatCompletion.construct(**from_json(self.raw))


NOTHING = Completion("", None, None, 0, 0, 0, [], b"")
"""What comes of a request without an answer."""


async def converse(messages: list[Message], passage: Passage, carry: Carry, *, reasks: int) -> Reply:
    """Ask about one paper until the answer stands, the model refuses, or it was sent back ``reasks`` times.

    Never raises for what the model or its server does: that is in the reply.
    """
    reply = Reply()
    try:
        completion = await carry(messages, "answer", reply.calls)
        if not _take(completion, passage, reply) and reasks:
            await _reask(messages, completion, passage, carry, reasks, reply)
    except ModelError as error:
        if reply.text is None:
            reply.error, reply.failure = str(error), error
    return reply


async def _reask(
    messages: list[Message], faulty: Completion, passage: Passage, carry: Carry, reasks: int, reply: Reply
) -> None:
    """Send a faulty answer back with its faults, by way of instructor; the best of all answers is kept."""
    # instructor takes its time to import and is often not needed.
    from instructor import Mode  # noqa: PLC0415
    from instructor.core import IncompleteOutputException, InstructorRetryException, retry_async  # noqa: PLC0415

    pending = [faulty]

    async def create(messages: list[Message]) -> ChatCompletion:
        if pending:
            return pending.pop().for_instructor()
        if len(reply.calls) >= MAX_CALLS:
            raise UnavailableError(f"no usable answer in {MAX_CALLS} requests")
        if sum(len(str(message["content"])) for message in messages) > LONGEST_REASK:
            raise UnavailableError("the answer is too long to be sent back")
        completion = await carry(messages, "re-ask", reply.calls)
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
            max_retries=reasks,
            mode=Mode.JSON_SCHEMA,
            strict=False,
        )
    except IncompleteOutputException:
        pass
    except InstructorRetryException as error:
        if isinstance(error.__cause__, ModelError):
            raise error.__cause__ from None


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
        reply.claims, reply.dropped = passage.ground_all(salvage_claims(completion.text), completion.confidences)
        return True
    try:
        claims, sound = parse_answer(completion.text).claims, True
    except ValidationError as error:
        claims, sound = salvage_claims(completion.text), False
        fault = error.errors(include_url=False, include_input=False)[0]["msg"]
        reply.error = None if claims else f"the answer is not what was asked for: {fault}"
    reply.status = "ok" if sound or claims else "failed"
    reply.claims, reply.dropped = passage.ground_all(claims, completion.confidences)
    faultless = not any(claim.mended for claim in reply.claims) and all(why == REPEATED for _, why in reply.dropped)
    return sound and faultless


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError


def _count(value: object) -> int:
    """A number of tokens; 0 for anything that cannot be one, for an answer is worth more than its bill."""
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0
