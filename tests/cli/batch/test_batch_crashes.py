"""Batches that meet a crash: the process is killed at every step that costs money or stores something."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from command import answer, fault, json_of, run, start, write_papers
from provider import Provider
from stub import Answer

from extractor.store import Store, check_store


def killed(provider: Provider, call: str, *arguments: object, after: Callable[[], object] = lambda: None) -> None:
    """Run ``claims batch …`` and kill it when the provider gets this call, after the provider has done something."""
    process: list[subprocess.Popen[str]] = []
    ready: list[bool] = []

    def kill() -> Answer | None:
        while not process:
            pass
        after()
        process[0].send_signal(signal.SIGKILL)
        process[0].wait()
        ready.append(True)
        return Answer(raw=b"")

    provider.faults[call] = kill
    with start("batch", *arguments, "--base-url", provider.base_url) as child:
        process.append(child)
        child.communicate()
    assert (child.returncode, ready) == (-signal.SIGKILL, [True])
    del provider.faults[call]


def finish(provider: Provider) -> None:
    """Submit again, let everything end, collect: nothing may be missing, nothing asked or stored twice."""
    json_of("batch", "submit", "papers.jsonl", "--base-url", provider.base_url, "--model", "m")
    provider.end()
    collected = json_of("batch", "collect", "--base-url", provider.base_url)
    assert (collected["pending"], collected["again"]) == (0, 0)
    asked = [json.dumps(request) for request in provider.requests]
    assert len(asked) == len(set(asked)) == 4, "every paper is asked about once"
    store = Store.open("claims.duckdb")
    assert (store.counts().extractions, store.counts().claims) == (4, 4)
    (work,) = store.works()
    assert (work.calls, work.prompt_tokens) == (4, 400)
    assert check_store(store.path) == []


def test_killed_while_it_uploads(provider: Provider) -> None:
    killed(provider, "POST /files", "submit", write_papers(4), "--model", "m")
    finish(provider)


def test_killed_between_upload_and_submission(provider: Provider) -> None:
    killed(provider, "POST /batches", "submit", write_papers(4), "--model", "m")
    assert (len(provider.files), provider.batches) == (1, {})
    finish(provider)
    assert len(provider.files) == 2, "the uploaded file is used: one of requests, one of results"


def test_killed_when_the_provider_has_heard_but_not_answered(provider: Provider) -> None:
    def heard() -> None:
        provider.create({"input_file_id": "file-1", "endpoint": "/v1/chat/completions", "completion_window": "24h"})

    killed(provider, "POST /batches", "submit", write_papers(4), "--model", "m", after=heard)
    finish(provider)
    assert len(provider.batches) == 1


def test_a_submission_that_seems_to_fail_is_looked_for_before_it_is_made_again(provider: Provider) -> None:
    def heard() -> Answer:
        provider.create({"input_file_id": "file-1", "endpoint": "/v1/chat/completions", "completion_window": "24h"})
        return Answer(raw=b"")

    provider.faults["POST /batches"] = heard
    line = fault("batch", "submit", write_papers(4), "--base-url", provider.base_url, "--model", "m", code=1)
    assert "no connection" in line
    assert provider.log.count("POST /batches") == 1, "what may have been heard is not said again blindly"
    del provider.faults["POST /batches"]
    finish(provider)


def test_killed_in_the_middle_of_collecting(provider: Provider) -> None:
    failing = iter([True])

    def script(request: dict[str, object], number: int) -> Answer:
        # One request ends in the file of errors, which is fetched after that of the answers.
        body = json.dumps({"error": {"message": "too long"}}).encode()
        return Answer(400, body) if number == 4 and next(failing, False) else answer(request, number)

    provider.script = script
    json_of("batch", "submit", write_papers(4), "--base-url", provider.base_url, "--model", "m")
    provider.end()
    errors = provider.batches["batch_1"]["error_file_id"]
    killed(provider, f"GET /files/{errors}/content", "collect")
    store = Store.open("claims.duckdb")
    assert (store.counts().extractions, store.counts().claims) == (3, 3), "what was fetched is stored"
    result = run("batch", "collect", "--base-url", provider.base_url, "--json")
    assert (result.exit_code, json.loads(result.stdout)["failed"], json.loads(result.stdout)["extracted"]) == (1, 1, 0)
    assert store.counts().extractions == 4
    (work,) = store.works()
    assert (work.calls, work.ok, work.failed) == (4, 3, 1)


def test_killed_while_it_submits_re_asks(provider: Provider) -> None:
    document = write_papers(4)
    json_of("batch", "submit", document, "--base-url", provider.base_url, "--model", "m")
    provider.end("expired", answered=1)
    killed(provider, "POST /batches", "collect", "--reask")
    assert len(provider.batches) == 1
    json_of("batch", "collect", "--base-url", provider.base_url)
    provider.end()
    assert json_of("batch", "collect", "--base-url", provider.base_url)["extracted"] == 3
    assert len(provider.batches) == 2
    assert Path("claims.duckdb").exists()
    assert Store.open("claims.duckdb").counts().extractions == 4
