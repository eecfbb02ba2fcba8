"""A loopback provider with Files and Batches, as the openai client calls them; it keeps what it is told, for good.

A batch is answered by a script, as in :mod:`stub`, when a test says how it ends (:meth:`Provider.end`).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from stub import Answer, Request, Script, listening

CREATED = 1_760_000_000


@dataclass
class Provider:
    """A running provider. ``requests`` lists the bodies of all requests in batches that exist, ``log`` every call."""

    base_url: str
    script: Script
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    faults: dict[str, Callable[[], Answer | None]] = field(default_factory=dict)
    """By call, ``POST /batches``: what is done in its place, or before it where that answers None."""

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [line["body"] for batch in self.batches.values() for line in self.lines(batch["input_file_id"])]

    def lines(self, file: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files[file].splitlines()]

    def end(self, status: str = "completed", *, answered: int | None = None, batch: str | None = None) -> None:
        """Let all open batches, or one, end with so many requests ``answered``; the others were not executed."""
        for one in self.batches.values():
            if one["status"] == "in_progress" and batch in (None, one["id"]):
                self._end(one, status, answered)

    def _end(self, batch: dict[str, Any], status: str, answered: int | None) -> None:
        output, errors = [], []
        for number, line in enumerate(self.lines(batch["input_file_id"]), start=1):
            result = {"id": f"batch_req_{number}", "custom_id": line["custom_id"], "response": None, "error": None}
            if answered is not None and number > answered:
                errors.append(result | {"error": {"code": f"batch_{status}", "message": "not executed"}})
                continue
            answer = self.script(line["body"], number)
            response = {"status_code": answer.status, "request_id": "r", "body": json.loads(answer.body)}
            (output if answer.status == 200 else errors).append(result | {"response": response})
        batch |= {"status": status, f"{status}_at": CREATED + 600}
        counts = {"total": len(output) + len(errors), "completed": len(output), "failed": len(errors)}
        batch["request_counts"] = counts
        # The order of results is anybody's guess.
        for name, results in (("output_file_id", output[::-1]), ("error_file_id", errors)):
            batch[name] = self.keep("".join(json.dumps(one) + "\n" for one in results).encode()) if results else None

    def fail(self, message: str) -> None:
        """Refuse all open batches as a whole."""
        for batch in self.batches.values():
            if batch["status"] == "in_progress":
                fault = {"code": "bad", "message": message, "line": 1, "param": None}
                batch |= {"status": "failed", "failed_at": CREATED + 5, "errors": {"object": "list", "data": [fault]}}

    def keep(self, content: bytes) -> str:
        """A new file's id."""
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return name

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        lines = self.lines(request["input_file_id"])
        assert request["endpoint"] == "/v1/chat/completions"
        assert request["completion_window"] == "24h"
        assert all(line["method"] == "POST" and line["url"] == request["endpoint"] for line in lines)
        assert len({line["custom_id"] for line in lines}) == len(lines)
        batch = {
            "id": f"batch_{len(self.batches) + 1}",
            "object": "batch",
            "endpoint": request["endpoint"],
            "completion_window": "24h",
            "input_file_id": request["input_file_id"],
            "status": "in_progress",
            "created_at": CREATED,
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
        }
        self.batches[batch["id"]] = batch
        return batch

    def answer(self, method: str, path: str, kind: str, body: bytes) -> Answer:
        """What the server answers to one call."""
        match method, path.split("/")[1:]:
            case "POST", ["files"]:
                return _json({"id": self.keep(_uploaded(kind, body)), "object": "file", "purpose": "batch"})
            case "POST", ["batches"]:
                return _json(self.create(json.loads(body)))
            case "GET", ["batches"]:
                latest = list(self.batches.values())[::-1]
                return _json({"object": "list", "data": latest, "has_more": False})
            case "GET", ["batches", name] if name in self.batches:
                return _json(self.batches[name])
            case "POST", ["batches", name, "cancel"] if name in self.batches:
                self._end(self.batches[name], "cancelled", 1)
                return _json(self.batches[name] | {"status": "cancelling"})
            case "GET", ["files", name, "content"] if name in self.files:
                return Answer(body=self.files[name])
        return Answer(404, json.dumps({"error": {"message": "no such thing"}}).encode())


def _json(document: dict[str, Any]) -> Answer:
    return Answer(body=json.dumps(document).encode(), headers={"Content-Type": "application/json"})


def _uploaded(kind: str, body: bytes) -> bytes:
    """The file in a multipart form whose other field says that it is for a batch."""
    boundary = b"--" + kind.partition("boundary=")[2].encode()
    fields = {}
    for part in body.split(boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0]
        fields[name] = content.removesuffix(b"\r\n")
    assert fields[b"purpose"] == b"batch"
    return fields[b"file"]


@contextmanager
def provide(script: Script) -> Iterator[Provider]:
    """Run a provider for the block."""
    lock = threading.Lock()

    def answer(request: Request) -> Answer:
        path = request.path.removeprefix("/v1").partition("?")[0]
        call = f"{request.method} {path}"
        with lock:
            provider.log.append(call)
            fault = provider.faults.get(call)
            return (fault and fault()) or provider.answer(request.method, path, request.kind, request.body)

    with listening(answer) as base_url:
        provider = Provider(base_url, script)
        yield provider
