"""Author names: lists as printed, and titles that copying has glued to the first author."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

ET_AL = "et al."  # the last of a paper's ``authors`` where the document lists only the first ones

_ET_AL = re.compile(r",?(?:\s+and)?\s+(?:et\.? ?al\b\.?|and others|\.\.\.|…)\s*$", re.IGNORECASE)
_DOTS = re.compile(r"\s+[·•|]\s+")
_PARTICLES = frozenset(
    {
        *("van", "von", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "das", "du", "la", "le", "les"),
        *("el", "al", "bin", "ibn", "ben", "abu", "ter", "ten", "zu", "zur", "af", "av", "y", "e", "i"),
    }
)
_SUFFIXES = frozenset({"II", "III", "IV", "Jr", "Sr"})
# Surnames and given names that have a capital inside: McDonald, MacKay, DeVries, LeCun, FitzGerald.
_INNER_CAPITAL = re.compile(r"(?:Mc|Mac|De|Di|Da|Du|La|Le|Van|Von|Fitz|El|Al)(?=[^\W\d_]{2})")
_GROUP = re.compile(r"[^:,;]+: (?=[^,]+,[^,]+,)")  # "Gemini Team: Ann Doe, Bo Roe, …"
_MAX_NAME_WORDS = 6
_MAX_SOLE_NAME_WORDS = 4  # besides particles: a line of more words that has no comma is rather a title
_COMMON_WORD = 3  # characters: names of fewer may be any word
_TITLE_SHARE = 1 / 3  # of a title's words, or more, stand in its abstract; names seldom do
_MAX_NAME_CHARS = 60
_MAX_LINE_CHARS = 1_000
_MAX_BYLINE_CHARS = 100_000


def author_names(printed: str) -> tuple[str, ...]:
    """The names in a printed list such as ``A. Doe, B. Roe and C. Poe et al.`` or ``Doe, Ann; Roe, Bo``.

    A list that says it is cut ends with ``ET_AL``.
    """
    names = _ET_AL.sub("", printed)
    cut = (ET_AL,) if names != printed else ()
    names = _DOTS.sub(", ", names)
    if ";" in names:
        return (*(first_last(name) for name in names.split(";") if name.strip()), *cut)
    by_and = re.split(r",?\s+(?:and|&)\s+", names)
    if len(by_and) > 1 and all(name.count(",") == 1 for name in by_and):  # BibTeX: Doe, Ann and Roe, Bo
        return (*map(first_last, by_and), *cut)
    return (*(name.strip() for part in by_and for name in part.split(",") if name.strip()), *cut)


def first_last(name: str) -> str:
    """``Doe, Ann`` and ``Doe, Ann, Jr.`` as ``Ann Doe`` and ``Ann Doe Jr.``; other names unchanged."""
    last, *first = (part.strip() for part in name.split(","))
    return " ".join(filter(None, [*first[:1], last, *first[1:]]))


def authors_as_printed(authors: Sequence[str]) -> str:
    """The authors as one line: ``Ann Doe, Bo Roe et al.``"""
    if authors and authors[-1] == ET_AL:
        return f"{', '.join(authors[:-1])} {ET_AL}"
    return ", ".join(authors)


def is_author_list(line: str, abstract: str = "") -> bool:
    """Whether a line that stands between title and abstract reads as names and nothing else.

    A title in capitals may read so too, but the abstract uses its words.
    """
    group = _GROUP.match(line)
    names = author_names(line[group.end() :] if group else line)
    if not names or not all(name == ET_AL or _may_be_name(name) for name in names):
        return False
    if len(names) == 1 and sum(word not in _PARTICLES for word in names[0].split()) > _MAX_SOLE_NAME_WORDS:
        return False
    words = [word for name in names for word in _words(name) if len(word) >= _COMMON_WORD]
    known = set(_words(abstract))
    return not words or sum(word in known for word in words) < _TITLE_SHARE * len(words)


def is_byline(line: str, abstract: str = "") -> bool:
    """Whether a line reads as two or more full names and nothing else."""
    if len(line) > _MAX_BYLINE_CHARS or not is_author_list(line, abstract):
        return False
    names = author_names(line)
    return len(names) > 1 and all(name == ET_AL or " " in name for name in names)


def _may_be_name(name: str) -> bool:
    words = name.split()
    return (
        len(name) <= _MAX_NAME_CHARS
        and 1 <= len(words) <= _MAX_NAME_WORDS
        and ":" not in name
        and any(word[0].isalpha() and not word.islower() for word in words)
        and all(word[0].isalpha() and (not word[0].islower() or word in _PARTICLES) for word in words)
    )


def split_glued(line: str, abstract: str) -> tuple[str, str]:
    """Title and authors of a line such as ``Fast Trees for LLMsAnn Doe, Bo Roe et al.``; no authors: ``(line, "")``.

    The authors start where a capital letter follows the title without a blank and everything from there on is names. A
    name has no capital inside (but for forms such as ``McDonald``), which tells it from ``PyTorch`` or ``LLMs``. Where
    that is not enough (``Deep TreesXiaoMing Li``), the title's last word is one that the abstract uses too.
    """
    if len(line) > _MAX_LINE_CHARS:
        return line, ""
    known = set(_words(abstract))
    strict = list(_splits(line, inner_capitals=False))
    loose = list(_splits(line, inner_capitals=True))
    confirmed = [start for start in (*strict, *loose) if known.intersection(_words(line[:start])[-1:])]
    for start in (*confirmed, *strict):
        return line[:start], line[start:]
    return line, ""


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _splits(line: str, *, inner_capitals: bool) -> Iterator[int]:
    for start in range(1, len(line)):
        if line[start].isupper() and not line[start - 1].isspace() and line[start - 1] not in "-–—'’.,/(&+":
            first, *others = author_names(line[start:])
            if _is_full_name(first, inner_capitals) and all(o == ET_AL or _is_name(o) for o in others):
                yield start


def _is_full_name(name: str, inner_capitals: bool) -> bool:
    first, *others = name.split()
    return bool(others) and (_is_name_word(first) or (inner_capitals and first.isalpha())) and _is_name(name, first)


def _is_name(name: str, accepted: str = "") -> bool:
    words = name.split()
    return (
        len(words) <= _MAX_NAME_WORDS
        and len(name) <= _MAX_NAME_CHARS
        and all(word == accepted or word in _PARTICLES or word in _SUFFIXES or _is_name_word(word) for word in words)
        and words[-1] not in _PARTICLES
    )


def _is_name_word(word: str) -> bool:
    """``Ann``, ``Jean-Luc``, ``O'Brien``, ``J.-P.``, ``M``, ``McDonald``, ``al-Sayed``; not ``LLMs``, ``PyTorch``."""
    first, *others = re.split(r"[-‐'’ʼ.]+", word.removesuffix("."))
    return _is_name_part(first) and all(_is_name_part(part) or (part.isalpha() and part.islower()) for part in others)


def _is_name_part(part: str) -> bool:
    if part in _PARTICLES:
        return True
    if prefix := _INNER_CAPITAL.match(part):
        rest = part[prefix.end() :]
        if rest[0].isupper():
            part = rest
    return part.isalpha() and part[0].isupper() and (len(part) == 1 or part[1:].islower())
