"""``claims batch``: what goes to the provider, what comes into the store, and what is asked again."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import stub as server
from command import answer, fault, json_of, run, write_papers
from provider import Provider, provide

from extractor.batches import submit_batches
from extractor.settings import Settings
from extractor.store import Store, check_store

CONTENT = "SELECT * EXCLUDE (extracted_at) FROM claim ORDER BY paper_id, ordinal"
CALLS = (
    "SELECT purpose, http_status, finish_reason, prompt_tokens, completion_tokens, error "
    "FROM calls ORDER BY extraction_id, ordinal"
)


@pytest.fixture(autouse=True)
def _store(_new_store: Path, tmp_path: Path) -> None:
    """An empty store: making one takes longer than the rest of a command."""
    shutil.copy(_new_store, tmp_path / "claims.duckdb")


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider whose model finds the one claim that each paper of :func:`command.write_papers` makes."""
    with provide(answer) as running:
        yield running


def submit(provider: Provider, papers: int = 3, *flags: object) -> Any:
    return json_of("batch", "submit", write_papers(papers), "--base-url", provider.base_url, "--model", "m", *flags)


def collect(provider: Provider, *flags: object, code: int = 0) -> Any:
    result = run("batch", "collect", "--base-url", provider.base_url, "--json", *flags)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def rows(sql: str, store: str = "claims.duckdb") -> list[tuple[Any, ...]]:
    with duckdb.connect(store, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def batch_outcomes() -> list[tuple[Any, ...]]:
    return rows("SELECT outcome FROM runs ORDER BY started_at")


# From submission to claims


def test_a_batch_ends_in_the_same_store_as_asking_one_by_one(provider: Provider) -> None:
    document = write_papers(5)
    with server.serve(answer) as stub:
        run("extract", document, "--base-url", stub.base_url, "--model", "m", "--db", "online.duckdb")
        assert submit(provider, 5) == {"model": "m", "papers": 5, "skipped": 0, "requests": 5, "batches": [1]}
        provider.end()
        assert collect(provider)["extracted"] == 5
    assert rows(CONTENT) == rows(CONTENT, "online.duckdb")
    assert len(rows(CONTENT)) == 5
    assert rows(CALLS) == rows(CALLS, "online.duckdb")
    in_batch, one_by_one = (sorted(map(json.dumps, requests)) for requests in (provider.requests, stub.requests))
    assert in_batch == one_by_one


def test_a_request_is_known_by_the_id_of_its_extraction(provider: Provider) -> None:
    submit(provider)
    ids = {line["custom_id"] for line in provider.lines("file-1")}
    provider.end()
    collect(provider)
    assert ids == {one for (one,) in rows("SELECT extraction_id FROM extractions")}


def test_what_is_submitted_said_and_collected_in_words(provider: Provider) -> None:
    there = ["--base-url", provider.base_url]
    result = run("batch", "submit", write_papers(2), *there, "--model", "m")
    assert result.stdout == "2 papers, 0 done or under way already; submitted 2 requests as batch 1 (claims.duckdb)\n"
    provider.end()
    result = run("batch", "collect", *there)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "1 batch collected, 0 pending; extracted 2, failed 0: 2 claims, 0 dropped, 200 + 40 tokens (claims.duckdb)\n"
    )
    header, line = run("batch", "status", *there).stdout.splitlines()
    assert header.split("\t")[:4] == ["batch", "model", "status", "requests"]
    assert line.split("\t")[:4] == ["1", "m", "collected", "2"]
    assert line.split("\t")[-1] == "batch_1"


def test_before_its_end_nothing_is_collected_and_the_status_says_so(provider: Provider) -> None:
    submit(provider)
    collected = collect(provider)
    assert (collected["pending"], collected["batches"], collected["extracted"]) == (1, 0, 0)
    status = json_of("batch", "status", "--base-url", provider.base_url)
    assert (status["batch"], status["status"], status["requests"]) == (1, "in_progress", 3)
    assert rows("SELECT count(*) FROM extractions") == [(0,)]


