"""Pages copied from the browser: an author's papers, and daily-paper lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from extractor.ingest.dates import MONTH_DAY
from extractor.ingest.entry import Damage, Entry
from extractor.ingest.names import is_author_list, split_glued
from extractor.ingest.paragraphs import Paragraph, is_prose, labelled, paragraphs
from extractor.ingest.prose import Draft, papers_of
from extractor.ingest.text import MAX_PAGE_CHARS, Head, Text
from extractor.papers import fold_space

# An arXiv subject code glued to a date, "LGJan 16, 2025" or "hep-thJan 4"; the code may have lost its archive. The
# codes of one small word are known by name, since any word could stand there.
_SUBJECT = r"(?:[a-z-]+\.)?[A-Z]{2}|[a-z-]+\.[a-z]+(?:-[a-z]+)*|[a-z]+(?:-[a-z]+)+|optics|soft|other"
_SUBJECT_DATE = re.compile(rf"\s*(?P<subject>{_SUBJECT})(?P<date>{MONTH_DAY})\s*")

_AUTHOR_COUNT = re.compile(r"\s*•\s*(\d{1,5}) authors?\s*")
_DATE_UPVOTES = re.compile(rf"\s*({MONTH_DAY})(?:\s+(\d{{1,6}}))?\s*")
_DOT = "·"
_LONGEST_TITLE = 250


def looks_like_author_page(head: Head) -> bool:
    """Whether a line is a subject code glued to a date."""
    return any(_SUBJECT_DATE.fullmatch(line) for line in head.lines)


def read_author_page(text: Text) -> Iterator[Entry | Damage]:
    """Papers of an author page: subject and date, title, authors, abstract; or title and authors glued together.

    The page prints no number of authors, so ``n_authors`` stays unknown. Before, between and after entries that were
    pasted from a page may stand papers in other words.
    """
    found: re.Match[str] | None = None
    start = 0
    lines: list[tuple[int, str]] = []
    for number, line in text.lines(MAX_PAGE_CHARS):
        if following := _SUBJECT_DATE.fullmatch(line):
            yield from _author_page_papers(start, found, lines)
            found, start, lines = following, number, []
        else:
            lines.append((number, line))
    yield from _author_page_papers(start, found, lines)


def _author_page_papers(
    start: int, found: re.Match[str] | None, lines: Sequence[tuple[int, str]]
) -> Iterator[Entry | Damage]:
    """The entry that begins on a line, if one does, and the papers between it and the next entry."""
    if not found:
        yield from papers_of(lines)
        return
    blocks = list(paragraphs(lines))
    if not blocks:
        yield Damage(start, "entry has no title")
        return
    title, *head = (fold_space(line) for line in blocks[0].lines)
    blocks[:1] = [blocks[0].part(1)] if head else []
    authors = ""
    if blocks and is_author_list(fold_space(blocks[0].lines[0])):
        authors = fold_space(blocks[0].lines[0])
        blocks[:1] = [blocks[0].part(1)] if blocks[0].lines[1:] else []
    elif len(blocks) > 1 and not is_prose(blocks[0].text) and is_prose(blocks[1].text):
        authors = blocks.pop(0).text  # a team or a name of an unusual form
    abstract = next((block for block in blocks if _is_abstract(block)), Paragraph(start, ()))
    if not authors:
        title, authors = split_glued(title, abstract.text)
    fields: dict[str, str | None] = {
        "title": title,
        "authors": authors,
        "n_authors": None,
        "subject": found["subject"],
        "date": found["date"],
    }
    below = abstract.line + len(abstract.lines)
    begun = Draft(start, fields=fields, abstract=[abstract.text] if abstract.lines else [])
    yield from papers_of(((number, line) for number, line in lines if number >= below), begun)


def _is_abstract(block: Paragraph) -> bool:
    """Whether the block is prose, and no labelled record of another paper."""
    return is_prose(block.text) and "title" not in labelled(block)


def looks_like_daily_papers(head: Head) -> bool:
    """Whether an entry's footer stands in the text: ``• 12 authors``, or a lone ``·`` before a date."""
    pairs = zip(head.lines, head.lines[1:], strict=False)
    return any(_AUTHOR_COUNT.fullmatch(line) for line in head.lines) or any(
        line.strip() == _DOT and _DATE_UPVOTES.fullmatch(following) for line, following in pairs
    )


def read_daily_papers(text: Text) -> Iterator[Entry]:
    """Papers of a daily-papers page: title, abstract, and a footer that may be missing or name an organisation.

    What precedes the first title (menus, the date of the page) is passed over.
    """
    paper = _DailyPaper()
    started = False
    blocks = list(_footers_apart(text.lines(MAX_PAGE_CHARS)))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        footer = _footer(block)
        if footer is not None:
            paper.footer = (paper.footer or {}) | footer
            continue
        prose = is_prose(block.text)
        if paper.footer is not None and prose and _is_one_line(block) and following and is_prose(following.text):
            prose = False  # a title that ends like a sentence
        if prose and paper.footer is None:
            paper.abstract.append(block.text)
            continue
        if started or (paper.title and paper.abstract):
            started = True
            yield paper.entry()
        paper = _DailyPaper(block.line)
        if prose:
            paper.abstract.append(block.text)
        else:
            paper.title = block.text
    if started or paper.abstract:
        yield paper.entry()


@dataclass
class _DailyPaper:
    line: int = 1
    title: str = ""
    abstract: list[str] = field(default_factory=list)
    footer: dict[str, object] | None = None

    def entry(self) -> Entry:
        details: dict[str, object] = {"n_authors": None} | (self.footer or {})
        return Entry(self.line, {"title": self.title, "abstract": " ".join(self.abstract)} | details)


def _footers_apart(lines: Iterable[tuple[int, str]]) -> Iterator[Paragraph]:
    """The paragraphs, where a footer that follows its abstract without a blank line is one of its own."""
    for block in paragraphs(lines):
        for index, line in enumerate(block.lines):
            if index and _AUTHOR_COUNT.fullmatch(line):
                yield Paragraph(block.line, block.lines[:index])
                yield Paragraph(block.line + index, block.lines[index:])
                break
        else:
            yield block


def _footer(block: Paragraph) -> dict[str, object] | None:
    """What a footer says, which may be nothing; None for a paragraph that is no footer."""
    details: dict[str, object] = {}
    is_footer = False
    for line in block.lines:
        if count := _AUTHOR_COUNT.fullmatch(line):
            details["n_authors"] = count[1]
        elif printed := _DATE_UPVOTES.fullmatch(line):
            details |= {"date": printed[1], "upvotes": printed[2]}
        elif line.strip() != _DOT:
            continue  # an organisation's name
        is_footer = True
    return details if is_footer else None


def _is_one_line(block: Paragraph) -> bool:
    return len(block.lines) == 1 and len(block.text) <= _LONGEST_TITLE
