"""Markdown: a heading is a title, the prose below it the abstract."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator

from extractor.ingest.entry import MAX_ABSTRACT_CHARS, Entry
from extractor.ingest.paragraphs import Paragraph, labelled, paragraphs
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
# Sections on a paper that are neither its abstract nor papers themselves.
_ASIDE = re.compile(
    r"(?:(?:my )?notes?|tl[;:]?dr|links?|code(?: and data)?|tags?|resources|references|citation|bibtex"
    r"|key (?:results|points|takeaways))[.:]?",
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
    passed over. A heading without prose only groups the ones below it.
    """
    return read_markdown_text("".join(text.chunks(MAX_PAGE_CHARS)))


def read_markdown_text(source: str) -> Iterator[Entry]:
    """See :func:`read_markdown`."""
    draft: Draft | None = None
    title_level = abstract_level = 0
    skipping = False
    label = ""  # of the next paragraph
    for block in _blocks(source):
        if isinstance(block, Paragraph):
            if draft and not skipping:
                draft.add(Paragraph(block.line, (f"{label}: {block.text}",)) if label else block)
                label, skipping = "", bool(label and draft.abstract)
            continue
        level, title, line = block
        if draft and _ABSTRACT.fullmatch(title):
            abstract_level = level
            draft.abstract.clear()
            label, skipping = "", False
        elif abstract_level > title_level and level >= abstract_level:
            skipping = True
        elif draft and level > title_level and _names_field(title):
            label, skipping = title.rstrip(".:"), False
        elif draft and level > title_level and _ASIDE.fullmatch(title):
            label, skipping = "", True
        else:
            if draft and draft.abstract:
                yield draft.entry()
            draft = Draft(line, fields={"title": title})
            title_level, abstract_level, skipping, label = level, 0, False, ""
    if draft and draft.abstract:
        yield draft.entry()


def _names_field(heading: str) -> bool:
    """Whether the heading is a label such as ``Authors`` and nothing else."""
    fields = labelled(Paragraph(0, (heading,)))
    return bool(fields) and "title" not in fields and not any(fields.values())


def _blocks(source: str) -> Iterator[Paragraph | tuple[int, str, int]]:
    """Paragraphs without inline markup, and headings as (level, title, line)."""
    for passed_over in (_FRONT_MATTER, _COMMENT):
        source = passed_over.sub(_blank_lines, source)
    lines = (line.rstrip("\n") for line in io.StringIO(source, newline="\n"))
    for paragraph in paragraphs(_without_code(enumerate(lines, 1))):
        kept: list[tuple[int, str]] = []
        for number, line in enumerate(paragraph.lines, paragraph.line):
            underline = _UNDERLINE.fullmatch(line)
            if heading := _HEADING.fullmatch(line):
                yield from paragraphs(_contents(kept))
                kept = []
                yield len(heading[1]), _plain(heading[2]), number
            elif underline and len(kept) == 1:
                ((above, title),) = _contents(kept)
                yield 1 if underline[1][0] == "=" else 2, title, above
                kept = []
            else:
                kept.append((number, line))
        yield from paragraphs(_contents(kept))


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


def _contents(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines without markup; table rows, rules and lists become blank, but for items that are labelled fields.

    What looks like an item right below a text may be its wrapped sentence, and stays.
    """
    above = ""
    in_list = passed_over = False
    for number, quoted in lines:
        line = _unquoted(quoted)
        item = _ITEM.match(line)
        text = _plain(line[item.end() :] if item else line)
        if not above.strip():
            in_list = bool(item)
        if item and labelled(Paragraph(number, (text,))):
            passed_over = False
        elif item:
            passed_over = in_list
            is_range = above.rstrip()[-1:].isdigit() and text[:1].isdigit()  # "20" / "- 30%"
            if item["number"] or is_range:
                text = _plain(line)
        else:
            passed_over = passed_over and line[:1].isspace()
        yield number, "" if passed_over else text
        above = line


def _unquoted(line: str) -> str:
    """The line without the mark of a quote; nothing of a table row or a rule."""
    if quote := _QUOTE.match(line):
        line = line[quote.end() :]
    return "" if line.lstrip().startswith("|") or re.fullmatch(r"[\s*_-]{3,}", line) else line


def _plain(line: str) -> str:
    """The text without images, link targets, emphasis and code marks."""
    if len(line) > MAX_ABSTRACT_CHARS:  # to be rejected anyway, and the patterns take quadratic time
        return line
    line = _LINK.sub(r"\1", _IMAGE.sub("", line))
    return _CODE.sub(r"\1", _EMPHASIS.sub(r"\1", _STRONG.sub(r"\2", line)))
