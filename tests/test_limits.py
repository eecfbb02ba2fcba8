"""When requests may be sent: paces, the headers they learn from, overload, and the budget of a run."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.endpoint import Endpoint
from extractor.errors import HaltedError
from extractor.limits import ANSWER_TOKENS, LONGEST_WAIT, NO_LIMITS, Limiter, Limits, Pace, Turn
from extractor.pricing import TokenPrice, find_price

# A dollar a token of the answer: money is easy to follow.
PRICE = find_price(Endpoint("m", "http://127.0.0.1/v1", "none", price=TokenPrice(input=0, output=1_000_000)))

LONGEST_ANSWER = 200


def limiter(**limits: float) -> Limiter:
    return Limiter(Limits(**limits), PRICE, LONGEST_ANSWER)


def during(use: Callable[[Limiter], Awaitable[None]], limiter: Limiter) -> None:
    async def run() -> None:
        await use(limiter)

    asyncio.run(run())


async def let_in(limiter: Limiter, wanted: int) -> list[asyncio.Task[Turn]]:
    """Ask for so many turns, and return the tasks of those that were given at once."""
    tasks = [asyncio.create_task(limiter.enter(100)) for _ in range(wanted)]
    for _ in range(10):
        await asyncio.sleep(0)
    return [task for task in tasks if task.done()]


# Paces


@given(st.integers(1, 10_000), st.lists(st.tuples(st.floats(0, 5), st.integers(1, 2000)), max_size=40))
def test_what_is_sent_never_runs_ahead_of_the_pace(a_minute: int, sent: list[tuple[float, int]]) -> None:
    pace, now, earliest = Pace(a_minute), 0.0, 0.0
    for idle, units in sent:
        now += idle
        start = pace.reserve(units, now)
        assert start >= max(now, earliest) - 1e-6
        earliest = start + units * 60 / a_minute


@given(st.integers(1, 600))
def test_a_minute_has_as_many_requests_as_allowed(a_minute: int) -> None:
    pace = Pace(a_minute)
    starts = [pace.reserve(1, 0.0) for _ in range(a_minute + 1)]
    assert starts[0] == 0
    assert starts[a_minute] == pytest.approx(60)


def test_without_a_limit_nothing_waits() -> None:
    pace = Pace()
    assert [pace.reserve(1e6, now) for now in (1.0, 1.0, 2.0)] == [1.0, 1.0, 2.0]


def test_a_reservation_is_corrected_by_what_was_taken() -> None:
    pace = Pace(60)
    pace.reserve(10, 0.0)
    pace.correct(-7)
    assert pace.reserve(1, 0.0) == pytest.approx(3)
    pace.correct(5)
    assert pace.reserve(1, 0.0) == pytest.approx(9)


# Headers


def heed(pace: Pace, *headers: str | None, wanted: float = 1) -> float:
    """The seconds to wait for the second of two units after these headers came, and the first after them."""
    pace.heed(*headers, wanted=wanted, now=100.0)
    pace.reserve(1, 100.0)
    return pace.reserve(1, 100.0) - 100


def test_a_limit_is_learned_from_the_headers() -> None:
    assert heed(Pace(), "600", "599", "100ms") == pytest.approx(0.1)


def test_a_limit_that_the_user_set_stays() -> None:
    assert heed(Pace(60), "600", "599", "100ms") == pytest.approx(1)


@pytest.mark.parametrize("limit", [None, "", "0", "-5", "many", "nan", "inf"])
def test_a_limit_that_is_none_is_not_learned(limit: str | None) -> None:
    assert heed(Pace(), limit, "0", "1m") == 0


@pytest.mark.parametrize(
    ("remaining", "reset", "wanted", "seconds"),
    [
        ("0", "1m0s", 1, 1),  # 60 in a minute: one more in a second
        ("10", "50s", 30, 20),
        ("30", "30s", 30, 0),
        ("0", "6m0s", 60, 360),
        ("0", "nonsense", 1, 0),
        (None, "60s", 1, 0),
    ],
)
def test_a_used_up_limit_is_waited_for(remaining: str | None, reset: str, wanted: float, seconds: float) -> None:
    pace = Pace(1e9)
    pace.heed("60", remaining, reset, wanted=wanted, now=100.0)
    assert pace.reserve(1, 100.0) == pytest.approx(100 + seconds)


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [("60s", 60), ("6m0s", 360), ("120ms", 0.12), ("1h2m3.5s", 3723.5), ("1d", 86400), ("7", 7), ("0.5", 0.5)],
)
def test_forms_of_a_duration(reset: str, seconds: float) -> None:
    pace = Pace(1e9)
    pace.heed("1000", "0", reset, wanted=1, now=0.0)  # all are there after this time, one after a thousandth
    assert pace.reserve(1, 0.0) == pytest.approx(seconds / 1000)


@pytest.mark.parametrize("headers", [("1", "0", "999d"), ("0.000001", None, None), ("0.000001", "0", "999d")])
def test_no_headers_hold_a_request_back_for_longer_than_is_sensible(
    headers: tuple[str, str | None, str | None],
) -> None:
    pace = Pace()
    pace.heed(*headers, wanted=500, now=0.0)
    pace.reserve(500, 0.0)
    assert pace.reserve(500, 0.0) <= 2 * LONGEST_WAIT


@given(st.text(max_size=10), st.text(max_size=10), st.text("0123456789.smhd-", max_size=10))
def test_any_headers_leave_a_pace(limit: str, remaining: str, reset: str) -> None:
    pace = Pace()
    pace.heed(limit, remaining, reset, wanted=5, now=0.0)
    assert pace.reserve(1, 0.0) >= 0


# Seats


def test_no_more_papers_are_asked_about_than_there_are_seats() -> None:
    async def use(limiter: Limiter) -> None:
        seats = [limiter.seat(again=False) for _ in range(5)]
        sitting = [asyncio.create_task(seat.__aenter__()) for seat in seats]
        await asyncio.sleep(0)
        assert [task.done() for task in sitting] == [True, True, True, False, False]
        await seats[0].__aexit__(None, None, None)
        await sitting[3]
        assert not sitting[4].done()

    during(use, Limiter(NO_LIMITS, None, LONGEST_ANSWER, seats=3))


def test_a_paper_that_is_asked_about_again_goes_before_those_that_wait() -> None:
    async def use(limiter: Limiter) -> None:
        async with limiter.seat(again=False):
            seats = [limiter.seat(again=again) for again in (False, True)]
            waiting = [asyncio.create_task(seat.__aenter__()) for seat in seats]
            await asyncio.sleep(0)
        await waiting[1]
        assert not waiting[0].done()

    during(use, Limiter(NO_LIMITS, None, LONGEST_ANSWER, seats=1))


def test_who_waits_for_a_seat_is_told_when_nothing_more_is_sent() -> None:
    async def use(limiter: Limiter) -> None:
        async def ask() -> None:
            async with limiter.seat(again=False):
                await limiter.enter(100)

        async with limiter.seat(again=False):
            waiting = asyncio.create_task(ask())
            await asyncio.sleep(0)
            limiter.halt()
            with pytest.raises(HaltedError):
                await waiting

    during(use, Limiter(NO_LIMITS, None, LONGEST_ANSWER, seats=1))


# Overload


def test_overload_halves_the_requests_at_once_and_once_only() -> None:
    async def use(limiter: Limiter) -> None:
        turns = [task.result() for task in await let_in(limiter, 8)]
        assert len(turns) == 8
        for turn in turns:  # all were under way together
            limiter.overloaded(turn)
            limiter.leave()
        assert len(await let_in(limiter, 8)) == 4

    during(use, limiter())


def test_overload_again_halves_again_but_one_request_always_goes() -> None:
    async def use(limiter: Limiter) -> None:
        for _ in range(5):
            turn = await limiter.enter(100)
            limiter.overloaded(turn)
            limiter.leave()
        assert len(await let_in(limiter, 3)) == 1

    during(use, limiter())


def test_answers_bring_the_requests_at_once_back_step_by_step() -> None:
    async def use(limiter: Limiter) -> None:
        turns = [task.result() for task in await let_in(limiter, 8)]
        limiter.overloaded(turns[0])
        for _ in turns:
            limiter.leave()
        for _ in range(5):  # a round of as many as there is room for
            turn = await limiter.enter(100)
            limiter.answered(turn, 100, 20, None)
            limiter.leave()
        assert len(await let_in(limiter, 8)) == 5

    during(use, limiter())


def test_who_waits_is_let_in_when_another_leaves() -> None:
    async def use(limiter: Limiter) -> None:
        limiter.overloaded(await limiter.enter(100))
        waiting = asyncio.create_task(limiter.enter(100))
        await asyncio.sleep(0)
        assert not waiting.done()
        limiter.leave()
        await waiting

    during(use, limiter())


def test_who_is_cancelled_while_waiting_takes_no_room() -> None:
    async def use(limiter: Limiter) -> None:
        limiter.overloaded(await limiter.enter(100))
        waiting = [asyncio.create_task(limiter.enter(100)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        limiter.leave()
        waiting[1].cancel()  # let in already, and not told yet
        await waiting[2]

    during(use, limiter())


def test_a_pause_that_the_server_asks_for_holds_for_all() -> None:
    async def use(limiter: Limiter) -> None:
        clock = asyncio.get_running_loop().time
        start = clock()
        limiter.overloaded(await limiter.enter(100), pause=0.1)
        limiter.leave()
        await limiter.enter(100)
        assert clock() - start >= 0.1

    during(use, Limiter(NO_LIMITS, None, LONGEST_ANSWER))


# Budget


def test_nothing_is_sent_that_the_budget_does_not_cover() -> None:
    async def use(limiter: Limiter) -> None:
        turn = await limiter.enter(100)
        assert turn.dollars == ANSWER_TOKENS, "what it can cost at most is more than there is"
        limiter.answered(turn, 100, 20, 20.0)
        for _ in range(5):
            turn = await limiter.enter(100)
            assert turn.dollars == 20, "as the longest answer so far"
            limiter.answered(turn, 100, 20, 20.0)
        with pytest.raises(HaltedError):
            await limiter.enter(100)
        assert limiter.out_of_budget

    during(use, limiter(max_cost=ANSWER_TOKENS))


@given(st.lists(st.integers(0, LONGEST_ANSWER), min_size=1, max_size=60), st.integers(200, 3000), st.integers(1, 16))
def test_a_budget_is_passed_by_the_end_of_the_last_answer_at_most(
    lengths: list[int], budget: int, workers: int
) -> None:
    spent: list[int] = []

    async def use(limiter: Limiter) -> None:
        waiting = iter(lengths)

        async def work() -> None:
            for length in waiting:
                try:
                    turn = await limiter.enter(100)
                except HaltedError:
                    return
                await asyncio.sleep(0)
                spent.append(length)
                limiter.answered(turn, 100, length, float(length))
                limiter.leave(turn)

        await asyncio.gather(*(work() for _ in range(workers)))
        assert limiter.out_of_budget == (len(spent) < len(lengths))

    during(use, limiter(max_cost=budget))
    assert sum(spent[:-1]) <= budget
    assert sum(spent) < budget + LONGEST_ANSWER


def test_a_refused_request_costs_nothing() -> None:
    async def use(limiter: Limiter) -> None:
        for _ in range(5):
            turn = await limiter.enter(100)
            limiter.refused(turn)
            limiter.leave()
        assert not limiter.out_of_budget

    during(use, limiter(max_cost=ANSWER_TOKENS))


def test_a_request_that_nobody_answered_may_have_been_billed() -> None:
    async def use(limiter: Limiter) -> None:
        limiter.leave(await limiter.enter(100))
        with pytest.raises(HaltedError):
            await limiter.enter(100)

    during(use, limiter(max_cost=ANSWER_TOKENS * 1.5))


# Halting


def test_whoever_waits_is_told_at_once_when_nothing_more_is_sent() -> None:
    async def use(limiter: Limiter) -> None:
        limiter.overloaded(await limiter.enter(100))
        in_line = asyncio.create_task(limiter.enter(100))
        await asyncio.sleep(0)
        pausing = asyncio.create_task(limiter.pause(3600))
        await asyncio.sleep(0)
        limiter.halt()
        for task in (in_line, pausing):
            with pytest.raises(HaltedError):
                await task
        with pytest.raises(HaltedError):
            await limiter.enter(100)

    during(use, limiter())


def test_whoever_waits_for_the_pace_is_told_too() -> None:
    async def use(limiter: Limiter) -> None:
        await limiter.enter(100)
        waiting = asyncio.create_task(limiter.enter(100))
        await asyncio.sleep(0)
        limiter.halt()
        with pytest.raises(HaltedError):
            await waiting

    during(use, limiter(requests_a_minute=0.1))
