"""Saved HTML pages: arXiv's, citation meta tags, and the main text of other pages."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from extractor.ingest.arxiv_pages import arxiv_entries
from extractor.ingest.entry import Damage, Entry
from extractor.ingest.names import is_author_list, is_byline
from extractor.ingest.nodes import keep_apart, text_of
from extractor.ingest.paragraphs import is_prose, label_of
from extractor.ingest.text import MAX_PAGE_CHARS, Head, Text
from extractor.papers import fold_space

MAX_TAGS = 200_000
MAX_DEPTH = 300  # of tags that have to be closed: parsing takes quadratic time in it

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it cannot read is reported as a reject

_HTML = re.compile(
    r"(?:<\?xml[^>]*>|<!--(?:(?!-->).)*-->|\s)*<(?:!doctype html|html|head|body|meta|title)[\s>]", re.I | re.S
)
_ABSTRACT = ":is(blockquote.abstract, section#abstract, div#abstract, section.abstract, div.abstract)"
_ABSTRACTS = f"{_ABSTRACT}:not({_ABSTRACT} *)"
_NAMED_ABSTRACT = "body [class*=abstract i]:not(:has([class*=abstract i]))"
_ONE_PAPER = "meta[name=citation_title i]"  # such a page may hold its abstract in two languages
_LABEL = re.compile(r"\s*(?:title|abstract|authors?|summary)\s*:?\s*(?=[A-Z0-9])|\s*(?:abstract|summary)\s*:\s*", re.I)
_SUBMITTED = re.compile(r"Submitted on (\d{1,2} \w+ \d{4})")
_SUBJECT = re.compile(r"\(([\w.-]+)\)")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)(?:[^<>]*?(/)>)?")
# Tags that hold nothing, and those that the next of their kind closes.
_UNCLOSED = re.compile(
    r"area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|"
    r"p|li|dt|dd|tr|td|th|thead|tbody|tfoot|option|optgroup|rp|rt|colgroup|html|head|body",
    re.IGNORECASE,
)
# Tags of drawings and formulas, which a slash at their end closes.
_DRAWN = re.compile(
    r"path|circle|ellipse|line|rect|poly\w+|use|stop|image|g|text|tspan|animate\w*|set|fe\w+|defs|\w*gradient|m\w+",
    re.IGNORECASE,
)
_ANY_HEADING = "h1, h2, h3, h4, h5, h6"
_HEADINGS = set(_ANY_HEADING.split(", "))
_BOLD_OR_LINKED = "b, strong, a"
_ITALIC = {"i", "em"}
_ANY_BLOCK = "p, div, blockquote, section, article, li, dd, td"
_BLOCKS = set(_ANY_BLOCK.split(", "))


def looks_like_html(head: Head) -> bool:
    """Whether the text starts like an HTML page, or holds tags and is named as one."""
    return bool(_HTML.match(head.text)) or (head.suffix in {".html", ".htm", ".xhtml"} and "</" in head.text)


def read_html(text: Text) -> Iterator[Entry | Damage]:
    """The papers of an arXiv list, or the paper of an article's page.

    Of other pages each abstract or main piece of prose under its nearest heading.
    """
    source = "".join(text.chunks(MAX_PAGE_CHARS))
    if source.count("<") > MAX_TAGS:
        yield Damage(None, f"the page has more than {MAX_TAGS:,} tags; is it one of papers?")
        return
    if _nested_deeper(source, MAX_DEPTH):
        yield Damage(None, f"the page has more than {MAX_DEPTH} tags within one another")
        return
    page = LexborHTMLParser(source)
    keep_apart(page)
    listed = list(arxiv_entries(page))
    if any(entry.fields["abstract"] for entry in listed):
        yield from listed
        return
    abstracts = list(dict.fromkeys(filter(None, map(text_of, page.css(_ABSTRACTS)))))
    several = len(abstracts) > 1 and not page.css_matches(_ONE_PAPER)
    if not several and (entry := _article(page, abstracts)).fields["abstract"]:
        yield entry
        return
    found = False
    for fields in _headed_prose(page, abstracts if several else _main_prose(page.html or "")):
        found = True
        yield Entry(None, fields)
    if not found:
        yield Damage(None, "the page has no abstract that could be found")


def _nested_deeper(source: str, limit: int) -> bool:
    depth = 0
    for tag in _TAG.finditer(source):
        if not _UNCLOSED.fullmatch(tag[2]) and not (tag[3] and _DRAWN.fullmatch(tag[2])):
            depth = max(0, depth - 1) if tag[1] else depth + 1
            if depth > limit:
                return True
    return False


def _article(page: LexborHTMLParser, abstracts: list[str]) -> Entry:
    """What meta tags (as Google Scholar reads them) and arXiv's own mark-up say of the page's paper."""
    meta: dict[str, list[str]] = {}
    for tag in page.css("meta[name], meta[property]"):
        name = (tag.attributes.get("name") or tag.attributes.get("property") or "").lower()
        meta.setdefault(name, []).append(tag.attributes.get("content") or "")

    def first(*names: str) -> str:
        return next((meta[name][0] for name in names if meta.get(name)), "")

    abstract = _without_label(next(iter(abstracts), "")) or first("citation_abstract", "dcterms.abstract")
    if not abstract and page.css_matches(_ONE_PAPER):
        abstract = _abstract_below_heading(page) or _named_abstract(page)
    submitted = _SUBMITTED.search(text_of(page.css_first(".dateline")))
    subject = _SUBJECT.search(text_of(page.css_first(".primary-subject")))
    fields: dict[str, object] = {
        "title": first("citation_title", "dc.title") or _without_label(text_of(page.css_first("h1.title, h1"))),
        "abstract": abstract,
        "authors": _authors(page, meta),
        "date": submitted[1] if submitted else first("citation_publication_date", "citation_date", "dc.date"),
        "subject": subject[1] if subject else None,
        "url": first("citation_abstract_html_url", "og:url"),
        "doi": first("citation_doi"),
        "arxiv_id": first("citation_arxiv_id"),
    }
    return Entry(None, fields)


def _abstract_below_heading(page: LexborHTMLParser) -> str:
    """The prose after a heading "Abstract"."""
    headings = (heading for heading in page.css(_ANY_HEADING) if label_of(text_of(heading)) == ("abstract", ""))
    return next(filter(is_prose, map(_text_below, headings)), "")


def _text_below(heading: LexborNode) -> str:
    """The text after the heading of an abstract, up to the next heading of its level or the next field."""
    texts: list[str] = []
    node = heading.next
    while node and not _ends_abstract(node, heading):
        texts.append(node.text())
        node = node.next
    return fold_space("".join(texts))


def _ends_abstract(node: LexborNode, heading: LexborNode) -> bool:
    field = label_of(text_of(node)) if node.tag in _BLOCKS | _HEADINGS else None
    return bool(field and field[0] != "abstract") or any(
        str(one.tag) <= str(heading.tag) for one in node.css(_ANY_HEADING)
    )


def _named_abstract(page: LexborHTMLParser) -> str:
    """The prose in the innermost element whose class says that it is an abstract."""
    texts = (_without_label(text_of(node)) for node in page.css(_NAMED_ABSTRACT))
    return next(filter(is_prose, texts), "")


def _authors(page: LexborHTMLParser, meta: dict[str, list[str]]) -> list[str]:
    shown = [text_of(link) for link in page.css("div.authors a")]
    listed = meta.get("citation_author") or meta.get("dc.creator") or []
    return shown or [fold_space(" ".join(reversed(name.split(",", 1)))) for name in listed]


def _main_prose(source: str) -> list[str]:
    """The page's prose without menus and notices; the titles may be missing."""
    import trafilatura  # noqa: PLC0415 - takes a third of a second that other documents need not wait for

    main = trafilatura.extract(source, include_comments=False, include_tables=False, output_format="txt") or ""
    return [line for line in main.split("\n") if is_prose(fold_space(line))]


