"""A report: one HTML file with the claims of a store, plots of what shares a baseline, and the evidence in place."""

from __future__ import annotations

from pathlib import Path

from extractor.files import output
from extractor.report.content import read_content


def write_report(
    store: str | Path,
    out: str | Path,
    *,
    baseline: str | None = None,
    family: str | None = None,
    hardware: str | None = None,
    since: int | None = None,
    min_confidence: float | None = None,
) -> int:
    """Write a report of the store's claims to the file ``out`` and return how many there are; ``-`` is standard output.

    Only claims measured against ``baseline``, of the metric family ``family``, on hardware whose name holds
    ``hardware``, of papers since the year ``since``, with at least ``min_confidence`` where a claim has one, where
    these are given. The same store gives the same file; it appears whole or not at all. Raises UsageError for an
    unknown baseline or family, or where ``out`` cannot be written.
    """
    from extractor.report.page import render  # noqa: PLC0415  (imports altair)

    store = Path(store)
    content = read_content(
        store, baseline=baseline, family=family, hardware=hardware, since=since, min_confidence=min_confidence
    )
    page = render(content)
    with output(out, store) as file:
        file.write(page)
    return len(content.claims)
