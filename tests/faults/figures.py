"""The table of what the faults came to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Figures:
    """What the tests measured: a line each of fault, how often it was injected, and what came of it.

    ``strict`` holds measured times to their limits, which a busy machine may miss.
    """

    strict: bool
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, fault: str, injected: int | str, figure: str) -> None:
        """Keep a figure; ``fault`` starts with its number, as in ``4: disk full``."""
        self.lines.append((fault, f"{injected:,}" if isinstance(injected, int) else injected, figure))

    def note_seconds(self, fault: str, measured: list[float], *, limit: float) -> None:
        """Keep the longest of the times in seconds."""
        self.note(fault, len(measured), f"{max(measured):.2f} s at most ({limit:g} s allowed)")
        assert not self.strict or max(measured) <= limit

    def table(self) -> str:
        rows = sorted(self.lines, key=lambda line: int(line[0].partition(":")[0]))
        lines = [("fault", "injected", "figure"), ("---", "---", "---"), *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)
