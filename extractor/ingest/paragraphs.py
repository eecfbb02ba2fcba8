"""Paragraphs of plain text: their lines, what tells prose from a title, and labels such as ``Abstract:``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from extractor.ingest.dates import MONTH_DAY, calendar_day
from extractor.papers import fold_space

_LONG = 250  # characters: no title is this long
_SENTENCE = 40  # characters: a line this long that ends like a sentence is one

_LABELS = {
    "title": "title",
    "author": "authors",
    "authors": "authors",
    "abstract": "abstract",
    "summary": "abstract",
    "date": "date",
    "published": "date",
    "year": "date",
    "subject": "subject",
    "subjects": "subject",
    "categories": "subject",
    "doi": "doi",
    "url": "url",
    "arxiv": "arxiv_id",
}
NOTE = "note"  # what no field of a paper holds
# With a capital, since a line of an abstract may begin with "comments". "Code: available soon" is a note, but
# "CODE: Editing with Differential Equations" a title.
_NOTES = (
    r"(?=(?-i:[A-Z]))(?:key ?words(?: and phrases)?|index terms|comments?|project (?:page|website)"
    r"|journal(?:[ -]ref(?:erence)?)?|code(?: and data)?(?=\s*[:：]\s*(?-i:[a-z]))"
    r"|tl;?dr(?=\s*(?:[:：]|$)|\s+\S.{25,}[.!]$|\s+\S.{70,}$)"
    r"|(?:(?:my )?notes?|rating|tags?|venue|conference|volume|pages?|publisher|is[bs]n|anthology id|corpus id"
    r"|bibkey|cite as|ccs concepts|acm reference format|editors?|affiliations?|institutions?)(?=\s*[:：]))"
)
# "Abstract. We make" and "Abstract - We make", with a capital for the same reason.
_LABEL = re.compile(
    rf"({'|'.join(_LABELS)}|{_NOTES})"
    r"(?:\s*[:：]\s*|\s*[—–]\s*(?=\w)|\.?\s*$|(?<=(?-i:A)bstract)(?:\.\s+|\s+-\s*|-\s+)|(?<=tl;dr)\s+)(.*)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"""[.?。…]["'”’)\]$]*$""")
_NUMBER = re.compile(r"\d{1,3}\. ")  # of a title in a list
_INNER_END = re.compile(r"[a-z0-9%)\]$][.?!] [A-Z]")
# Where a line ends inside a word or a range ("low-" / "rank"), but not after "pre-" / "and post-".
_BROKEN = re.compile(r"((?<!\w)\w{1,40}|%)([-‐–])[ \t]*\n\s*(?!(?:and|or|to)\b(?!-))(\w+)")


@dataclass(frozen=True)
class Paragraph:
    """Lines with no blank line between them; ``line`` is the number of the first."""

    line: int
    lines: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """The paragraph as one line."""
        return _one_line("\n".join(self.lines))

    def part(self, start: int, end: int | None = None) -> Paragraph:
        """Some of its lines."""
        return Paragraph(self.line + start, self.lines[start:end])


def paragraphs(lines: Iterable[tuple[int, str]]) -> Iterator[Paragraph]:
    """The paragraphs of numbered lines."""
    for is_blank, block in split_at_blank(lines):
        if not is_blank:
            yield Paragraph(block[0][0], tuple(line for _, line in block))


def split_at_blank(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[bool, list[tuple[int, str]]]]:
    """The numbered lines in blocks, by turns with text and blank; each with whether it is blank."""
    for is_blank, block in groupby(lines, lambda numbered: not numbered[1].strip()):
        yield is_blank, list(block)


def _one_line(lines: str) -> str:
    """The lines as one, where words that were broken at a hyphen are whole again.

    The hyphen goes where the lines have the word without it too: "mem-" / "ory" of a text on memory.
    """
    words = set(re.findall(r"\w+", lines.casefold())) if _BROKEN.search(lines) else set[str]()
    return fold_space(_BROKEN.sub(lambda broken: _whole(broken, words), lines))


def _whole(broken: re.Match[str], words: set[str]) -> str:
    start, hyphen, end = broken.groups()
    return start + end if (start + end).casefold() in words else start + hyphen + end


def is_prose(text: str) -> bool:
    """Whether a paragraph (as one line) reads as sentences rather than as a title, a name or a date."""
    if len(text) >= _LONG:
        return True
    if len(text) >= _SENTENCE and _SENTENCE_END.search(text) and not text.endswith("?"):
        return True
    number = _NUMBER.match(text)
    enough = _SENTENCE if text.endswith(":") else _LONG // 2  # a list follows
    return len(text) >= enough and bool(_INNER_END.search(text, number.end() if number else 0))


def is_sentence_end(line: str) -> bool:
    """Whether a line ends as a sentence does."""
    return bool(_SENTENCE_END.search(line.rstrip()))


def is_date(text: str) -> bool:
    """Whether the text is a date and nothing else."""
    return bool(re.fullmatch(MONTH_DAY, text)) or calendar_day(text) is not None


def labelled(paragraph: Paragraph) -> dict[str, str]:
    """The fields of a paragraph such as ``Title: …`` / ``Authors: …`` / ``Abstract: …``, one a line; else nothing.

    Labels that name no field of a paper, such as ``Keywords: …``, give a field of no meaning.
    """
    fields: dict[str, str] = {}
    name = None
    for line in paragraph.lines:
        if found := label_of(line):
            name, fields[found[0]] = found
        elif name is None:
            return {}
        else:
            fields[name] += "\n" + line
    return {name: _one_line(text) for name, text in fields.items()}


def label_of(line: str) -> tuple[str, str] | None:
    """The field that a line names, and what it says of it."""
    found = _LABEL.fullmatch(line.strip())
    return (_LABELS.get(found[1].lower(), NOTE), found[2]) if found else None
