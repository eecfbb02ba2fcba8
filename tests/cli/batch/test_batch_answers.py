"""``claims batch``: answers that are not what was asked for."""

import json

import pytest
import stub as server
from batching import CALLS, CONTENT, batch_outcomes, collect, faulty_at_first, rows, submit
from command import answer, run, write_papers
from provider import Provider

from extractor.store import Store


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