def test_waiting_looks_until_the_end(provider: Provider) -> None:
    submit(provider)
    provider.faults["GET /batches/batch_1"] = lambda: (
        provider.end() if provider.log.count("GET /batches/batch_1") == 3 else None
    )
    collected = collect(provider, "--wait", "--every", "0.01")
    assert (collected["extracted"], collected["pending"]) == (3, 0)
    assert provider.log.count("GET /batches/batch_1") == 3


def test_collecting_twice_stores_once(provider: Provider) -> None:
    submit(provider)
    provider.end()
    collect(provider)
    stored = rows("SELECT * FROM extractions ORDER BY ALL"), rows("SELECT * FROM calls ORDER BY ALL")
    asked = len(provider.log)
    assert collect(provider)["batches"] == 0
    assert len(provider.log) == asked
    assert stored == (rows("SELECT * FROM extractions ORDER BY ALL"), rows("SELECT * FROM calls ORDER BY ALL"))
    assert check_store("claims.duckdb") == []
    assert batch_outcomes() == [("completed",)]


def test_papers_under_way_are_neither_submitted_nor_extracted_again(provider: Provider) -> None:
    submit(provider, 3)
    assert submit(provider, 5) == {"model": "m", "papers": 5, "skipped": 3, "requests": 2, "batches": [2]}
    with server.serve(answer) as stub:
        result = run("extract", write_papers(5), "--base-url", stub.base_url, "--model", "m", "--json")
        assert (json.loads(result.stdout)["skipped"], stub.requests) == (5, [])
        assert result.stderr == "5 papers of the store under way in a batch: claims batch collect --db claims.duckdb\n"
    provider.end()
    assert (collect(provider)["extracted"], len(provider.requests)) == (5, 5)
    assert submit(provider, 5)["batches"] == []


def test_forced_papers_are_submitted_again_and_only_the_last_batch_counts(provider: Provider) -> None:
    submit(provider)
    assert submit(provider, 3, "--force")["requests"] == 3
    provider.end()
    collected = collect(provider)
    assert (collected["batches"], collected["extracted"]) == (2, 3)
    assert rows("SELECT count(*) FROM calls") == [(3,)]


def test_files_are_split_at_the_provider_s_limits(provider: Provider) -> None:
    settings = Settings(db=Path("claims.duckdb"), model="m", base_url=provider.base_url)
    submitted = submit_batches([write_papers(7)], settings, requests_a_file=3)
    assert (submitted.batches, [len(provider.files[f"file-{n}"].splitlines()) for n in (1, 2, 3)]) == (
        [1, 2, 3], [3, 3, 1],
    )  # fmt: skip
    line = len(provider.files["file-1"].splitlines(keepends=True)[0])
    submit_batches([write_papers(12)], settings, bytes_a_file=2 * line + 50)
    assert [len(provider.files[f"file-{n}"].splitlines()) for n in (4, 5, 6)] == [2, 2, 1]
    provider.end()
    assert collect(provider)["extracted"] == 12


def test_a_changed_prompt_file_does_not_change_what_was_asked(provider: Provider) -> None:
    prompt = Path("mine.md")
    text = "---\nid: mine\nversion: 1\n---\n<user>\n{{title}}: {{abstract}}\n</user>\n"
    prompt.write_text(text)
    submit(provider, 2, "--prompt", str(prompt))
    prompt.unlink()
    provider.script = lambda request, number: server.claims({"improvement": "99x"})
    provider.end()
    collect(provider, "--reask")
    assert collect(provider)["pending"] == 1
    first, again = (
        {json.dumps(request["messages"][0]) for request in part}
        for part in (provider.requests[:2], provider.requests[2:])
    )
    assert first == again
    assert rows("SELECT DISTINCT prompt FROM extractions") == [("mine.v1",)]


