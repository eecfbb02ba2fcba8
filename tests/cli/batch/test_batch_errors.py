"""``claims batch``: what goes wrong on this side or the other."""

import duckdb
import pytest
import stub as server
from batching import submit
from command import answer, fault, json_of, run, write_papers
from provider import Provider, provide


def test_there_is_no_such_batch(provider: Provider) -> None:
    submit(provider)
    for command in ("status", "collect", "cancel"):
        line = fault("batch", command, "7", "--base-url", provider.base_url)
        assert line == "no batch 7 in claims.duckdb; `claims batch status` lists them"


def test_a_provider_without_a_batch_api(provider: Provider) -> None:
    provider.faults["POST /files"] = lambda: server.error(404, "Not Found")
    line = fault("batch", "submit", write_papers(1), "--base-url", provider.base_url, "--model", "m", code=1)
    assert line == f"{provider.base_url} has no batch API; `claims extract` asks without one"


def test_a_wrong_key(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    wrong = lambda: server.error(401, "wrong key sk-secret-0123456789")  # noqa: E731
    provider.faults["POST /files"] = wrong
    line = fault("batch", "submit", write_papers(1), "--base-url", provider.base_url, "--model", "m", code=1)
    assert line.endswith("refused the key (401: wrong key …); set OPENAI_API_KEY")
    assert provider.log == ["POST /files"]
    del provider.faults["POST /files"]
    submit(provider, 1)
    provider.faults["GET /batches/batch_1"] = wrong
    for command in ("status", "collect"):
        assert "refused the key" in fault("batch", command, "--base-url", provider.base_url, code=1)


def test_a_batch_that_the_provider_does_not_know_can_be_forgotten(provider: Provider) -> None:
    submit(provider, 2)
    provider.batches.clear()
    line = fault("batch", "collect", "--base-url", provider.base_url, code=1)
    assert line == f"{provider.base_url} knows no batch batch_1; was it made with another key?"
    assert run("batch", "cancel", "batch_1", "--forget").stdout == "batch 1: forgotten\n"
    assert submit(provider, 2)["requests"] == 2


def test_a_key_goes_to_no_other_address_than_its_own(provider: Provider) -> None:
    submit(provider)
    asked = len(provider.log)
    with provide(answer) as other:
        result = run("batch", "collect", "--base-url", other.base_url)
        assert (result.exit_code, result.stdout.partition(";")[0]) == (0, "0 batches collected, 0 pending")
        assert result.stderr == "1 batch elsewhere; see `claims batch status`, then --base-url\n"
        line = fault("batch", "collect", "1", "--base-url", other.base_url)
        assert line == f"batch 1 is at {provider.base_url}; give --base-url, and the key for it"
        assert json_of("batch", "status", "--base-url", other.base_url)["status"] == "in_progress"
        assert other.log == []
    assert len(provider.log) == asked


def test_the_embedded_model_has_no_batch_api() -> None:
    line = fault("batch", "submit", write_papers(1))
    assert line == "the embedded model has no batch API; give --model and a key, or use `claims extract`"


def test_answers_of_another_form_are_left_to_the_version_that_asked_for_them(provider: Provider) -> None:
    submit(provider, 1)
    provider.end()
    with duckdb.connect("claims.duckdb") as connection:
        connection.execute("UPDATE runs SET schema_hash = 'other'")
    line = fault("batch", "collect", "--base-url", provider.base_url)
    assert "batch 1 was submitted by another version" in line


@pytest.mark.parametrize("broken", [server.Answer(body=b"<html>"), server.Answer(raw=b""), server.error(503, "busy")])
def test_an_upload_that_fails_leaves_nothing_behind(provider: Provider, broken: server.Answer) -> None:
    provider.faults["POST /files"] = lambda: broken
    line = fault("batch", "submit", write_papers(1), "--base-url", provider.base_url, "--model", "m", code=1)
    assert line.startswith(provider.base_url)
    assert json_of("papers", "papers.jsonl")
    del provider.faults["POST /files"]
    assert submit(provider, 1)["requests"] == 1


def test_a_batch_that_the_provider_refuses_to_make_frees_its_papers(provider: Provider) -> None:
    provider.faults["POST /batches"] = lambda: server.error(400, "model m cannot be used in a batch")
    line = fault("batch", "submit", write_papers(1), "--base-url", provider.base_url, "--model", "m", code=1)
    assert "model m cannot be used in a batch" in line
    del provider.faults["POST /batches"]
    assert submit(provider, 1)["batches"] == [2]
