"""The four seed documents against what a person read in them."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from extractor.ingest import Reject, read_papers
from extractor.ingest.names import authors_as_printed
from extractor.papers import Paper, merge_papers

ROOT = Path(__file__).parents[2]
ROWS = [json.loads(line) for line in (ROOT / "tests/gold/seeds.papers.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def papers() -> dict[tuple[str, int], Paper]:
    found = list(read_papers([ROOT / "seeds"]))
    assert not [str(reject) for reject in found if isinstance(reject, Reject)]
    papers = [paper for paper in found if isinstance(paper, Paper)]
    return {(source.document, source.position): paper for paper in papers for source in paper.sources}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['document'][:3]}-{row['position']}")
def test_row(row: dict[str, object], papers: dict[tuple[str, int], Paper]) -> None:
    paper = papers[row["document"], row["position"]]
    assert {
        "title": paper.title,
        "authors": authors_as_printed(paper.authors) or None,
        "n_authors": paper.n_authors,
        "date": paper.date,
        "subject": paper.subject,
        "upvotes": paper.upvotes,
    } == {name: row[name] for name in ("title", "authors", "n_authors", "date", "subject", "upvotes")}


def test_nothing_but_the_rows(papers: dict[tuple[str, int], Paper]) -> None:
    assert set(papers) == {(row["document"], row["position"]) for row in ROWS}
    assert len(merge_papers(papers.values())) == len({row["id"] for row in ROWS}) == 101


def test_papers_in_two_documents_have_two_sources(papers: dict[tuple[str, int], Paper]) -> None:
    assert sum(len(paper.sources) == 2 for paper in merge_papers(papers.values())) == 6


def test_abstracts_are_the_lines_of_the_documents(papers: dict[tuple[str, int], Paper]) -> None:
    for (document, _), paper in papers.items():
        assert paper.abstract in (ROOT / "seeds" / document).read_text().splitlines()
    together = "\n".join(paper.abstract for paper in papers.values())
    assert (
        hashlib.sha256(together.encode()).hexdigest()
        == "6cece8e90e95455015b2774a52ef3799c9fe4cf1d16e520ba4293db89925fb6e"
    )


def test_only_complete_dates_become_days(papers: dict[tuple[str, int], Paper]) -> None:
    assert papers["000_7ebb22aa0a09b22e.txt", 1].published == date(2025, 1, 16)
    assert papers["002_5a2d1b9597bb9990.txt", 9].published is None
