"""arXiv's lists and search results copied from the browser, and its announcements by e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from extractor.ingest.arxiv_pages import first_submitted, without_toggle
from extractor.ingest.entry import Entry
from extractor.ingest.layout import is_text, split_papers
from extractor.ingest.names import is_author_list
from extractor.ingest.paragraphs import is_prose, paragraphs
from extractor.ingest.prose import papers_of
from extractor.ingest.text import MAX_PAGE_CHARS, Head, Text

_ID = r"arXiv:(?P<id>(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)(?: \([^()]*\))?"
# "[1] arXiv:2502.01234 (cross-list from cs.AI) [pdf, html, other] cs.LG"
_LISTED = re.compile(rf"\s*(?:\[?\d+[\].]\s*)?{_ID}\s{{0,9}}\[(?:pdf|ps|html|other)\b[^\]]*\](?P<tags>.*)")
_MAILED = re.compile(rf"{_ID}(?P<tags>)\s*")  # after a rule
_RULE = r"\\"
_TITLE_OR_AUTHORS = re.compile(r"\s*(?:Title|Authors?):")
_NEAR = 8  # lines

_FIELDS = {"Title": "title", "Author": "authors", "Authors": "authors", "Date": "date", "DOI": "doi"} | dict.fromkeys(
    ("Subject", "Subjects", "Categories"), "subject"
)
_ABSTRACT = "Abstract"
_NOTES = r"Comments?|Journal[- ]ref|Proxy|License|(?:MSC|ACM)[- ][Cc]lass|Report[- ](?:no|number)"
_LABEL = re.compile(rf"({'|'.join(_FIELDS)}|{_ABSTRACT}|{_NOTES})(?: \([^()]*\))?:\s*(.*)")
_END = re.compile(
    r"Submitted \d{1,2} \w+,? \d{4};.*|-{20,}|\\\\ \(.*|%%.*"
    r"|.{0,80}\((?:continued, )?showing [^()]{0,80} entries\s*\)|(?:New|Cross|Replacement) submissions(?: for .*)?"
    r"|Showing \S+ of [\d,]+ results\b.*|Showing up to \d+ entries per page.*|Total of \d+ entries.*"
)
_CODE = re.compile(
    r"(?<![\w.-])(?:astro-ph|cond-mat|cs|econ|eess|gr-qc|hep-(?:ex|lat|ph|th)|math(?:-ph)?|nlin|nucl-(?:ex|th)|physics"
    r"|q-bio|q-fin|quant-ph|stat)(?:\.[A-Za-z-]+)?(?![\w-])"
)
_SUBJECTS_END = re.compile(rf"\({_CODE.pattern}\)$")
_SUBJECTS_LINES = 4
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_TAG = re.compile(rf"{_CODE.pattern}|{_DOI.pattern}|doi:?")
_DAY = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}")
_NOT_SHOWN = re.compile(r" \(\d+ additional authors? not shown\)")


def looks_like_arxiv_list(head: Head) -> bool:
    """Whether several lines begin an entry as arXiv prints them, with a title or authors soon after."""
    lines = head.lines
    starts = [at for at, line in enumerate(lines) if _start(line, lines[at - 1] if at else "")]
    return sum(any(map(_TITLE_OR_AUTHORS.match, lines[at + 1 : at + 1 + _NEAR])) for at in starts) > 1


def read_arxiv_list(text: Text) -> Iterator[Entry]:
    """Papers of a list, of search results or of an e-mail.

    Before and after entries that were pasted from a list may stand papers in other words; an e-mail has none.
    """
    found: re.Match[str] | None = None
    start, previous = 0, ""
    lines: list[str] = []
    for number, line in text.lines(MAX_PAGE_CHARS):
        if following := _start(line, previous):
            yield from _papers(start, found, lines, mailed=previous.strip() == _RULE)
            found, start, lines = following, number, []
        else:
            lines.append(line.strip())
        previous = line if line.strip() else previous
    yield from _papers(start, found, lines, mailed=previous.strip() == _RULE)


def _papers(start: int, found: re.Match[str] | None, lines: Sequence[str], *, mailed: bool) -> Iterator[Entry]:
    """The entry that begins on a line, if one does, and the papers between it and the next entry."""
    end = 0
    if found:
        end = len(lines) if mailed or _RULE in lines else _end_of_entry(lines)
        yield _entry(start, found, lines[:end])
    if not mailed:
        yield from papers_of(enumerate(takewhile(lambda line: not _END.fullmatch(line), lines[end:]), start + end + 1))


def _end_of_entry(lines: Sequence[str]) -> int:
    """Where, below the abstract, another paper begins: at a short paragraph that has prose, and no label, below it."""
    numbered = list(enumerate(lines))
    abstract = next((block for block in paragraphs(numbered) if is_prose(block.text)), None)
    if not abstract:
        return len(lines)
    begins: int | None = None
    for block in split_papers(numbered[abstract.line + len(abstract.lines) :]):
        if any(map(_LABEL.fullmatch, block.lines)):
            begins = None
        elif not is_text(block):
            begins = block.line if begins is None else begins
        elif begins is not None:
            return begins
    return len(lines)


def _start(line: str, previous: str) -> re.Match[str] | None:
    return _LISTED.fullmatch(line) or (_MAILED.fullmatch(line) if previous.strip() == _RULE else None)


def _entry(start: int, found: re.Match[str], lines: Sequence[str]) -> Entry:
    head, abstract = _head_and_abstract(list(takewhile(lambda line: not _END.fullmatch(line), lines)))
    fields = _fields(head)
    tags = list(takewhile(_is_tags, fields[""]))
    title = fields.get("title") or fields[""][len(tags) :]
    authors = fields.get("authors")
    if authors is None:
        title, authors = _title_and_authors(title)
    tags.append(found["tags"])
    return Entry(
        start,
        {
            "title": " ".join(title),
            "abstract": abstract,
            "authors": _NOT_SHOWN.sub("", " ".join(authors)),
            "subject": _first(_CODE, [*fields.get("subject", []), *tags]),
            "date": first_submitted("\n".join(lines)) or _first(_DAY, fields.get("date", [])),
            "doi": _first(_DOI, [*fields.get("doi", []), *tags]),
            "arxiv_id": found["id"],
        },
    )


def _head_and_abstract(lines: list[str]) -> tuple[list[str], str]:
    """What precedes the abstract, and the abstract: after a rule, after its label, or else after all labels."""
    labels = [at for at, line in enumerate(lines) if _LABEL.fullmatch(line)]
    labelled = [at for at in labels if lines[at].startswith(_ABSTRACT)]
    if _RULE in lines:
        at = lines.index(_RULE)
        return lines[:at], _prose(list(takewhile(lambda line: line != _RULE, lines[at + 1 :])), labelled=True)
    if labelled:
        at = labelled[0]
        end = next((label for label in labels if label > at), len(lines))
        return lines[:at], _prose([lines[at].partition(":")[2], *lines[at + 1 : end]], labelled=True)
    if not labels:
        return lines, ""
    last = labels[-1]
    subjects = range(last, min(last + _SUBJECTS_LINES, len(lines)))
    end = next((at for at in subjects if _SUBJECTS_END.search(lines[at])), last) + 1
    return lines[:end], _prose(lines[end:], labelled=False)


def _prose(lines: Sequence[str], *, labelled: bool) -> str:
    """The paragraphs that are prose; the first is where it is labelled so."""
    blocks = [block.text for block in paragraphs(enumerate(lines))]
    kept = [text for index, text in enumerate(blocks) if is_prose(text) or (labelled and not index)]
    return without_toggle(" ".join(kept))


def _fields(lines: Sequence[str]) -> dict[str, list[str]]:
    """The lines under each label that names a field; those before the first label have the name ``""``."""
    fields: dict[str, list[str]] = {"": []}
    current = fields[""]
    for line in filter(None, lines):
        if label := _LABEL.fullmatch(line):
            current = [label[2]] if label[2] else []
            if label[1] in _FIELDS:
                fields[_FIELDS[label[1]]] = current
        else:
            current.append(line)
    return fields


def _is_tags(line: str) -> bool:
    return all(map(_TAG.fullmatch, line.split()))


def _title_and_authors(lines: list[str]) -> tuple[list[str], list[str]]:
    """Authors without a label are the last line, and those before it that list names too."""
    at = max(1, len(lines) - 1)
    while at > 1 and "," in lines[at - 1] and is_author_list(lines[at - 1]):
        at -= 1
    return lines[:at], lines[at:]


def _first(pattern: re.Pattern[str], lines: Sequence[str]) -> str | None:
    return next((found[0] for line in lines if (found := pattern.search(line))), None)
