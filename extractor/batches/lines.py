"""The lines of request files and result files, in OpenAI's Batch format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

from pydantic_core import from_json, to_json

from extractor.batches.api import REQUESTS_URL, RemoteBatch
from extractor.conversation import NOTHING, Completion
from extractor.failures import UnreadableResponseError
from extractor.papers import fold_space
from extractor.pricing import Price
from extractor.records import Call
from extractor.retries import passes
from extractor.store.batches import Exchange

REQUESTS_A_FILE = 50_000
BYTES_A_FILE = 200_000_000
"""OpenAI's limits of a request file; others have the same or higher ones."""

PRICE = 0.5
"""What a request in a batch costs, as a part of the usual price: so it is at OpenAI, Groq, Together and others."""

_NEVER_TRIED = frozenset({"batch_expired", "batch_cancelled"})
_LONGEST_FAULT = 300

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a result file: the request's id and what came back, None where the provider did not get to it."""

    custom_id: str
    exchange: Exchange | None


def request_line(custom_id: str, body: bytes) -> bytes:
    """One request, as a line."""
    head = to_json({"custom_id": custom_id, "method": "POST", "url": REQUESTS_URL})
    return b'%s,"body":%s}\n' % (head[:-1], body)


def request_files(
    lines: Iterable[tuple[Item, bytes]], *, requests: int = REQUESTS_A_FILE, size: int = BYTES_A_FILE
) -> Iterator[tuple[IO[bytes], list[Item]]]:
    """Temporary files of at most so many lines and bytes, each with the items that its lines stand for.

    A file is gone when the next one is asked for.
    """
    remaining = iter(lines)
    upcoming = next(remaining, None)
    while upcoming:
        items: list[Item] = []
        with TemporaryFile() as file:
            while upcoming and len(items) < requests and (not items or file.tell() + len(upcoming[1]) <= size):
                items.append(upcoming[0])
                file.write(upcoming[1])
                upcoming = next(remaining, None)
            file.seek(0)
            yield file, items


def read_result(line: bytes, batch: RemoteBatch, price: Price | None) -> Result | None:
    """What a line of a result file says; None where it cannot be read."""
    try:
        document = from_json(line)
        custom_id, response, error = document["custom_id"], document.get("response"), document.get("error")
        if response is None and isinstance(error, dict) and error.get("code") in _NEVER_TRIED:
            return Result(str(custom_id), None)
        status = None if response is None else int(response["status_code"])
        body = None if response is None else response["body"]
        if status is not None and status not in range(100, 600):
            return None
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        return None
    return Result(str(custom_id), _exchange(batch, price, status, body, error))


def _exchange(batch: RemoteBatch, price: Price | None, status: int | None, body: Any, error: Any) -> Exchange:
    raw = to_json(body)
    completion, fault = NOTHING, None
    if status == 200:
        try:
            completion = Completion.read(raw)
        except UnreadableResponseError as unreadable:
            fault = str(unreadable)
    else:
        fault = f"the batch answered {status or 'with an error'}: {_message(error or body)}"
    call = Call(
        purpose="answer",
        started_at=batch.created_at,
        latency=(batch.ended_at - batch.created_at).total_seconds() if batch.ended_at else 0.0,
        http_status=status,
        finish_reason=completion.finish_reason,
        prompt_tokens=completion.prompt_tokens,
        cached_tokens=completion.cached_tokens,
        completion_tokens=completion.completion_tokens,
        error=fault,
        cost=PRICE * completion.cost(price, batch.created_at) if price else None,
    )
    lasting = status is not None and status != 200 and not passes(status)
    return Exchange(call, None if fault else raw, lasting)


def _message(error: Any) -> str:
    """The words of an error in any of its usual forms."""
    if isinstance(error, dict):
        error = error.get("error") or error.get("message") or error
    if isinstance(error, dict):
        error = error.get("message") or error
    return fold_space(str(error))[:_LONGEST_FAULT]