def test_an_answer_costs_half_as_much_as_one_by_one(provider: Provider) -> None:
    Path("claims.toml").write_text("[prices.m]\ninput = 2.0\noutput = 8.0\n")
    document = write_papers(3)
    with server.serve(answer) as stub:
        online = json_of("extract", document, "--base-url", stub.base_url, "--model", "m", "--db", "online.duckdb")
    submit(provider)
    provider.end()
    assert collect(provider)["cost"] == pytest.approx(online["cost"] / 2)
    assert online["cost"] == pytest.approx(3 * (100 * 2 + 20 * 8) / 1e6)
    for table in ("extractions", "calls"):
        ((half,),) = rows(f"SELECT sum(cost) FROM {table}")
        assert half == pytest.approx(online["cost"] / 2)


# Answers that are not what was asked for


def faulty_at_first(request: dict[str, Any], _: int) -> server.Answer:
    """A sound claim and one that the paper does not make, which a re-ask mends."""
    first = len(request["messages"]) == 2
    sound = {"improvement": "2x", "method": answer_method(request)}
    return server.claims(sound, {"improvement": "99x"}) if first else server.claims(sound)


def test_faulty_answers_go_back_with_the_reasons_as_they_do_one_by_one(provider: Provider) -> None:
    with server.serve(faulty_at_first) as stub:
        run("extract", write_papers(3), "--base-url", stub.base_url, "--model", "m", "--db", "online.duckdb")
    provider.script = faulty_at_first
    submit(provider)
    provider.end()
    first = collect(provider)
    assert (first["extracted"], first["claims"], first["dropped_claims"], first["again"]) == (3, 3, 3, 3)
    assert len(rows(CONTENT)) == 3, "what is sound counts at once"
    second = collect(provider, "--reask")
    assert (second["submitted"], second["pending"], second["again"]) == (3, 1, 0)
    provider.end()
    third = collect(provider, "--reask")
    assert (third["extracted"], third["dropped_claims"], third["submitted"], third["again"]) == (3, 0, 0, 0)
    assert rows(CONTENT) == rows(CONTENT, "online.duckdb")
    assert rows(CALLS) == rows(CALLS, "online.duckdb")
    in_batch, one_by_one = (sorted(map(json.dumps, requests)) for requests in (provider.requests, stub.requests))
    assert in_batch == one_by_one
    assert batch_outcomes() == [("completed",)]


def answer_method(request: dict[str, Any]) -> str:
    method: str = json.loads(answer(request, 1).body)["choices"][0]["message"]["content"]
    return str(json.loads(method)["claims"][0]["method"])


def test_a_paper_that_is_asked_about_again_counts_once_by_its_last_answer(provider: Provider) -> None:
    provider.script = faulty_at_first
    submit(provider)
    provider.end()
    provider.faults["GET /batches/batch_2"] = provider.end
    collected = collect(provider, "--reask", "--wait", "--every", "0.01")
    assert (collected["batches"], collected["submitted"], collected["prompt_tokens"]) == (2, 3, 600)
    assert (collected["extracted"], collected["claims"], collected["dropped_claims"]) == (3, 3, 0)
    counts = Store.open("claims.duckdb").counts()
    assert (counts.extracted, counts.claims, counts.dropped_claims) == (3, 3, 0)


def test_a_paper_that_fails_in_the_end_counts_as_failed_alone(provider: Provider) -> None:
    provider.script = lambda request, number: server.completion("No.")
    submit(provider, 1, "--reasks", 1)
    provider.end()
    provider.faults["GET /batches/batch_2"] = provider.end
    collected = collect(provider, "--reask", "--wait", "--every", "0.01", code=1)
    assert (collected["extracted"], collected["failed"], collected["claims"]) == (0, 1, 0)


