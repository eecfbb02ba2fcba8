"""Atom feeds such as arXiv's, through feedparser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple
from xml.sax import SAXParseException

from extractor.ingest.entry import Damage, Entry
from extractor.ingest.text import Head, Text
from extractor.papers import fold_space

_ATOM = "http://www.w3.org/2005/Atom"
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_FEED = re.compile(r"<feed\b[^>]*>")
_FEED_END = re.compile(r"</feed>\s*\Z")
_ENTRY = re.compile(r"<entry[\s>]")
_FORGIVEN = "undefined entity"  # &nbsp; and the like, which feedparser knows all the same
_TOGETHER = 100  # entries that are parsed together
_MOST_ALONE = 10_000  # entries near damage that are parsed one by one, which is slow
_ARXIV_ID = re.compile(r"arxiv\.org/abs/(.+)")


def looks_like_atom(head: Head) -> bool:
    """Whether the text is an XML document with a feed in Atom's name space."""
    start = head.text.lstrip()[:5000]
    return start.startswith("<") and "<feed" in start and _ATOM in start


def read_atom(text: Text) -> Iterator[Entry | Damage]:
    """One paper an entry of the feed; a damaged entry does not touch the others."""
    source = _XML_DECLARATION.sub(_line_ends, text.whole())
    feed = _FEED.search(source)
    start_tag = feed[0] if feed else f'<feed xmlns="{_ATOM}">'
    pieces, alone = _pieces(source), _MOST_ALONE
    while together := list(islice(pieces, _TOGETHER)):
        entries, damage = _parsed(start_tag, "".join(piece.source for piece in together))
        if not damage and len(entries) == len(together):
            for piece, entry in zip(together, entries, strict=True):
                yield Entry(piece.line, _atom_fields(entry))
        elif alone > 0:
            alone -= len(together)
            for piece in together:
                yield _alone(start_tag, piece)
        else:
            yield Damage(together[0].line, f"{len(together)} entries passed over: too many are damaged")
    if not _FEED_END.search(source):
        yield Damage(None, "the feed is damaged: its end is missing")


class _Piece(NamedTuple):
    line: int
    source: str


def _pieces(source: str) -> Iterator[_Piece]:
    """The entries, each up to the next one."""
    line = counted = start = 0
    source = _FEED_END.sub("", source)
    for found in _ENTRY.finditer(source):
        if line:
            yield _Piece(line, source[start : found.start()])
        start = found.start()
        line, counted = (line or 1) + source.count("\n", counted, start), start
    if line:
        yield _Piece(line, source[start:])


def _alone(start_tag: str, piece: _Piece) -> Entry | Damage:
    entries, damage = _parsed(start_tag, piece.source)
    if damage or not entries:
        return Damage(piece.line, f"the entry is damaged: {damage or 'it holds nothing'}")
    return Entry(piece.line, _atom_fields(entries[0]))


def _parsed(start_tag: str, entries: str) -> tuple[Sequence[Mapping[str, object]], str | None]:
    """The entries of a feed, and what is wrong with it if it is damaged."""
    import feedparser  # noqa: PLC0415 - slow to import, and seldom needed

    feed = feedparser.parse(io.BytesIO(f"{start_tag}{entries}</feed>".encode()))
    error = feed.get("bozo_exception")
    damage = fold_space(error.getMessage()) if isinstance(error, SAXParseException) else None
    return feed.entries, None if damage == _FORGIVEN else damage


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
