"""``claims export`` and ``claims eval``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from extractor.cli.app import Db, Json, settings


class ExportFormat(StrEnum):
    """What claims can be written as."""

    parquet = "parquet"
    csv = "csv"
    jsonl = "jsonl"
    bibtex = "bibtex"


def export(
    out: Annotated[str, typer.Argument(help="The file to write, or - for standard output.")] = "-",
    format: Annotated[  # noqa: A002  (the option's name)
        ExportFormat | None, typer.Option("--format", "-f", help="Default: by the file's ending, jsonl for -.")
    ] = None,
    db: Db = None,
) -> None:
    """Write all claims to a file for other programs.

    In CSV, text that a spreadsheet would run as a formula gets an apostrophe in front. BibTeX holds the papers with
    claims.

    \b
    Examples:
      claims export claims.parquet
      claims export --format csv > claims.csv
      claims export papers.bib
    """
    from extractor.cli.output import counted, warn  # noqa: PLC0415
    from extractor.errors import UsageError  # noqa: PLC0415
    from extractor.export import export_claims  # noqa: PLC0415

    if format is None:
        ending = Path(out).suffix.lstrip(".").lower() if out != "-" else "jsonl"
        ending = "bibtex" if ending == "bib" else ending
        if ending not in list(ExportFormat):
            raise UsageError(f"{out}: which format? give --format {'|'.join(ExportFormat)}")
        format = ExportFormat(ending)  # noqa: A001
    count = export_claims(settings(db=db).db, out, format.value)
    if out != "-":
        noun = "paper" if format is ExportFormat.bibtex else "claim"
        warn(f"{counted(count, noun)} written to {out}")


def evaluate(
    gold: Annotated[Path, typer.Option("--gold", help='Labels: {"id", "claims"} a line.')],
    papers: Annotated[
        Path | None, typer.Option("--papers", help='Titles of label ids: {"id", "title"} a line.')
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Score this file instead of the store.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="Score this model's extractions.")] = None,
    details: Annotated[bool, typer.Option("--details", help="Also print every miss.")] = False,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Score claims against labels.

    Detection counts the results that were found (same number, same kind of unit), record those whose method,
    baseline, hardware, metric and direction are right as well.

    \b
    Examples:
      claims eval --gold labels.jsonl --papers titles.jsonl
      claims eval --gold labels.jsonl --predictions answers.jsonl --details
    """
    from extractor.cli.output import print_json, print_table, warn  # noqa: PLC0415
    from extractor.evaluation import score, tables  # noqa: PLC0415
    from extractor.labels import predictions_from_store, read_labels, read_predictions  # noqa: PLC0415

    labels = read_labels(gold)
    if predictions is not None:
        claims = read_predictions(predictions)
    else:
        claims = predictions_from_store(settings(db=db).db, labels, papers, model).claims
    evaluation = score(labels, claims)
    if evaluation.missing:
        count, first = len(evaluation.missing), ", ".join(evaluation.missing[:3])
        warn(f"{count} labelled papers have no extraction ({first} …) and count as if nothing was found")
    if as_json:
        print_json([evaluation.as_json()])
        return
    for table in tables(evaluation, details=details):
        print(f"\n{table.title}")
        print_table(table.columns, table.rows)
    print(
        f"\n{evaluation.abstracts} abstracts, {evaluation.gold} labels, {evaluation.pred} claims; "
        f"empty kept empty {evaluation.empty_kept_empty}"
    )
