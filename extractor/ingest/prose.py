"""Plain text: papers without mark-up, told apart by what reads as a title, as authors and as an abstract."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from extractor.ingest.details import is_address, is_detail, without_address
from extractor.ingest.entry import Entry
from extractor.ingest.furniture import without_furniture
from extractor.ingest.names import is_author_list, is_byline
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
from extractor.ingest.text import MAX_PAGE_CHARS, Head, Text
from extractor.papers import fold_space

_TITLE_LINE = 200  # characters: the longest first line that is taken for a title without a blank line after it
_SHORT_WORD = 3  # characters: "the", "for" and such are in lower case in titles too
_TITLE_CASE = 0.75  # of a title's longer words begin with a capital
_OPENING = 80  # characters
# "Abstract High throughput is", but not "Abstract Meaning Representations are".
_ABSTRACT = re.compile(r"A(?:bstract|BSTRACT)\s+(?=[A-Z]\S*\s+[^\sA-Z])")
_ADDRESS = re.compile(r"https?://|\bwww\.")
_SENTENCE_WORDS = 4  # or more
_LIST_ITEM = re.compile(r"\s*(?:[-*•–‣]|\(?\d{1,2}[.)])\s")
_LIST_NUMBER = re.compile(r"\[?(\d{1,3})[\].)]\s+(?=\S)")
_QUOTE = re.compile(r"\s*(?:> ?)+")
_HEADS = ("authors", "abstract")  # labels that may stand below a title in one paragraph
_ON_ONE_LINE = ("doi", "url", "arxiv_id", "date")


def opening_words(abstract: str) -> str:
    """A stand-in for a title that the document does not have."""
    return textwrap.shorten(abstract[: 2 * _OPENING], _OPENING, placeholder=" …") or abstract[:_OPENING]


def looks_like_text(head: Head) -> bool:
    """Everything that is text can be read as plain text."""
    return bool(head.text)


def read_text(text: Text) -> Iterator[Entry]:
    """Papers of a plain text: a short paragraph is a title, the prose after it the abstract.

    Between the two may stand authors, a date, a venue, affiliations; ``Title:``, ``Authors:``, ``Abstract:`` and such
    labels are read too. Keywords, comments and addresses are passed over, as are marks of quoting and the numbers of
    titles that count up. A first line that ends where the next word would have fitted, or that has a title's capitals,
    is a title even without a blank line; so are lines above a list of full names. Prose without a title gets its
    opening words as one.
    """
    return papers_of(_unquoted(text))


def papers_of(lines: Iterable[tuple[int, str]]) -> Iterator[Entry]:
    """The papers of numbered lines; see :func:`read_text`."""
    draft = Draft()
    counted = 0
    for printed in _split_papers(without_furniture(lines)):
        paragraph = _without_number(printed, counted + 1)
        counted += paragraph is not printed
        if not draft.continues_with(paragraph):
            yield draft.entry()
            draft = Draft()
        draft.add(paragraph)
    if draft.abstract or "title" in draft.fields:
        yield draft.entry()


def _unquoted(text: Text) -> Iterator[tuple[int, str]]:
    """The numbered lines, without the ``>`` that most of them begin with where a mail is quoted."""
    is_quoted = 2 * sum(map(bool, map(_QUOTE.match, text.head.lines))) > len(text.head.lines)
    for number, line in text.lines(MAX_PAGE_CHARS):
        found = _QUOTE.match(line) if is_quoted else None
        yield number, line[found.end() :] if found else line


def _without_number(paragraph: Paragraph, number: int) -> Paragraph:
    """A title without its number in a list, where it is that one; other paragraphs as they are."""
    found = _LIST_NUMBER.match(paragraph.lines[0])
    if not found or int(found[1]) != number or _is_text(paragraph):
        return paragraph
    return Paragraph(paragraph.line, (paragraph.lines[0][found.end() :], *paragraph.lines[1:]))


@dataclass
class Draft:
    """A paper in the making."""

    line: int | None = None
    short: list[Paragraph] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    abstract: list[str] = field(default_factory=list)
    awaits_abstract: bool = False  # after a line that says "Abstract"

    def continues_with(self, paragraph: Paragraph) -> bool:
        """Whether the paragraph belongs to this paper."""
        fields = labelled(paragraph)
        if not self.abstract:
            return not ("title" in fields and "title" in self.fields)
        if fields:
            return not {"title", "abstract", *self.fields} & fields.keys()
        return _is_text(paragraph) or self._goes_on(paragraph) or _is_address(paragraph.text)

    def add(self, paragraph: Paragraph) -> None:
        """Take in a title, a detail or a part of the abstract; a rule is none of them."""
        if not re.search(r"\w", paragraph.text):
            return
        self.line = self.line or paragraph.line
        fields = labelled(paragraph)
        if fields:
            self.awaits_abstract = fields.get("abstract") == ""
            self.abstract += filter(None, [fields.pop("abstract", "")])
            fields.pop(NOTE, None)
            self.fields |= fields
        elif self.awaits_abstract or _is_text(paragraph) or self._goes_on(paragraph):
            self.abstract.append(paragraph.text)
            self.awaits_abstract = False
        elif not _is_address(paragraph.text):
            self.short.append(paragraph)

    def _goes_on(self, paragraph: Paragraph) -> bool:
        """Whether the abstract goes on with a list that it announced, or with a very short sentence."""
        if not self.abstract:
            return False
        if self.abstract[-1].endswith(":") and all(map(_LIST_ITEM.match, paragraph.lines)):
            return True
        first = paragraph.lines[0]
        words = paragraph.text.split()
        return paragraph.text.endswith(".") and len(words) >= _SENTENCE_WORDS and not _has_title_case(first)

    def entry(self) -> Entry:
        """The record: of the short paragraphs the last is the title, but for authors, a date and such after it."""
        abstract = " ".join(self.abstract)
        fields = dict(self.fields)
        short = [part.text for paragraph in self.short for part in _without_byline(paragraph, abstract)]
        while short and (is_date(short[-1]) or _stands_below_authors(short, abstract)):
            detail = short.pop()
            if is_date(detail):
                fields.setdefault("date", detail)
        if short and ("title" in fields or len(short) > 1) and is_author_list(short[-1], abstract):
            fields.setdefault("authors", short.pop())
        if "title" not in fields and short:
            fields["title"] = short[-1]
        if "title" in fields:
            abstract = _without_label(abstract, fields["title"])
        elif abstract:
            fields["title"] = opening_words(abstract)
        return Entry(self.line, fields | {"abstract": abstract})


def _stands_below_authors(short: list[str], abstract: str) -> bool:
    """Whether the last of some short paragraphs is a venue or such, or names that stand below those of the authors."""
    if len(short) > 1 and is_detail(short[-1]):
        return True
    return len(short) > 2 and is_byline(short[-2], abstract) and is_author_list(short[-1], abstract)


def _is_address(text: str) -> bool:
    """Whether a paragraph that is not prose only says where the code or the paper is."""
    return bool(_ADDRESS.search(text))


def _without_label(abstract: str, title: str) -> str:
    """The abstract without a bare "Abstract" before it; a paper on something abstract says so elsewhere too."""
    label = _ABSTRACT.match(abstract)
    if not label or "abstract" in f"{title} {abstract[label.end() :]}".casefold():
        return abstract
    return abstract[label.end() :]


def _is_text(paragraph: Paragraph) -> bool:
    """Whether the paragraph reads as sentences, and not because it names so many authors."""
    return is_prose(paragraph.text) and not is_byline(paragraph.text) and not _without_byline(paragraph)[1:]


def _without_byline(paragraph: Paragraph, abstract: str = "") -> list[Paragraph]:
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


def _split_papers(lines: Iterable[tuple[int, str]]) -> Iterator[Paragraph]:
    """The paragraphs, where a title, alone or with its authors, or a labelled record is one of its own."""
    for whole in paragraphs(lines):
        for paragraph in _at_labels(_without_addresses(whole)):
            first, *rest = paragraph.lines
            if labelled(paragraph):
                yield from _records(paragraph)
            elif below := _below_byline(paragraph):
                yield _without_addresses(paragraph.part(0, -len(below.lines)))
                yield below
            elif rest and _is_text(paragraph) and _is_title_line(first, rest):
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
        if at > start and (begins or ends):
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
    return would_fit or (_has_title_case(first) and not goes_on)


def _has_title_case(line: str) -> bool:
    words = [word for word in line.split() if len(word) > _SHORT_WORD]
    capitals = sum(not word[0].islower() for word in words)
    return len(words) > 1 and capitals >= _TITLE_CASE * len(words)
