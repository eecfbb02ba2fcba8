"""The alias file: what users correct of the names and metrics that :mod:`extractor.names` and ``metrics`` read.

.. code-block:: toml

    [names]
    "paged attention server" = "vLLM"        # methods and baselines: any spelling = the name it belongs to

    [metrics]
    "tokens per watt-hour" = "energy_efficiency"   # a metric as the text names it = its family
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.errors import UsageError
from extractor.metrics import FAMILIES, Family, metric_family
from extractor.names import name_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Aliases:
    """Corrections: keys of names with the key that they stand for, metrics (case folded) with their family's name."""

    names: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)

    def key(self, key: str) -> str:
        """The key that a key from :func:`extractor.names.name_key` stands for; itself where there is no alias."""
        return self.names.get(key, key)

    def family(self, metric: str) -> Family:
        """The family of a metric, corrected."""
        name = self.metrics.get(_metric_key(metric))
        return FAMILIES[name] if name else metric_family(metric)


def load_aliases(path: Path) -> Aliases:
    """The aliases of a TOML file. Raises :class:`UsageError`, naming the file and the line or the key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot read the alias file: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: the alias file is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    if unknown := sorted(document.keys() - {"names", "metrics"}):
        raise UsageError(f"{path}: unknown key {unknown[0]!r}; aliases stand under [names] and [metrics]")
    return Aliases(_names(path, _table(path, document, "names")), _metrics(path, _table(path, document, "metrics")))


def _table(path: Path, document: dict[str, object], section: str) -> dict[str, str]:
    table = document.get(section, {})
    if not isinstance(table, dict):
        raise UsageError(f'{path}: {section} must be a table: [{section}] and then "alias" = "…" lines')
    for alias, target in table.items():
        if not isinstance(target, str):
            raise UsageError(f"{path}: [{section}] {alias!r}: must be a text in quotation marks")
    return table


def _names(path: Path, table: dict[str, str]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for alias, name in table.items():
        key, target = name_key(alias), name_key(name)
        if not key or not target:
            raise UsageError(f"{path}: [names] {alias!r}: both names need a letter or digit")
        if keys.setdefault(key, target) != target:
            raise UsageError(f"{path}: [names] {alias!r}: stands for two names, {keys[key]!r} and {target!r}")
    return {key: _followed(path, keys, key) for key in keys}


def _followed(path: Path, keys: dict[str, str], key: str) -> str:
    """The end of a chain of aliases."""
    seen = {key}
    while (target := keys.get(key, key)) != key:
        if target in seen:
            raise UsageError(f"{path}: [names] {target!r} is an alias of itself")
        seen.add(target)
        key = target
    return key


def _metrics(path: Path, table: dict[str, str]) -> dict[str, str]:
    for metric, family in table.items():
        if family not in FAMILIES:
            raise UsageError(f"{path}: [metrics] {metric!r}: no family {family!r}; there are {', '.join(FAMILIES)}")
    return {_metric_key(metric): family for metric, family in table.items()}


def _metric_key(metric: str) -> str:
    return " ".join(metric.split()).casefold()