@pytest.mark.parametrize("reasks", [0, 1, 2])
def test_a_model_that_does_not_mend_its_answers_is_asked_as_often_as_allowed(provider: Provider, reasks: int) -> None:
    provider.script = lambda request, number: server.completion("No.")
    submit(provider, 1, "--reasks", reasks)
    for _ in range(reasks):
        provider.end()
        assert collect(provider, "--reask")["failed"] == 0
    provider.end()
    assert collect(provider, "--reask", code=1)["failed"] == 1
    assert len(provider.requests) == 1 + reasks
    assert rows("SELECT status, error FROM extractions")[0][0] == "failed"
    assert submit(provider, 1)["requests"] == 1, "failed papers are tried again"


def test_a_refused_request_fails_with_the_provider_s_reason_and_the_others_are_stored(provider: Provider) -> None:
    provider.script = lambda request, number: server.error(400, "too long") if number == 2 else answer(request, number)
    submit(provider)
    provider.end()
    result = run("batch", "collect", "--base-url", provider.base_url)
    assert (result.exit_code, result.stderr) == (1, "1 paper failed; submit it again\n")
    assert rows("SELECT error FROM extractions WHERE status = 'failed'") == [("the batch answered 400: too long",)]
    assert rows("SELECT count(*) FROM claims") == [(2,)]


def test_a_failure_that_may_pass_is_asked_again_and_not_for_ever(provider: Provider) -> None:
    provider.script = lambda request, number: server.error(500, "oops")
    submit(provider, 1)
    for _ in range(4):
        provider.end()
        assert collect(provider, "--reask")["submitted"] == 1
    provider.end()
    assert collect(provider, "--reask", code=1)["failed"] == 1
    assert len(provider.requests) == 5
    assert rows("SELECT count(*) FROM calls WHERE http_status = 500") == [(5,)]


@pytest.mark.parametrize(
    "line",
    ["", "no JSON", "[]", '{"custom_id": 7}', '{"custom_id": "stranger", "response": null, "error": null}', '{"a":1}'],
)
def test_a_line_that_says_nothing_costs_only_its_own_request(provider: Provider, line: str) -> None:
    submit(provider)
    provider.end()
    name = provider.batches["batch_1"]["output_file_id"]
    _, *rest = provider.files[name].splitlines()
    provider.files[name] = b"\n".join([line.encode(), *rest])
    collected = collect(provider)
    assert (collected["extracted"], collected["unanswered"], collected["again"]) == (2, 1, 1)
    assert collect(provider, "--reask")["submitted"] == 1
    provider.end()
    assert collect(provider)["extracted"] == 1


def test_of_two_results_for_one_request_the_first_counts(provider: Provider) -> None:
    submit(provider, 1)
    provider.end()
    name = provider.batches["batch_1"]["output_file_id"]
    provider.files[name] *= 2
    assert (collect(provider)["extracted"], rows("SELECT count(*) FROM calls")) == (1, [(1,)])


# Batches that do not complete


def test_what_a_batch_expired_on_is_submitted_again_with_the_re_asks(provider: Provider) -> None:
    submit(provider, 5)
    provider.end("expired", answered=2)
    collected = collect(provider, "--reask")
    assert (collected["extracted"], collected["unanswered"], collected["submitted"]) == (2, 3, 3)
    assert rows("SELECT count(*) FROM extractions") == [(2,)]
    provider.end()
    assert collect(provider)["extracted"] == 3
    assert len({json.dumps(request) for request in provider.requests}) == 5


def test_what_a_cancelled_batch_answered_is_stored_and_the_rest_can_be_submitted(provider: Provider) -> None:
    submit(provider, 3)
    result = run("batch", "cancel", "1", "--base-url", provider.base_url)
    assert (result.exit_code, result.stdout) == (0, "batch 1: cancelling\n")
    collected = collect(provider, "--reask")
    assert (collected["extracted"], collected["unanswered"], collected["submitted"]) == (1, 2, 0)
    assert submit(provider, 3)["requests"] == 2


