"""``claims papers`` and ``claims show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from extractor.cli.app import Db, Json, settings
from extractor.cli.extract import Paths

if TYPE_CHECKING:
    from rich.console import Console

    from extractor.records import ClaimRecord, Extraction


def papers(
    paths: Paths,
    as_json: Json = False,
) -> None:
    """Print what is read from documents: the papers, without asking any model.

    \b
    Examples:
      claims papers seeds/
      claims papers seeds/ --json | jq -r .title
      claims papers library.bib feed.xml page.html
    """
    from extractor.cli.output import print_json, print_table, warn  # noqa: PLC0415
    from extractor.errors import DocumentError  # noqa: PLC0415
    from extractor.ingest import Reject, read_papers  # noqa: PLC0415
    from extractor.papers import merge_papers, paper_as_json  # noqa: PLC0415

    found = []
    for item in read_papers(paths):
        if isinstance(item, Reject):
            warn(f"skipped {item}")
        else:
            found.append(item)
    if not found:
        raise DocumentError(f"no paper with an abstract in {', '.join(paths)}")
    merged = merge_papers(found)
    if as_json:
        print_json(paper_as_json(paper) for paper in merged)
        return
    print_table(
        ("paper", "date", "title", "characters", "documents"),
        ((paper.paper_id, paper.date, paper.title, len(paper.abstract), len(paper.sources)) for paper in merged),
        right=("characters", "documents"),
    )


def show(
    paper: Annotated[str, typer.Argument(help="The paper's id, the start of it, or words of its title.")],
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Print one paper with its claims, the evidence marked in the abstract.

    \b
    Examples:
      claims show semi-PD
      claims show 3f2a --json
    """
    from rich.console import Console  # noqa: PLC0415

    from extractor.cli.output import clean, highlighted, print_json  # noqa: PLC0415
    from extractor.papers import paper_as_json  # noqa: PLC0415
    from extractor.store import Store  # noqa: PLC0415

    store = Store.open(settings(db=db).db)
    found = store.paper(paper)
    extractions = store.extractions(found.paper_id)
    if as_json:
        print_json([paper_as_json(found) | {"extractions": [_extraction_json(one) for one in extractions]}])
        return
    latest = next((one for one in extractions if one.status != "failed"), None)
    claims = latest.claims if latest else ()
    console = Console(highlight=False)
    console.print(clean(found.title), style="bold", markup=False)
    about = " · ".join(clean(part) for part in (", ".join(found.authors), found.date, found.paper_id) if part)
    console.print(about, style="dim", markup=False)
    console.print()
    console.print(highlighted(found.abstract, ((claim.evidence_start, claim.evidence_end) for claim in claims)))
    for claim in claims:
        console.print()
        _print_claim(console, claim)
    if latest is None:
        reason = f": {extractions[0].error}" if extractions else ""
        console.print(f"\nno claims extracted yet{clean(reason)}", markup=False)
    elif not claims:
        console.print(f"\nno claims ({clean(latest.work.model)})", markup=False)


def _print_claim(console: Console, claim: ClaimRecord) -> None:
    from extractor.cli.output import clean, factor_text  # noqa: PLC0415

    factor = factor_text(claim.factor.low, claim.factor.high)
    versus = f" vs {claim.baseline}" if claim.baseline else ""
    console.print(f"{claim.ordinal}. {clean(claim.improvement)} {clean(claim.metric)}", style="bold", markup=False)
    better = f", {factor} better" if factor else ""
    console.print(f"   {clean(claim.method)}{clean(versus)}: {claim.direction}, {claim.effect}{better}", markup=False)
    where = " · ".join(clean(part) for part in (claim.setting, claim.hardware) if part)
    if where:
        console.print(f"   {where}", style="dim", markup=False)


def _extraction_json(extraction: Extraction) -> dict[str, object]:
    from dataclasses import asdict  # noqa: PLC0415

    return asdict(extraction)
