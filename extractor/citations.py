"""BibTeX of the papers behind claims, with keys that stay the same: ``li2025fastswitch``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from itertools import count, product
from pathlib import Path
from string import ascii_lowercase

from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.model import Block, Entry, Field
from bibtexparser.writer import BibtexFormat

from extractor.addresses import is_web_address
from extractor.papers import Paper
from extractor.plain import unlatex
from extractor.store import Store
from extractor.untrusted import clean

_ET_AL = "et al."
_LONGEST_WORD = 24
_SMALL_WORDS = frozenset({
    "a", "an", "the", "on", "of", "in", "to", "for", "and", "with", "from", "by", "at", "is", "are", "do", "does",
    "how", "what", "why", "when", "towards", "toward", "via", "using",
})  # fmt: skip
_SPECIAL = str.maketrans({
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "{": "", "}": "",
    **{sign: "\\" + sign for sign in "&%$#_"},
})  # fmt: skip
_URL = re.compile(r"https?://[^\s{}\\\"<>]+")
_DOI = re.compile(r"10\.\d{4,9}/[^\s{}\\\"<>]+")
_ARXIV = re.compile(r"[\w./-]+", re.ASCII)
_IN_A_PATH = str.maketrans({"#": "%23", "?": "%3F"})
_FORMAT = BibtexFormat()  # type: ignore[no-untyped-call]
_FORMAT.indent = "  "
_FORMAT.block_separator = "\n"


def bibtex(store: str | Path, paper_ids: Collection[str]) -> str:
    """BibTeX entries of these papers of a store, in the order in which they were stored."""
    papers = Store.open(store).papers()
    keys = citation_keys(papers)
    wanted = set(paper_ids)
    entries: list[Block] = [_entry(paper, keys[paper.paper_id]) for paper in papers if paper.paper_id in wanted]
    return write_string(Library(entries), bibtex_format=_FORMAT)


def citation_keys(papers: Iterable[Paper]) -> dict[str, str]:
    """A key for each ``paper_id``: family name of the first author, year, first telling word of the title.

    What a paper lacks is left out; without an author the word leads. Letters lose their accents. Where papers share a
    key, the later ones get ``b``, ``c`` …, so a key stays as long as the papers before it do: take the keys over all
    papers of a store, in their order.
    """
    keys: dict[str, str] = {}
    taken: set[str] = set()
    candidates: dict[str, Iterator[str]] = {}
    for paper in papers:
        base = _base(paper)
        key = next(key for key in candidates.setdefault(base, _numbered(base)) if key not in taken)
        taken.add(key)
        keys[paper.paper_id] = key
    return keys


def web_address(paper: Paper) -> str | None:
    """Where the web has the paper: its own address, or that of its DOI or arXiv id; None where there is none."""
    if paper.url and _is_link(paper.url):
        return paper.url
    if paper.doi and _DOI.fullmatch(paper.doi):
        return f"https://doi.org/{paper.doi.translate(_IN_A_PATH)}"
    return f"https://arxiv.org/abs/{paper.arxiv_id}" if paper.arxiv_id and _ARXIV.fullmatch(paper.arxiv_id) else None


def _is_link(text: str) -> bool:
    return bool(_URL.fullmatch(text)) and is_web_address(text)


def _base(paper: Paper) -> str:
    author, printed, word = _letters(_family_name(paper)), _year(paper), _title_word(paper)
    base = author + printed + word if author else word + printed
    return base if base[:1].isalpha() else f"paper{base}"


def _numbered(base: str) -> Iterator[str]:
    """The base, then with b, c … z, bb, bc … behind it."""
    yield base
    for length in count(1):
        yield from (base + "".join(letters) for letters in product(ascii_lowercase[1:], repeat=length))


def _year(paper: Paper) -> str:
    found = re.search(r"\b(?:19|20)\d\d\b", paper.date or "")
    return str(paper.published.year) if paper.published else found[0] if found else ""


def _family_name(paper: Paper) -> str:
    first = next((author for author in paper.authors if author != _ET_AL), "")
    return first.partition(",")[0] if "," in first else first.rpartition(" ")[2]


def _title_word(paper: Paper) -> str:
    words = [_letters(word) for word in re.split(r"[\s:/–—-]+", unlatex(paper.title))]
    return next((word for word in words if word and word not in _SMALL_WORDS), "")[:_LONGEST_WORD]


def _letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in decomposed if c.isascii() and c.isalnum())


def _entry(paper: Paper, key: str) -> Entry:
    fields = {
        "title": f"{{{_text(unlatex(paper.title))}}}",  # in a second pair of braces, which keeps its capitals
        "author": " and ".join(map(_author, paper.authors)),
        "year": _year(paper),
        "url": paper.url if paper.url and _is_link(paper.url) else "",
        "doi": paper.doi if paper.doi and _DOI.fullmatch(paper.doi) else "",
    }
    if paper.arxiv_id and _ARXIV.fullmatch(paper.arxiv_id):
        fields |= {"eprint": paper.arxiv_id, "archiveprefix": "arXiv"}
    return Entry("misc", key, [Field(name, value) for name, value in fields.items() if value])


def _author(name: str) -> str:
    if name == _ET_AL:
        return "others"
    text = _text(name)
    return f"{{{text}}}" if re.search(r"\band\b", text) else text  # one name, not two


def _text(text: str) -> str:
    return clean(text).strip().translate(_SPECIAL)
