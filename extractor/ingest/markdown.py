"""Markdown: a heading, a bold line or a ``Title:`` label is a title, the prose below it the abstract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractor.ingest.entry import Entry
from extractor.ingest.markdown_blocks import Block, Heading, Rule, blocks, is_abstract, is_aside
from extractor.ingest.names import is_author_list, is_byline
from extractor.ingest.paragraphs import Paragraph, is_date, is_prose, label_of, labelled
from extractor.ingest.prose import Draft
from extractor.ingest.text import MAX_PAGE_CHARS, Head, Text

# A line of plain text may begin with "# of GPUs", so that a heading only counts where a paragraph begins.
_HEADED = re.compile(r"(?:\A\s*|\n[ \t]*\n) {0,3}#{1,6}[ \t]+\S")
_TITLE_WORDS = 4  # or more has a bold line that is a title although neither authors nor a link say so
_TEXT_WORDS = 6  # or more has a text that is no venue and such


def looks_like_markdown(head: Head) -> bool:
    """Whether the text is named as Markdown, or has a ``#`` heading at its start or after a blank line."""
    return head.suffix in {".md", ".markdown", ".mkd"} or bool(_HEADED.search(head.text))


def read_markdown(text: Text) -> Iterator[Entry]:
    """Papers of a Markdown text; front matter, code, lists, tables and comments are passed over.

    A heading ``Abstract`` gives its prose to the heading above; the sections beside and below it (Introduction …) are
    then skipped. Headings such as ``Authors`` below a paper's label what follows, and ``Notes``, ``Links`` and such are
    passed over. A heading without prose only groups the ones below it, and so does one above titles in bold, list items
    that are titles, or ``Title:`` labels; a rule ends their papers. A list that a text leads up to belongs to it.
    """
    return read_markdown_text("".join(text.chunks(MAX_PAGE_CHARS)))


def read_markdown_text(source: str) -> Iterator[Entry]:
    """See :func:`read_markdown`."""
    reader = _Reader(blocks(source))
    for index in range(len(reader.blocks)):
        yield from reader.read(index)
    yield from reader.entries()


@dataclass
class _Draft(Draft):
    """A paper below a heading, or with a title of its own."""

    titled: bool = False
    ended: bool = False
    has_authors: bool = False
    leads_to_list: bool = False

    def add(self, paragraph: Paragraph) -> None:
        """See :meth:`Draft.add`."""
        super().add(paragraph)
        self.has_authors = self.has_authors or bool(self.fields.get("authors")) or is_byline(paragraph.text)

    def begin_abstract(self) -> None:
        """Forget what looked like the abstract, for the next paragraph is."""
        self.abstract.clear()
        self.awaits_abstract = True

    def take(self, block: Block) -> None:
        """Take in a paragraph, or an item of the list that the abstract leads up to."""
        if self.ended:
            return
        if self.abstract and is_aside(block.title):
            self.ended = True
        elif not block.item:
            self.titled = self.titled or "title" in labelled(block)
            self.awaits_abstract = self.awaits_abstract or self._continues_text(block.text)
            self.add(block)
            self.leads_to_list = bool(self.abstract) and self.abstract[-1].endswith(":")
        elif self.leads_to_list:
            self.abstract[-1] += f" {block.text}"

    def entries(self, *, groups: bool = False) -> Iterator[Entry]:
        """The paper, if there is one; without an abstract, unless the heading ``groups`` others, if fields ask for it.

        A heading without any field is just a heading.
        """
        if not self.abstract and not groups:
            self._take_short_abstract()
        if self.abstract or (not groups and self._has_fields()):
            self.short.sort(key=lambda paragraph: _rank(paragraph.text))
            yield self.entry()

    def stands_beside_titles(self) -> bool:
        """Whether this is a paper, not what a heading says of the titles below it."""
        return self.titled or self.has_authors

    def may_precede_bare_title(self) -> bool:
        """Whether a phrase in bold may be the title of the next paper, or of the first below the heading."""
        return bool(self.abstract) if self.titled else not (self.abstract or self.has_authors)

    def _continues_text(self, text: str) -> bool:
        """Whether a short text is a sentence of the abstract, or leads up to a list of its points."""
        if text.endswith(":"):
            return bool(self.abstract) or self.has_authors or bool(re.search(r"[.!?] [A-Z]", text))
        return bool(self.abstract) and text.endswith(".") and not is_author_list(text)

    def _take_short_abstract(self) -> None:
        """Below authors, the only text is the abstract, be it short."""
        texts = [paragraph for paragraph in self.short if not _rank(paragraph.text)]
        if len(texts) == 1 and self.has_authors and _is_short_text(texts[0].text):
            self.abstract.append(texts[0].text)

    def _has_fields(self) -> bool:
        """Whether anything says that this is a paper; a date may be that of any section."""
        return self.has_authors or any(self.fields.get(name) for name in self.fields.keys() - {"title", "date"})


def _rank(text: str) -> int:
    """The order of short paragraphs: what says nothing, names of authors, a date."""
    return 2 if is_date(text) else int(is_byline(text))


