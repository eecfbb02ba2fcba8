"""The document formats, in the order in which a document is tried against them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from extractor.ingest import arxiv_lists, atom, bibtex, copied, markdown, prose, ris, tables, tagged, web
from extractor.ingest.entry import Damage, Entry
from extractor.ingest.text import Head, Text


@dataclass(frozen=True)
class Format:
    """How a format is recognised from a document's first 64 KiB and name, and read record by record."""

    name: str
    recognise: Callable[[Head], bool]
    read: Callable[[Text], Iterator[Entry | Damage]]


FORMATS = (
    Format("HTML", web.looks_like_html, web.read_html),
    Format("Atom", atom.looks_like_atom, atom.read_atom),
    Format("other XML", atom.looks_like_xml, atom.refuse_xml),
    Format("JSON Lines", tables.looks_like_jsonl, tables.read_jsonl),
    Format("JSON", tables.looks_like_json, tables.read_json),
    Format("RIS", ris.looks_like_ris, ris.read_ris),
    Format("PubMed", tagged.looks_like_pubmed, tagged.read_pubmed),
    Format("EndNote", tagged.looks_like_endnote, tagged.read_endnote),
    Format("BibTeX", bibtex.looks_like_bibtex, bibtex.read_bibtex),
    Format("CSV", tables.looks_like_csv, tables.read_csv),
    Format("arXiv list", arxiv_lists.looks_like_arxiv_list, arxiv_lists.read_arxiv_list),
    Format("daily papers", copied.looks_like_daily_papers, copied.read_daily_papers),
    Format("author page", copied.looks_like_author_page, copied.read_author_page),
    Format("Markdown", markdown.looks_like_markdown, markdown.read_markdown),
    Format("text with BibTeX", bibtex.holds_bibtex, bibtex.read_bibtex),
    Format("plain text", prose.looks_like_text, prose.read_text),
)

ACCEPTED = (
    "text, Markdown, JSON Lines, JSON, CSV, BibTeX, RIS, PubMed, EndNote, Atom or HTML (each also as .gz), a directory,"
    " a glob or -"
)


def recognise(head: Head) -> Format:
    """The first format that fits; plain text fits everything."""
    return next(form for form in FORMATS if form.recognise(head))
