"""The alias file: what users correct of the names and metrics that :mod:`extractor.names` and ``metrics`` read.

It stands beside the store, ``claims.duckdb.aliases.toml``, unless the setting ``aliases`` names another place.

.. code-block:: toml

    [names]
    "paged attention server" = "vLLM"        # methods and baselines: any spelling = the name it belongs to

    [metrics]
    "tokens per watt-hour" = "energy_efficiency"   # a metric as the text names it = its family
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from extractor.errors import UsageError
from extractor.files import written_whole
from extractor.metrics import FAMILIES, Family, metric_family
from extractor.names import is_class_alone, is_generic, name_key
from extractor.notebook import Records
from extractor.untrusted import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


Section = Literal["names", "metrics"]

_SECTIONS: tuple[Section, ...] = ("names", "metrics")
_NEW_FILE = """\
# Names and metrics that mean the same. After an edit: claims aliases apply

[names]
"""


@dataclass(frozen=True, slots=True)
class Alias:
    """One line of the file: under ``names`` a name that ``target`` stands for, under ``metrics`` a metric's family."""

    section: Section
    alias: str
    target: str


@dataclass(frozen=True, slots=True)
class Aliases:
    """Corrections: keys of names with the key that they stand for, metrics (case folded) with their family's name.

    ``class_keys`` are the keys among the targets that name no single method ("existing systems").
    """

    names: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    class_keys: frozenset[str] = frozenset()

    def identify(self, name: str, abstract: str) -> tuple[str, bool]:
        """The key of a name that a paper uses, and whether it points at no single method; both corrected."""
        key = name_key(name, abstract)
        # The file knows no abstract that says what a name is short for.
        if key not in self.names and (alone := name_key(name)) in self.names:
            key = alone
        return self.key(key), self.generic(key, is_generic(name))

    def key(self, key: str) -> str:
        """The key that a key from :func:`extractor.names.name_key` stands for; itself where there is no alias."""
        return self.names.get(key, key)

    def generic(self, key: str, by_its_words: bool) -> bool:
        """Whether the name of a key points at no single method: as its target does, else as its own words do."""
        target = self.names.get(key)
        return by_its_words if target is None else target in self.class_keys

    def family(self, metric: str) -> Family:
        """The family of a metric, corrected."""
        name = self.metrics.get(metric_key(metric))
        return FAMILIES[name] if name else metric_family(metric)


def alias_file_of(store: Path) -> Path:
    """The alias file beside a store, which need not exist."""
    return store.with_name(f"{store.name}.aliases.toml")


def load_aliases(path: Path, *, missing_ok: bool = False) -> Aliases:
    """The aliases of a TOML file; none, with ``missing_ok``, where there is no file.

    Raises :class:`UsageError`, naming the file and the line or the key.
    """
    return _aliases(path, _tables(path, _read(path, missing_ok)))


def list_aliases(path: Path) -> Records[Alias]:
    """The lines of an alias file, as written; none where there is no file. Raises as :func:`load_aliases`."""
    tables = _tables(path, _read(path, missing_ok=True))
    _aliases(path, tables)
    return Records(Alias(section, *item) for section in _SECTIONS for item in tables[section].items())


def add_alias(path: Path, alias: Alias) -> bool:
    """Write an alias into the file, a new one where there is none; False where it stood there already.

    The rest of the file, comments included, stays as it is. Raises UsageError where the alias means no single
    method, contradicts another one or leads back to itself, the family is unknown, or the file cannot be read or
    written.
    """
    alias = Alias(alias.section, clean(alias.alias).strip(), clean(alias.target).strip())
    text = _read(path, missing_ok=True) or _NEW_FILE
    tables = _tables(path, text)
    before = _aliases(path, tables)
    if alias.section == "names" and name_key(alias.alias) == name_key(alias.target) != "":
        raise UsageError(f"{alias.alias!r} and {alias.target!r} are one name without an alias")
    written = tables[alias.section].get(alias.alias, alias.target)
    if written != alias.target:
        raise UsageError(
            f"{path}: {alias.alias!r} stands for {written!r} already; change that line, then 'claims aliases apply'"
        )
    tables[alias.section] = tables[alias.section] | {alias.alias: alias.target}
    if _aliases(path, tables) == before and path.exists():
        return False
    line = f"{quoted(alias.alias)} = {quoted(alias.target)}"
    edited = _with_line(text, alias.section, line)
    try:
        understood = _tables(path, edited) == tables
    except UsageError:
        understood = False
    if not understood:
        raise UsageError(
            f"{path}: written in a way that cannot be added to; add {line} under [{alias.section}] by hand"
        )
    try:
        with written_whole(path.resolve()) as file:
            file.write(edited)
    except OSError as error:
        raise UsageError(f"{path}: cannot write the alias file: {error.strerror}") from error
    return True


def _read(path: Path, missing_ok: bool) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            if missing_ok:
                return ""
            raise UsageError(
                f"{path}: no such alias file; 'claims aliases add' makes it, or leave out the setting that names it"
            ) from error
        raise UsageError(f"{path}: cannot read the alias file: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: the alias file is not UTF-8 text") from error


def _tables(path: Path, text: str) -> dict[Section, dict[str, str]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    if unknown := sorted(document.keys() - set(_SECTIONS)):
        raise UsageError(f"{path}: unknown key {unknown[0]!r}; aliases stand under [names] and [metrics]")
    return {section: _table(path, document, section) for section in _SECTIONS}


def _aliases(path: Path, tables: dict[Section, dict[str, str]]) -> Aliases:
    names = tables["names"]
    classes = frozenset(name_key(name) for name in names.values() if is_generic(name))
    return Aliases(_names(path, names), _metrics(path, tables["metrics"]), classes)


def _table(path: Path, document: dict[str, Any], section: Section) -> dict[str, str]:
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
        if is_class_alone(alias):  # its key is that of "existing methods" in all other papers
            raise UsageError(
                f"{path}: [names] {alias!r}: means another method in each paper; use a spelling with a word of its own"
            )
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
    return {metric_key(metric): family for metric, family in table.items()}


def metric_key(metric: str) -> str:
    """What spellings of one metric share: case and blanks aside."""
    return " ".join(metric.split()).casefold()


def quoted(text: str) -> str:
    """The text as a TOML string, whose escapes are those of JSON; it must hold no control characters."""
    return json.dumps(text, ensure_ascii=False)


def _with_line(text: str, section: Section, line: str) -> str:
    """The text with a line more behind the last entry of the section, which is added where it is missing."""
    lines = text.removesuffix("\n").split("\n")
    headers = [i for i, one in enumerate(lines) if one.lstrip().startswith("[")]
    start = next((i for i in headers if re.fullmatch(rf"\s*\[\s*{section}\s*\]\s*(#.*)?", lines[i])), None)
    if start is None:
        return "\n".join([*lines, *([""] if lines[-1] else []), f"[{section}]", line, ""])
    end = next((i for i in headers if i > start), len(lines))
    last = max(i for i in range(start, end) if lines[i].strip() and not lines[i].lstrip().startswith("#"))
    return "\n".join([*lines[: last + 1], line, *lines[last + 1 :], ""])