def _is_short_text(text: str) -> bool:
    """Whether a short paragraph says something, and is no venue or place."""
    return text.endswith(".") or len(text.split()) >= _TEXT_WORDS


@dataclass
class _Reader:
    """The blocks of a text, and where in the papers reading them one after another has come to."""

    blocks: Sequence[Heading | Rule | Block]
    draft: _Draft | None = None
    title_level: int = 0
    abstract_level: int = 0
    skipping: bool = False
    label: str = ""  # of the next paragraph

    def read(self, index: int) -> Iterator[Entry]:
        """Read a block; the paper above, where the next begins."""
        block = self.blocks[index]
        if isinstance(block, Heading):
            yield from self._read_heading(block)
        elif isinstance(block, Rule):
            if self.draft and self.draft.titled:
                self.draft.ended = True
        elif not self.skipping:
            yield from self._read_text(block, index)

    def entries(self, *, groups: bool = False) -> Iterator[Entry]:
        """The paper in the making; see :meth:`_Draft.entries`."""
        if self.draft:
            yield from self.draft.entries(groups=groups)

    def _read_heading(self, heading: Heading) -> Iterator[Entry]:
        below = self.draft and heading.level > self.title_level
        if self.draft and is_abstract(heading.title):
            self.abstract_level = heading.level
            self.draft.begin_abstract()
            self.label, self.skipping = "", False
        elif self.abstract_level > self.title_level and heading.level >= self.abstract_level:
            self.skipping = True
        elif below and _names_field(heading.title):
            self.label, self.skipping = heading.title.rstrip(".:"), False
        elif below and is_aside(heading.title):
            self.label, self.skipping = "", True
        else:
            yield from self.entries(groups=heading.level > self.title_level)
            self.draft = _Draft(heading.line, fields={"title": heading.title})
            self.title_level, self.abstract_level = heading.level, 0
            self.label, self.skipping = "", False

    def _read_text(self, block: Block, index: int) -> Iterator[Entry]:
        if self.label and self.draft and not block.item:
            self.draft.add(Paragraph(block.line, (f"{self.label}: {block.text}",)))
            self.label, self.skipping = "", bool(self.draft.abstract)
        elif not self.abstract_level and (begun := self._begun(block, index)):
            if self.draft and self.draft.stands_beside_titles():
                yield from self.entries()
            self.draft = begun
        elif self.draft:
            self.draft.take(block)

    def _begun(self, block: Block, index: int) -> _Draft | None:
        """The paper that begins with this block rather than at a heading, if any."""
        if not block.item and "title" in labelled(block):
            if self.draft and not self.draft.titled and not self.draft.abstract:
                return None  # names the paper of the heading
            begun = _Draft(block.line, titled=True)
            begun.add(block)
        elif self._is_title(block, index):
            authors = {"authors": block.authors} if block.authors else {}
            begun = _Draft(block.line, fields={"title": block.title, **authors}, titled=True, has_authors=bool(authors))
            for paragraph in _below_first_line(block):
                begun.add(paragraph)
        else:
            return None
        return begun

    def _is_title(self, block: Block, index: int) -> bool:
        """Whether a block is a title: authors or a text follow, which an item has indented below it.

        A title is told from any other phrase by its authors, a link or, where nothing else is the title, by its length.
        """
        below = list(self._below(index)) if _may_be_title(block.title) else []
        if not below or below[0].text[0].islower():
            return False
        has_authors = bool(block.authors) or is_byline(below[0].text) or "authors" in labelled(below[0])
        if has_authors:
            return True
        if block.item and not below[0].indented:
            return False
        may_be_bare = not self.draft or self.draft.may_precede_bare_title()
        is_named = block.linked or (may_be_bare and len(block.title.split()) >= _TITLE_WORDS)
        return is_named and any(is_prose(part.text) or "abstract" in labelled(part) for part in below)

    def _below(self, index: int) -> Iterator[Block]:
        """The paragraphs below a phrase that may be a title, as far as the next one, heading or rule."""
        block = self.blocks[index]
        if isinstance(block, Block):
            yield from _below_first_line(block)
        for position in range(index + 1, len(self.blocks)):
            following = self.blocks[position]
            if not isinstance(following, Block) or _may_be_title(following.title):
                return
            if not following.item:
                yield following


def _below_first_line(block: Block) -> Iterator[Block]:
    """The rest of a block, where a line of authors is a paragraph of its own."""
    end = 2 if len(block.lines) > 2 and is_byline(block.lines[1].strip()) else len(block.lines)
    for start, lines in ((1, block.lines[1:end]), (end, block.lines[end:])):
        if lines:
            yield Block(block.line + start, lines, indented=block.item)


def _may_be_title(phrase: str) -> bool:
    """Whether a phrase in bold is none of the others that are often so: a label, authors, a sentence."""
    return not (
        not phrase
        or phrase[-1] in ":.,;"
        or label_of(phrase)
        or is_aside(phrase)
        or is_byline(phrase)
        or is_prose(phrase)
    )


def _names_field(heading: str) -> bool:
    """Whether the heading is a label such as ``Authors`` and nothing else."""
    fields = labelled(Paragraph(0, (heading,)))
    return bool(fields) and "title" not in fields and not any(fields.values())
