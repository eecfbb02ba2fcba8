"""What readers hand over, and how a record becomes a paper or is rejected with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from extractor.ingest.dates import calendar_day
from extractor.ingest.names import ET_AL, author_names, first_last
from extractor.ingest.text import clean
from extractor.papers import Paper, fold_space

MAX_ABSTRACT_CHARS = 20_000  # the longest abstracts have about 5,000: more is a whole article or damage
MAX_TITLE_CHARS = 1_000
MAX_DETAIL_CHARS = 1_000  # a longer author, date or address is dropped
MAX_AUTHORS = 10_000

_NAME_PARTS = ("given", "first", "middle", "dropping-particle", "non-dropping-particle", "family", "last", "suffix")
_NO_ABSTRACT = {"n/a", "na", "none", "null", "-", "no abstract", "no abstract available", "abstract not available"}


@dataclass(frozen=True)
class Entry:
    """One record as found. ``fields`` has the names of ``Paper``; the values are still untrusted."""

    line: int | None
    fields: Mapping[str, object]


@dataclass(frozen=True)
class Damage:
    """A place in the document where a record could not be read."""

    line: int | None
    reason: str


@dataclass(frozen=True)
class Reject:
    """A record that gave no paper, or with ``whole`` a document that gave none. ``str()`` is the one-line warning."""

    document: str
    line: int | None
    reason: str
    whole: bool = False

    def __str__(self) -> str:
        place = self.document if self.line is None else f"{self.document}:{self.line}"
        return f"{place}: {self.reason}"


class NoPaperError(ValueError):
    """The record has no usable title or abstract; the message says why."""


def to_paper(fields: Mapping[str, object]) -> Paper:
    """The paper in a record, without sources. Details that make no sense are dropped.

    Raises ``NoPaperError`` where title or abstract is missing or too long.
    """
    title = _required(fields, "title", MAX_TITLE_CHARS)
    abstract = _required(fields, "abstract", MAX_ABSTRACT_CHARS)
    if abstract.casefold().strip("[]().") in _NO_ABSTRACT:
        raise NoPaperError("entry has no abstract")
    authors = _authors(fields.get("authors"))
    listed = len(authors) if authors and authors[-1] != ET_AL else None
    date = _date(fields.get("date"))
    return Paper(
        title=title,
        abstract=abstract,
        authors=authors,
        n_authors=_count(fields["n_authors"]) if "n_authors" in fields else listed,
        subject=_detail(fields.get("subject")),
        date=date,
        published=calendar_day(date) if date else None,
        upvotes=_count(fields.get("upvotes")),
        external_id=_detail(fields.get("external_id")),
        url=_detail(fields.get("url")),
        doi=_without_prefix(_detail(fields.get("doi")), "https://doi.org/", "http://dx.doi.org/", "doi:"),
        arxiv_id=_without_prefix(_detail(fields.get("arxiv_id")), "arxiv:"),
    )


def _required(fields: Mapping[str, object], name: str, limit: int) -> str:
    value = fields.get(name)
    if value is None or value == "":
        raise NoPaperError(f"entry has no {name}")
    if not isinstance(value, str):
        raise NoPaperError(f"the {name} is not text but {type(value).__name__}")
    if len(value) > 2 * limit or len(text := fold_space(clean(value))) > limit:
        raise NoPaperError(f"the {name} has {len(value):,} characters, more than {limit:,}")
    if not text:
        raise NoPaperError(f"entry has no {name}")
    return text


def _detail(value: object) -> str | None:
    """A string or number as one line, a list of them joined by blanks; anything else, too long or empty: None."""
    if isinstance(value, list):
        value = " ".join(filter(None, map(_line, value[:MAX_AUTHORS])))
    return _line(value)


def _line(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = fold_space(clean(value)) if isinstance(value, str) else repr(value)
    return text if 0 < len(text) <= MAX_DETAIL_CHARS else None


def _count(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _date(value: object) -> str | None:
    """A printed date, or CSL JSON's ``{"date-parts": [[2025, 1, 16]]}``."""
    match value:
        case {"date-parts": [[*parts], *_]}:
            return _detail("-".join(part.zfill(2) for part in map(_line, parts[:3]) if part))
    return _detail(value)


def _authors(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = list(author_names(fold_space(clean(value))))
    if not isinstance(value, list | tuple):
        return ()
    return tuple(filter(None, map(_author, value[:MAX_AUTHORS])))


def _author(value: object) -> str | None:
    """The name in a text, in ``["Doe", "Ann", "Jr."]``, or in an object with the whole name or its parts."""
    match value:
        case str(name) | {"name": str(name)} | {"author": {"display_name": str(name)}} | {"literal": str(name)}:
            return _detail(name)
        case [str(), *_]:
            return _detail(first_last(", ".join(part for part in value[:3] if isinstance(part, str) and part)))
        case dict():
            return _detail([_detail(value.get(part)) for part in _NAME_PARTS])
    return None


def _without_prefix(value: str | None, *prefixes: str) -> str | None:
    for prefix in prefixes:
        if value and value.casefold().startswith(prefix):
            return value[len(prefix) :].strip() or None
    return value
