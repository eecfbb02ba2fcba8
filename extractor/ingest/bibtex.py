"""BibTeX, through bibtexparser."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.enclosing import RemoveEnclosingMiddleware
from bibtexparser.middlewares.names import split_multiple_persons_names
from bibtexparser.model import Entry as BibtexEntry
from bibtexparser.model import ParsingFailedBlock
from pylatexenc.latex2text import LatexNodes2Text

from extractor.ingest.entry import Damage, Entry
from extractor.ingest.names import ET_AL, first_last
from extractor.ingest.prose import papers_of
from extractor.ingest.text import MAX_RECORD_CHARS, Head, Text
from extractor.papers import fold_space

# What they warn of is reported as rejects, with file and line.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)

_BIBTEX_START = re.compile(r"\s*@[A-Za-z]+\s*[{(]")
_KEYED_START = re.compile(r"\s*@[A-Za-z]{4,}\s*\{[^\s,{}]+\s*,")
_BRACE = re.compile(r"(?<!\\)[{}]")
_SUFFIXES = frozenset({".bib", ".bibtex"})
_PIECE_CHARS = 2**18
_LATEX = LatexNodes2Text(math_mode="verbatim")
_PERCENT = re.compile(r"(?<!\\)((?:\\\\)*)%")
_ESCAPED = re.compile(r"\\([%&#])")


def looks_like_bibtex(head: Head) -> bool:
    """Whether the first line that is no comment starts an entry, or one does and the name says BibTeX."""
    lines = [line for line in head.lines if not line.lstrip().startswith("%")]
    starts = lines if head.suffix in _SUFFIXES else lines[:1]
    return any(_BIBTEX_START.match(line) for line in starts)


def holds_bibtex(head: Head) -> bool:
    """Whether a line of a text starts an entry with its key: ``@article{doe2025,``."""
    return any(map(_KEYED_START.match, head.lines))


def read_bibtex(text: Text) -> Iterator[Entry | Damage]:
    """One paper an entry; a damaged entry does not touch the others, and a repeated key or field is no damage.

    LaTeX is read as text in titles and names. Abstracts keep their LaTeX but for ``\\%``, ``\\&`` and ``\\#``. What
    stands around the entries is comment where the name says BibTeX; elsewhere it may be papers in other words.
    """
    if text.head.suffix in _SUFFIXES:
        yield from _read_entries(text.lines())
        return
    for is_bibtex, marked in groupby(_marked(text.lines()), key=itemgetter(0)):
        lines = ((number, line) for _, number, line in marked)
        yield from _read_entries(lines) if is_bibtex else papers_of(lines)


def _marked(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[bool, int, str]]:
    """The numbered lines, with whether they are of BibTeX: an entry up to its last brace, and comments around it."""
    is_bibtex, is_open = True, False
    depth, delimiter = 0, "{"
    for number, line in lines:
        if start := _BIBTEX_START.match(line):
            is_bibtex = is_open = True
            depth, delimiter = 0, line[start.end() - 1]
        elif line.strip() and not line.lstrip().startswith("%"):
            is_bibtex = is_open
        if is_open:
            depth += sum(1 if brace == "{" else -1 for brace in _BRACE.findall(line))
            is_open = depth > 0 or (delimiter == "(" and not line.rstrip().endswith(")"))
        yield is_bibtex, number, line


def _read_entries(lines: Iterable[tuple[int, str]]) -> Iterator[Entry | Damage]:
    for start, source in _pieces(lines):
        yield from _read_piece(start, source)


def _pieces(numbered: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines in pieces of whole blocks, with the number of the first line: as objects, blocks take much memory."""
    lines: list[str] = []
    start, size = 1, 0
    for number, line in numbered:
        start = start if lines else number
        if size > (_PIECE_CHARS if _BIBTEX_START.match(line) else MAX_RECORD_CHARS):
            yield start, "\n".join(lines)
            lines, start, size = [], number, 0
        lines.append(line)
        size += len(line) + 1
    yield start, "\n".join(lines)


def _read_piece(start: int, source: str) -> Iterator[Entry | Damage]:
    library = parse_string(source)
    for block in library.blocks:
        line = start + (block.start_line or 0)
        if isinstance(block, ParsingFailedBlock) and isinstance(block.ignore_error_block, BibtexEntry):
            RemoveEnclosingMiddleware().transform_entry(block.ignore_error_block, library)
            yield Entry(line, _bibtex_fields(block.ignore_error_block))
        elif isinstance(block, ParsingFailedBlock):
            reason = getattr(block.error, "abort_reason", block.error)
            yield Damage(line, f"damaged BibTeX entry: {fold_space(str(reason))}")
        elif isinstance(block, BibtexEntry):
            yield Entry(line, _bibtex_fields(block))


def _bibtex_fields(entry: BibtexEntry) -> dict[str, object]:
    fields = {field.key.lower(): str(field.value) for field in entry.fields}
    is_arxiv = fields.get("archiveprefix", fields.get("eprinttype", "")).lower() == "arxiv"
    return {
        "title": _without_latex(fields.get("title", "")),
        "abstract": _ESCAPED.sub(r"\1", fields.get("abstract", "")),
        "authors": _bibtex_authors(fields.get("author", "")),
        "date": fields.get("date") or _bibtex_date(fields),
        "subject": fields.get("primaryclass"),
        "external_id": entry.key,
        "url": fields.get("url"),
        "doi": fields.get("doi"),
        "arxiv_id": fields.get("eprint") if is_arxiv else None,
    }


def _bibtex_authors(names: str) -> list[str]:
    people = split_multiple_persons_names(names) if names else []
    return [ET_AL if name == "others" else first_last(_without_latex(name)) for name in people]


def _bibtex_date(fields: Mapping[str, str]) -> str:
    month = fields.get("month", "").capitalize()
    return " ".join(filter(None, [fields.get("day") if month else None, month, fields.get("year")]))


def _without_latex(text: str) -> str:
    # BibTeX has no comments inside a field: a bare percent sign is meant as one.
    return fold_space(str(_LATEX.latex_to_text(_PERCENT.sub(r"\1\%", text))))
