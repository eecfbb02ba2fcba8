"""How a request to a model's server fails, whoever carried it: aiohttp or the openai client."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai import APIError


class RequestError(Exception):
    """A request that brought no answer."""


class StatusError(RequestError):
    """The server answered, with a status of 400 or above; names in ``headers`` are found in any case."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        super().__init__(f"status {status}")
        self.status, self.headers, self.text = status, headers, text

    @property
    def document(self) -> object:
        """The JSON of the answer; None where it is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None

    @property
    def message(self) -> str:
        """What the server says, in OpenAI's form or another."""
        document = self.document
        if isinstance(document, dict):
            inner = document.get("error", document)
            message = inner.get("message") if isinstance(inner, dict) else inner
            if isinstance(message, str):
                return message
        return self.text or next((status.phrase for status in HTTPStatus if status == self.status), "")

    @property
    def part_at_fault(self) -> object:
        """The part of the request that the server complains about, where it names one as OpenAI does."""
        inner = self.document.get("error") if isinstance(self.document, dict) else None
        return inner.get("param") if isinstance(inner, dict) else None


class BrokenConnectionError(RequestError):
    """No connection came about, or it broke."""


class TimedOutError(RequestError):
    """The answer was not there in time."""


class UnreadableResponseError(RequestError):
    """The server answered 200 with something that is no chat completion; a repetition may do better."""


def of_openai(error: APIError) -> RequestError:
    """What an error of the openai client says."""
    from openai import APIConnectionError, APIStatusError, APITimeoutError  # noqa: PLC0415  (takes a second to import)

    if isinstance(error, APIStatusError):
        return StatusError(error.status_code, error.response.headers, error.response.text)
    if isinstance(error, APITimeoutError):
        return TimedOutError()
    if isinstance(error, APIConnectionError):
        return BrokenConnectionError(str(error.__cause__ or error))
    return UnreadableResponseError(str(error))
