"""Which failures of a request pass by themselves, how long to wait for that, and how to say what is wrong."""

from __future__ import annotations

import random
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tenacity import wait_random_exponential

from extractor.errors import ModelError, RejectedError, UnavailableError
from extractor.failures import BrokenConnectionError, RequestError, StatusError, TimedOutError

if TYPE_CHECKING:
    from tenacity import RetryCallState

MAX_RETRY_AFTER = 120.0
"""Seconds; a server that asks for a longer pause is left alone until the next run."""

_BACKOFF = wait_random_exponential(multiplier=0.5, min=0.1, max=30)
SHORTEST_KEY = 6
"""Characters; what people enter where no key is needed ("none", "x") may stand in any message."""
# What is the same for every paper, by its name in OpenAI's "param"; and how others say that they know no JSON schemas.
_FIXED_PARTS = ("response_format", "model", "temperature", "max_tokens", "max_completion_tokens")
_SCHEMA = re.compile(r"response[_ ]format|json[_ ]schema|structured outputs?", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\bnot\b|unsupported|invalid|unavailable|unknown|unrecognized|unexpected|extra|only|must be|should be",
    re.IGNORECASE,
)
_SECRET = re.compile(r"\b(sk-|key[-_]|Bearer )[\w\-*.]{6,}", re.IGNORECASE)


def may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed later: 408, 409, 429, 5xx, time-outs, broken connections, garbage."""
    if isinstance(error, StatusError):
        return passes(error.status) and (_retry_after(error) or 0) <= MAX_RETRY_AFTER
    return isinstance(error, RequestError)


def passes(status: int) -> bool:
    """Whether an HTTP status speaks of a failure that may pass."""
    return status in (408, 409, 429) or status >= 500


def pause(state: RetryCallState) -> float:
    """Seconds to wait before the next attempt: what ``Retry-After`` says, else a random, exponentially growing time.

    A little is added to ``Retry-After``, so that waiting requests do not all come back in the same moment.
    """
    error = state.outcome.exception() if state.outcome else None
    asked = _retry_after(error) if isinstance(error, StatusError) else None
    return _BACKOFF(state) if asked is None else asked + random.uniform(0, 0.5)


def overload(error: BaseException) -> float | None:
    """For how many seconds all requests should leave the server alone; None where it is not the load that it fails of.

    Refusals for want of capacity (429, 503, 529) name a pause or none, which is 0 here, as is one too long to wait for.
    A time-out tells of overload too.
    """
    if isinstance(error, StatusError) and error.status in (429, 503, 529):
        seconds = _retry_after(error) or 0.0
        return seconds if seconds <= MAX_RETRY_AFTER else 0.0
    return 0.0 if isinstance(error, TimedOutError) else None


def _retry_after(error: StatusError) -> float | None:
    """The pause a response asks for, in seconds; RFC 9110 section 10.2.3 allows seconds and HTTP dates."""
    header = error.headers.get("retry-after")
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None


def explain(error: RequestError, model: str, base_url: str, api_key: str = "") -> ModelError:
    """The error to give to the user: one line with the way out, and never a secret in it, not even ``api_key``."""
    if isinstance(error, TimedOutError):
        return UnavailableError(f"{base_url}: no answer in time; raise --timeout or lower --concurrency")
    if isinstance(error, BrokenConnectionError):
        reason = _one_line(str(error), api_key)
        return UnavailableError(f"{base_url}: no connection ({reason}); is the server running, is --base-url right?")
    if not isinstance(error, StatusError):
        return UnavailableError(f"{base_url}: {_one_line(str(error), api_key)}")
    said = _one_line(error.message, api_key)
    match error.status:
        case 401 | 403:
            return RejectedError(
                f"{base_url} refused the key ({error.status}: {said}); set OPENAI_API_KEY", for_all=True
            )
        case 404:
            return RejectedError(
                f"{base_url} does not know model {model!r} (404: {said}); see `claims models`", for_all=True
            )
        case status if status == 429 or status >= 500:
            return UnavailableError(f"{base_url} answered {status}: {said}")
        case 400 | 422 as status if _SCHEMA.search(said) and _REFUSAL.search(said):
            return RejectedError(
                f"{base_url} takes no JSON schema ({status}: {said}); use a model or a server with structured outputs",
                for_all=True,
            )
        case 400 | 422 as status if error.part_at_fault in _FIXED_PARTS:
            hint = '; set temperature = "none" in claims.toml' if error.part_at_fault == "temperature" else ""
            return RejectedError(f"{base_url} refuses every request ({status}: {said}){hint}", for_all=True)
        case status:
            return RejectedError(f"{base_url} refused the request ({status}: {said})", for_all=False)


def _one_line(text: str, secret: str) -> str:
    if len(secret) >= SHORTEST_KEY:
        text = text.replace(secret, "…")
    return _SECRET.sub(r"\1…", " ".join("".join(c if c.isprintable() else " " for c in text).split()))[:300]
