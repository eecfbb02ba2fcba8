"""``claims compare``, ``claims leaderboard`` and ``claims baselines``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from extractor.cli.app import Csv, Db, Json, one_form, settings

if TYPE_CHECKING:
    from pathlib import Path

    from extractor.compare import Comparison

Found = TypeVar("Found")

_LINES = 100  # of a table, unless --limit says otherwise

Metric = Annotated[
    str | None, typer.Option("--metric", metavar="FAMILY", help="Only this metric family, such as latency.")
]
Hardware = Annotated[
    str | None, typer.Option("--hardware", metavar="TEXT", help="Only on hardware whose name holds this, such as A100.")
]
Since = Annotated[
    int | None, typer.Option("--since", metavar="YEAR", min=1900, help="Only papers of this year or later.")
]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        "--min-confidence", metavar="P", min=0, max=1, help="Only claims of which the model was as sure, from 0 to 1."
    ),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=0, help="At most so many lines; 0 for all. Tables show 100 unless given."),
]
Evidence = Annotated[bool, typer.Option("--evidence", help="Also print the sentences that the claims stand in.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print a Markdown table that cites the papers.")]
Bibtex = Annotated[bool, typer.Option("--bibtex", help="Print BibTeX of the papers.")]


def compare(
    methods: Annotated[
        list[str] | None, typer.Argument(metavar="METHOD", help="Two methods to set side by side.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", "-b", metavar="NAME", help="Everything measured against this.")
    ] = None,
    metric: Metric = None,
    hardware: Hardware = None,
    since: Since = None,
    min_confidence: MinConfidence = None,
    limit: Limit = None,
    evidence: Evidence = False,
    db: Db = None,
    as_json: Json = False,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_bibtex: Bibtex = False,
) -> None:
    """Compare methods with baselines, or two methods.

    Factors say how many times better; above 1 is better. Without a name, everything measured against a named baseline
    is shown, the most shared baselines first. Two methods are compared by claims of one against the other, then through
    a third name that claims link to both: those lines divide factors, and say what makes that doubtful.

    \b
    Examples:
      claims compare
      claims compare --baseline vLLM --evidence
      claims compare --baseline vLLM --metric latency --hardware A100 --json
      claims compare FastSwitch vLLM
      claims compare --baseline vLLM --markdown --evidence
      claims compare --baseline vLLM --bibtex > related.bib
    """
    from extractor.cli.output import warn  # noqa: PLC0415
    from extractor.compare import Comparison, Filters, compare_all, compare_baseline, compare_methods  # noqa: PLC0415
    from extractor.errors import UsageError  # noqa: PLC0415

    form = _form(evidence, json=as_json, csv=as_csv, markdown=as_markdown, bibtex=as_bibtex)
    store = settings(db=db).db
    most = _most(limit, form)
    filters = Filters(hardware=hardware, since=since, min_confidence=min_confidence, limit=most)
    if baseline is not None and not methods:
        found: list[Comparison] = compare_baseline(store, baseline, family=metric, **filters)
    elif methods and len(methods) == 2 and baseline is None:
        found = compare_methods(store, *methods, family=metric, **filters)
    elif not methods and baseline is None:
        found = compare_all(store, family=metric, **filters)
    else:
        raise UsageError("give --baseline NAME, or the names of two methods, or neither")
    found = _cut(found, most)
    if form:
        _print_as(form, found, Comparison, store, evidence=evidence)
    else:
        _print_table(found, ("family", "method", "baseline"), evidence=evidence)
    if not found:
        if methods:
            why = "nothing links the two methods, or no claim that does passes the filters"
        elif baseline is not None:
            why = "none is measured against that name, or none that is passes the filters"
        else:
            why = "none against a named baseline passes the filters"
        warn(f"no claims to compare: {why}")


def leaderboard(
    metric: Annotated[str, typer.Option("--metric", metavar="FAMILY", help="The metric family, such as latency.")],
    baseline: Annotated[
        str | None, typer.Option("--baseline", "-b", metavar="NAME", help="Only against this baseline.")
    ] = None,
    hardware: Hardware = None,
    since: Since = None,
    min_confidence: MinConfidence = None,
    limit: Limit = None,
    evidence: Evidence = False,
    db: Db = None,
    as_json: Json = False,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_bibtex: Bibtex = False,
) -> None:
    """Rank the claims of a metric family, baseline by baseline.

    Settings and hardware differ between the lines: read them before you believe a place. In the family other, whose
    metrics have nothing in common, each metric is ranked alone.

    \b
    Examples:
      claims leaderboard --metric throughput
      claims leaderboard --metric latency --baseline vLLM --since 2024
    """
    from extractor.cli.output import warn  # noqa: PLC0415
    from extractor.compare import Filters, Place  # noqa: PLC0415
    from extractor.compare import leaderboard as ranked  # noqa: PLC0415

    form = _form(evidence, json=as_json, csv=as_csv, markdown=as_markdown, bibtex=as_bibtex)
    store = settings(db=db).db
    most = _most(limit, form)
    filters = Filters(hardware=hardware, since=since, min_confidence=min_confidence, limit=most)
    found = _cut(ranked(store, metric, baseline=baseline, **filters), most)
    if form:
        _print_as(form, found, Place, store, evidence=evidence)
    else:
        _print_table(found, ("baseline", "place", "method"), evidence=evidence)
    if not found:
        warn("no claims to rank: none of this family has a factor against a named baseline and passes the filters")


def baselines(
    min_methods: Annotated[
        int, typer.Option(metavar="N", min=1, help="Only those that so many methods were measured against.")
    ] = 2,
    limit: Limit = None,
    db: Db = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """List the baselines that several methods share.

    These are the names worth giving to `claims compare --baseline`.

    \b
    Examples:
      claims baselines
      claims baselines --min-methods 1 --json
    """
    from extractor.cli.output import print_records, print_table  # noqa: PLC0415
    from extractor.compare import SharedBaseline, shared_baselines  # noqa: PLC0415

    form = one_form(json=as_json, csv=as_csv)
    most = _most(limit, form)
    found = _cut(shared_baselines(settings(db=db).db, min_methods, limit=most), most)
    if form:
        print_records(SharedBaseline, found, as_csv=form == "csv")
    else:
        print_table(
            ("baseline", "methods", "papers", "claims", "families"),
            ((one.name, one.methods, one.papers, one.claims, ", ".join(one.families)) for one in found),
            right=("methods", "papers", "claims"),
        )


def _form(evidence: bool, **flags: bool) -> str | None:
    """The form to print in; UsageError where it has no place for the evidence that is asked for."""
    form = one_form(**flags)
    if form == "bibtex":
        one_form(evidence=evidence, bibtex=True)
    return form


def _most(limit: int | None, form: str | None) -> int | None:
    """How many records to ask for: one more than are shown, which tells whether there are more; None for all."""
    shown = limit if limit is not None else 0 if form else _LINES
    return shown + 1 if shown else None


def _cut(found: list[Found], most: int | None) -> list[Found]:
    from extractor.cli.output import counted, warn  # noqa: PLC0415

    if most is None or len(found) < most:
        return found
    warn(f"the first {counted(most - 1, 'line')}; --limit 0 shows all")
    return found[:-1]


def _print_as(form: str, found: Sequence[Comparison], record: type[Comparison], store: Path, *, evidence: bool) -> None:
    from extractor.citations import bibtex  # noqa: PLC0415  (imports bibtexparser)
    from extractor.cli.output import print_records  # noqa: PLC0415
    from extractor.related_work import markdown_table  # noqa: PLC0415

    if form == "bibtex":
        print(bibtex(store, {leg.paper_id for one in found for leg in (one.path or (one,)) if leg.paper_id}), end="")
    elif form == "markdown":
        print(markdown_table(store, found, evidence=evidence), end="")
    else:
        print_records(record, found, as_csv=form == "csv")


def _print_table(found: Sequence[Comparison], leading: Sequence[str], *, evidence: bool) -> None:
    from extractor.cli.bars import range_bars  # noqa: PLC0415
    from extractor.cli.output import in_terminal, print_table  # noqa: PLC0415
    from extractor.factors import factor_text  # noqa: PLC0415

    def column(name: str) -> list[object]:
        return [getattr(one, name) for one in found]

    columns: dict[str, Sequence[object]] = {name: column(name) for name in leading}
    columns["factor"] = [factor_text(one.factor_low, one.factor_high) for one in found]
    if in_terminal():
        columns["range"] = range_bars([(one.family, one.factor_low, one.factor_high) for one in found])
    whole = ["evidence"]
    columns["as printed"] = [one.improvement or _improvements(one) for one in found]
    columns |= {name: column(name) for name in ("metric", "hardware", "setting")}
    if not all(one.direct for one in found):
        whole += ["as printed", "caution"]
        columns["through"] = column("via")
        columns["caution"] = ["; ".join(one.warnings) for one in found]
    columns["paper"] = [one.paper or _joined(leg.paper for leg in one.path) for one in found]
    if evidence:
        columns["evidence"] = [" / ".join(one.sentences) for one in found]
    print_table(list(columns), zip(*columns.values(), strict=True), right=("factor", "place"), whole=whole)


def _improvements(one: Comparison) -> str:
    return _joined(f"{leg.improvement} ({leg.method} vs {leg.baseline})" for leg in one.path)


def _joined(texts: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(texts))
