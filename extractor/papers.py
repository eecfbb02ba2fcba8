"""The paper: what ingest produces and everything after it reads."""

from __future__ import annotations

import datetime
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

ID_LENGTH = 20  # hex digits, 80 bits: a collision among 10 million papers has probability 4e-11


def fold_space(text: str) -> str:
    """The text with every run of white space, line breaks included, as one blank, and none at the ends."""
    return " ".join(text.split())


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with the replacement character for every lone surrogate, which UTF-8 cannot hold; offsets stay."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def paper_id(title: str, abstract: str) -> str:
    """The identity of a paper: a SHA-256 prefix of its normalised title and abstract.

    Unicode compatibility forms, case and white space do not count, so the same paper copied from two web pages has
    one identity.
    """
    parts = (fold_space(unicodedata.normalize("NFKC", storable(text))).casefold() for text in (title, abstract))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a paper was found: the document's name and the paper's place in it, counted from 1."""

    document: str
    position: int


@dataclass(frozen=True)
class Paper:
    """One abstract with what is known about it. White space in ``title`` and ``abstract`` is folded.

    ``date`` is the date as printed, ``published`` the calendar day where the printed date is complete. ``n_authors`` is
    the number of authors where the document says so or lists them all. The last of ``authors`` is ``et al.`` where the
    document lists only the first ones.
    """

    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    n_authors: int | None = None
    subject: str | None = None
    date: str | None = None
    published: datetime.date | None = None
    upvotes: int | None = None
    external_id: str | None = None
    url: str | None = None
    doi: str | None = None
    arxiv_id: str | None = None
    sources: tuple[Source, ...] = field(default=())

    @cached_property
    def paper_id(self) -> str:
        """See :func:`paper_id`."""
        return paper_id(self.title, self.abstract)


def merge_papers(papers: Iterable[Paper]) -> list[Paper]:
    """One paper per ``paper_id``, in order of first appearance, with the sources of all its appearances.

    Details that the first appearance lacks (authors, date, subject …) are taken from the later ones.
    """
    merged: dict[str, Paper] = {}
    sources: dict[str, dict[Source, None]] = {}
    for paper in papers:
        known = merged.get(paper.paper_id)
        merged[paper.paper_id] = paper if known is None else _with_details(known, paper)
        sources.setdefault(paper.paper_id, {}).update(dict.fromkeys(paper.sources))
    return [_with_sources(paper, tuple(sources[paper_id])) for paper_id, paper in merged.items()]


def _with_details(paper: Paper, other: Paper) -> Paper:
    details = (
        "authors",
        "n_authors",
        "subject",
        "date",
        "published",
        "upvotes",
        "external_id",
        "url",
        "doi",
        "arxiv_id",
    )
    missing = {name: getattr(other, name) for name in details if getattr(paper, name) in (None, ())}
    return replace(paper, **missing) if any(value not in (None, ()) for value in missing.values()) else paper


def _with_sources(paper: Paper, sources: tuple[Source, ...]) -> Paper:
    return paper if paper.sources == sources else replace(paper, sources=sources)


def paper_as_json(paper: Paper) -> dict[str, object]:
    """The paper as ``claims papers --json`` prints it. A cut list of authors ends with ``et al.``"""
    return {
        "paper_id": paper.paper_id,
        "external_id": paper.external_id,
        "title": paper.title,
        "authors": list(paper.authors),
        "n_authors": paper.n_authors,
        "subject": paper.subject,
        "date": paper.date,
        "upvotes": paper.upvotes,
        "abstract": paper.abstract,
        "sources": [{"document": source.document, "position": source.position} for source in paper.sources],
    }
