"""Tagged records: their lines, and those that PubMed (``TI  - Fast trees``) and EndNote (``%T Fast trees``) export."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from extractor.ingest.entry import Damage, Entry
from extractor.ingest.names import first_last
from extractor.ingest.text import MAX_RECORD_CHARS, Head, Text
from extractor.papers import fold_space

_PUBMED_START = re.compile(r"PMID- *\d")
_PUBMED_TAG = re.compile(r"([A-Z][A-Z0-9]{1,3}) *-(?: (.*))?")
_PUBMED_DOI = " [doi]"
_ENDNOTE_START = re.compile(r"%0 +[A-Z]")
_ENDNOTE_TAG = re.compile(r"%(\S)(?: (.*))?")


def looks_like_pubmed(head: Head) -> bool:
    """Whether the first line names a record of PubMed's: ``PMID- 36812345``."""
    return bool(head.lines and _PUBMED_START.match(head.lines[0]))


def read_pubmed(text: Text) -> Iterator[Entry | Damage]:
    """One paper a record, from ``PMID`` to the next."""
    return _papers(text, _PUBMED_START, _PUBMED_TAG, _pubmed_fields)


def _pubmed_fields(values: Mapping[str, Sequence[str]]) -> dict[str, object]:
    ids = [*values.get("LID", []), *values.get("AID", [])]
    return {
        "title": _first(values, "TI"),
        "abstract": _first(values, "AB"),
        "authors": [first_last(name) for name in values.get("FAU") or values.get("AU", [])],
        "date": _first(values, "DP"),
        "external_id": _first(values, "PMID"),
        "doi": next((found.removesuffix(_PUBMED_DOI) for found in ids if found.endswith(_PUBMED_DOI)), None),
    }


def looks_like_endnote(head: Head) -> bool:
    """Whether the first line says of what type an EndNote record is: ``%0 Journal Article``."""
    return bool(head.lines and _ENDNOTE_START.match(head.lines[0]))


def read_endnote(text: Text) -> Iterator[Entry | Damage]:
    """One paper a record, from ``%0`` to the next."""
    return _papers(text, _ENDNOTE_START, _ENDNOTE_TAG, _endnote_fields)


def _endnote_fields(values: Mapping[str, Sequence[str]]) -> dict[str, object]:
    return {
        "title": _first(values, "T"),
        "abstract": _first(values, "X"),
        "authors": [first_last(name) for name in values.get("A", [])],
        "date": _first(values, "D"),
        "url": _first(values, "U"),
        "doi": _first(values, "R"),
    }


def _papers(
    text: Text,
    start: re.Pattern[str],
    tag: re.Pattern[str],
    fields: Callable[[Mapping[str, Sequence[str]]], dict[str, object]],
) -> Iterator[Entry | Damage]:
    for record in records(text, start):
        if isinstance(record, Damage):
            yield record
        else:
            line, lines = record
            yield Entry(line, fields(_values(lines, tag)))


def records(
    text: Text, start: re.Pattern[str], end: re.Pattern[str] | None = None
) -> Iterator[tuple[int, list[str]] | Damage]:
    """The records' first line's number and lines, each from a start to its end or to the next start."""
    first, size, lines = 0, 0, list[str]()
    for number, line in text.lines():
        size = 0 if start.match(line) else size + len(line) + 1
        if size > MAX_RECORD_CHARS and lines:
            yield Damage(first, f"the record is longer than {MAX_RECORD_CHARS // 2**20} million characters")
            lines = []
        elif start.match(line):
            if lines:
                yield first, lines
            first, lines = number, [line]
        elif end and end.match(line):
            if lines:
                yield first, lines
            lines = []
        elif lines:
            lines.append(line)
    if lines:
        yield first, lines


def _values(lines: Sequence[str], tag: re.Pattern[str]) -> dict[str, list[str]]:
    """The values of each tag; lines without one go on with the value before."""
    wrapped: list[tuple[str, list[str]]] = []
    for line in lines:
        if found := tag.fullmatch(line):
            wrapped.append((found[1], [found[2] or ""]))
        elif wrapped:
            wrapped[-1][1].append(line)
    values: dict[str, list[str]] = {}
    for name, parts in wrapped:
        values.setdefault(name, []).append(fold_space(" ".join(parts)))
    return values


def _first(values: Mapping[str, Sequence[str]], name: str) -> str | None:
    return next(iter(values.get(name, [])), None)
