"""``claims compare``, ``claims baselines`` and ``claims sql``."""

from __future__ import annotations

from itertools import count
from typing import Annotated

import typer

from extractor.cli.app import Db, Json, settings


def compare(
    methods: Annotated[
        list[str] | None, typer.Argument(metavar="METHOD", help="Two methods to set side by side.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", "-b", metavar="NAME", help="Everything measured against this.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", metavar="FAMILY", help="Only this metric family, such as latency.")
    ] = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Compare methods with baselines, or two methods.

    Factors say how many times better; above 1 is better. Without a name, everything measured against a named baseline
    is shown, the most shared baselines first. Two methods are compared by claims of one against the other, then through
    baselines they share: those lines divide two papers' factors, and say why that may mislead.

    \b
    Examples:
      claims compare
      claims compare --baseline vLLM
      claims compare --baseline vLLM --metric latency --json
      claims compare semi-PD DistServe
    """
    from extractor.cli.output import factor_text, print_json, print_table, warn  # noqa: PLC0415
    from extractor.compare import compare_all, compare_baseline, compare_methods  # noqa: PLC0415
    from extractor.errors import UsageError  # noqa: PLC0415

    store = settings(db=db).db
    if baseline is not None and not methods:
        found = compare_baseline(store, baseline, family=metric)
    elif methods and len(methods) == 2 and baseline is None and metric is None:
        found = compare_methods(store, *methods)
    elif not methods and baseline is None and metric is None:
        found = compare_all(store)
    else:
        raise UsageError("give --baseline NAME (with --metric FAMILY), or the names of two methods")
    if not found:
        warn("no claims to compare: as a baseline the name never occurs, or nothing links the two methods")
    if as_json:
        print_json(comparison.as_dict() for comparison in found)
        return
    print_table(
        ("family", "method", "baseline", "factor", "as printed", "metric", "hardware", "setting", "paper"),
        (
            (
                one.family,
                one.method,
                one.baseline,
                factor_text(one.factor_low, one.factor_high),
                one.improvement or f"through {one.via}; {'; '.join(one.warnings)}",
                one.metric,
                one.hardware,
                one.setting,
                one.paper or " / ".join(leg.paper for leg in one.path),
            )
            for one in found
        ),
        right=("factor",),
    )


def baselines(
    min_methods: Annotated[
        int, typer.Option(metavar="N", min=1, help="Only those that so many methods were measured against.")
    ] = 2,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """List the baselines that several methods share.

    These are the names worth giving to `claims compare --baseline`.

    \b
    Examples:
      claims baselines
      claims baselines --min-methods 1 --json
    """
    from extractor.cli.output import print_json, print_table  # noqa: PLC0415
    from extractor.compare import shared_baselines  # noqa: PLC0415

    found = shared_baselines(settings(db=db).db, min_methods)
    if as_json:
        print_json(one.as_dict() for one in found)
        return
    print_table(
        ("baseline", "methods", "papers", "claims", "families"),
        ((one.name, one.methods, one.papers, one.claims, ", ".join(one.families)) for one in found),
        right=("methods", "papers", "claims"),
    )


def sql(
    statement: Annotated[
        str, typer.Argument(metavar="SQL", help="One SELECT (or WITH, FROM, SHOW, DESCRIBE, SUMMARIZE, EXPLAIN).")
    ],
    db: Db = None,
    as_json: Json = False,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.001, help="After which the statement is stopped.")
    ] = 30.0,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Allow any statement, writing and other files too.")] = False,
) -> None:
    """Query the store with SQL. Reading only: nothing is written and no other file is reached, unless --unsafe.

    The views: claim (one row a claim, everything joined), comparison, baseline, method, model. The macros:
    compared_with('vLLM'), compare_methods('A', 'B'), leaderboard('throughput'), claims_of('A').

    \b
    Examples:
      claims sql "SELECT method, metric, improvement FROM claim WHERE factor > 2"
      claims sql "FROM compared_with('vLLM')" --json
      claims sql "DESCRIBE claim"
    """
    from extractor.cli.output import print_json, print_table  # noqa: PLC0415
    from extractor.sql import run_sql  # noqa: PLC0415

    rows = run_sql(settings(db=db).db, statement, timeout=timeout, unsafe=unsafe)
    if as_json:
        names = _distinct(rows.columns)
        print_json(dict(zip(names, row, strict=True)) for row in rows)
        return
    print_table(rows.columns, rows)


def _distinct(names: list[str]) -> list[str]:
    """The names with each repeated one numbered as DuckDB does it, ``a`` and ``a_1``: a JSON object has a key once."""
    distinct: list[str] = []
    for name in names:
        tries = (name if number == 0 else f"{name}_{number}" for number in count())
        distinct.append(next(one for one in tries if one not in distinct))
    return distinct
