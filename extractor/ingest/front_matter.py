"""What a PDF's first page prints between title and abstract: authors with marks, affiliations, e-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from extractor.ingest.details import is_detail
from extractor.ingest.names import author_names, is_author_list, is_byline
from extractor.ingest.paragraphs import is_date, is_prose, label_of, split_at_blank
from extractor.papers import fold_space

_MARK = r"[\d¹²³⁴⁵⁶⁷⁸⁹⁰*∗⁎＊⋆★☆†‡§¶∥‖#♠♣♥♦♡♢]"
# Behind a name: "Ann Doe1,∗ Bo Roe2, Cy Poe †"
_MARKS = re.compile(rf"(?:(?<=[^\W\d_])|(?<=[^\W\d_]\.)) ?{_MARK}(?:[ ,]{{0,2}}{_MARK})*,?")
_COMMAS = re.compile(r",[\s,]*")
_AFFILIATION = re.compile(rf"\s*{_MARK}{{1,3}}\s?(?=[^\W\d_])")  # "1UC Berkeley 2Stanford University"
_EMAIL = re.compile(r"(?:\{[^{}@]{1,200}\}|[\w.+-]{1,64})@\w[\w.-]*")
_BESIDE_EMAIL = re.compile(r"(?i:e-?mails?|correspond\w+|authors?|contact|and|to)\b|[^\w{}]")
_STAMP = re.compile(r"\s*(arXiv:\d{4}\.\d{4,5}(?:v\d+)?)\s+\[[\w.-]{2,20}\]\s+\d{1,2} \w{3,9} \d{4}\s*")
_LABELS = ("title", "authors", "abstract")
_BYLINE_LINES = 12  # at most
_LINE = 500  # characters at most


def without_front_matter(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The numbered lines, where names are parted by commas instead of marks and the lines that explain these are blank.

    A list of names gets a blank line above it, so that a title may have any number of lines.
    """
    below_byline = False
    for is_blank, block in split_at_blank(lines):
        if is_blank:
            yield from block
            continue
        printed = [line for _, line in block]
        start, end, names = _byline(printed)
        if names:
            yield from zip((number for number, _ in block[:start]), _without_emails(printed[:start]), strict=True)
            yield block[start][0], ""
            yield block[start][0], names
            yield block[start][0], ""
            below_byline = True
            printed = printed[end:]
        if below_byline:
            end = _affiliations(printed)
            below_byline = end == len(printed)
            printed[:end] = [line if is_date(line.strip()) else "" for line in printed[:end]]
        below = block[len(block) - len(printed) :]
        yield from zip((number for number, _ in below), _without_emails(printed), strict=True)


def _without_emails(lines: Sequence[str]) -> list[str]:
    """The lines, blank where they are e-mail addresses; the stamp on the margin as the identifier that it names."""
    return ["" if _is_email(line) else _without_day(line) for line in lines]


def _without_day(line: str) -> str:
    stamp = _STAMP.fullmatch(line)
    return stamp[1] if stamp else line


def _is_email(line: str) -> bool:
    if "@" not in line or len(line) > _LINE:
        return False
    rest, found = _EMAIL.subn("", line)
    return bool(found) and not _BESIDE_EMAIL.sub("", rest)


def _byline(lines: Sequence[str]) -> tuple[int, int, str]:
    """Where the names with marks begin and end, and these names parted by commas."""
    for start, line in enumerate(lines):
        if _MARKS.search(line) and _reads_as_names(line):
            run = list(takewhile(_reads_as_names, lines[start : start + _BYLINE_LINES]))
            for end in range(len(run), 0, -1):
                names = _unmarked(" ".join(run[:end]))
                if is_byline(names) and 2 * len(_MARKS.findall(" ".join(run[:end]))) >= len(author_names(names)):
                    return start, start + end, names
        if (found := label_of(line)) and found[0] in _LABELS:
            break
    return len(lines), len(lines), ""


def _reads_as_names(line: str) -> bool:
    """Whether a line may be one of a list of names, of which the last may go on below it."""
    return not (len(line) > _LINE or label_of(line) or _AFFILIATION.match(line)) and is_author_list(_unmarked(line))


def _unmarked(line: str) -> str:
    """The names of a line, parted by commas instead of marks."""
    return _COMMAS.sub(", ", _MARKS.sub(", ", fold_space(line))).strip(" ,").removeprefix("and ")


def _affiliations(lines: Sequence[str]) -> int:
    """How many of the lines below a list of names say where these people work, and how to reach them."""
    label = next((at for at, line in enumerate(lines) if (found := label_of(line)) and found[0] == "abstract"), None)
    if label is not None:
        return label
    end = next((at for at, line in enumerate(lines) if not _is_affiliation(line)), len(lines))
    wrapped = 0 < end < len(lines) and not is_prose(fold_space(" ".join(lines[end:])))
    return len(lines) if wrapped else end


def _is_affiliation(line: str) -> bool:
    return bool(_AFFILIATION.match(line)) or _is_email(line) or is_detail(line)
