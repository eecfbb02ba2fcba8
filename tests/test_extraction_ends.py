"""How runs end: by a server that does not answer, by being stopped, by their limits, by a store that is in the way."""

import asyncio
from collections.abc import Sequence
from threading import Barrier
from typing import Any

import pytest
from engine import DOWN, PROMPT, asked, latest, outcomes, papers, run, sound, unless
from holder import WRITING, holder
from stub import Answer, claims, error, serve

from extractor.client import Client
from extractor.endpoint import Endpoint
from extractor.errors import RejectedError, StoreError, UnavailableError
from extractor.extraction import PATIENCE, Plan, Summary, extract
from extractor.limits import Limits
from extractor.pricing import TokenPrice
from extractor.records import Extraction
from extractor.store import Store

# A server that does not answer at all


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_for_all_costs_one_request(store: Store, status: int) -> None:
    with serve(lambda request, number: error(status, "no")) as stub, pytest.raises(RejectedError):
        run(store, papers(50), stub.base_url)
    assert len(stub.requests) == 1
    assert outcomes(store) == ["failed"]


def test_a_server_that_is_down_from_the_start_is_given_up_at_once(store: Store) -> None:
    with serve(lambda request, number: DOWN) as stub, pytest.raises(UnavailableError):
        run(store, papers(50), stub.base_url)
    assert len(stub.requests) == 1


def test_a_server_that_goes_away_is_given_up_after_some_patience_and_what_was_done_stays(store: Store) -> None:
    with (
        serve(lambda request, number: sound(request) if number <= 5 else DOWN) as stub,
        pytest.raises(UnavailableError, match="quota used up"),
    ):
        run(store, papers(40), stub.base_url, concurrency=1)
    assert len(stub.requests) == 5 + PATIENCE + 1  # the next question is under way before an answer is judged
    assert outcomes(store) == ["failed"]
    assert store.counts().extracted == 5
    with serve(sound) as stub:
        summary = run(store, papers(40), stub.base_url)
    assert (summary.skipped, summary.extracted, len(stub.requests)) == (5, 35, 35)


def test_a_server_that_recovers_in_time_is_not_given_up(store: Store) -> None:
    down = dict.fromkeys([*range(2, 2 + PATIENCE - 1), *range(20, 20 + PATIENCE - 1)], DOWN)
    with serve(unless(down)) as stub:
        summary = run(store, papers(30), stub.base_url, concurrency=1)
    assert (summary.failed, summary.extracted) == (2 * (PATIENCE - 1), 30 - 2 * (PATIENCE - 1))


def test_papers_that_wait_spend_nothing_while_one_is_tried_again(store: Store) -> None:
    refusals = iter([error(429, "busy", Retry_After="0")] * 3)
    with serve(lambda request, number: next(refusals, None) or sound(request)) as stub:
        summary = run(store, papers(12), stub.base_url, concurrency=1)
    assert summary.extracted == 12
    assert [asked(request) for request in stub.requests] == [1, 1, 1, *range(1, 13)]


def test_a_paper_that_always_fails_keeps_no_later_run_from_the_others(store: Store) -> None:
    with serve(unless({3: DOWN})) as stub:
        assert run(store, papers(6), stub.base_url).failed == 1
        summary = run(store, papers(9), stub.base_url)
    assert (summary.skipped, summary.failed, summary.extracted) == (5, 1, 3)


def test_a_server_that_refuses_every_paper_is_given_up(store: Store) -> None:
    with serve(lambda request, number: error(400, "no such parameter")) as stub, pytest.raises(RejectedError):
        run(store, papers(40), stub.base_url, concurrency=1)
    assert len(stub.requests) == PATIENCE + 1


def test_refusals_for_single_papers_sake_never_end_a_run_that_got_answers(store: Store) -> None:
    too_long = dict.fromkeys(range(5, 5 + 2 * PATIENCE), error(400, "longer than the context"))
    with serve(unless(too_long)) as stub:
        summary = run(store, papers(40), stub.base_url, concurrency=1)
    assert (summary.failed, summary.extracted) == (2 * PATIENCE, 40 - 2 * PATIENCE)


# Stopping


def test_a_stopped_run_keeps_what_is_answered_and_the_next_one_goes_on(store: Store) -> None:
    with serve(sound) as stub:
        first = run(store, papers(40), stub.base_url, stop_after=7)
        made = len(stub.requests)
        assert first.interrupted
        assert made == first.extracted == store.counts().extractions < 40
        second = run(store, papers(40), stub.base_url)
    assert (second.skipped, second.extracted) == (made, 40 - made)
    assert sorted(asked(request) for request in stub.requests) == list(range(1, 41))
    assert outcomes(store) == ["interrupted", "completed"]


