"""Where to ask, and the connections to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import httpx2
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, DefaultAioHttpClient

from extractor.pricing import on_this_machine
from extractor.retries import SHORTEST_KEY, UnreadableResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.pricing import TokenPrice

CONNECT_SECONDS = 10.0
MAX_RESPONSE_BYTES = 32 * 2**20
"""No completion is this long, but a hostile server may never end."""
TOLD = ("retry-after", "x-ratelimit-")
"""The headers of a refusal that matter."""


@dataclass(frozen=True)
class Endpoint:
    """Where and how to ask: the model's name, the address of the API (``…/v1``), the key, and the limits of a request.

    ``timeout`` is in seconds, from the request to the end of its answer. ``reasks`` is how often an answer that fails
    validation is sent back. A ``temperature`` of None leaves it to the server, as reasoning models demand.
    ``answer_tokens`` is the length of the longest answer. ``price`` goes before what :mod:`extractor.pricing` knows.
    """

    model: str
    base_url: str
    api_key: str = field(repr=False)
    timeout: float = 120.0
    reasks: int = 2
    temperature: float | None = 0.0
    answer_tokens: int = 1400
    price: TokenPrice | None = None


def public_url(url: str) -> str:
    """The address as it may be shown: without user, password and query, where people put keys."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


class Connection:
    """A pool of connections to an endpoint, for requests whose JSON is ready.

    Pool, headers and errors are those of the openai client. Requests go straight into the pool: building them with the
    client, which is made for convenience, takes twice the time of everything else about a request.
    """

    def __init__(self, endpoint: Endpoint, *, connections: int) -> None:
        self._pool = DefaultAioHttpClient(
            limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
            timeout=httpx2.Timeout(endpoint.timeout, connect=CONNECT_SECONDS),
            # Without TLS there is nothing to verify, and certificates take a while to load.
            verify=endpoint.base_url.startswith("https:"),
            # No proxy that the environment names can reach a server on this machine.
            trust_env=not on_this_machine(endpoint.base_url),
        )
        client = AsyncOpenAI(
            base_url=endpoint.base_url, api_key=endpoint.api_key, max_retries=0, http_client=self._pool
        )
        self._extensions = {"timeout": self._pool.timeout.as_dict()}
        self._timeout = endpoint.timeout
        self._key = endpoint.api_key.encode() if len(endpoint.api_key) >= SHORTEST_KEY else None
        self._url = httpx2.URL(f"{endpoint.base_url.rstrip('/')}/chat/completions")
        headers = client.default_headers | client.auth_headers
        self._headers = httpx2.Headers({name: value for name, value in headers.items() if isinstance(value, str)})

    async def complete(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Ask for a chat completion; its status, headers, and JSON, without the key should the server repeat that.

        Raises the openai client's errors: ``APITimeoutError``, ``APIConnectionError``, and ``APIStatusError`` for a
        status of 400 or above; :class:`UnreadableResponseError` for a response without end.
        """
        request = httpx2.Request("POST", self._url, content=body, headers=self._headers, extensions=self._extensions)
        try:
            # The pool's own limit is for each piece of an answer: drop by drop, one would never end.
            async with asyncio.timeout(self._timeout):
                response = await self._pool.send(request, stream=True)
                try:
                    content = await self._content(response)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise APITimeoutError(request=request) from error
        # What is no HTTP at all goes through the transport as it is.
        except (httpx2.HTTPError, aiohttp.ClientError) as error:
            raise APIConnectionError(request=request) from error
        if response.is_error:
            told = {name: value for name, value in response.headers.items() if name.startswith(TOLD)}
            whole = httpx2.Response(response.status_code, headers=told, content=content, request=request)
            raise APIStatusError(f"status {response.status_code}", response=whole, body=_json(whole))
        return response.status_code, response.headers, content

    async def _content(self, response: httpx2.Response) -> bytes:
        pieces, size = [], 0
        async for piece in response.aiter_bytes():
            pieces.append(piece)
            size += len(piece)
            if size > MAX_RESPONSE_BYTES:
                raise UnreadableResponseError(f"the server's response is longer than {MAX_RESPONSE_BYTES >> 20} MB")
        content = b"".join(pieces)
        return content.replace(self._key, "…".encode()) if self._key else content

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.aclose()


def _json(response: httpx2.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None
