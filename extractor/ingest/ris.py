"""RIS, through rispy."""

from __future__ import annotations

import re
from collections.abc import Iterator

import rispy
from rispy.config import LIST_TYPE_TAGS

from extractor.ingest.entry import Damage, Entry
from extractor.ingest.names import first_last
from extractor.ingest.tagged import records
from extractor.ingest.text import Head, Text
from extractor.papers import fold_space

# Some exports write one blank before the dash; a line of an abstract may too, so that the whole line has to fit.
_START = re.compile(r"TY(?:  -| - ?[A-Z]+\s*$)")
_END = re.compile(r"ER(?:  -| -\s*$)")
_ONE_BLANK = re.compile(r"^([A-Z][A-Z0-9]) - ?")
_LISTS = [*LIST_TYPE_TAGS, "AB", "N2"]  # rispy keeps the first of other tags alone


def looks_like_ris(head: Head) -> bool:
    """Whether a line starts a record: ``TY  - JOUR``."""
    return any(_START.match(line) for line in head.lines[:50])


def read_ris(text: Text) -> Iterator[Entry | Damage]:
    """One paper a record, from ``TY`` to ``ER`` or to the next ``TY``."""
    for record in records(text, _START, _END):
        yield record if isinstance(record, Damage) else _ris_entry(*record)


def _ris_entry(start: int, lines: list[str]) -> Entry | Damage:
    if _ONE_BLANK.match(lines[0]):
        lines = [_ONE_BLANK.sub(r"\1  - ", line) for line in lines]
    try:
        (record,) = rispy.loads("\n".join([*lines, "ER  - "]), list_tags=_LISTS)
    except Exception as error:  # whatever a parser raises over untrusted text, the record is damaged
        return Damage(start, f"damaged RIS record: {fold_space(str(error))}")

    def first(*names: str) -> object:
        return next((record[name] for name in names if record.get(name)), None)

    def joined(name: str) -> str:
        return fold_space(" ".join(record.get(name, [])))

    authors = first("authors", "first_authors")
    return Entry(
        start,
        {
            "title": first("title", "primary_title"),
            "abstract": joined("abstract") or joined("notes_abstract"),
            "authors": [first_last(name) for name in authors] if isinstance(authors, list) else None,
            "date": str(first("date", "year", "publication_year") or "").rstrip("/"),
            "url": next(iter(record.get("urls", [])), None),
            "doi": first("doi"),
        },
    )
