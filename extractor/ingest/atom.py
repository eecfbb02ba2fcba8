"""Atom feeds such as arXiv's, through feedparser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from xml.sax import SAXParseException

from extractor.ingest.entry import Damage, Entry
from extractor.ingest.text import Head, Text
from extractor.papers import fold_space

_ATOM = "http://www.w3.org/2005/Atom"
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")  # it may name an encoding that the text no longer has
_ARXIV_ID = re.compile(r"arxiv\.org/abs/(.+)")


def looks_like_atom(head: Head) -> bool:
    """Whether the text is an XML document with a feed in Atom's name space."""
    start = head.text.lstrip()[:5000]
    return start.startswith("<") and "<feed" in start and _ATOM in start


def read_atom(text: Text) -> Iterator[Entry | Damage]:
    """One paper an entry of the feed; in a damaged feed, those up to the damage and what can be read after it."""
    import feedparser  # noqa: PLC0415 - slow to import, and seldom needed

    source = text.whole()
    starts = [source.count("\n", 0, found.start()) + 1 for found in re.finditer(r"<entry[\s>]", source)]
    feed = feedparser.parse(io.BytesIO(_XML_DECLARATION.sub("", source).encode()))
    for index, entry in enumerate(feed.entries):
        yield Entry(starts[index] if index < len(starts) else None, _atom_fields(entry))
    if isinstance(error := feed.get("bozo_exception"), SAXParseException):
        yield Damage(None, f"the feed is damaged: {fold_space(error.getMessage())}")


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
