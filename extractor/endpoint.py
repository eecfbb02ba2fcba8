"""Where to ask, and the connections to it."""

from __future__ import annotations

from dataclasses import dataclass, field

import aiohttp
import httpx2
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, DefaultAioHttpClient

from extractor.pricing import FREE_HOSTS

CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Endpoint:
    """Where and how to ask: the model's name, the address of the API (``…/v1``), the key, and the limits of a request.

    ``timeout`` is in seconds. ``reasks`` is how often an answer that fails validation is sent back. A ``temperature``
    of None leaves it to the server, as reasoning models demand. ``answer_tokens`` is the length of the longest answer.
    """

    model: str
    base_url: str
    api_key: str = field(repr=False)
    timeout: float = 120.0
    reasks: int = 2
    temperature: float | None = 0.0
    answer_tokens: int = 1400


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
            trust_env=not endpoint.base_url.startswith(FREE_HOSTS),
        )
        client = AsyncOpenAI(
            base_url=endpoint.base_url, api_key=endpoint.api_key, max_retries=0, http_client=self._pool
        )
        self._extensions = {"timeout": self._pool.timeout.as_dict()}
        self._url = httpx2.URL(f"{endpoint.base_url.rstrip('/')}/chat/completions")
        headers = client.default_headers | client.auth_headers
        self._headers = httpx2.Headers({name: value for name, value in headers.items() if isinstance(value, str)})

    async def complete(self, body: bytes) -> httpx2.Response:
        """Ask for a chat completion; the response has been read.

        Raises the openai client's errors: ``APITimeoutError``, ``APIConnectionError``, and ``APIStatusError`` for a
        status of 400 or above.
        """
        request = httpx2.Request("POST", self._url, content=body, headers=self._headers, extensions=self._extensions)
        try:
            response = await self._pool.send(request)
        except httpx2.TimeoutException as error:
            raise APITimeoutError(request=request) from error
        # What is no HTTP at all goes through the transport as it is.
        except (httpx2.HTTPError, aiohttp.ClientError) as error:
            raise APIConnectionError(request=request) from error
        if response.is_error:
            raise APIStatusError(f"status {response.status_code}", response=response, body=_json(response))
        return response

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.aclose()


def _json(response: httpx2.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None
