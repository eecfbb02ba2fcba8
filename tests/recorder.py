"""Recorded exchanges with a server: how they are recorded, cleaned of everything private, and replayed strictly.

Beside each cassette ``NAME.yaml`` stands ``NAME.json``: what was asked, and what came of it.
"""

import asyncio
import difflib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import vcr
from vcr.cassette import Cassette
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.record_mode import RecordMode
from vcr.request import Request

from extractor.client import Client
from extractor.conversation import Reply
from extractor.endpoint import Endpoint
from extractor.grounding import Passage
from extractor.papers import Paper
from extractor.prompts import load_prompt

FOLDER = Path(__file__).parent.parent / "cassettes"
HOST = "http://model.test"
MOST_ENTRIES = 50  # vcrpy compares a request with every entry
REQUEST_HEADERS = {"accept", "content-type"}
RESPONSE_HEADERS = {"content-type", "retry-after"}
RESPONSE_FIELDS = {"id", "object", "created", "choices", "usage", "error"}


def record(name: str, papers: list[Paper], prompt: str, *, base_url: str, **endpoint: Any) -> dict[str, Any]:
    """Ask about the papers, keep the exchange as a cassette, and beside it what its replay gives; return that."""
    cassette = FOLDER / f"{name}.yaml"
    cassette.unlink(missing_ok=True)
    question = {
        "prompt": prompt,
        "endpoint": endpoint,
        "papers": [{"title": paper.title, "abstract": paper.abstract} for paper in papers],
    }
    with vcr.use_cassette(str(cassette), record_mode=RecordMode.ONCE, **SETTINGS):
        ask(question, base_url)
    with replay(name):
        outcome = question | {"replies": ask(question)}
    (FOLDER / f"{name}.json").write_text(json.dumps(outcome, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return outcome


def outcome(name: str) -> dict[str, Any]:
    """What was asked when a cassette was recorded, and what came of it."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@contextmanager
def replay(name: str) -> Iterator[Cassette]:
    """Answer the block's requests from a cassette. A request that it lacks and entries that are left over fail."""
    path = FOLDER / f"{name}.yaml"
    try:
        with vcr.use_cassette(str(path), record_mode=RecordMode.NONE, **SETTINGS) as cassette:
            yield cassette
    except CannotOverwriteExistingCassetteException as error:
        difference = _difference(error.cassette.requests, error.failed_request)
        raise AssertionError(f"{path.name} lacks a request; record it again?\n{difference}") from error
    assert cassette.all_played, f"{path.name}: only {cassette.play_count} of {len(cassette)} entries were used"


def ask(question: dict[str, Any], base_url: str = f"{HOST}/v1") -> list[dict[str, Any]]:
    """Ask as a recording did, about all papers at once."""

    async def run() -> list[dict[str, Any]]:
        prompt = load_prompt(question["prompt"])
        papers = [Paper(**paper) for paper in question["papers"]]
        endpoint = Endpoint(base_url=base_url, api_key="sk-none", **({"timeout": 600.0} | question["endpoint"]))
        async with Client(endpoint) as client:
            replies = [client.ask(prompt.messages(paper), Passage.of(paper)) for paper in papers]
            return [_outcome(reply) for reply in await asyncio.gather(*replies)]

    return asyncio.run(run())


def _outcome(reply: Reply) -> dict[str, Any]:
    return {
        "status": reply.status,
        "error": reply.error,
        "claims": [
            grounded.claim.model_dump() | {"span": asdict(grounded.span), "confidence": grounded.confidence}
            for grounded in reply.claims
        ],
        "mended": [grounded.mended for grounded in reply.claims if grounded.mended],
        "dropped": [reason for _, reason in reply.dropped],
        "calls": [
            {
                "purpose": call.purpose,
                "http_status": call.http_status,
                "finish_reason": call.finish_reason,
                "tokens": [call.prompt_tokens, call.completion_tokens],
            }
            for call in reply.calls
        ],
    }


def _anonymous(request: Request) -> Request:
    """The request to any server as one to :data:`HOST`, without the headers that are nobody's business."""
    headers = {name: value for name, value in request.headers.items() if name.lower() in REQUEST_HEADERS}
    return Request(request.method, HOST + urlsplit(request.uri).path, request.body, headers)


def _plain(response: dict[str, Any]) -> dict[str, Any]:
    """The response without headers and fields that tell about the server, such as where it keeps its model."""
    headers = {name: value for name, value in response["headers"].items() if name.lower() in RESPONSE_HEADERS}
    document = json.loads(response["body"]["string"])
    kept = {name: value for name, value in document.items() if name in RESPONSE_FIELDS}
    return response | {"headers": headers, "body": {"string": json.dumps(kept, ensure_ascii=False).encode()}}


SETTINGS: dict[str, Any] = {
    "match_on": ("method", "uri", "body"),
    "before_record_request": _anonymous,
    "before_record_response": _plain,
}


def _difference(recorded: list[Request], asked: Request) -> str:
    """The lines in which a request differs from the recorded one that is most like it."""

    def lines(request: Request) -> list[str]:
        return json.dumps(json.loads(request.body), indent=1, ensure_ascii=False).splitlines()

    differences = (list(difflib.unified_diff(lines(known), lines(asked), lineterm="", n=1)) for known in recorded)
    return "\n".join(min(differences, key=len))
