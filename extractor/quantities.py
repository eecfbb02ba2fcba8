"""Quantities: the number that a claim's words report, in a form that code can compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["ratio", "percent", "points", "absolute", "from_to"]
Bound = Literal["up_to", "at_least", "about", "less_than"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What the words of a claim say, such as ``up to 30%``: ``Quantity("percent", 30.0, 30.0, "%", "up_to")``.

    ``low <= high`` always holds; they are equal where the text gives one number. Percentages stay as printed (30.0, not
    0.3). ``from_to`` is a change from a start to an end, or one value set against another ("0.64 vs. 0.54");
    ``descending`` says that it runs from ``high`` to ``low``.
    """

    kind: Kind
    low: float
    high: float
    unit: str | None = None
    bound: Bound | None = None
    descending: bool = False
