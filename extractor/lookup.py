"""What users type for a method, a baseline or a metric family, as the store knows it; what is unknown gets a hint."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz, process, utils

from extractor.errors import UsageError
from extractor.metrics import FAMILIES, OTHER, metric_family
from extractor.names import is_generic, name_key

if TYPE_CHECKING:
    import duckdb

_NAMES_SHOWN = 3
_NEAR = 60  # of 100, by rapidfuzz's weighted ratio
_CANDIDATES = """
SELECT name FROM (
    SELECT method AS name, method_loose AS loose FROM claims
    UNION SELECT name, loose FROM claim_baselines
)
ORDER BY jaro_winkler_similarity(loose, loose($typed)) DESC, name LIMIT 100
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
    if keys := _keys(connection, typed):
        return Known(typed, keys)
    require_one_method(connection, typed)
    if keys := _keys(connection, key := name_key(typed)):
        return Known(key, keys)
    names = [name for (name,) in connection.execute(_CANDIDATES, {"typed": typed}).fetchall()]
    if not names:
        raise UsageError(f"no method or baseline {typed!r}: the store holds no claims yet")
    raise UsageError(f"no method or baseline {typed!r} in the store{_did_you_mean(_nearest(typed, names))}")


def require_one_method(connection: duckdb.DuckDBPyConnection, typed: str) -> None:
    """Raise UsageError for a name such as "our approach", which is another method in each paper.

    Also where the store knows it in other spellings only ("existing approaches"). A name that an alias made a method
    passes.
    """
    if is_generic(typed) and connection.execute(_GENERIC, {"typed": typed, "key": name_key(typed)}).fetchall():
        raise UsageError(f"{typed!r} is no single method, but another one in each paper; name a system")


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


def _keys(connection: duckdb.DuckDBPyConnection, name: str) -> frozenset[str]:
    return frozenset(key for (key,) in connection.execute("FROM keys_of($name)", {"name": name}).fetchall())


def _nearest(typed: str, names: list[str]) -> list[str]:
    found = process.extract(
        typed, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=_NAMES_SHOWN, score_cutoff=_NEAR
    )
    return [name for name, *_ in found]


def _did_you_mean(names: list[str]) -> str:
    return f"; did you mean {', '.join(map(repr, names))}?" if names else ""