def test_a_stopped_run_does_not_wait_for_its_pace(store: Store) -> None:
    with serve(sound) as stub:
        summary = run(store, papers(5), stub.base_url, stop_after=1, limits=Limits(requests_a_minute=0.1))
    assert (summary.interrupted, summary.extracted, len(stub.requests)) == (True, 1, 1)
    assert store.counts().extractions == 1, "papers that were not asked about have not failed"


def test_what_was_answered_by_the_time_a_caller_gives_up_is_stored_and_nothing_goes_on(store: Store) -> None:
    async def extraction(base_url: str) -> Summary:
        shown: list[Summary] = []

        def on_progress(summary: Summary) -> None:
            shown.append(summary)
            if summary.extracted >= 5:
                running.cancel()

        async with Client(Endpoint("m", base_url, "none")) as client:
            running = asyncio.ensure_future(
                extract(iter(papers(40)), store, client, Plan(PROMPT, concurrency=2), on_progress=on_progress)
            )
            with pytest.raises(asyncio.CancelledError):
                await running
            assert asyncio.all_tasks() == {asyncio.current_task()}
        return shown[-1]

    with serve(sound) as stub:
        summary = asyncio.run(extraction(stub.base_url))
    assert store.counts().extractions == summary.extracted >= 5


def test_a_client_that_was_halted_asks_nothing_and_the_run_ends(store: Store) -> None:
    async def extraction(base_url: str) -> Summary:
        async with Client(Endpoint("m", base_url, "none")) as client:
            client.halt()
            return await extract(iter(papers(5000)), store, client, Plan(PROMPT))

    with serve(sound) as stub:
        assert asyncio.run(extraction(stub.base_url)).extracted == len(stub.requests) == 0


# Limits


def test_an_overloaded_server_is_asked_half_as_much_and_every_paper_is_answered(store: Store) -> None:
    eight, four = Barrier(8), Barrier(4)
    under_way: set[int] = set()
    most = 0

    def script(request: dict[str, Any], number: int) -> Answer:
        nonlocal most
        if 2 <= number <= 9:  # the first paper goes alone
            eight.wait(30)
            return error(429, "busy", Retry_After="0")
        under_way.add(number)
        if 10 <= number <= 13:
            four.wait(30)
            most = max(most, len(under_way))
        under_way.discard(number)
        return sound(request)

    with serve(script) as stub:
        summary = run(store, papers(30), stub.base_url, concurrency=8)
    assert (most, summary.extracted, summary.failed) == (4, 30, 0)


def test_a_budget_keeps_what_it_paid_for_while_a_re_ask_no_longer_fits(store: Store) -> None:
    faulty = claims({"improvement": "1x"}, {"improvement": "99%"})
    price = TokenPrice(input=0, output=50_000)  # a dollar for the stub's 20 tokens, 6 for the 120 it first expects
    with serve(lambda request, number: faulty) as stub:
        summary = run(store, papers(9), stub.base_url, reasks=1, price=price, limits=Limits(max_cost=7), concurrency=1)
    assert len(stub.requests) == 7
    assert (summary.out_of_budget, summary.extracted, summary.claims, summary.cost) == (True, 4, 1, 7)
    assert [len(latest(store, number).calls) for number in (1, 2, 3, 4)] == [2, 2, 2, 1]
    assert outcomes(store) == ["out of budget"]


# A store that cannot be written


def test_a_store_that_disappears_ends_the_run_with_its_error(store: Store) -> None:
    def script(request: dict[str, Any], number: int) -> Answer:
        if number == 3:
            store.path.write_bytes(b"no database")
        return sound(request)

    with serve(script) as stub, pytest.raises(StoreError):
        run(store, papers(30), stub.base_url, concurrency=1)


class Busy(Store):
    """A store that another process holds while it is first to be written."""

    def save(self, run_id: str, extractions: Sequence[Extraction]) -> None:
        if self.counts().extractions or hasattr(self, "tried"):
            return super().save(run_id, extractions)
        self.tried = True
        with holder(WRITING, self):
            return super().save(run_id, extractions)


def test_answers_that_met_a_store_in_use_are_stored_at_the_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.store.store.WRITE_PATIENCE", 0.1)
    with serve(sound) as stub, pytest.raises(StoreError, match="in use by process"):
        run(Busy(store.path), papers(8), stub.base_url)
    assert store.counts().extractions == len(stub.requests) > 0
