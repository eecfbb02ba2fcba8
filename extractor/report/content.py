"""What a report shows, read from a store. All text in it is clean: one line, without control and bidi characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

from extractor.citations import web_address
from extractor.factors import factor_text
from extractor.lookup import known_family, known_name
from extractor.papers import Paper
from extractor.plain import unlatex
from extractor.report.evidence import locate, pieces
from extractor.store import Store
from extractor.store.migrations import reading
from extractor.store.rows import Row, fetch_rows
from extractor.untrusted import clean

ENOUGH = 6
"""Where fewer shared baselines have a factor to draw, other named baselines are shown too, up to this number."""

_WHERE = "family := $family, on_hardware := $hardware, since := $since, min_confidence := $min_confidence"
_CLAIMS = f"""
    SELECT * FROM claims_where({_WHERE})
    WHERE $baseline IS NULL
        OR (extraction_id, ordinal) IN (SELECT (extraction_id, ordinal) FROM compared_with($baseline))
    ORDER BY title, paper_id, ordinal
"""
_COMPARISONS = f"""
    SELECT c.*, b.name AS usual_name
    FROM comparisons_where({_WHERE}) c JOIN baseline b USING (baseline_key)
    WHERE CASE WHEN $baseline IS NULL THEN NOT b.generic ELSE baseline_key IN (FROM keys_of($baseline)) END
    ORDER BY baseline_key, metric_family, factor DESC NULLS LAST, title, ordinal
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A claim as a line of a plot: its id, what its number is about, and the ends of its factor."""

    claim: str
    family: str
    method: str
    printed: str
    about: str
    low: float | None
    high: float | None
    factor: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that was measured against one baseline, by metric family, the best first within each."""

    name: str
    methods: int
    papers: int
    lines: tuple[Line, ...]

    @property
    def drawable(self) -> bool:
        """Whether any line has a factor."""
        return any(line.factor for line in self.lines)


@dataclass(frozen=True, slots=True)
class FamilyTotal:
    """The claims of one metric family: how many, the factors of those that have one, and the median of these."""

    name: str
    claims: int
    factors: tuple[float, ...]
    median: str


@dataclass(frozen=True, slots=True)
class Content:
    """All that the page shows. ``claims`` and ``papers`` are for its script, which says how it uses them.

    ``shared`` are the baselines that several methods were measured against, or what goes by the name ``baseline`` that
    was asked for; ``others`` are some that one method was. Those with a factor go first. ``papers_read`` counts papers
    without claims too; ``years`` are the first and the last that papers with claims are of.
    """

    baseline: str | None
    filters: tuple[str, ...]
    models: tuple[str, ...]
    papers_read: int
    years: str
    baselines: int
    families: tuple[FamilyTotal, ...]
    shared: tuple[Measured, ...]
    others: tuple[Measured, ...]
    claims: tuple[dict[str, Any], ...]
    papers: tuple[dict[str, Any], ...]


def read_content(
    path: Path,
    *,
    baseline: str | None,
    family: str | None,
    hardware: str | None,
    since: int | None,
    min_confidence: float | None,
) -> Content:
    """The claims of the store at ``path`` that pass the filters, and what they add up to.

    Raises UsageError for an unknown baseline or metric family.
    """
    family = None if family is None else known_family(family)
    with reading(path) as connection:
        name = None if baseline is None else known_name(connection, baseline).name
        given = {
            "family": family, "hardware": hardware, "since": since, "min_confidence": min_confidence, "baseline": name,
        }  # fmt: skip
        claims = fetch_rows(connection, _CLAIMS, given)
        comparisons = fetch_rows(connection, _COMPARISONS, given)
    store = Store.open(path)
    measured = sorted(
        _measured(comparisons), key=lambda one: (not one.drawable, -one.methods, -len(one.lines), one.name)
    )
    shared = [one for one in measured if baseline is not None or one.methods > 1]
    others = [one for one in measured if one.drawable and one not in shared]
    room = 0 if baseline is not None else max(0, ENOUGH - sum(one.drawable for one in shared))
    return Content(
        baseline=None if baseline is None else clean(baseline),
        filters=tuple(_described(baseline, family, hardware, since, min_confidence)),
        models=tuple(sorted({clean(row["model"]) for row in claims})),
        papers_read=store.counts().extracted,
        years=_span(row["year"] for row in claims),
        baselines=len(measured),
        families=tuple(_families(claims)),
        shared=tuple(shared),
        others=tuple(others[:room]),
        claims=tuple(_claims(claims, comparisons)),
        papers=tuple(_papers(claims, {paper.paper_id: paper for paper in store.papers()})),
    )


