"""``claims sql``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.cli.app import Csv, Db, Json, one_form, settings, tell

if TYPE_CHECKING:
    from extractor.errors import ClaimsError

_PLAN = ["explain_key", "explain_value"]  # the columns of an EXPLAIN


def sql(
    statement: Annotated[
        str, typer.Argument(metavar="SQL", help="One SELECT (or WITH, FROM, SHOW, DESCRIBE, SUMMARIZE, EXPLAIN).")
    ],
    db: Db = None,
    as_json: Json = False,
    as_csv: Csv = False,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.001, help="After which the statement is stopped.")
    ] = 30.0,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Allow any statement, writing and other files too.")] = False,
) -> None:
    """Query the store with SQL. Reading only: nothing is written and no other file is reached, unless --unsafe.

    The views: claim (one row a claim, everything joined), comparison, baseline, method, model. The macros:
    compared_with('vLLM'), compare_methods('A', 'B'), leaderboard('throughput'), claims_of('A').

    --json writes values as DuckDB's COPY (FORMAT json) does: dates, intervals and blobs as their text in DuckDB. Only
    NaN and infinities, which JSON lacks, are strings: "NaN", "-Infinity".

    \b
    Examples:
      claims sql "SELECT method, metric, improvement FROM claim WHERE factor > 2"
      claims sql "FROM compared_with('vLLM')" --json
      claims sql "DESCRIBE claim"
    """
    from extractor.cli.output import print_csv, print_json, print_lines, print_table  # noqa: PLC0415
    from extractor.sql import run_sql  # noqa: PLC0415

    form = one_form(json=as_json, csv=as_csv)
    rows = run_sql(
        settings(db=db).db, statement, timeout=timeout, unsafe=unsafe, as_json=form == "json", give_up=_give_up
    )
    if form == "json":
        print_json(text for (text,) in rows)
        return
    if form == "csv":
        print_csv(rows.columns, rows)
        return
    if rows.columns == _PLAN:
        for _, plan in rows:
            print_lines(plan)
        return
    print_table(rows.columns, rows, keep_empty=True)


def _give_up(error: ClaimsError) -> None:
    """End the program, and with it the statement."""
    tell(error)
    os._exit(error.exit_code)
