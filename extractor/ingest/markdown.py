"""Markdown: a heading, a bold line or a ``Title:`` label is a title, the prose below it the abstract."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from extractor.ingest.entry import MAX_ABSTRACT_CHARS, Entry
from extractor.ingest.names import is_author_list, is_byline
from extractor.ingest.paragraphs import Paragraph, is_date, is_prose, label_of, labelled, paragraphs
from extractor.ingest.prose import Draft
from extractor.ingest.text import MAX_PAGE_CHARS, Head, Text

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*")
# A line of plain text may begin with "# of GPUs", so that a heading only counts where a paragraph begins.
_HEADED = re.compile(r"(?:\A\s*|\n[ \t]*\n) {0,3}#{1,6}[ \t]+\S")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})\s*")
_FENCE = re.compile(r"\s*(```|~~~)")
_ITEM = re.compile(r"\s*(?:[-*+]|(?P<number>\d{1,3}[.)]))\s+")
_QUOTE = re.compile(r"\s*>(?![=\d])\s?")  # a line that begins with ">90%" is no quote
_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(?:.*\n)*?\1[ \t]*(?=\n|\Z)")
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^()\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^()\n]*\)")
_STRONG = re.compile(r"(?<!\w)(\*\*|__)(?=\S)(.+?)(?<=\S)\1(?!\w)")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])")
_CODE = re.compile(r"`([^`\n]+)`")
_RULE = re.compile(r"[\s*_-]{3,}")
_CALLOUT = re.compile(r"\[!(\w+)\][-+]?\s*(.*)")
_LABEL = re.compile(r"(\*\*|__)([^*_:\n]{1,40})(?::\1|\1\s*:)")  # in bold: "**Year:** 2023"
_BOLD = re.compile(r"(\*\*|__)(?=\S)(?P<title>.+?)(?<=\S)\1(?!\w)(?P<beside>.*)")
_LINKED = re.compile(r"\[(?P<title>[^\]\n]+)\]\([^()\n]*\)(?P<beside>.*)")
_PLACE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|https?://\S+")  # of a paper, beside its title
_BESIDE = re.compile(r"(?:^|\s)[-–—·|,:](?:\s|$)")  # between a title, its authors and its venue
_NUMBER = re.compile(r"\A(\d{1,3})[.)]\s+")
_TITLE_WORDS = 4  # or more has a bold line that is a title although neither authors nor a link say so
_TEXT_WORDS = 6  # or more has a text that is no venue and such
# Sections on a paper that are neither its abstract nor papers themselves.
_ASIDE = re.compile(
    r"(?:(?:my )?notes?|tl[;:]?dr|links?|code(?: and data)?|tags?|resources|references|citation|bibtex"
    r"|key (?:results|points|takeaways)|year|venue|conference|journal|status|rating)[.:]?",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(r"(?:\d+\.?\s+)?(?:abstract|summary)[.:]?", re.IGNORECASE)


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
    reader = _Reader(_without_numbers(list(_blocks(source))))
    for index in range(len(reader.blocks)):
        yield from reader.read(index)
    yield from reader.entries()


@dataclass(frozen=True)
class _Heading:
    """A heading without its marks."""

    level: int
    title: str
    line: int


@dataclass(frozen=True)
class _Rule:
    """A line across the page."""


@dataclass(frozen=True)
class _Block(Paragraph):
    """A paragraph or an item of a list, without inline markup.

    ``title`` is what its first line says in bold, or links to, where that may be a title: nothing stands beside it but
    ``authors`` and places.
    """

    item: bool = False
    indented: bool = False
    title: str = ""
    authors: str = ""
    linked: bool = False


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

    def take(self, block: _Block) -> None:
        """Take in a paragraph, or an item of the list that the abstract leads up to."""
        if self.ended:
            return
        if self.abstract and _ASIDE.fullmatch(block.title):
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

    blocks: Sequence[_Heading | _Rule | _Block]
    draft: _Draft | None = None
    title_level: int = 0
    abstract_level: int = 0
    skipping: bool = False
    label: str = ""  # of the next paragraph

    def read(self, index: int) -> Iterator[Entry]:
        """Read a block; the paper above, where the next begins."""
        block = self.blocks[index]
        if isinstance(block, _Heading):
            yield from self._read_heading(block)
        elif isinstance(block, _Rule):
            if self.draft and self.draft.titled:
                self.draft.ended = True
        elif not self.skipping:
            yield from self._read_text(block, index)

    def entries(self, *, groups: bool = False) -> Iterator[Entry]:
        """The paper in the making; see :meth:`_Draft.entries`."""
        if self.draft:
            yield from self.draft.entries(groups=groups)

    def _read_heading(self, heading: _Heading) -> Iterator[Entry]:
        below = self.draft and heading.level > self.title_level
        if self.draft and _ABSTRACT.fullmatch(heading.title):
            self.abstract_level = heading.level
            self.draft.begin_abstract()
            self.label, self.skipping = "", False
        elif self.abstract_level > self.title_level and heading.level >= self.abstract_level:
            self.skipping = True
        elif below and _names_field(heading.title):
            self.label, self.skipping = heading.title.rstrip(".:"), False
        elif below and _ASIDE.fullmatch(heading.title):
            self.label, self.skipping = "", True
        else:
            yield from self.entries(groups=heading.level > self.title_level)
            self.draft = _Draft(heading.line, fields={"title": heading.title})
            self.title_level, self.abstract_level = heading.level, 0
            self.label, self.skipping = "", False

    def _read_text(self, block: _Block, index: int) -> Iterator[Entry]:
        if self.label and self.draft and not block.item:
            self.draft.add(Paragraph(block.line, (f"{self.label}: {block.text}",)))
            self.label, self.skipping = "", bool(self.draft.abstract)
        elif not self.abstract_level and (begun := self._begun(block, index)):
            if self.draft and self.draft.stands_beside_titles():
                yield from self.entries()
            self.draft = begun
        elif self.draft:
            self.draft.take(block)

    def _begun(self, block: _Block, index: int) -> _Draft | None:
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

    def _is_title(self, block: _Block, index: int) -> bool:
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

    def _below(self, index: int) -> Iterator[_Block]:
        """The paragraphs below a phrase that may be a title, as far as the next one, heading or rule."""
        block = self.blocks[index]
        if isinstance(block, _Block):
            yield from _below_first_line(block)
        for position in range(index + 1, len(self.blocks)):
            following = self.blocks[position]
            if not isinstance(following, _Block) or _may_be_title(following.title):
                return
            if not following.item:
                yield following


def _below_first_line(block: _Block) -> Iterator[_Block]:
    """The rest of a block, where a line of authors is a paragraph of its own."""
    end = 2 if len(block.lines) > 2 and is_byline(block.lines[1].strip()) else len(block.lines)
    for start, lines in ((1, block.lines[1:end]), (end, block.lines[end:])):
        if lines:
            yield _Block(block.line + start, lines, indented=block.item)


def _may_be_title(phrase: str) -> bool:
    """Whether a phrase in bold is none of the others that are often so: a label, authors, a sentence."""
    return not (
        not phrase
        or phrase[-1] in ":.,;"
        or label_of(phrase)
        or _ASIDE.fullmatch(phrase)
        or is_byline(phrase)
        or is_prose(phrase)
    )


def _without_numbers(blocks: list[_Heading | _Rule | _Block]) -> list[_Heading | _Rule | _Block]:
    """The blocks, where the headings of a level that count up are without their numbers."""
    numbers: dict[int, list[int]] = {}
    for block in blocks:
        if isinstance(block, _Heading) and (number := _NUMBER.match(block.title)):
            numbers.setdefault(block.level, []).append(int(number[1]))
    counted = {level for level, found in numbers.items() if _counts_up(found)}
    return [
        replace(block, title=_NUMBER.sub("", block.title))
        if isinstance(block, _Heading) and block.level in counted
        else block
        for block in blocks
    ]


def _counts_up(numbers: Sequence[int]) -> bool:
    """Whether the numbers are 1, 2, 3 …, perhaps from 1 again in each group."""
    return numbers[:2] == [1, 2] and all(after in {1, before + 1} for before, after in pairwise(numbers))


def _names_field(heading: str) -> bool:
    """Whether the heading is a label such as ``Authors`` and nothing else."""
    fields = labelled(Paragraph(0, (heading,)))
    return bool(fields) and "title" not in fields and not any(fields.values())


def _blocks(source: str) -> Iterator[_Heading | _Rule | _Block]:
    """Headings, rules, paragraphs and items of lists."""
    for passed_over in (_FRONT_MATTER, _COMMENT):
        source = passed_over.sub(_blank_lines, source)
    lines = (line.rstrip("\n") for line in io.StringIO(source, newline="\n"))
    for paragraph in paragraphs(_without_code(enumerate(lines, 1))):
        kept: list[tuple[int, str]] = []
        for number, line in enumerate(paragraph.lines, paragraph.line):
            underline = _UNDERLINE.fullmatch(line)
            if heading := _HEADING.fullmatch(line):
                yield from _text_blocks(kept)
                kept = []
                yield _Heading(len(heading[1]), _plain(heading[2]), number)
            elif underline and (above := _underlined(kept)):
                yield _Heading(1 if underline[1][0] == "=" else 2, above.text, above.line)
                kept = []
            elif _RULE.fullmatch(line):
                yield from _text_blocks(kept)
                kept = []
                yield _Rule()
            else:
                kept.append((number, line))
        yield from _text_blocks(kept)


def _underlined(lines: list[tuple[int, str]]) -> Paragraph | None:
    """The title that an underline below these lines makes; text and fields have a rule below them."""
    if len(lines) != 1:
        return None
    title = next(_text_blocks(lines), None)
    return None if title is None or is_prose(title.text) or labelled(title) else title


def _text_blocks(lines: list[tuple[int, str]]) -> Iterator[_Block]:
    """The paragraphs and items of lines with no blank line between them."""
    marked = {number: _unquoted(line) for number, line in lines}
    for item, run in groupby(_contents(lines), key=lambda content: content[0]):
        for paragraph in paragraphs((number, text) for _, number, text in run):
            line = marked[paragraph.line]
            title, authors, linked = _title_of(line, item=bool(item))
            yield _Block(paragraph.line, paragraph.lines, bool(item), line[:1].isspace(), title, authors, linked)


def _title_of(line: str, *, item: bool) -> tuple[str, str, bool]:
    """The phrase in bold, or in an item the link, that a line begins with, its authors, and whether there is a link.

    Nothing where something else stands beside it.
    """
    if len(line) > MAX_ABSTRACT_CHARS:
        return "", "", False
    if mark := _ITEM.match(line):
        line = line[mark.end() :]
    found = _BOLD.match(line) or (_LINKED.match(line) if item else None)
    if not found:
        return "", "", False
    beside = [part.strip() for part in _BESIDE.split(_PLACE.sub("", _plain(found["beside"])))]
    authors = next((part for part in beside if " " in part and is_author_list(part)), "")
    if any(beside) and not authors:
        return "", "", False
    return _plain(found["title"]), authors, "](" in line


def _blank_lines(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _without_code(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines outside fenced code; inside they become blank."""
    fence = ""
    for number, line in lines:
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1] == fence:
            fence = ""
        elif not fence:
            yield number, line
            continue
        yield number, ""


