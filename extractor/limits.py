"""When a request may be sent: requests and tokens a minute, requests at once, and the budget of a run.

Limits a minute that are known, from the settings or from a server's ``x-ratelimit-*`` headers, are kept by spacing
requests evenly, so that neither a minute nor a shorter window of the server's ever holds too many. Others show in
refusals (429, 503) and time-outs: then the number of requests at once is halved, and grows back step by step. What a
request will take is set aside before it is sent and corrected by what it took; of a budget, the most that it can cost.

The package aiolimiter spaces requests too, but a reservation cannot be corrected there, nor the rate changed.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from extractor.errors import HaltedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from extractor.pricing import Price

BYTES_A_TOKEN = 4.0
ANSWER_TOKENS = 120.0
"""What a request takes until the first answers have told."""
LONGEST_WAIT = 600.0
"""Seconds that a server's headers can hold a request back."""
_LEARNING = 0.1  # weight of the latest answer in the means
_RECOVERY = 20  # rounds of requests until as many are sent at once as before a refusal

_STOPPED = "the run was stopped before the request was sent"
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd]|$)")
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Pace:
    """Units a minute, evenly spaced; no limit where that is None. Times are seconds of the monotonic clock."""

    def __init__(self, a_minute: float | None = None) -> None:
        self._learns = a_minute is None
        self._seconds = 60 / a_minute if a_minute else 0.0  # that one unit takes
        self._free_at = 0.0

    def reserve(self, units: float, now: float) -> float:
        """Take units, and return the moment at which they may be used."""
        start = max(self._free_at, now)
        self._free_at = start + units * self._seconds
        return start

    def correct(self, units: float) -> None:
        """Take so many units more than were reserved; give back a negative number."""
        self._free_at += units * self._seconds

    def heed(self, limit: str | None, remaining: str | None, reset: str | None, *, wanted: float, now: float) -> None:
        """Learn from a server's headers: units a minute, units left, and the time until all are there again.

        A limit that the user has set stays. Where fewer than ``wanted`` units are left, waits until the server should
        have that many again, if it fills up steadily; but no longer than :data:`LONGEST_WAIT`.
        """
        most, left, seconds = _number(limit), _number(remaining), _duration(reset)
        if most and self._learns:
            self._seconds = min(60 / most, LONGEST_WAIT / wanted)
        if most and left is not None and seconds is not None and left < min(wanted, most):
            pause = min(seconds * (wanted - left) / (most - left), LONGEST_WAIT)
            self._free_at = max(self._free_at, now + pause)


@dataclass(frozen=True)
class Limits:
    """The limits that a user sets; None is no limit. ``max_cost`` is what a run may spend, in US dollars."""

    requests_a_minute: float | None = None
    tokens_a_minute: float | None = None
    max_cost: float | None = None


NO_LIMITS = Limits()


@dataclass(slots=True)
class Turn:
    """Leave to send one request of ``size`` bytes, with the tokens and US dollars that are set aside for it.

    ``expected`` is what it will cost if its answer is as long as the longest so far.
    """

    size: int
    tokens: float
    dollars: float
    expected: float
    since: float
    settled: bool = False


class Room:
    """Room for so many at once; who finds none waits in line."""

    def __init__(self, places: float = math.inf) -> None:
        self.places = places
        self.taken = 0
        self._opened = False
        self._line: deque[asyncio.Future[None]] = deque()

    async def enter(self, *, first: bool = False) -> None:
        """Take a place as soon as there is one, as the ``first`` or as the last of those who wait."""
        if self._opened or (not self._line and self.taken + 1 <= self.places):
            self.taken += 1
            return
        place = asyncio.get_running_loop().create_future()
        if first:
            self._line.appendleft(place)
        else:
            self._line.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # let in and cancelled in the same moment
                self.leave()
            raise

    def leave(self) -> None:
        """Give a place back."""
        self.taken -= 1
        self._let_in()

    def open(self) -> None:
        """From now on, let everybody in at once."""
        self._opened = True
        self._let_in()

    def _let_in(self) -> None:
        while self._line and (self._opened or self.taken + 1 <= self.places):
            place = self._line.popleft()
            if not place.done():
                self.taken += 1
                place.set_result(None)