def _headed_prose(page: LexborHTMLParser, prose: list[str]) -> Iterator[dict[str, object]]:
    """The pieces of prose under the headings they stand below; a field after the abstract ends a paper."""
    wanted = set(map(_squeezed, prose))
    leads = {lead.mem_id for lead in _leads(page, wanted)}
    title, authors = "", ""
    abstract: list[str] = []
    for node in page.root.traverse() if page.root else ():
        field = _field_named(node)
        heads = node.tag in _HEADINGS or node.mem_id in leads
        if heads and (field is None or (abstract and field != "abstract")):
            if title and abstract:
                yield {"title": title, "authors": authors, "abstract": " ".join(abstract)}
            title, authors, abstract = "" if field else text_of(node), "", []
        elif node.tag in _BLOCKS:
            text = text_of(node)
            if _squeezed(text) in wanted:
                wanted.discard(_squeezed(text))
                abstract.append(_without_label(text))
            elif title and not abstract and is_author_list(_without_label(text)):
                authors = _without_label(text)
        elif node.tag in _ITALIC and not authors and not abstract and is_byline(text_of(node)):
            authors = text_of(node)
    if title and abstract:
        yield {"title": title, "authors": authors, "abstract": " ".join(abstract)}


def _field_named(node: LexborNode) -> str | None:
    """The field whose name a heading is: "Authors", "Abstract", "Keywords"."""
    found = label_of(text_of(node)) if node.tag in _HEADINGS else None
    return found[0] if found and not found[1] else None


def _leads(page: LexborHTMLParser, wanted: set[str]) -> Iterator[LexborNode]:
    """The bold or linked text that items of a list start with, before their prose: their titles."""
    prose = [block for block in page.css(_ANY_BLOCK) if _squeezed(text_of(block)) in wanted]
    inside = {node.mem_id for block in prose for node in block.css(_BOLD_OR_LINKED)}
    for item in _items(prose):
        lead = next(filter(text_of, item.css(_BOLD_OR_LINKED)), None)
        if lead is None or lead.mem_id in inside or not all(map(_field_named, item.css(_ANY_HEADING))):
            continue
        title = text_of(lead)
        if text_of(item).startswith(title) and not is_prose(title) and not label_of(title):
            yield lead


def _items(prose: list[LexborNode]) -> Iterator[LexborNode]:
    """The elements around prose that have siblings of their kind around other prose."""
    alike: dict[tuple[int, str | None], dict[int, LexborNode]] = {}
    for block in prose:
        item = block.parent
        while item and item.parent:
            siblings = alike.setdefault((item.parent.mem_id, item.tag), {})
            if item.mem_id in siblings:
                break
            siblings[item.mem_id] = item
            item = item.parent
    return (item for siblings in alike.values() if len(siblings) > 1 for item in siblings.values())


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _without_label(text: str) -> str:
    return _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
