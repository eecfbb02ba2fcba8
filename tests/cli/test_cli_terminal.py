"""What a terminal gets: tables that fit, and marks where they help."""

import re
from pathlib import Path

import pytest
from command import on_screen, run, start, write_papers, write_records
from factories import make_paper

from extractor.store import Store


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


def test_a_table_is_drawn_with_its_empty_columns_left_out() -> None:
    header, rule, row = on_screen("papers", write_papers(1)).plain.splitlines()
    assert header.split() == ["paper", "┃", "title", "┃", "characters", "┃", "documents"]
    assert set(rule) <= set("━╇")
    assert [cell.strip() for cell in row.split("│")][1:] == ["Paper 1", "58", "1"]


def test_a_query_has_all_columns_that_it_asks_for(filled: Path) -> None:
    header, _, row = on_screen("sql", "SELECT 'x' AS a, NULL AS b").plain.splitlines()
    assert (header.split(), row.split()) == (["a", "┃", "b"], ["x", "│"])
    header, _, row = on_screen(
        "sql", "SELECT max(factor) AS best, NULL AS hw FROM claim WHERE false"
    ).plain.splitlines()
    assert (header.split(), row.split()) == (["best", "┃", "hw"], ["│"])


def test_a_query_has_them_where_rows_stand_as_lines_too(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    lines = on_screen("sql", "SELECT 'x' AS first_column, NULL AS second_column").plain.splitlines()
    assert [line.split() for line in lines] == [["first_column", "x"], ["second_column"]]


def test_a_row_that_does_not_fit_stands_as_lines(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text = on_screen("sql", "SELECT * FROM claim ORDER BY method, ordinal").plain
    blocks = [dict(re.findall(r"^(\w+) {2,}(.*?) *$", block, re.MULTILINE)) for block in re.split(r"\n *\n", text)]
    assert [(block["method"], block["improvement"]) for block in blocks] == [
        ("Method1", "2x"), ("Method2", "1200x"), ("Method2", "3x"),
    ]  # fmt: skip
    assert max(map(len, text.splitlines())) <= 60


def test_the_evidence_is_marked_in_a_terminal_only(filled: Path) -> None:
    assert "is \x1b[1;7m1200x\x1b[0m faster" in on_screen("show", "Paper 2").out
    assert "\x1b" not in run("show", "Paper 2").stdout


def test_candidates_stand_one_a_line_and_none_is_wrapped(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.open(filled).add_papers([make_paper(5, title="Paper \x1b[31m" + "漢字" * 100)])
    monkeypatch.setenv("COLUMNS", "30")
    error, *candidates = on_screen("show", "Paper").err.splitlines()
    assert error == "claims: 'Paper' means 5 papers; give one's id"
    assert [line[21:] for line in candidates] == ["Paper 1", "Paper 2", "Paper 3", "Paper 4", "Paper [3…"]


def test_no_color_is_respected(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    for command in (["compare"], ["show", "Paper 2"]):
        assert not re.search(r"\x1b\[[0-9;]*[34][0-9]", on_screen(*command).out), "bold is no colour"


@pytest.mark.parametrize("command", ["papers papers.jsonl", "papers papers.jsonl --json", "sql FROM\trange(100000)"])
def test_a_reader_that_leaves_early_ends_the_command_quietly(command: str, filled: Path) -> None:
    write_papers(2000)
    with start(*(part.replace("\t", " ") for part in command.split(" "))) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


def test_a_terminal_without_the_letter_shows_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    document = write_records("a.jsonl", [{"title": "Schnörkel", "abstract": "It is 2x faster."}])
    out, err = start("papers", document).communicate()
    assert ("Schn?rkel" in out, err) == (True, "")
