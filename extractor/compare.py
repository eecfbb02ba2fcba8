"""Comparing methods by what their papers claim. The work is done by the macros in ``schemas/macros.sql``, as in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
from rapidfuzz import fuzz, process, utils

from extractor.errors import UsageError
from extractor.metrics import FAMILIES
from extractor.names import name_key
from extractor.store.database import READ_PATIENCE, connect
from extractor.store.migrations import prepare

_NAMES_SHOWN = 3
_NEAR = 60  # of 100, by rapidfuzz's weighted ratio


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

    Above 1 is better, None where the text does not say. A ``direct`` comparison is one claim. An indirect one divides
    the factors of two claims against the same baseline, ``via``; these stand in ``path``, and ``warnings`` says what
    differs between them. A metric, setting or hardware that both share stands in its field, else None; ``improvement``,
    ``paper`` and ``evidence`` are None.
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

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SharedBaseline:
    """A named baseline that several methods were measured against; ``families`` are those of the metrics."""

    key: str
    name: str
    methods: int
    papers: int
    claims: int
    families: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, for JSON."""
        return asdict(self)


def compare_baseline(store: str | Path, name: str, *, family: str | None = None) -> list[Comparison]:
    """Every claim measured against the baseline ``name``, best first within each metric family, or within ``family``.

    SQL: ``compared_with('name')``. Empty where the name is known, but never as a baseline. Raises UsageError for an
    unknown name or family.
    """
    if family is not None and family not in FAMILIES:
        raise UsageError(f"no metric family {family!r}; there are {', '.join(FAMILIES)}")
    with _reading(store) as connection:
        rows = _rows(
            connection,
            "FROM compared_with($name) WHERE $family IS NULL OR metric_family = $family",
            {"name": _known(connection, name), "family": family},
        )
    return [_comparison(row | {"direct": True}) for row in rows]


def compare_all(store: str | Path, min_methods: int = 1) -> list[Comparison]:
    """Every claim against a named baseline that at least ``min_methods`` methods share, the most shared first.

    SQL: ``comparisons(min_methods := 1)``.
    """
    with _reading(store) as connection:
        rows = _rows(connection, "FROM comparisons(min_methods := $least)", {"least": min_methods})
    return [_comparison(row | {"direct": True}) for row in rows]


def compare_methods(store: str | Path, first: str, second: str) -> list[Comparison]:
    """Two methods side by side: direct claims of one against the other, then indirect ones through shared baselines.

    SQL: ``compare_methods('first', 'second')``. Indirect comparisons run from ``first`` to ``second``, only through
    named baselines and within one metric family. With factors [a, b] and [c, d] against the baseline, the result is
    [a / d, b / c]; an end that is not known leaves its quotient unknown. Raises UsageError for an unknown name, or
    where both names mean one method.
    """
    with _reading(store) as connection:
        names = {"first": _known(connection, first), "second": _known(connection, second)}
        if _rows(connection, "FROM keys_of($first) INTERSECT FROM keys_of($second)", names):
            raise UsageError(f"{first!r} and {second!r} are one method here; name two")
        rows = _rows(connection, "FROM compare_methods($first, $second)", names)
    return [_comparison(row) for row in rows]


def shared_baselines(store: str | Path, min_methods: int = 2) -> list[SharedBaseline]:
    """The named baselines that at least ``min_methods`` methods were measured against, the most shared first.

    SQL: ``shared_baselines(min_methods := 2)``.
    """
    with _reading(store) as connection:
        rows = _rows(connection, "FROM shared_baselines(min_methods := $least)", {"least": min_methods})
    return [
        SharedBaseline(
            row["baseline_key"], row["name"], row["methods"], row["papers"], row["claims"], tuple(row["families"])
        )
        for row in rows
    ]


@contextmanager
def _reading(store: str | Path) -> Iterator[duckdb.DuckDBPyConnection]:
    path = Path(store)
    prepare(path, create=False)
    with connect(path, read_only=True, patience=READ_PATIENCE) as connection:
        yield connection


def _known(connection: duckdb.DuckDBPyConnection, typed: str) -> str:
    """The name as the macros find it: as typed, or as its key where only that is known ("the vLLM system")."""
    for name in (typed, name_key(typed)):
        if _rows(connection, "FROM keys_of($name)", {"name": name}):
            return name
    names = [row["name"] for row in _rows(connection, "SELECT DISTINCT name FROM spelling ORDER BY name", {})]
    if not names:
        raise UsageError(f"no method or baseline {typed!r}: the store holds no claims yet")
    near = process.extract(
        typed, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=_NAMES_SHOWN, score_cutoff=_NEAR
    )
    hint = f"; did you mean {', '.join(repr(name) for name, *_ in near)}?" if near else ""
    raise UsageError(f"no method or baseline {typed!r} in the store{hint}")


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.sql(sql, params=dict(parameters)).to_arrow_table().to_pylist()
    return rows


def _comparison(row: dict[str, Any]) -> Comparison:
    legs = tuple(Leg(**{"paper": leg.pop("title")} | leg) for leg in row.get("path") or ())
    renamed = {"family": row["metric_family"], "paper": row["title"], "path": legs}
    given = row | renamed | {"warnings": tuple(row.get("warnings", ()))}
    return Comparison(**{name: given[name] for name in Comparison.__dataclass_fields__ if name in given})
