"""Atom feeds such as arXiv's, through feedparser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple
from xml.sax import SAXParseException

from extractor.ingest.entry import Damage, Entry
from extractor.ingest.text import Head, Text
from extractor.papers import fold_space

_ATOM = "http://www.w3.org/2005/Atom"
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ENTRY = re.compile(r"<entry[\s>]")
_FEED_CLOSED = re.compile(r"</feed>\s*\Z")
_FEED_END = "</feed>"
_MOST_SINGLE = 10_000  # entries of a damaged feed that are read one by one
_ARXIV_ID = re.compile(r"arxiv\.org/abs/(.+)")


def looks_like_atom(head: Head) -> bool:
    """Whether the text is an XML document with a feed in Atom's name space."""
    start = head.text.lstrip()[:5000]
    return start.startswith("<") and "<feed" in start and _ATOM in start


def read_atom(text: Text) -> Iterator[Entry | Damage]:
    """One paper an entry of the feed; in a damaged feed each entry is read by itself, so that the others are kept."""
    source = _XML_DECLARATION.sub(_line_ends, text.whole())
    places = list(_places(source))
    entries, damage = _parsed(source)
    if damage and 0 < len(places) <= _MOST_SINGLE and not _parsed(source[: places[0].start] + _FEED_END)[1]:
        yield from _one_by_one(source, places)
    else:
        for entry, place in zip_longest(entries, places[: len(entries)]):
            yield Entry(place and place.line, _atom_fields(entry))
    if damage:
        yield Damage(None, f"the feed is damaged: {damage}")


class _Place(NamedTuple):
    line: int
    start: int


def _places(source: str) -> Iterator[_Place]:
    """Where the entries begin."""
    line, counted = 1, 0
    for found in _ENTRY.finditer(source):
        line, counted = line + source.count("\n", counted, found.start()), found.start()
        yield _Place(line, counted)


def _one_by_one(source: str, places: list[_Place]) -> Iterator[Entry | Damage]:
    head = source[: places[0].start]
    for place, following in zip_longest(places, places[1:]):
        piece = _FEED_CLOSED.sub("", source[place.start : following and following.start])
        entries, damage = _parsed(head + piece + _FEED_END)
        if damage or not entries:
            yield Damage(place.line, f"the entry is damaged: {damage or 'it holds nothing'}")
        else:
            yield Entry(place.line, _atom_fields(entries[0]))


def _parsed(source: str) -> tuple[Sequence[Mapping[str, object]], str | None]:
    """The entries of a feed, and what is wrong with it if it is damaged."""
    import feedparser  # noqa: PLC0415 - slow to import, and seldom needed

    feed = feedparser.parse(io.BytesIO(source.encode()))
    error = feed.get("bozo_exception")
    return feed.entries, fold_space(error.getMessage()) if isinstance(error, SAXParseException) else None


def _line_ends(found: re.Match[str]) -> str:
    """What replaces the XML declaration: it names an encoding that the text no longer has, but its lines count."""
    return "\n" * found[0].count("\n")


def _atom_fields(entry: Mapping[str, object]) -> dict[str, object]:
    address = entry.get("id")
    arxiv = _ARXIV_ID.search(address) if isinstance(address, str) else None
    category = entry.get("arxiv_primary_category")
    return {
        "title": entry.get("title"),
        "abstract": entry.get("summary"),
        "authors": entry.get("authors"),
        "date": str(entry.get("published", "")).partition("T")[0],
        "subject": category.get("term") if isinstance(category, Mapping) else None,
        "url": entry.get("link") or address,
        "doi": entry.get("arxiv_doi"),
        "arxiv_id": arxiv[1] if arxiv else None,
    }


def looks_like_xml(head: Head) -> bool:
    """Whether the text is XML of a kind that is not read."""
    return head.text.lstrip().startswith("<?xml")


def refuse_xml(_: Text) -> Iterator[Damage]:
    """XML other than Atom would only be misread as text."""
    yield Damage(None, "is XML that is not an Atom feed")
