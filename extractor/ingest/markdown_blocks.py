"""The blocks of a Markdown text: headings, rules, paragraphs and items of lists, without inline markup."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from extractor.ingest.entry import MAX_ABSTRACT_CHARS
from extractor.ingest.names import is_author_list
from extractor.ingest.paragraphs import Paragraph, is_prose, label_of, labelled, paragraphs

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*")
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
_ASIDE = re.compile(
    r"(?:(?:my )?notes?|tl[;:]?dr|links?|code(?: and data)?|tags?|resources|references|citation|bibtex"
    r"|key (?:results|points|takeaways)|year|venue|conference|journal|status|rating)[.:]?",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(r"(?:\d+\.?\s+)?(?:abstract|summary)[.:]?", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    """A heading without its marks."""

    level: int
    title: str
    line: int


@dataclass(frozen=True)
class Rule:
    """A line across the page."""


@dataclass(frozen=True)
class Block(Paragraph):
    """A paragraph or an item of a list, without inline markup.

    ``title`` is what its first line says in bold, or links to, where that may be a title: nothing stands beside it but
    ``authors`` and places.
    """

    item: bool = False
    indented: bool = False
    title: str = ""
    authors: str = ""
    linked: bool = False


def blocks(source: str) -> list[Heading | Rule | Block]:
    """The blocks of a text; headings that count up are without their numbers."""
    return _without_numbers(list(_printed(source)))


def is_aside(phrase: str) -> bool:
    """Whether a phrase heads a section on a paper that is neither its abstract nor a paper itself."""
    return bool(_ASIDE.fullmatch(phrase))


def is_abstract(phrase: str) -> bool:
    """Whether a phrase heads an abstract."""
    return bool(_ABSTRACT.fullmatch(phrase))


def _without_numbers(found: Sequence[Heading | Rule | Block]) -> list[Heading | Rule | Block]:
    """The blocks, where the headings of a level that count up are without their numbers."""
    numbers: dict[int, list[int]] = {}
    for block in found:
        if isinstance(block, Heading) and (number := _NUMBER.match(block.title)):
            numbers.setdefault(block.level, []).append(int(number[1]))
    counted = {level for level, of_level in numbers.items() if _counts_up(of_level)}
    return [
        replace(block, title=_NUMBER.sub("", block.title))
        if isinstance(block, Heading) and block.level in counted
        else block
        for block in found
    ]


def _counts_up(numbers: Sequence[int]) -> bool:
    """Whether the numbers are 1, 2, 3 …, perhaps from 1 again in each group."""
    return numbers[:2] == [1, 2] and all(after in {1, before + 1} for before, after in pairwise(numbers))


def _printed(source: str) -> Iterator[Heading | Rule | Block]:
    """The blocks as they stand there."""
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
                yield Heading(len(heading[1]), _plain(heading[2]), number)
            elif underline and (above := _underlined(kept)):
                yield Heading(1 if underline[1][0] == "=" else 2, above.text, above.line)
                kept = []
            elif _RULE.fullmatch(line):
                yield from _text_blocks(kept)
                kept = []
                yield Rule()
            else:
                kept.append((number, line))
        yield from _text_blocks(kept)


def _underlined(lines: list[tuple[int, str]]) -> Paragraph | None:
    """The title that an underline below these lines makes; text and fields have a rule below them."""
    if len(lines) != 1:
        return None
    title = next(_text_blocks(lines), None)
    return None if title is None or is_prose(title.text) or labelled(title) else title


def _text_blocks(lines: list[tuple[int, str]]) -> Iterator[Block]:
    """The paragraphs and items of lines with no blank line between them."""
    marked = {number: _unquoted(line) for number, line in lines}
    for item, run in groupby(_contents(lines), key=lambda content: content[0]):
        for paragraph in paragraphs((number, text) for _, number, text in run):
            line = marked[paragraph.line]
            title, authors, linked = _title_of(line, item=bool(item))
            yield Block(paragraph.line, paragraph.lines, bool(item), line[:1].isspace(), title, authors, linked)


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
            aside = is_aside(begins[2].strip())
            yield item, number, ""
        aside = aside and bool(line)
        yield item, number, "" if aside else text


def _callout_label(kind: str, title: str) -> str:
    """The label that a callout gives to the text in it."""
    if is_abstract(kind):
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
