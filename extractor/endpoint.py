"""Where to ask, and the connections to it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import httpx2
import yarl
from openai import APIConnectionError, APIStatusError, APITimeoutError

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
_ACCOUNT = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}
"""Headers for keys that belong to several accounts, and the variables with their values."""


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


class Connection:
    """A pool of connections to an endpoint, for requests whose JSON is ready. Make it where an event loop runs.

    Errors are those of the openai client, and so are the variables that it reads. The requests are aiohttp's: on top of
    it, the client's own layers take more time than everything else about a request.
    """

    def __init__(self, endpoint: Endpoint, *, connections: int) -> None:
        encrypted = endpoint.base_url.startswith("https:")
        self._url = yarl.URL(f"{endpoint.base_url.rstrip('/')}/chat/completions")
        self._key = endpoint.api_key.encode() if len(endpoint.api_key) >= SHORTEST_KEY else None
        self._session = aiohttp.ClientSession(
            # Without TLS there is nothing to verify, and certificates take a while to load.
            connector=aiohttp.TCPConnector(limit=connections, ssl=httpx2.create_ssl_context() if encrypted else False),
            headers=_headers(endpoint.api_key),
            timeout=aiohttp.ClientTimeout(endpoint.timeout, sock_connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            # No proxy that the environment names can reach a server on this machine.
            trust_env=not on_this_machine(endpoint.base_url),
        )

    async def complete(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Ask for a chat completion; its status, headers, and JSON, without the key should the server repeat that.

        Raises the openai client's errors: ``APITimeoutError``, ``APIConnectionError``, and ``APIStatusError`` for a
        status of 400 or above; :class:`UnreadableResponseError` for a response without end.
        """
        try:
            async with self._session.post(self._url, data=body) as response:
                content = await self._content(response.content)
        except TimeoutError as error:
            raise APITimeoutError(request=self._request()) from error
        except (aiohttp.ClientError, OSError) as error:
            raise APIConnectionError(request=self._request()) from error
        if response.status >= 400:
            told = {name: value for name, value in response.headers.items() if name.lower().startswith(TOLD)}
            whole = httpx2.Response(response.status, headers=told, content=content, request=self._request())
            raise APIStatusError(f"status {response.status}", response=whole, body=_json(whole))
        return response.status, response.headers, content

    def _request(self) -> httpx2.Request:
        """What the openai client's errors want to know of a request."""
        return httpx2.Request("POST", str(self._url))

    async def _content(self, stream: aiohttp.StreamReader) -> bytes:
        content = bytearray()
        while piece := await stream.read(2**18):
            content += piece
            if len(content) > MAX_RESPONSE_BYTES:
                raise UnreadableResponseError(f"the server's response is longer than {MAX_RESPONSE_BYTES >> 20} MB")
        return bytes(content.replace(self._key, "…".encode()) if self._key else content)

    async def close(self) -> None:
        """Close the pool."""
        await self._session.close()


def _headers(api_key: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {api_key}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": f"claim-extractor/{version('claim-extractor')}",
    } | {name: os.environ[variable] for name, variable in _ACCOUNT.items() if os.environ.get(variable)}


def _json(response: httpx2.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None
