"""Comparing methods by what their papers claim. The work is done by the macros in ``schemas/macros.sql``, as in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.errors import UsageError
from extractor.lookup import known_family, known_name
from extractor.notebook import Records
from extractor.store.migrations import reading
from extractor.store.rows import fetch_rows

_FILTERS = "family := $family, on_hardware := $hardware, since := $since, min_confidence := $min_confidence"


@dataclass(frozen=True, slots=True)
class Leg:
    """One claim of an indirect comparison. ``paper`` is the title; factors as in :class:`Comparison`."""

    method: str
    baseline: str
    metric: str
    factor_low: float | None
    factor_high: float | None
    improvement: str
    hardware: str | None
    setting: str | None
    paper: str
    paper_id: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many times better ``method`` is than ``baseline``, between ``factor_low`` and ``factor_high``.

    Above 1 is better, None where the text does not say. A ``direct`` comparison is one claim. An indirect one joins
    the factors of two claims that link both to a third name, ``via``; these stand in ``path``, and ``warnings`` says
    what differs between them. A metric, setting or hardware that both share stands in its field, else None;
    ``improvement``, ``paper`` and ``evidence`` are None.
    """

    direct: bool
    method: str
    baseline: str
    metric: str | None
    family: str
    factor_low: float | None
    factor_high: float | None
    improvement: str | None
    hardware: str | None
    setting: str | None
    paper: str | None
    paper_id: str | None
    evidence: str | None
    via: str | None = None
    path: tuple[Leg, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Comparison):
    """A direct comparison with its ``place``, from 1, among those of one metric family against one baseline.

    Ranked by the geometric mean of the factor's ends, or the one that is known; equal factors share a place. Settings
    and hardware may differ between places.
    """

    place: int


@dataclass(frozen=True, slots=True)
class SharedBaseline:
    """A named baseline that several methods were measured against; ``families`` are those of the metrics."""

    key: str
    name: str
    methods: int
    papers: int
    claims: int
    families: tuple[str, ...]


def compare_baseline(
    store: str | Path,
    name: str,
    *,
    family: str | None = None,
    hardware: str | None = None,
    since: int | None = None,
    min_confidence: float | None = None,
) -> Records[Comparison]:
    """Every claim measured against the baseline ``name``, best first within each metric family.

    Only claims of the metric family ``family``, on hardware whose name holds ``hardware`` (case, blanks and
    punctuation aside), of papers since the year ``since``, with at least ``min_confidence`` (0 to 1, claims whose
    confidence is not known stay), where these are given. SQL: ``compared_with('name')``.
    Empty where the name is known, but never as a baseline. Raises UsageError for an unknown name or family.
    """
    filters = _filters(family, hardware, since, min_confidence)
    with reading(Path(store)) as connection:
        known = {"name": known_name(connection, name)}
        rows = fetch_rows(connection, f"FROM compared_with($name, {_FILTERS})", known | filters)
    return Records(Comparison(direct=True, **_claim(row)) for row in rows)


def compare_all(
    store: str | Path,
    min_methods: int = 1,
    *,
    family: str | None = None,
    hardware: str | None = None,
    since: int | None = None,
    min_confidence: float | None = None,
) -> Records[Comparison]:
    """Every claim against a named baseline that at least ``min_methods`` methods share, the most shared first.

    Filters as in :func:`compare_baseline`. SQL: ``comparisons(min_methods := 1)``.
    """
    filters = _filters(family, hardware, since, min_confidence)
    with reading(Path(store)) as connection:
        rows = fetch_rows(
            connection, f"FROM comparisons(min_methods := $least, {_FILTERS})", {"least": min_methods} | filters
        )
    return Records(Comparison(direct=True, **_claim(row)) for row in rows)


def compare_methods(
    store: str | Path,
    first: str,
    second: str,
    *,
    family: str | None = None,
    hardware: str | None = None,
    since: int | None = None,
    min_confidence: float | None = None,
) -> Records[Comparison]:
    """Two methods side by side: direct claims of one against the other, then indirect ones through a third name.

    Indirect comparisons run from ``first`` to ``second``, within one metric family, through a named baseline that both
    were measured against, a method that was measured against both in one paper, or one that stands between them. Where
    ``first`` is [a, b] times better than the third name and ``second`` [c, d] times, the result is [a / d, b / c]; an
    end that is not known leaves its quotient unknown. Filters as in :func:`compare_baseline`; both claims must pass.
    SQL: ``compare_methods('first', 'second')``. Raises UsageError for an unknown name or family, or where both names
    mean one method.
    """
    filters = _filters(family, hardware, since, min_confidence)
    with reading(Path(store)) as connection:
        names = {"first": known_name(connection, first), "second": known_name(connection, second)}
        if fetch_rows(connection, "FROM keys_of($first) INTERSECT FROM keys_of($second)", names):
            raise UsageError(f"{first!r} and {second!r} are one method here; name two")
        rows = fetch_rows(connection, f"FROM compare_methods($first, $second, {_FILTERS})", names | filters)
    return Records(_comparison(row) for row in rows)


def leaderboard(
    store: str | Path,
    family: str,
    *,
    baseline: str | None = None,
    hardware: str | None = None,
    since: int | None = None,
    min_confidence: float | None = None,
) -> Records[Place]:
    """The claims of one metric family with a known factor, ranked within each named baseline, or within ``baseline``.

    Other filters as in :func:`compare_baseline`. SQL: ``leaderboard('family')``. Raises UsageError for an unknown name
    or family.
    """
    filters = _filters(family, hardware, since, min_confidence)
    with reading(Path(store)) as connection:
        name = None if baseline is None else known_name(connection, baseline)
        rows = fetch_rows(
            connection,
            "FROM leaderboard($family, baseline_name := $name, on_hardware := $hardware, since := $since, "
            "min_confidence := $min_confidence)",
            {"name": name} | filters,
        )
    return Records(Place(direct=True, place=row["place"], **_claim(row)) for row in rows)


def shared_baselines(store: str | Path, min_methods: int = 2) -> Records[SharedBaseline]:
    """The named baselines that at least ``min_methods`` methods were measured against, the most shared first.

    SQL: ``shared_baselines(min_methods := 2)``.
    """
    with reading(Path(store)) as connection:
        rows = fetch_rows(connection, "FROM shared_baselines(min_methods := $least)", {"least": min_methods})
    return Records(
        SharedBaseline(
            row["baseline_key"], row["name"], row["methods"], row["papers"], row["claims"], tuple(row["families"])
        )
        for row in rows
    )


def _filters(
    family: str | None, hardware: str | None, since: int | None, min_confidence: float | None
) -> dict[str, object]:
    known = None if family is None else known_family(family)
    return {"family": known, "hardware": hardware, "since": since, "min_confidence": min_confidence}


def _comparison(row: dict[str, Any]) -> Comparison:
    legs = tuple(Leg(**{"paper": leg.pop("title")} | leg) for leg in row["path"] or ())
    linked = {"via": row["via"], "path": legs, "warnings": tuple(row["warnings"])}
    return Comparison(direct=row["direct"], **_claim(row), **linked)


def _claim(row: dict[str, Any]) -> dict[str, Any]:
    """The fields that every comparison has."""
    same = ("method", "baseline", "metric", "factor_low", "factor_high", "improvement", "hardware", "setting",
            "paper_id", "evidence")  # fmt: skip
    return {name: row[name] for name in same} | {"family": row["metric_family"], "paper": row["title"]}
