"""``claims report``."""

from __future__ import annotations

from typing import Annotated

import typer

from extractor.cli.app import Db, settings
from extractor.cli.compare import Hardware, Metric, MinConfidence, Since


def report(
    out: Annotated[str, typer.Argument(metavar="OUT.html", help="The file to write, or - for standard output.")],
    baseline: Annotated[
        str | None, typer.Option("--baseline", "-b", metavar="NAME", help="Only what was measured against this.")
    ] = None,
    metric: Metric = None,
    hardware: Hardware = None,
    since: Since = None,
    min_confidence: MinConfidence = None,
    db: Db = None,
) -> None:
    """Write a web page with all claims, plots and evidence.

    It is one file that needs no network: plots of everything measured against a shared baseline, a table to search,
    filter and sort, and each paper's abstract with the evidence marked. Filters keep other claims out of the file.

    \b
    Examples:
      claims report report.html
      claims report serving.html --baseline vLLM --since 2024
    """
    from extractor.cli.output import counted, warn  # noqa: PLC0415
    from extractor.report import write_report  # noqa: PLC0415

    count = write_report(
        settings(db=db).db,
        out,
        baseline=baseline,
        family=metric,
        hardware=hardware,
        since=since,
        min_confidence=min_confidence,
    )
    if not count:
        warn("the report is empty: the store holds no claims, or none passes the filters")
    if out != "-":
        warn(f"{counted(count, 'claim')} written to {out}")