def _contents(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """The lines without markup, each with the line where the item of its list begins, or 0.

    What looks like an item right below a text may be its wrapped sentence, and an item that is a labelled field is no
    list: both are text. Where a line begins a paragraph of its own, a blank one comes before it.
    """
    above = ""
    in_list = aside = False
    item = 0
    for number, quoted in lines:
        line = _unquoted(quoted)
        mark = _ITEM.match(line)
        text = _plain(line[mark.end() :] if mark else line)
        if not above.strip():
            in_list = bool(mark)
        if mark and label_of(text):
            item = 0
        elif mark:
            item = number if in_list else 0
            is_range = above.rstrip()[-1:].isdigit() and text[:1].isdigit()  # "20" / "- 30%"
            if mark["number"] or is_range:
                text = _plain(line)
        elif not line[:1].isspace():
            item = 0
        above = line
        if callout := _CALLOUT.fullmatch(line):
            yield from ((0, number, _callout_label(*callout.groups())), (0, number, ""))
            continue
        if not mark and (begins := _LABEL.match(line)):
            aside = bool(_ASIDE.fullmatch(begins[2].strip()))
            yield item, number, ""
        aside = aside and bool(line)
        yield item, number, "" if aside else text


def _callout_label(kind: str, title: str) -> str:
    """The label that a callout gives to the text in it."""
    if _ABSTRACT.fullmatch(kind):
        return "Abstract"
    return title if label_of(title) else ""


def _unquoted(line: str) -> str:
    """The line without the mark of a quote; nothing of a table row or a rule."""
    if quote := _QUOTE.match(line):
        line = line[quote.end() :]
    return "" if line.lstrip().startswith("|") or _RULE.fullmatch(line) else line


def _plain(line: str) -> str:
    """The text without images, link targets, emphasis and code marks."""
    if len(line) > MAX_ABSTRACT_CHARS:  # to be rejected anyway, and the patterns take quadratic time
        return line
    line = _LINK.sub(r"\1", _IMAGE.sub("", line))
    return _CODE.sub(r"\1", _EMPHASIS.sub(r"\1", _STRONG.sub(r"\2", line)))