def test_a_batch_that_is_refused_as_a_whole_says_why_and_its_papers_can_be_submitted(provider: Provider) -> None:
    submit(provider, 2)
    provider.fail("Enqueued token limit reached")
    result = run("batch", "collect", "--reask", "--base-url", provider.base_url)
    assert result.stdout.startswith("1 batch collected, 0 pending; extracted 0, unanswered 2, failed 0")
    assert result.stderr == "batch 1: line 1: Enqueued token limit reached\n"
    status = json_of("batch", "status", "--base-url", provider.base_url)
    assert (status["status"], status["error"]) == ("failed", "line 1: Enqueued token limit reached")
    assert submit(provider, 2)["requests"] == 2


def submitted_again(provider: Provider) -> None:
    """Re-asks about three papers, which wait for their batch to end."""
    provider.script = faulty_at_first
    submit(provider)
    provider.end()
    assert collect(provider, "--reask")["submitted"] == 3


def test_re_asks_whose_batch_is_refused_are_left_to_be_asked_again(provider: Provider) -> None:
    submitted_again(provider)
    provider.fail("Enqueued token limit reached")
    refused = collect(provider)
    assert (refused["unanswered"], refused["again"]) == (3, 3)
    assert submit(provider)["skipped"] == 3
    assert batch_outcomes() == [("submitted",)]
    assert collect(provider, "--reask")["submitted"] == 3
    provider.end()
    collected = collect(provider)
    assert (collected["extracted"], collected["dropped_claims"], collected["again"]) == (3, 0, 0)
    assert batch_outcomes() == [("completed",)]


def test_re_asks_that_the_provider_does_not_take_are_left_to_be_asked_again(provider: Provider) -> None:
    provider.script = faulty_at_first
    submit(provider)
    provider.end()
    provider.faults["POST /batches"] = lambda: server.error(400, "Billing hard limit has been reached")
    line = fault("batch", "collect", "--reask", "--base-url", provider.base_url, code=1)
    assert "Billing hard limit has been reached" in line
    del provider.faults["POST /batches"]
    assert collect(provider, "--reask")["submitted"] == 3
    provider.end()
    collected = collect(provider)
    assert (collected["extracted"], collected["dropped_claims"], collected["again"]) == (3, 0, 0)


def test_the_command_that_sees_re_asks_refused_does_not_submit_them_at_once(provider: Provider) -> None:
    submitted_again(provider)
    provider.fail("Enqueued token limit reached")
    result = run("batch", "collect", "--reask", "--wait", "--base-url", provider.base_url)
    assert (result.exit_code, len(provider.batches)) == (0, 2)
    assert result.stderr == (
        "batch 2: line 1: Enqueued token limit reached\n"
        "3 papers to ask again: claims batch collect --reask --db claims.duckdb\n"
    )


def test_re_asks_that_are_always_refused_are_given_up_in_the_end(provider: Provider) -> None:
    submitted_again(provider)
    for left in (3, 3, 3, 0):
        provider.fail("Enqueued token limit reached")
        assert collect(provider)["again"] == left
        assert collect(provider, "--reask")["submitted"] == left
    assert len(rows(CONTENT)) == 3, "what was sound stays"


# What goes wrong


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


# Files for programs that run them


def submit_to_folder(papers: int, *flags: object, start_at: int = 1) -> Any:
    document = write_papers(papers, start_at=start_at)
    return json_of("batch", "submit", document, "--model", "Qwen/Qwen3-8B", "--to", "requests", *flags)


def files() -> list[str]:
    return sorted(path.name for path in Path("requests").iterdir())


def results(number: int) -> list[str]:
    """The lines that `vllm run-batch` makes of a request file."""
    requests = map(json.loads, Path(f"requests/requests-{number:04}.jsonl").read_text().splitlines())
    return [
        json.dumps(
            {
                "id": f"vllm-{n}",
                "custom_id": request["custom_id"],
                "response": {"status_code": 200, "request_id": "", "body": json.loads(answer(request["body"], n).body)},
                "error": None,
            }
        )
        + "\n"
        for n, request in enumerate(requests)
    ]


def write_results(number: int, content: str) -> None:
    Path(f"requests/results-{number:04}.jsonl").write_text(content)


