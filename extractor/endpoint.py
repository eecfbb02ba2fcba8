"""Where and how to ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from extractor.pricing import TokenPrice


@dataclass(frozen=True)
class Endpoint:
    """Where and how to ask: the model's name, the address of the API (``…/v1``), the key, and the limits of a request.

    ``timeout`` is in seconds, from the request to the end of its answer. ``reasks`` is how often an answer that fails
    validation is sent back. A ``temperature`` of None leaves it to the server, as reasoning models demand.
    ``answer_tokens`` is the length of the longest answer. ``logprobs`` asks for the probabilities that
    :mod:`extractor.confidence` needs; not every server knows them. ``price`` goes before what
    :mod:`extractor.pricing` knows.
    """

    model: str
    base_url: str
    api_key: str = field(repr=False)
    timeout: float = 120.0
    reasks: int = 2
    temperature: float | None = 0.0
    answer_tokens: int = 1400
    logprobs: bool = False
    price: TokenPrice | None = None


def public_url(url: str) -> str:
    """The address as it may be shown: without user, password and query, where people put keys."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
