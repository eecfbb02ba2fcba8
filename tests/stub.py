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
from typing import Any


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


@contextmanager
def serve(script: Script) -> Iterator[Stub]:
    """Run a stub for the block."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")
            with lock:
                stub.requests.append(request)
                number = len(stub.requests)
            answer = script(request, number)
            if answer.raw is not None:
                self._break_off(answer)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def _break_off(self, answer: Answer) -> None:
            assert answer.raw is not None
            self.close_connection = True
            if answer.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with suppress(ConnectionError):  # the client has had enough
                for piece in [answer.raw] if isinstance(answer.raw, bytes) else answer.raw:
                    self.wfile.write(piece)

        do_GET = do_POST  # noqa: N815  (the script gets an empty request)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    stub = Stub(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
