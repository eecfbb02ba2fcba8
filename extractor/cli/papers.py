"""``claims papers`` and ``claims show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from extractor.cli.app import Csv, Db, Json, one_form, settings
from extractor.cli.extract import Paths

if TYPE_CHECKING:
    from extractor.records import ClaimRecord, Status

_PREFERENCE: dict[Status, int] = {"ok": 0, "truncated": 0, "refused": 1, "failed": 2}  # the views show the first two


def papers(
    paths: Paths,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Print the papers that documents hold, without asking a model.

    \b
    Examples:
      claims papers seeds/
      claims papers seeds/ --json | jq -r .title
      claims papers library.bib feed.xml page.html
    """
    from extractor.cli.output import print_csv, print_json, print_table, warn  # noqa: PLC0415
    from extractor.ingest import papers_in  # noqa: PLC0415
    from extractor.papers import merge_papers, paper_as_json  # noqa: PLC0415

    form = one_form(json=as_json, csv=as_csv)
    merged = merge_papers(papers_in(paths, lambda reject: warn(f"skipped {reject}")))
    records = [paper_as_json(paper) for paper in merged]
    if form == "json":
        print_json(records)
        return
    if form == "csv":
        print_csv(records[0], (record.values() for record in records))
        return
    print_table(
        ("paper", "date", "title", "characters", "documents"),
        ((paper.paper_id, paper.date, paper.title, len(paper.abstract), len(paper.sources)) for paper in merged),
        right=("characters", "documents"),
    )


def show(
    paper: Annotated[str, typer.Argument(metavar="PAPER", help="Its id, the start of it, or words of its title.")],
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Print a paper and its claims, the evidence marked.

    \b
    Examples:
      claims show semi-PD
      claims show 3f2a --json
    """
    from dataclasses import asdict  # noqa: PLC0415

    from extractor.cli.output import highlighted, print_json, print_text  # noqa: PLC0415
    from extractor.papers import paper_as_json  # noqa: PLC0415
    from extractor.store import Store  # noqa: PLC0415

    store = Store.open(settings(db=db).db)
    found = store.paper(paper)
    extractions = store.extractions(found.paper_id)
    if as_json:
        print_json([paper_as_json(found) | {"extractions": [asdict(one) for one in extractions]}])
        return
    shown = min(extractions, key=lambda one: _PREFERENCE[one.status], default=None)  # of equal ones the latest
    claims = shown.claims if shown else ()
    print_text(found.title, style="bold")
    print_text(" · ".join(part for part in (", ".join(found.authors), found.date, found.paper_id) if part), style="dim")
    print_text()
    print_text(highlighted(found.abstract, ((claim.evidence_start, claim.evidence_end) for claim in claims)))
    for claim in claims:
        print_text()
        _print_claim(claim)
    if not claims:
        outcome = (
            f"no claims found by {shown.work.model}" if shown and shown.status != "failed" else "not extracted yet"
        )
        print_text()
        print_text(f"{outcome}: {shown.error}" if shown and shown.error else outcome)


def _print_claim(claim: ClaimRecord) -> None:
    from extractor.cli.output import print_text  # noqa: PLC0415
    from extractor.factors import factor_text  # noqa: PLC0415

    factor = factor_text(claim.factor.low, claim.factor.high)
    known = [claim.direction.replace("none", ""), claim.effect.replace("neutral", ""), factor and f"factor {factor}"]
    versus = f" vs {claim.baseline}" if claim.baseline else ""
    print_text(f"{claim.ordinal}. {claim.improvement} · {claim.metric}", style="bold")
    print_text(": ".join(filter(None, (f"   {claim.method}{versus}", ", ".join(filter(None, known))))))
    if claim.setting or claim.hardware:
        print_text("   " + " · ".join(filter(None, (claim.setting, claim.hardware))), style="dim")