def test_request_files_in_a_folder_are_answered_by_result_files_beside_them() -> None:
    assert submit_to_folder(3)["batches"] == [1]
    assert json_of("batch", "collect")["pending"] == 1
    requests = [json.loads(line) for line in Path("requests/requests-0001.jsonl").read_text().splitlines()]
    assert {request["body"]["model"] for request in requests} == {"Qwen/Qwen3-8B"}
    write_results(1, "".join(results(1)))
    collected = json_of("batch", "collect")
    assert (collected["extracted"], collected["claims"], collected["cost"]) == (3, 3, 0.0)


def test_a_request_file_that_is_cancelled_goes_away() -> None:
    submit_to_folder(2)
    assert run("batch", "cancel", "--all").stdout == "batch 1: cancelled\n"
    assert files() == []
    assert json_of("batch", "collect")["unanswered"] == 2
    assert Store.open("claims.duckdb").counts().extractions == 0


def test_a_request_file_takes_the_place_of_no_other() -> None:
    submit_to_folder(2)
    submit_to_folder(3, start_at=10)
    pending = Path("requests/requests-0002.jsonl").read_text()
    run("batch", "cancel", "1")
    submit_to_folder(4, start_at=20)
    assert files() == ["requests-0002.jsonl", "requests-0003.jsonl"]
    assert Path("requests/requests-0002.jsonl").read_text() == pending


@pytest.mark.parametrize("removed", [["requests-0001.jsonl"], ["requests-0001.jsonl", "results-0001.jsonl"]])
def test_the_number_of_a_collected_batch_does_not_come_again(removed: list[str]) -> None:
    submit_to_folder(2)
    write_results(1, "".join(results(1)))
    assert json_of("batch", "collect")["extracted"] == 2
    for name in removed:
        Path("requests", name).unlink()
    submit_to_folder(3, start_at=10)
    assert "requests-0002.jsonl" in files()
    assert json_of("batch", "collect")["pending"] == 1


@pytest.mark.parametrize("left", ["requests-0041.jsonl", "results-0041.jsonl"])
def test_numbers_go_on_after_those_of_another_store_s_files(left: str) -> None:
    Path("requests").mkdir()
    Path("requests", left).touch()
    submit_to_folder(1)
    assert files() == sorted([left, "requests-0042.jsonl"])


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        (lambda lines: "", 0),
        (lambda lines: lines[0], 1),
        (lambda lines: lines[0] + lines[1] + lines[2][:40], 2),
        (lambda lines: "".join(lines).removesuffix("\n"), 2),
        (lambda lines: lines[0] + "\n\n\n", 1),
    ],
)
def test_results_are_not_collected_before_they_are_whole(written: Callable[[list[str]], str], whole: int) -> None:
    submit_to_folder(3)
    lines = results(1)
    write_results(1, written(lines))
    status = json_of("batch", "status")
    assert (status["status"], status["completed"]) == ("in_progress", whole)
    collected = json_of("batch", "collect", "--reask")
    assert (collected["pending"], collected["submitted"], files()) == (
        1,
        0,
        ["requests-0001.jsonl", "results-0001.jsonl"],
    )
    write_results(1, "".join(lines))
    collected = json_of("batch", "collect")
    assert (collected["extracted"], collected["unanswered"], collected["again"]) == (3, 0, 0)


def test_results_that_will_never_be_whole_are_collected_when_their_batch_is_cancelled() -> None:
    submit_to_folder(3)
    lines = results(1)
    write_results(1, lines[0] + lines[1].removesuffix("\n"))
    assert run("batch", "cancel", "1").stdout == "batch 1: cancelled\n"
    collected = json_of("batch", "collect", "--reask")
    assert (collected["extracted"], collected["unanswered"], collected["submitted"]) == (2, 1, 0)
    again = submit_to_folder(3)
    assert (again["skipped"], again["requests"]) == (2, 1)
    write_results(2, "".join(results(2)))
    assert json_of("batch", "collect")["extracted"] == 1
    assert len(rows(CONTENT)) == 3
