"""Improvement factors: how many times better a claim says that its method is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Factor:
    """How many times better: above 1 is better, below 1 worse; an end that can't be known is None."""

    low: float | None
    high: float | None
