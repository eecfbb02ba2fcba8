"""Comparing methods by what their papers claim. The work is done by the macros in ``schemas/macros.sql``, as in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack

from extractor.errors import UsageError
from extractor.lookup import known_family, known_name, known_names, require_one_method
from extractor.notebook import Records
from extractor.store.migrations import reading
from extractor.store.rows import fetch_rows

_FILTERS = "family := $family, on_hardware := $hardware, since := $since, min_confidence := $min_confidence"
_COLUMNS = (
    "method, method_key, baseline, baseline_key, metric, metric_family, factor_low, factor_high, improvement, "
    "hardware, setting, title, paper_id, evidence"
)


class Filters(TypedDict, total=False):
    """Which claims to compare; all, unless told otherwise.

    Those on hardware whose name holds ``hardware`` (case, blanks and punctuation aside), of papers since the year
    ``since``, of which the model was as sure as ``min_confidence`` (0 to 1; claims whose confidence is not known stay).
    ``limit`` is how many comparisons to return at most.
    """

    hardware: str | None
    since: int | None
    min_confidence: float | None
    limit: int | None


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

    Above 1 is better, None where the text does not say. Spellings of one name share its key; a method without a name
    of its own ("our approach") has a key for its paper alone.

    A ``direct`` comparison is one claim. An indirect one joins the factors of two claims that link both to a third
    name, ``via``; these stand in ``path``, and ``warnings`` says what differs between them. A metric, setting or
    hardware that both share stands in its field, else None; ``improvement``, ``paper`` and ``evidence`` are None.
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
    method_key: str
    baseline_key: str
    via: str | None = None
    path: tuple[Leg, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The evidence of the one claim, or of those in ``path``, each sentence once."""
        return (self.evidence,) if self.evidence else tuple(dict.fromkeys(leg.evidence for leg in self.path))


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
    **filters: Unpack[Filters],
) -> Records[Comparison]:
    """Every claim measured against the baseline ``name``, best first within each metric family.

    Or only those of one metric family. SQL: ``compared_with('name')``. Empty where the name is known, but never as a
    baseline. Raises UsageError for an unknown name or family.
    """
    parameters = _parameters(family, **filters)
    query = f"SELECT {_COLUMNS} FROM compared_with($name, {_FILTERS}) LIMIT $limit"
    with reading(Path(store)) as connection:
        rows = fetch_rows(connection, query, {"name": name} | parameters)
        if not rows and (known := known_name(connection, name).name) != name:
            rows = fetch_rows(connection, query, {"name": known} | parameters)
    return Records(Comparison(direct=True, **_claim(row)) for row in rows)


def compare_all(
    store: str | Path,
    min_methods: int = 1,
    *,
    family: str | None = None,
    **filters: Unpack[Filters],
) -> Records[Comparison]:
    """Every claim against a named baseline that at least ``min_methods`` methods share, the most shared first.

    SQL: ``comparisons(min_methods := 1)``.
    """
    parameters = _parameters(family, **filters)
    query = f"SELECT {_COLUMNS} FROM comparisons(min_methods := $least, {_FILTERS}, at_most := $limit)"
    with reading(Path(store)) as connection:
        rows = fetch_rows(connection, query, {"least": min_methods} | parameters)
    return Records(Comparison(direct=True, **_claim(row)) for row in rows)


