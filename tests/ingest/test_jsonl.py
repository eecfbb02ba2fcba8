import gzip
import json
import tracemalloc
from datetime import date
from pathlib import Path

import pytest
from reading import Reader

from extractor.ingest import read_papers
from extractor.papers import Paper, Source, paper_as_json

RECORD = {
    "id": 7,
    "title": "Fast  trees",
    "abstract": "Trees are\n3x faster.",
    "authors": ["Ann Doe", {"name": "Bo Roe"}],
    "date": "2025-01-16",
    "subject": "cs.LG",
    "url": "https://example.org/7",
    "doi": "https://doi.org/10.1/7",
    "arxiv_id": "arXiv:2501.00007",
}


def test_every_known_field_is_kept(read: Reader) -> None:
    (paper,) = read("a.jsonl", json.dumps(RECORD)).papers
    assert paper == Paper(
        title="Fast trees",
        abstract="Trees are 3x faster.",
        authors=("Ann Doe", "Bo Roe"),
        n_authors=2,
        subject="cs.LG",
        date="2025-01-16",
        published=date(2025, 1, 16),
        external_id="7",
        url="https://example.org/7",
        doi="10.1/7",
        arxiv_id="2501.00007",
        sources=(Source("a.jsonl", 1),),
    )


def test_the_content_counts_not_the_name(read: Reader) -> None:
    lines = "\n".join(json.dumps(RECORD | {"title": title}) for title in ("One", "Two"))
    assert read("notes.txt", lines).titles == ["One", "Two"]


def test_damaged_lines_are_named_and_the_good_ones_kept(read: Reader) -> None:
    good = json.dumps(RECORD)
    lines = [good, '{"title": "cut', "", "[1]", '{"title": "No abstract"}', '{"abstract": "a"}', good]
    found = read("sub/a.jsonl", "\n".join(lines))
    assert [paper.sources for paper in found.papers] == [(Source("a.jsonl", 1),), (Source("a.jsonl", 2),)]
    assert found.rejects[0].startswith("sub/a.jsonl:2: not JSON: ")
    assert found.rejects[1:] == [
        "sub/a.jsonl:4: not a JSON object but list",
        "sub/a.jsonl:5: entry has no abstract",
        "sub/a.jsonl:6: entry has no title",
    ]


def test_wrong_types_reject_the_record_or_drop_the_detail(read: Reader) -> None:
    lines = [
        {"title": 5, "abstract": "a"},
        {"title": "t", "abstract": ["a"]},
        {"title": "t", "abstract": "[No abstract available]"},
        {"title": "t", "abstract": "a", "authors": 7, "date": {}, "id": None, "url": True, "upvotes": -1},
    ]
    found = read("a.jsonl", "\n".join(map(json.dumps, lines)))
    assert found.rejects == [
        "a.jsonl:1: the title is not text but int",
        "a.jsonl:2: the abstract is not text but list",
        "a.jsonl:3: entry has no abstract",
    ]
    assert found.papers == [Paper("t", "a", sources=(Source("a.jsonl", 1),))]


@pytest.mark.parametrize("depth", [2, 600])
def test_a_deeply_nested_detail_is_dropped(read: Reader, depth: int) -> None:
    nested = f'{{"title": "t", "abstract": "a", "doi": {"[" * depth}"10.1/7"{"]" * depth}}}'
    found = read("a.jsonl", f"{nested}\n{json.dumps(RECORD | {'doi': ['10.1/7', None]})}")
    assert [(paper.title, paper.doi) for paper in found.papers] == [("t", None), ("Fast trees", "10.1/7")]


def test_too_long_records_are_rejected_with_their_reason(read: Reader) -> None:
    lines = [{"title": "t", "abstract": "a" * 2_000_000}, {"title": "t" * 1001, "abstract": "a"}, RECORD]
    found = read("a.jsonl", "\n".join(map(json.dumps, lines)))
    assert found.titles == ["Fast trees"]
    assert found.rejects == [
        "a.jsonl:1: the abstract has 2,000,000 characters, more than 20,000",
        "a.jsonl:2: the title has 1,001 characters, more than 1,000",
    ]


def test_a_line_above_the_limit_is_rejected_and_the_next_is_read(read: Reader) -> None:
    found = read("a.jsonl", json.dumps({"title": "a" * 17 * 2**20}) + "\n" + json.dumps(RECORD))
    assert found.titles == ["Fast trees"]
    assert found.rejects == ["a.jsonl:1: the line is longer than 16 million characters"]


def test_escaped_controls_and_lone_surrogates_do_not_get_through(read: Reader) -> None:
    (paper,) = read("a.jsonl", r'{"title": "a\u0000\u001b[31mb", "abstract": "c\ud800d \ud83d\ude00"}').papers
    assert (paper.title, paper.abstract) == ("a[31mb", "c\ufffdd \U0001f600")


def test_what_the_program_prints_can_be_read_again(read: Reader) -> None:
    (paper,) = read("a.jsonl", json.dumps(RECORD | {"authors": "Ann Doe et al.", "upvotes": 3})).papers
    (again,) = read("b.jsonl", json.dumps(paper_as_json(paper))).papers
    assert again.paper_id == paper.paper_id
    assert (again.authors, again.n_authors, again.upvotes) == (("Ann Doe", "et al."), None, 3)
    assert (again.external_id, again.date) == ("7", "2025-01-16")


def test_json_form_of_a_paper() -> None:
    paper = Paper("t", "a", ("Ann Doe",), 1, "LG", "Jan 4", None, 2, "x", sources=(Source("d", 3),))
    assert paper_as_json(paper) == {
        "paper_id": paper.paper_id,
        "external_id": "x",
        "title": "t",
        "authors": ["Ann Doe"],
        "n_authors": 1,
        "subject": "LG",
        "date": "Jan 4",
        "upvotes": 2,
        "abstract": "a",
        "sources": [{"document": "d", "position": 3}],
    }


def test_large_compressed_files_are_streamed(tmp_path: Path) -> None:
    line = json.dumps(RECORD | {"abstract": "word " * 1000}) + "\n"
    path = tmp_path / "large.jsonl.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.writelines(line for _ in range(1500))
    tracemalloc.start()
    count = sum(isinstance(found, Paper) for found in read_papers([path]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 1500
    assert peak < 4 * 2**20 < 1500 * len(line)
