"""``claims papers``: what documents hold."""

import gzip
import json
from pathlib import Path

import pytest
from command import fault, run, start, write_papers, write_records

FIELDS = [
    "paper_id", "external_id", "title", "authors", "n_authors", "subject", "date", "upvotes", "abstract", "sources",
]  # fmt: skip


def titles(*arguments: object) -> list[str]:
    result = run("papers", *arguments, "--json")
    assert result.exit_code == 0
    return [json.loads(line)["title"] for line in result.stdout.splitlines()]


def test_a_pipe_gets_a_table_of_tabs_with_a_header() -> None:
    result = run("papers", write_papers(2, date="Jan 2, 2025"))
    header, *rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert header == ["paper", "date", "title", "characters", "documents"]
    assert [row[1:] for row in rows] == [["Jan 2, 2025", f"Paper {n}", "58", "1"] for n in (1, 2)]
    assert result.stderr == ""


def test_json_has_exactly_the_published_fields() -> None:
    record = {"id": "x1", "title": "A", "abstract": "A is 2x faster.", "authors": ["Ada Ash"], "subject": "LG"}
    result = run("papers", write_records("a.jsonl", [record]), "--json")
    paper = json.loads(result.stdout)
    assert list(paper) == FIELDS
    assert (paper["external_id"], paper["authors"], paper["sources"]) == (
        "x1", ["Ada Ash"], [{"document": "a.jsonl", "position": 1}],
    )  # fmt: skip


def test_a_paper_in_two_documents_is_one_paper_with_two_sources() -> None:
    result = run("papers", write_papers(1, "a.jsonl"), write_papers(1, "b.jsonl"), "--json")
    assert [source["document"] for source in json.loads(result.stdout)["sources"]] == ["a.jsonl", "b.jsonl"]


def test_directories_globs_and_compressed_files() -> None:
    Path("in").mkdir()
    write_records("in/a.jsonl", [{"title": "A", "abstract": "A is 2x faster than all others."}])
    Path("in/b.txt").write_text("B\n\nB is 3x faster than everything that came before it, everywhere.\n")
    content = Path(write_records("c.jsonl", [{"title": "C", "abstract": "C is 4x faster."}])).read_bytes()
    Path("in/c.jsonl.gz").write_bytes(gzip.compress(content))
    assert titles("in") == ["A", "B", "C"]
    assert titles("in/*.txt", "in/*.gz") == ["B", "C"]


def test_standard_input_through_a_pipe() -> None:
    document = Path(write_papers(2)).read_text()
    process = start("papers", "-", "--json")
    out, err = process.communicate(document)
    assert (process.returncode, err) == (0, "")
    assert [json.loads(line)["sources"][0]["document"] for line in out.splitlines()] == ["stdin", "stdin"]


def test_what_cannot_be_read_is_named_with_its_line_and_the_rest_goes_on() -> None:
    Path("a.jsonl").write_text('{"title": "A", "abstract": "A is 2x faster."}\n{"title":\n{"title": "No abstract"}\n')
    result = run("papers", "a.jsonl", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["title"] == "A"
    first, second = result.stderr.splitlines()
    assert first.startswith("skipped a.jsonl:2: ")
    assert second.startswith("skipped a.jsonl:3: ")


BAD_DOCUMENTS = {
    "missing.txt": (None, "missing.txt: no such file or directory; expected text, Markdown, JSON Lines"),
    "empty.txt": (b"", "empty.txt is empty; expected text, Markdown, JSON Lines"),
    "noise.bin": (bytes(range(256)) * 9, "noise.bin is a binary file; expected text, Markdown, JSON Lines"),
    "paper.pdf": (b"%PDF-1.7 ...", "paper.pdf is a PDF; expected text, Markdown, JSON Lines"),
    "*.bib": (None, "*.bib: no file matches; expected text, Markdown, JSON Lines"),
}


@pytest.mark.parametrize("command", ["papers", "extract"])
@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_a_bad_document_is_named_with_what_is_accepted_and_nothing_is_done(command: str, name: str) -> None:
    content, message = BAD_DOCUMENTS[name]
    if content is not None:
        Path(name).write_bytes(content)
    flags = ["--base-url", "http://127.0.0.1:9/v1", "--model", "m"] if command == "extract" else []
    assert fault(command, write_papers(1, "good.jsonl"), name, *flags).startswith(message)
    assert not Path("claims.duckdb").exists()


@pytest.mark.parametrize("command", ["papers", "extract"])
def test_documents_without_any_abstract_are_each_named_and_the_command_fails(command: str) -> None:
    for name in ("a.txt", "b.txt"):
        Path(name).write_text("Only a title")
    flags = ["--base-url", "http://127.0.0.1:9/v1", "--model", "m"] if command == "extract" else []
    result = run(command, "a.txt", "b.txt", *flags)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "skipped a.txt: no paper with an abstract found",
        "skipped b.txt: no paper with an abstract found",
        "claims: no paper with an abstract in a.txt, b.txt",
    ]
    assert not Path("claims.duckdb").exists()


def test_a_document_without_an_abstract_does_not_stop_the_others() -> None:
    Path("a.txt").write_text("Only a title")
    result = run("papers", "a.txt", write_papers(1), "--json")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert result.stderr == "skipped a.txt: no paper with an abstract found\n"
