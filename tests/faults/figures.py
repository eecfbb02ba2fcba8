"""The table of what the faults came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Figures:
    """What the tests measured: a line each of fault, how often it was injected, and what came of it.

    ``strict`` holds measured times to their limits, which a busy machine may miss.
    """

    strict: bool
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, fault: str, injected: int, figure: str) -> None:
        """Keep a figure; ``fault`` starts with its number, as in ``4: disk full``. The same twice counts together."""
        self.counts[fault, figure] += injected

    def note_seconds(self, fault: str, measured: list[float], *, limit: float) -> None:
        """Keep the longest of the times in seconds."""
        self.note(fault, len(measured), f"{max(measured):.2f} s at most ({limit:g} s allowed)")
        assert not self.strict or max(measured) <= limit

    def table(self) -> str:
        rows = [(fault, f"{count:,}", figure) for (fault, figure), count in self.counts.items()]
        rows.sort(key=lambda row: int(row[0].partition(":")[0]))
        lines = [("fault", "injected", "figure"), ("---", "---", "---"), *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)
