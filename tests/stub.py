"""A loopback stand-in for an OpenAI-compatible server, for what a real one cannot be made to answer.

Each test scripts it with a function from the request's JSON to an :class:`Answer`; it keeps every request it got.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


@dataclass
class Answer:
    """What the stub sends back: a status, headers and a body; or just ``raw`` bytes, and then the connection breaks.

    ``raw`` may come piece by piece. With ``reset`` the connection does not end in order.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | Iterable[bytes] | None = None
    reset: bool = False


def completion(content: str | None, *, finish_reason: str = "stop", refusal: str | None = None) -> Answer:
    """A chat completion with this content."""
    document = {
        "id": "chatcmpl-stub",
        "object": "chat.completion",
        "created": 0,
        "model": "stub",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": content, "refusal": refusal},
            }
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }
    return Answer(body=json.dumps(document).encode(), headers={"Content-Type": "application/json"})


def claims(*items: dict[str, Any]) -> Answer:
    """A completion whose content lists these claims; fields that an item lacks are filled in."""
    blank = {
        "improvement": "2x", "metric": "speed", "direction": "increase", "effect": "better",
        "method": "Larkspur", "baseline": None, "hardware": None, "setting": None,
    }  # fmt: skip
    return completion(json.dumps({"claims": [blank | item for item in items]}))


def error(status: int, message: str, **headers: str) -> Answer:
    """An error in OpenAI's form; ``retry_after="1"`` becomes the header ``Retry-After``."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": None}}).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, body, {"Content-Type": "application/json"} | names)


Script = Callable[[dict[str, Any], int], Answer]
"""From a request's JSON and its number, from 1, to what the stub sends back."""


@dataclass
class Stub:
    """A running stub: its address for ``base_url`` and the requests so far, as JSON."""

    base_url: str
    requests: list[dict[str, Any]] = field(default_factory=list)


class Request(NamedTuple):
    """What a request of any kind holds; ``kind`` is its content type."""

    method: str
    path: str
    kind: str
    body: bytes


@contextmanager
def serve(script: Script) -> Iterator[Stub]:
    """Run a stub for the block."""
    lock = threading.Lock()

    def answer(request: Request) -> Answer:
        body = json.loads(request.body or b"{}")
        with lock:
            stub.requests.append(body)
            number = len(stub.requests)
        return script(body, number)

    with listening(answer) as base_url:
        stub = Stub(base_url)
        yield stub


@contextmanager
def listening(answer: Callable[[Request], Answer]) -> Iterator[str]:
    """Run a server for the block, each request in a thread of its own; its address for ``base_url``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            said = answer(Request(self.command, self.path, self.headers["Content-Type"] or "", body))
            if said.raw is not None:
                self._break_off(said.raw, reset=said.reset)
                return
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            with suppress(ConnectionError):  # the client waited no longer
                self.wfile.write(said.body)

        def _break_off(self, raw: bytes | Iterable[bytes], *, reset: bool) -> None:
            self.close_connection = True
            if reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with suppress(ConnectionError):
                for piece in [raw] if isinstance(raw, bytes) else raw:
                    self.wfile.write(piece)

        do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