def compare_methods(
    store: str | Path,
    first: str,
    second: str,
    *,
    family: str | None = None,
    **filters: Unpack[Filters],
) -> Records[Comparison]:
    """Two methods side by side: direct claims of one against the other, then indirect ones through a third name.

    Indirect comparisons run from ``first`` to ``second``, within one metric family, through a named baseline that both
    were measured against, a method that was measured against both, or one that stands between them. Where
    ``first`` is [a, b] times better than the third name and ``second`` [c, d] times, the result is [a / d, b / c]; an
    end that is not known leaves its quotient unknown. Both claims must pass the filters.
    Of many claims that lead to one third name, ten a side are paired: those of the same metric and setting on both
    sides first, then the latest; claims of one paper always. SQL: ``compare_methods('first', 'second')``. Raises
    UsageError for an unknown name or family, a name that is another method in each paper ("our approach"), or where
    both names mean one method.
    """
    parameters = _parameters(family, **filters)
    query = f"FROM compare_methods($first, $second, {_FILTERS}) LIMIT $limit"
    with reading(Path(store)) as connection:
        for name in (first, second):
            require_one_method(connection, name)
        rows = fetch_rows(connection, query, {"first": first, "second": second} | parameters)
        if not rows:
            one, other = known_names(connection, first, second)
            if one.keys & other.keys:
                raise UsageError(f"{first!r} and {second!r} are one method here; name two")
            names = {"first": one.name, "second": other.name}
            if names != {"first": first, "second": second}:
                rows = fetch_rows(connection, query, names | parameters)
    return Records(_comparison(row) for row in rows)


def leaderboard(
    store: str | Path,
    family: str,
    *,
    baseline: str | None = None,
    **filters: Unpack[Filters],
) -> Records[Place]:
    """The claims of one metric family with a known factor, ranked within each named baseline, or within ``baseline``.

    The baselines that most methods share come first; in the family other each metric is ranked alone. SQL:
    ``leaderboard('family')``. Raises UsageError for an unknown name or family.
    """
    parameters = _parameters(family, **filters)
    query = (
        "FROM leaderboard($family, baseline_name := $name, on_hardware := $hardware, since := $since, "
        "min_confidence := $min_confidence, at_most := $limit)"
    )
    with reading(Path(store)) as connection:
        rows = fetch_rows(connection, query, {"name": baseline} | parameters)
        if not rows and baseline is not None and (known := known_name(connection, baseline).name) != baseline:
            rows = fetch_rows(connection, query, {"name": known} | parameters)
    return Records(Place(direct=True, place=row["place"], **_claim(row)) for row in rows)


def shared_baselines(store: str | Path, min_methods: int = 2, *, limit: int | None = None) -> Records[SharedBaseline]:
    """The named baselines that at least ``min_methods`` methods were measured against, the most shared first.

    SQL: ``shared_baselines(min_methods := 2)``.
    """
    query = "FROM shared_baselines(min_methods := $least, at_most := $limit)"
    with reading(Path(store)) as connection:
        rows = fetch_rows(connection, query, {"least": min_methods, "limit": limit})
    return Records(
        SharedBaseline(
            row["baseline_key"], row["name"], row["methods"], row["papers"], row["claims"], tuple(row["families"])
        )
        for row in rows
    )


def _parameters(
    family: str | None,
    hardware: str | None = None,
    since: int | None = None,
    min_confidence: float | None = None,
    limit: int | None = None,
) -> dict[str, object]:
    """The filters as parameters of a query; those that are not given are NULL."""
    known = None if family is None else known_family(family)
    return {
        "family": known, "hardware": hardware, "since": since, "min_confidence": min_confidence, "limit": limit,
    }  # fmt: skip


def _comparison(row: dict[str, Any]) -> Comparison:
    legs = tuple(Leg(**{"paper": leg.pop("title")} | leg) for leg in row["path"] or ())
    linked = {"via": row["via"], "path": legs, "warnings": tuple(row["warnings"])}
    return Comparison(direct=row["direct"], **_claim(row), **linked)


def _claim(row: dict[str, Any]) -> dict[str, Any]:
    """The fields that every comparison has."""
    same = ("method", "method_key", "baseline", "baseline_key", "metric", "factor_low", "factor_high", "improvement",
            "hardware", "setting", "paper_id", "evidence")  # fmt: skip
    return {name: row[name] for name in same} | {"family": row["metric_family"], "paper": row["title"]}
