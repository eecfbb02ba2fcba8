"""A document of each format, in parts, so that one record can be damaged among the others."""

from pathlib import Path
from typing import NamedTuple

PAPERS = 12


class Parts(NamedTuple):
    """What stands before the records, the records of the papers, and what stands after them."""

    head: str
    records: list[str]
    tail: str = ""

    @property
    def text(self) -> str:
        return self.head + "".join(self.records) + self.tail


def title(n: int) -> str:
    return f"Fast Trees Volume {n}"


def abstract(n: int) -> str:
    return (
        f"Kernel fusion number {n} makes inference {n}.5x faster than the best library known today. It needs no "
        "retraining on any of the machines that we tried."
    )


def _each(form: str) -> list[str]:
    """The form filled in for each paper: $T is its title, $A its abstract, $N its number from 1."""
    numbers = range(1, PAPERS + 1)
    return [form.replace("$T", title(n)).replace("$A", abstract(n)).replace("$N", str(n)) for n in numbers]


DOCUMENTS = {
    "a.jsonl": Parts("", _each('{"id": $N, "title": "$T", "abstract": "$A"}\n')),
    "a.json": Parts("[\n", _each('{"title": "$T", "abstract": "$A"},\n'), "{}]\n"),
    "a.csv": Parts("title,abstract,year\n", _each('"$T","$A",2024\n')),
    "a.bib": Parts("", _each("@article{key$N,\n  title = {$T},\n  author = {Ada Ash},\n  abstract = {$A},\n}\n\n")),
    "a.ris": Parts("", _each("TY  - JOUR\nTI  - $T\nAU  - Ash, Ada\nAB  - $A\nER  - \n\n")),
    "a.xml": Parts(
        '<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n',
        _each("<entry>\n<title>$T</title>\n<summary>$A</summary>\n<author><name>Ada Ash</name></author>\n</entry>\n"),
        "</feed>\n",
    ),
    "a.html": Parts(
        "<!doctype html>\n<html><body><main>\n", _each("<h2>$T</h2>\n<p>$A</p>\n"), "</main></body></html>\n"
    ),
    "a.md": Parts("", _each("# $T\n\n$A\n\n")),
    "plain.txt": Parts("", _each("$T\n\n$A\n\n")),
    "author page.txt": Parts("", _each("LGJan $N, 2025\n\n$T\n\nAda Ash, Bo Birch\n\n$A\n\n")),
    "arXiv search.txt": Parts(
        "Showing 1–12 of 12 results\n\n",
        _each("arXiv:2501.100$N [pdf, ps, other]\ncs.LG cs.PF\n$T\nAuthors: Ada Ash\nAbstract: $A △ Less\n\n"),
    ),
    "arXiv mail.txt": Parts(
        "cs daily\n\n",
        _each("\\\\\narXiv:2501.100$N\n\nTitle: $T\nAuthors: Ada Ash\n\\\\\n  $A\n\\\\ ( https://arxiv.org/ )\n"),
    ),
    "daily papers.txt": Parts("Daily Papers\n\n", _each("$T\n\n$A\n\n  • 12 authors\n  ·\n  Apr $N, 2025\n\n")),
}
SEEDS = [path.read_bytes()[:12_000] for path in sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))]
