"""Connections to an endpoint, for requests whose JSON is ready."""

from __future__ import annotations

import os
from importlib.metadata import version
from ssl import SSLContext
from typing import TYPE_CHECKING, Literal

import aiohttp
import yarl

from extractor.failures import BrokenConnectionError, StatusError, TimedOutError, UnreadableResponseError
from extractor.pricing import on_this_machine
from extractor.retries import SHORTEST_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.endpoint import Endpoint

CONNECT_SECONDS = 10.0
MAX_RESPONSE_BYTES = 32 * 2**20
"""No completion is this long, but a hostile server may never end."""
_PIECE = 2**18
_ACCOUNT = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}
"""Headers for keys that belong to several accounts, and the variables of the openai client with their values."""


class Connection:
    """A pool of connections; make it where an event loop runs.

    The requests are aiohttp's: on top of it, the openai client's own layers take more time than everything else about a
    request, and a second to import.
    """

    def __init__(self, endpoint: Endpoint, *, connections: int) -> None:
        self._url = yarl.URL(f"{endpoint.base_url.rstrip('/')}/chat/completions")
        self._key = endpoint.api_key.encode() if len(endpoint.api_key) >= SHORTEST_KEY else None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, ssl=_certificates(endpoint.base_url)),
            headers=_headers(endpoint.api_key),
            timeout=aiohttp.ClientTimeout(endpoint.timeout, sock_connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            # No proxy that the environment names can reach a server on this machine.
            trust_env=not on_this_machine(endpoint.base_url),
        )

    async def complete(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Ask for a chat completion; its status, headers, and JSON, without the key should the server repeat that.

        Raises :class:`RequestError`: :class:`StatusError`, :class:`TimedOutError`, :class:`BrokenConnectionError`, and
        :class:`UnreadableResponseError` for a response without end.
        """
        try:
            async with self._session.post(self._url, data=body) as response:
                content = await self._content(response.content)
        except TimeoutError as error:
            raise TimedOutError from error
        except (aiohttp.ClientError, OSError) as error:
            raise BrokenConnectionError(str(error) or type(error).__name__) from error
        if response.status >= 400:
            raise StatusError(response.status, response.headers, content.decode("utf-8", "replace"))
        return response.status, response.headers, content

    async def _content(self, stream: aiohttp.StreamReader) -> bytes:
        content = bytearray()
        while piece := await stream.read(_PIECE):
            content += piece
            if len(content) > MAX_RESPONSE_BYTES:
                raise UnreadableResponseError(f"the server's response is longer than {MAX_RESPONSE_BYTES >> 20} MB")
        return bytes(content.replace(self._key, "…".encode()) if self._key else content)

    async def close(self) -> None:
        """Close the pool."""
        await self._session.close()


def _certificates(base_url: str) -> SSLContext | Literal[False]:
    """Those that the openai client trusts; none without TLS, for they take a while to load."""
    if not base_url.startswith("https:"):
        return False
    import httpx2  # noqa: PLC0415

    return httpx2.create_ssl_context()


def _headers(api_key: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {api_key}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": f"claim-extractor/{version('claim-extractor')}",
    } | {name: os.environ[variable] for name, variable in _ACCOUNT.items() if os.environ.get(variable)}
