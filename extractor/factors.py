"""Improvement factors: how many times better a claim says that its method is.

A claim multiplies its metric by m. With numbers as printed, n for the quantity's number:

=========================================  ==========================  ==================================
quantity                                   direction increase          direction decrease
=========================================  ==========================  ==================================
ratio, n ≥ 1 ("2.5x lower")                m = n                       m = 1 / n
ratio, n < 1 ("0.8x the memory")           unknown                     m = n
percent                                    m = 1 + n / 100             m = 1 - n / 100, unknown from 100 %
change from a to b, "b vs. a"              m = b / a                   m = b / a
points, absolute                           unknown                     unknown
=========================================  ==========================  ==================================

A metric that is itself a reduction ("memory reduction", "savings in cost") and increases is read as the decrease of
what it reduces: "a memory reduction of 80 %" is m = 0.2 of the memory.

The factor is m where upward is good (increase and better, decrease and worse) and 1 / m where downward is good.

Unknown besides:

- effect neutral or direction none: nothing gets better or worse;
- percent, and changes, on a metric that is itself a share and better when higher (accuracy, F1, hit rate, utilization
  …): "+2.4 %" may be points or relative, and 91 % → 92 % is a gain of points; percent also on error rates;
- changes from or to zero or below, changes between multiples ("from 11x to 246x" is mostly a range of speedups), and
  changes that run against the claim's direction;
- ratios of zero or below, ranges whose ends have different signs or lie on both sides of 1×.

Ranges give both ends. "up to n" and "less than n" bound the printed number from above, "at least n" from below; which
end of the factor that is follows from whether the factor grows with n. It does for every gain, so there ``up_to`` fills
the high end and ``at_least`` the low one ("reduces latency by up to 30 %": at most 1.43 times better). It does not
for costs: "at most 5 % more memory" makes the factor at least 0.95, the low end. "About" fills both.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from extractor.metrics import is_reduction, metric_family

if TYPE_CHECKING:
    from extractor.contract import Direction, Effect
    from extractor.metrics import Family
    from extractor.quantities import Quantity


@dataclass(frozen=True, slots=True)
class Factor:
    """How many times better: above 1 is better, below 1 worse; an end that can't be known is None."""

    low: float | None
    high: float | None


UNKNOWN = Factor(None, None)
SMALLEST = 1e-300  # beyond it and its inverse a float overflows; no claim is that good


def improvement_factor(
    quantity: Quantity | None, *, metric: str, direction: Direction, effect: Effect, family: Family | None = None
) -> Factor:
    """How many times better the claim says its method is; the module's table is the definition.

    ``family`` is that of the metric where an alias says another one than :func:`extractor.metrics.metric_family`. Known
    ends are finite and above zero, and low ≤ high. An unreadable quantity (None) has no factor.
    """
    if quantity is None or effect == "neutral" or direction == "none":
        return UNKNOWN
    if direction == "increase" and is_reduction(metric):
        direction = "decrease"
    multiples = _multiples(quantity, family or metric_family(metric), direction)
    if multiples is None or not all(SMALLEST < multiple < 1 / SMALLEST for multiple in multiples):
        return UNKNOWN
    at_low, at_high = multiples
    if (direction == "increase") != (effect == "better"):
        at_low, at_high = 1 / at_low, 1 / at_high
    if quantity.bound in ("up_to", "less_than"):
        return Factor(None, at_high) if _grows(quantity, effect) else Factor(at_high, None)
    if quantity.bound == "at_least":
        return Factor(at_low, None) if _grows(quantity, effect) else Factor(None, at_low)
    return Factor(min(at_low, at_high), max(at_low, at_high))


def _multiples(quantity: Quantity, family: Family, direction: Direction) -> tuple[float, float] | None:
    """What the metric is multiplied by at the low and at the high printed number, None where that can't be known."""
    low, high = quantity.low, quantity.high
    if quantity.kind == "ratio":
        return _ratio_multiples(low, high, direction)
    if quantity.kind == "percent" and not family.share:
        if low * high < 0:
            return None
        low, high = sorted((abs(low), abs(high)))  # the sign says again what the direction says
        if direction == "increase":
            return 1 + low / 100, 1 + high / 100
        return (1 - low / 100, 1 - high / 100) if high < 100 else None
    if quantity.kind == "from_to" and not (family.share and family.higher_is_better):
        against = quantity.descending == (direction == "increase") and low != high
        if low <= 0 or against or quantity.unit == "x":
            return None
        multiple = low / high if quantity.descending else high / low
        return multiple, multiple
    return None


def _ratio_multiples(low: float, high: float, direction: Direction) -> tuple[float, float] | None:
    if low >= 1:
        return (low, high) if direction == "increase" else (1 / low, 1 / high)
    if low > 0 and high < 1 and direction == "decrease":
        return low, high
    return None


def _grows(quantity: Quantity, effect: Effect) -> bool:
    """Whether a greater printed number means a greater factor: a gain, but for "0.8x the memory"."""
    fraction = quantity.kind == "ratio" and quantity.high < 1
    return (effect == "better") != fraction


def factor_text(low: float | None, high: float | None) -> str:
    """A factor for people: ``1.27-2.58x``, ``up to 3x``, ``at least 2x``; empty where it is unknown."""
    if low is None:
        return "" if high is None else f"up to {_three_digits(high)}x"
    if high is None:
        return f"at least {_three_digits(low)}x"
    ends = dict.fromkeys((_three_digits(low), _three_digits(high)))
    return f"{'-'.join(ends)}x"


def _three_digits(number: float) -> str:
    return f"{Decimal(f'{number:.3g}'):,f}"  # a float would print exponents
