"""What users type for a method, a baseline or a metric family, as the store knows it; what is unknown gets a hint."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz, process, utils

from extractor.aliases import metric_key
from extractor.errors import UsageError
from extractor.metrics import FAMILIES, OTHER, metric_family
from extractor.names import is_generic, name_key

if TYPE_CHECKING:
    import duckdb

    from extractor.aliases import Alias

_NAMES_SHOWN = 3
_NEAR = 60  # of 100, by rapidfuzz's weighted ratio
# Few spellings are near, and fewer columns are read to find them than names have.
_CANDIDATES = """
WITH near AS MATERIALIZED (
    SELECT loose, jaro_winkler_similarity(loose, loose($typed)) AS nearness
    FROM (
        SELECT method_loose AS loose FROM claims WHERE NOT method_generic
        UNION SELECT loose FROM claim_baselines WHERE NOT generic
    )
    ORDER BY nearness DESC, loose LIMIT 100
)
SELECT name FROM (
    SELECT method AS name, nearness FROM claims JOIN near ON method_loose = loose
    UNION SELECT name, nearness FROM claim_baselines JOIN near USING (loose)
)
ORDER BY nearness DESC, name LIMIT 100
"""
_METRICS = """
SELECT metric FROM (SELECT DISTINCT metric FROM claims)
ORDER BY jaro_winkler_similarity(loose(metric), loose($typed)) DESC, metric LIMIT 100
"""
# The key of a generic method is that of its name and, behind an @, its paper: names.key_in_paper.
_GENERIC = """
SELECT 1 FROM claims WHERE method_generic AND (method_loose = loose($typed) OR starts_with(method_key, $key || '@'))
UNION ALL SELECT 1 FROM claim_baselines WHERE generic AND (loose = loose($typed) OR key = $key) LIMIT 1
"""


class Known(NamedTuple):
    """A name that the macros find, and the keys that it means."""

    name: str
    keys: frozenset[str]


def known_name(connection: duckdb.DuckDBPyConnection, typed: str) -> Known:
    """The name as the macros find it: as typed, or as its key where only that is known ("the vLLM system").

    Raises UsageError with the nearest names where there is none, and where only the key is known and is that of names
    such as "existing methods".
    """
    keys = _keys(connection, typed, key := name_key(typed))
    if keys[typed]:
        return Known(typed, keys[typed])
    require_one_method(connection, typed)
    if keys[key]:
        return Known(key, keys[key])
    if not (names := _candidates(connection, _CANDIDATES, typed)):
        raise UsageError(f"no method or baseline {typed!r}: the store names none yet")
    raise UsageError(f"no method or baseline {typed!r} in the store{_did_you_mean(_nearest(typed, names))}")


def known_names(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> tuple[Known, Known]:
    """Two names as :func:`known_name` finds each."""
    keys = _keys(connection, one, other)
    first, second = (
        Known(typed, keys[typed]) if keys[typed] else known_name(connection, typed) for typed in (one, other)
    )
    return first, second


def require_one_method(connection: duckdb.DuckDBPyConnection, typed: str) -> None:
    """Raise UsageError for a name such as "our approach", which is another method in each paper.

    Also where the store knows it in other spellings only ("existing approaches"). A name that an alias made a method
    passes.
    """
    if is_generic(typed) and connection.execute(_GENERIC, {"typed": typed, "key": name_key(typed)}).fetchall():
        raise UsageError(f"{typed!r} is no single method, but another one in each paper; name a system")


def unknown_to_claims(connection: duckdb.DuckDBPyConnection, alias: Alias) -> list[str]:
    """What no claim has of an alias, a line each with the near names: its spelling, or the name that it stands for."""
    if alias.section == "metrics":
        metrics = _candidates(connection, _METRICS, alias.alias)
        known = metric_key(alias.alias) in map(metric_key, metrics)
        return [] if known else [_not_in_store("metric", alias.alias, metrics)]
    return [
        _not_in_store("name", name, _candidates(connection, _CANDIDATES, name))
        for name in (alias.alias, alias.target)
        if not any(_keys(connection, name, name_key(name)).values())
    ]


def known_family(typed: str) -> str:
    """The metric family of that name, case aside. Raises UsageError with all families and the nearest ones otherwise.

    A metric instead of a family ("TTFT") is answered with the family that it belongs to.
    """
    name = typed.strip().lower().replace(" ", "_").replace("-", "_")
    if name in FAMILIES:
        return name
    family = metric_family(typed)
    near = _nearest(typed, list(FAMILIES)) if family is OTHER else [family.name]
    raise UsageError(f"no metric family {typed!r}; there are {', '.join(FAMILIES)}{_did_you_mean(near)}")


def _keys(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> dict[str, frozenset[str]]:
    rows = connection.execute("FROM keys_of_both($one, $other)", {"one": one, "other": other}).fetchall()
    return {name: frozenset(key for typed, key in rows if typed == name) for name in (one, other)}


def _candidates(connection: duckdb.DuckDBPyConnection, query: str, typed: str) -> list[str]:
    return [name for (name,) in connection.execute(query, {"typed": typed}).fetchall()]


def _not_in_store(what: str, typed: str, candidates: list[str]) -> str:
    near = _nearest(typed, candidates)
    return f"no claim has the {what} {typed!r} yet" + (f"; near ones are {', '.join(map(repr, near))}" if near else "")


def _nearest(typed: str, names: list[str]) -> list[str]:
    found = process.extract(
        typed, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=_NAMES_SHOWN, score_cutoff=_NEAR
    )
    return [name for name, *_ in found]


def _did_you_mean(names: list[str]) -> str:
    return f"; did you mean {', '.join(map(repr, names))}?" if names else ""
