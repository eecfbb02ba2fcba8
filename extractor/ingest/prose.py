"""Plain text: papers without mark-up, told apart by what reads as a title, as authors and as an abstract."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from extractor.ingest.body import begins_body, continues_body
from extractor.ingest.details import is_detail
from extractor.ingest.entry import Entry
from extractor.ingest.front_matter import without_front_matter
from extractor.ingest.furniture import without_furniture
from extractor.ingest.layout import has_title_case, is_text, names_address, split_papers, without_byline
from extractor.ingest.letters import without_letter
from extractor.ingest.names import is_author_list, is_byline
from extractor.ingest.paragraphs import NOTE, Paragraph, is_date, labelled
from extractor.ingest.text import MAX_PAGE_CHARS, Head, Text

_OPENING = 80  # characters
# "Abstract High throughput is", but not "Abstract Meaning Representations are".
_ABSTRACT = re.compile(r"A(?:bstract|BSTRACT)\s+(?=[A-Z]\S*\s+[^\sA-Z])")
_YEAR = re.compile(r"(?P<title>.*[^\s(]) ?\((?P<year>(?:19|20)\d\d)\)")  # "Fast Trees (2023)"
_SENTENCE_WORDS = 4  # or more
_LIST_ITEM = re.compile(r"\s*(?:[-*•–‣]|\(?\d{1,2}[.)])\s")
_LIST_NUMBER = re.compile(r"\[?(\d{1,3})[\].)]\s+(?=\S)")
_QUOTE = re.compile(r"\s*(?:> ?)+")


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
    opening words as one. A year in brackets behind a title is its date. What a letter says to its reader is passed
    over. Of a PDF's first page the authors lose their marks, and what is printed below the abstract, as the
    introduction, is passed over up to the next title.
    """
    return papers_of(_unquoted(text))


def papers_of(lines: Iterable[tuple[int, str]], begun: Draft | None = None) -> Iterator[Entry]:
    """The papers of numbered lines, the first of which may have ``begun`` above them; see :func:`read_text`."""
    draft = begun or Draft()
    counted = 0
    in_body = False
    for printed in split_papers(without_front_matter(without_furniture(without_letter(lines)))):
        in_body = in_body or bool(draft.abstract and begins_body(printed.lines[0]))
        paragraph = printed if in_body and not counted else _without_number(printed, counted + 1)
        counted += paragraph is not printed
        if in_body and paragraph is printed and continues_body(paragraph, is_text=is_text(paragraph)):
            continue
        in_body = False
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
    if not found or int(found[1]) != number or is_text(paragraph):
        return paragraph
    return Paragraph(paragraph.line, (paragraph.lines[0][found.end() :], *paragraph.lines[1:]))


@dataclass
class Draft:
    """A paper in the making."""

    line: int | None = None
    short: list[Paragraph] = field(default_factory=list)
    fields: dict[str, str | None] = field(default_factory=dict)
    abstract: list[str] = field(default_factory=list)
    awaits_abstract: bool = False  # after a line that says "Abstract"

    def continues_with(self, paragraph: Paragraph) -> bool:
        """Whether the paragraph belongs to this paper."""
        fields = labelled(paragraph)
        if not self.abstract:
            return not ("title" in fields and "title" in self.fields)
        if fields:
            return not {"title", "abstract", *self.fields} & fields.keys()
        return is_text(paragraph) or self._goes_on(paragraph) or names_address(paragraph.text)

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
        elif self.awaits_abstract or is_text(paragraph) or self._goes_on(paragraph):
            self.abstract.append(paragraph.text)
            self.awaits_abstract = False
        elif not names_address(paragraph.text):
            self.short.append(paragraph)

    def _goes_on(self, paragraph: Paragraph) -> bool:
        """Whether the abstract goes on with a list that it announced, or with a very short sentence."""
        if not self.abstract:
            return False
        if self.abstract[-1].endswith(":") and all(map(_LIST_ITEM.match, paragraph.lines)):
            return True
        first = paragraph.lines[0]
        words = paragraph.text.split()
        return paragraph.text.endswith(".") and len(words) >= _SENTENCE_WORDS and not has_title_case(first)

    def entry(self) -> Entry:
        """The record: of the short paragraphs the last is the title, but for authors, a date and such after it."""
        abstract = " ".join(self.abstract)
        fields = dict(self.fields)
        short = [part.text for paragraph in self.short for part in without_byline(paragraph, abstract)]
        while short and (is_date(short[-1]) or _stands_below_authors(short, abstract)):
            detail = short.pop()
            if is_date(detail):
                fields.setdefault("date", detail)
        if short and ("title" in fields or len(short) > 1) and is_author_list(short[-1], abstract):
            fields.setdefault("authors", short.pop())
        if "title" not in fields and short:
            fields["title"] = short[-1]
        if (title := fields.get("title")) is not None:
            if dated := _YEAR.fullmatch(title):
                fields["title"] = title = dated["title"]
                fields.setdefault("date", dated["year"])
            abstract = _without_label(abstract, title)
        elif abstract:
            fields["title"] = opening_words(abstract)
        return Entry(self.line, fields | {"abstract": abstract})


def _stands_below_authors(short: list[str], abstract: str) -> bool:
    """Whether the last of some short paragraphs is a venue or such, or names that stand below those of the authors."""
    if len(short) > 1 and is_detail(short[-1]):
        return True
    return len(short) > 2 and is_byline(short[-2], abstract) and is_author_list(short[-1], abstract)


def _without_label(abstract: str, title: str) -> str:
    """The abstract without a bare "Abstract" before it; a paper on something abstract says so elsewhere too."""
    label = _ABSTRACT.match(abstract)
    if not label or "abstract" in f"{title} {abstract[label.end() :]}".casefold():
        return abstract
    return abstract[label.end() :]
