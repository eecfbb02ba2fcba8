"""``claims batch``: batches that do not complete."""

import json

import stub as server
from batching import CONTENT, batch_outcomes, collect, faulty_at_first, rows, submit
from command import fault, json_of, run
from provider import Provider


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
