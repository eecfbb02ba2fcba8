"""arXiv's saved lists and search results, whose mark-up tells the parts of each paper apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from extractor.ingest.entry import Entry
from extractor.ingest.names import ET_AL
from extractor.ingest.nodes import text_of

_SUBJECT = re.compile(r"\(([\w.-]+)\)")
_SUBMITTED = re.compile(r"(?:v1 submitted|Submitted) (\d{1,2} \w+,? \d{4})")
_TOGGLE = re.compile(r"\s*[△▽] (?:Less|More)$")
_CUT = "not shown"  # "et al. (12 additional authors not shown)"


def arxiv_entries(page: LexborHTMLParser) -> Iterator[Entry]:
    """The papers of a page of search results or of a list such as ``/list/cs.LG/new``; none on other pages."""
    for result in page.css("li.arxiv-result"):
        yield _search_result(result)
    head: LexborNode | None = None
    for node in page.css("dl dt, dl dd"):
        if node.tag == "dt":
            head = node
        elif node.css_first(".list-title"):
            yield _list_entry(head, node)


def first_submitted(text: str) -> str | None:
    """The day of a paper's first version, as a search result tells it; None where it does not."""
    days = _SUBMITTED.findall(text)
    return days[-1] if days else None  # the first version's is named last


def without_toggle(abstract: str) -> str:
    """The abstract without the button behind it."""
    return _TOGGLE.sub("", abstract)


def _search_result(result: LexborNode) -> Entry:
    return Entry(
        None,
        {
            "title": text_of(result.css_first("p.title")),
            "abstract": without_toggle(text_of(result.css_first("span.abstract-full"))),
            "authors": _authors(result.css_first("p.authors")),
            "subject": text_of(result.css_first("span.tag")),
            "date": first_submitted(text_of(result)),
            "arxiv_id": text_of(result.css_first("p.list-title a")),
        },
    )


def _list_entry(head: LexborNode | None, body: LexborNode) -> Entry:
    for label in body.css(".descriptor"):
        label.decompose()
    subject = _SUBJECT.search(text_of(body.css_first(".primary-subject")))
    return Entry(
        None,
        {
            "title": text_of(body.css_first(".list-title")),
            "abstract": text_of(body.css_first(".meta > p")),
            "authors": _authors(body.css_first(".list-authors")),
            "subject": subject[1] if subject else None,
            "arxiv_id": text_of(head.css_first("a[href*='/abs/']")) if head else None,
        },
    )


def _authors(node: LexborNode | None) -> list[str]:
    names = [text_of(link) for link in node.css("a")] if node else []
    shown = [name for name in names if _CUT not in name]
    return [*shown, ET_AL] if _CUT in text_of(node) else shown