class Limiter:
    """Gives out the turns of one endpoint's requests.

    A turn is taken with :meth:`enter` and given back with :meth:`leave`; between them, :meth:`answered`,
    :meth:`refused` and :meth:`overloaded` tell what became of the request. Whoever asks, and may have to ask several
    times, holds a :meth:`seat`, the pauses between included; there are ``seats`` of them. ``longest_answer`` is the
    number of tokens at which the server cuts an answer off.
    """

    def __init__(self, limits: Limits, price: Price | None, longest_answer: int, seats: float = math.inf) -> None:
        self.out_of_budget = False
        self._requests, self._tokens = Pace(limits.requests_a_minute), Pace(limits.tokens_a_minute)
        self._max_cost, self._price = limits.max_cost, price
        self._spent = 0.0  # what is set aside included
        self._open = 0  # requests with money set aside
        self._settled = asyncio.Event()
        self._tokens_a_byte, self._answer_tokens, self._learned = 1 / BYTES_A_TOKEN, ANSWER_TOKENS, False
        self._longest_so_far, self._longest_answer = ANSWER_TOKENS, longest_answer
        self._seats, self._under_way, self._step = Room(seats), Room(), 1.0
        self._narrowed_at = self._closed_until = 0.0
        self._halted = asyncio.Event()

    @asynccontextmanager
    async def seat(self, *, again: bool) -> AsyncIterator[None]:
        """Wait for a seat, and hold it for a block; who asks ``again`` goes before those who have not asked yet."""
        await self._seats.enter(first=again)
        try:
            yield
        finally:
            self._seats.leave()

    async def enter(self, size: int) -> Turn:
        """Wait until a request with a body of ``size`` bytes may be sent.

        Raises :class:`HaltedError` once :meth:`halt` was called or the budget does not suffice for the request.
        """
        if self._halted.is_set():
            raise HaltedError(_STOPPED)
        await self._under_way.enter()
        try:
            return await self._admitted(size)
        except BaseException:
            self.leave()
            raise

    async def _admitted(self, size: int) -> Turn:
        prompt, answer = self._tokens_a_byte * size, self._answer_tokens
        now = monotonic()
        start = max(self._requests.reserve(1, now), self._tokens.reserve(prompt + answer, now))
        while (seconds := max(start, self._closed_until) - monotonic()) > 0:
            await self.pause(seconds)
        if self._halted.is_set():
            raise HaltedError(_STOPPED)
        return Turn(size, prompt + answer, *await self._set_aside(prompt), since=monotonic())

    async def _set_aside(self, prompt: float) -> tuple[float, float]:
        """The dollars set aside for a request, and those expected.

        The most that it can cost, once others have told what they took; the last dollars pay for one at a time, as far
        as they are expected to suffice.
        """
        if self._max_cost is None or self._price is None:
            return 0.0, 0.0
        expected = self._price.dollars(round(prompt), round(self._longest_so_far))
        dollars = max(expected, self._price.dollars(round(prompt), self._longest_answer))
        while self._spent + dollars > self._max_cost and self._open:
            self._settled.clear()
            await self._settled.wait()
            if self._halted.is_set():
                raise HaltedError(_STOPPED)
        if self._spent + dollars > self._max_cost:
            dollars = expected
        if self._spent + dollars > self._max_cost:
            self.out_of_budget = True
            self.halt()
            raise HaltedError("the budget is used up")
        self._spent += dollars
        self._open += 1
        return dollars, expected

    def _settle(self, turn: Turn, dollars: float) -> None:
        if turn.dollars and not turn.settled:
            turn.settled = True
            self._spent += dollars - turn.dollars
            self._open -= 1
            self._settled.set()

    def answered(self, turn: Turn, prompt_tokens: int, completion_tokens: int, dollars: float | None) -> None:
        """Correct what was set aside by what the answer took; nothing where the server does not tell its tokens."""
        self._under_way.places += self._step / self._under_way.places
        if not prompt_tokens:
            return
        self._tokens.correct(prompt_tokens + completion_tokens - turn.tokens)
        self._settle(turn, dollars or 0.0)
        weight = _LEARNING if self._learned else 1.0
        self._tokens_a_byte += weight * (prompt_tokens / turn.size - self._tokens_a_byte)
        self._answer_tokens += weight * (completion_tokens - self._answer_tokens)
        self._longest_so_far = max(completion_tokens, self._longest_so_far if self._learned else 0)
        self._learned = True

    def refused(self, turn: Turn) -> None:
        """The server refused the request, which then costs nothing."""
        self._settle(turn, 0.0)

    def overloaded(self, turn: Turn, pause: float = 0.0) -> None:
        """The server could not keep up: halve the requests at once, and send none for ``pause`` seconds.

        All requests that were under way when it was halved tell of the same overload, and count once.
        """
        now = monotonic()
        self._closed_until = max(self._closed_until, now + pause)
        if turn.since > self._narrowed_at:
            most = min(self._under_way.places, self._under_way.taken)
            self._under_way.places = max(1.0, most / 2)
            self._step, self._narrowed_at = max(1.0, most / _RECOVERY), now

    def heed(self, turn: Turn, headers: Mapping[str, str]) -> None:
        """Learn the limits that a response tells of in OpenAI's headers, ``x-ratelimit-limit-requests`` and so on."""
        for pace, unit, wanted in ((self._requests, "requests", 1.0), (self._tokens, "tokens", turn.tokens)):
            limit = headers.get(f"x-ratelimit-limit-{unit}")
            if limit:
                remaining, reset = (headers.get(f"x-ratelimit-{what}-{unit}") for what in ("remaining", "reset"))
                pace.heed(limit, remaining, reset, wanted=wanted, now=monotonic())

    def leave(self, turn: Turn | None = None) -> None:
        """Give a turn back; a request that nothing was told of may have been billed."""
        if turn:
            self._settle(turn, turn.expected)
        self._under_way.leave()

    async def pause(self, seconds: float) -> None:
        """Sleep, unless halted: then raises :class:`HaltedError` at once."""
        try:
            async with asyncio.timeout(seconds):
                await self._halted.wait()
        except TimeoutError:
            return
        raise HaltedError(_STOPPED)

    def halt(self) -> None:
        """Send no more requests: whoever waits for a turn, and whoever asks for one, gets :class:`HaltedError`."""
        self._halted.set()
        self._settled.set()
        self._seats.open()
        self._under_way.open()


def _number(header: str | None) -> float | None:
    """A number that is not negative; None for anything else."""
    try:
        number = float(header or "")
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None


def _duration(header: str | None) -> float | None:
    """Seconds, from forms such as ``6m0s``, ``120ms``, ``1.5`` and ``1h2m3s``; None for anything else."""
    text = (header or "").strip()
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
