"""Factors as bars on a logarithmic scale, one scale a metric family: ``····│····●━━━━●``."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH = 16
_EMPTY, _ONE, _RANGE, _END, _OPEN = "·│━●┄"

Range = tuple[str, float | None, float | None]  # metric family, low and high end of the factor


def range_bars(ranges: Sequence[Range]) -> list[str]:
    """A bar for each range, "" where neither end is known.

    ``│`` marks 1x, no change; right of it is better. ``●`` is an end that the text states, ``━`` lies between two of
    them, ``┄`` leads towards the end that it leaves open. The scale of a family holds 1x and all its known ends.
    """
    logs = [(family, _log(low), _log(high)) for family, low, high in ranges]
    ends: dict[str, list[float]] = {}
    for family, *known in logs:
        ends.setdefault(family, [0.0]).extend(end for end in known if end is not None)
    return [_bar(low, high, min(ends[family]), max(ends[family])) for family, low, high in logs]


def _log(factor: float | None) -> float | None:
    return math.log(factor) if factor is not None and 0 < factor < math.inf else None


def _bar(low: float | None, high: float | None, start: float, end: float) -> str:
    if low is None and high is None:
        return ""

    def place(log: float) -> int:
        return round((log - start) / ((end - start) or 1.0) * (WIDTH - 1))

    cells = [_EMPTY] * WIDTH
    one = place(0.0)
    first = place(low) if low is not None else 0 if high is None or high < 0 else one
    last = place(high) if high is not None else WIDTH - 1
    cells[first : last + 1] = (_RANGE if low is not None and high is not None else _OPEN) * (last + 1 - first)
    cells[one] = _ONE
    for known in (low, high):
        if known is not None:
            cells[place(known)] = _END
    return "".join(cells)
