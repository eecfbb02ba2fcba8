"""Papers inside paragraphs: where a title, authors, labels or an abstract begin without a blank line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

from extractor.ingest.body import begins_body
from extractor.ingest.details import is_address, is_detail, without_address
from extractor.ingest.names import is_byline
from extractor.ingest.paragraphs import (
    NOTE,
    Paragraph,
    is_date,
    is_prose,
    is_sentence_end,
    label_of,
    labelled,
    paragraphs,
)
from extractor.papers import fold_space

_TITLE_LINE = 200  # characters: the longest first line that is taken for a title without a blank line after it
_SHORT_WORD = 3  # characters: "the", "for" and such are in lower case in titles too
_TITLE_CASE = 0.75  # of a title's longer words begin with a capital
_ADDRESS = re.compile(r"https?://|\bwww\.")
_HEADS = ("authors", "abstract")  # labels that may stand below a title in one paragraph
_ON_ONE_LINE = ("doi", "url", "arxiv_id", "date")


def names_address(text: str) -> bool:
    """Whether a paragraph that is not prose only says where the code or the paper is."""
    return bool(_ADDRESS.search(text))


def is_text(paragraph: Paragraph) -> bool:
    """Whether the paragraph reads as sentences, and not because it names so many authors."""
    return is_prose(paragraph.text) and not is_byline(paragraph.text) and not without_byline(paragraph)[1:]


def without_byline(paragraph: Paragraph, abstract: str = "") -> list[Paragraph]:
    """The paragraph; or the title and what stands below it, where that is authors, dates and such."""
    for title, authors, rest in _bylines(paragraph):
        goes_on = is_prose(rest.text) or is_sentence_end(rest.text) or rest.text[:1].islower()
        if is_byline(authors.text, abstract) and (not goes_on or all(map(is_detail, rest.lines))):
            dates = (rest.part(at, at + 1) for at, line in enumerate(rest.lines) if is_date(line.strip()))
            return [title, authors, *dates]
    lines = len(paragraph.lines)
    end = next((at for at in range(lines, 1, -1) if not is_detail(paragraph.lines[at - 1])), 1)
    if is_prose(paragraph.part(0, end).text):
        return [paragraph]
    return [paragraph.part(0, end), *(paragraph.part(at, at + 1) for at in range(end, lines))]


def _below_byline(paragraph: Paragraph) -> Paragraph | None:
    """The text or the labelled lines that stand below title and authors, and a venue or such."""
    for _, authors, rest in _bylines(paragraph):
        details = sum(1 for _ in takewhile(is_detail, rest.lines))
        below = rest.part(details)
        begins = below.lines and (labelled(below) or (is_prose(below.text) and not below.text[0].islower()))
        if begins and is_byline(authors.text, below.text):
            return below
    return None


def _bylines(paragraph: Paragraph) -> Iterator[tuple[Paragraph, Paragraph, Paragraph]]:
    """Title, authors and the rest, as they may be where the second or third line begins a list of full names."""
    lines = paragraph.lines
    for start in (1, 2):
        end = start + 1
        while end < len(lines) and lines[end - 1].rstrip().endswith(","):
            end += 1
        title, authors = paragraph.part(0, start), paragraph.part(start, end)
        if not is_prose(title.text) and title.text[-1] not in ".:;," and is_byline(authors.text):
            yield title, authors, paragraph.part(end)


def split_papers(lines: Iterable[tuple[int, str]]) -> Iterator[Paragraph]:
    """The paragraphs, where a title, alone or with its authors, or a labelled record is one of its own."""
    for whole in paragraphs(lines):
        for paragraph in _at_labels(_without_addresses(whole)):
            first, *rest = paragraph.lines
            if labelled(paragraph):
                yield from _records(paragraph)
            elif below := _below_byline(paragraph):
                yield _without_addresses(paragraph.part(0, -len(below.lines)))
                yield below
            elif rest and is_text(paragraph) and _is_title_line(first, rest):
                yield paragraph.part(0, 1)
                yield paragraph.part(1)
            else:
                yield paragraph


def _without_addresses(paragraph: Paragraph) -> Paragraph:
    """The paragraph without the addresses that stand on lines of their own, or behind a title.

    Of prose only those below it are left out, since a sentence may go on with one.
    """
    if not any(map(_ADDRESS.search, paragraph.lines)) or any(map(label_of, paragraph.lines)):
        return paragraph
    lines = list(map(without_address, paragraph.lines))
    kept = [line for line in lines if not is_address(line)]
    if is_prose(" ".join(kept)):
        while len(lines) > 1 and is_address(lines[-1]) and is_sentence_end(lines[-2]):
            lines.pop()
        kept = lines
    return Paragraph(paragraph.line, tuple(kept)) if kept else paragraph


def _at_labels(paragraph: Paragraph) -> Iterator[Paragraph]:
    """The parts of a paragraph: an inner label such as "Abstract" begins one, an identifier or a date ends one."""
    start, above = 0, None
    in_record = False
    for at, line in enumerate(paragraph.lines):
        here = label_of(line)
        begins = here and not in_record and line.lstrip()[0].isupper() and _begins(here[0], paragraph.part(start, at))
        ends = above and above[1] and not here and (above[0] in _ON_ONE_LINE or above[1].isdigit())
        if at > start and (begins or ends or begins_body(line, paragraph.lines[at - 1])):
            yield paragraph.part(start, at)
            start, in_record = at, False
        above, in_record = here, in_record or bool(here)
    yield paragraph.part(start)


def _begins(label: str, above: Paragraph) -> bool:
    """Whether a label begins something else than what stands above it; "Summary: …" may be the end of an abstract."""
    return label == NOTE or (label in _HEADS and not is_prose(above.text))


def _records(paragraph: Paragraph) -> Iterator[Paragraph]:
    """The records of a labelled paragraph: after a title, a title or the label of the first line begins the next."""
    names = [found[0] if (found := label_of(line)) else "" for line in paragraph.lines]
    start, titled = 0, False
    for index, name in enumerate(names):
        if titled and name in {"title", names[0]}:
            yield paragraph.part(start, index)
            start, titled = index, False
        titled = titled or name == "title"
    yield paragraph.part(start)


def _is_title_line(first: str, rest: list[str]) -> bool:
    """Whether the line ends before it had to, or has a title's capitals, and a text begins on the next."""
    if len(first) > _TITLE_LINE or first.rstrip()[-1] in ".!:;," or not is_prose(fold_space(" ".join(rest))):
        return False
    following, longest = rest[0].lstrip(), max(map(len, rest))
    goes_on = following[0].islower() or following[0] in "(["
    if goes_on and 2 * len(first) >= longest:  # the first line of a text whose right edge is ragged
        return False
    would_fit = len(first) + 1 + len(following.split()[0]) <= longest
    return would_fit or (has_title_case(first) and not goes_on)


def has_title_case(line: str) -> bool:
    """Whether the longer words of a line begin with capitals, as in a title."""
    words = [word for word in line.split() if len(word) > _SHORT_WORD]
    capitals = sum(not word[0].islower() for word in words)
    return len(words) > 1 and capitals >= _TITLE_CASE * len(words)