def _described(
    baseline: str | None, family: str | None, hardware: str | None, since: int | None, min_confidence: float | None
) -> Iterator[str]:
    if baseline is not None:
        yield f"measured against {clean(baseline)}"
    if family is not None:
        yield f"metric family {_words(family)}"
    if hardware is not None:
        yield f"on hardware that says {clean(hardware)}"
    if since is not None:
        yield f"of papers since {since}"
    if min_confidence is not None:
        yield f"with a confidence of {min_confidence:g} or more"


def _span(years: Iterable[int | None]) -> str:
    known = sorted({year for year in years if year is not None})
    return "–".join(str(year) for year in dict.fromkeys((known[0], known[-1]))) if known else ""


def _families(claims: Sequence[Row]) -> Iterator[FamilyTotal]:
    """The families by number of claims."""
    rows = sorted(claims, key=itemgetter("metric_family"))
    totals = []
    for name, group in groupby(rows, key=itemgetter("metric_family")):
        found = list(group)
        factors = tuple(row["factor"] for row in found if row["factor"] is not None)
        middle = median(factors) if factors else None
        totals.append(FamilyTotal(_words(name), len(found), factors, _factor(middle, middle)))
    yield from sorted(totals, key=lambda total: -total.claims)


def _measured(comparisons: Iterable[Row]) -> Iterator[Measured]:
    for _, group in groupby(comparisons, key=itemgetter("baseline_key")):
        rows = list(group)
        yield Measured(
            _plain(rows[0]["usual_name"]),
            len({row["method_key"] for row in rows}),
            len({row["paper_id"] for row in rows}),
            tuple(map(_line, rows)),
        )


def _line(row: Row) -> Line:
    about = " · ".join(_plain(row[name]) for name in ("metric", "setting", "hardware") if row[name])
    low, high = row["factor_low"], row["factor_high"]
    method, printed = _plain(row["method"]), _plain(row["improvement"])
    return Line(_id(row), _words(row["metric_family"]), method, printed, about, low, high, _factor(low, high))


def _claims(claims: Sequence[Row], comparisons: Iterable[Row]) -> Iterator[dict[str, Any]]:
    names: dict[str, list[str]] = {}
    for row in comparisons:
        names.setdefault(_id(row), []).append(_plain(row["usual_name"]))
    papers = {paper_id: place for place, paper_id in enumerate(dict.fromkeys(row["paper_id"] for row in claims))}
    for row in claims:
        texts = ("method", "baseline", "metric", "hardware", "setting", "improvement", "direction", "effect")
        yield {name: _plain(row[name]) for name in texts} | {
            "id": _id(row),
            "paper": papers[row["paper_id"]],
            "family": _words(row["metric_family"]),
            "names": names.get(_id(row), []),
            "year": row["year"],
            "rank": row["factor"],
            "factor": _factor(row["factor_low"], row["factor_high"]),
            "confidence": "" if row["confidence"] is None else f"{row['confidence']:.2f}",
        }


def _papers(claims: Iterable[Row], papers: dict[str, Paper]) -> Iterator[dict[str, Any]]:
    first = 0
    for paper_id, group in groupby(claims, key=itemgetter("paper_id")):
        rows = list(group)
        paper = papers[paper_id]
        spans = [locate(paper.abstract, row["evidence_start"], row["evidence_end"], row["evidence"]) for row in rows]
        yield {
            "id": paper_id,
            "title": _plain(paper.title),
            "about": " · ".join(filter(None, map(clean, (", ".join(paper.authors), paper.date)))),
            "link": web_address(paper),
            "first": first,
            "count": len(rows),
            "pieces": [[clean(p.text), p.numbers, p.sentences] for p in pieces(paper.abstract, spans)],
        }
        first += len(rows)


def _id(row: Row) -> str:
    return f"{row['paper_id']}-{row['ordinal']}"


def _words(family: str) -> str:
    return clean(family).replace("_", " ")


def _factor(low: float | None, high: float | None) -> str:
    """The factor as print has it: ``1.27–2.58×``, ``≤ 3×``; empty where it is unknown."""
    text = re.sub("(?<!e)-", "–", factor_text(low, high)).replace("x", "×")
    return text.replace("up to ", "≤ ").replace("at least ", "≥ ")


def _plain(value: object) -> str:
    """Text as print has it, without LaTeX where it holds any."""
    text = "" if value is None else str(value)
    return clean(unlatex(text) if "\\" in text or "$" in text else text)
