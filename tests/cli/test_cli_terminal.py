"""What a terminal gets: tables that fit, marks where they help, and nothing from a hostile text that steers it."""

import json
import re
import shutil
import unicodedata
from pathlib import Path

import pytest
import stub as server
from command import on_screen, run, start, write_papers, write_records
from factories import make_claim, make_extraction, make_paper

from extractor.records import Work
from extractor.store import Store

# Clears the screen, sets the window's title, an 8-bit control sequence, rich markup, a line break, bidirectional
# overrides, a line separator, an invisible letter.
HOSTILE = "Fast\x1b[2J\x1b]0;gotcha\x07\x9b31m[/red][bold]:boom:\nline\u202egnp\u2066\u2028end\u200b"
STYLES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="module")
def _hostile_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store as somebody else may have filled it, past all readers' care."""
    paper = make_paper(title=HOSTILE, abstract=f"2x {HOSTILE}", authors=(HOSTILE,), date=HOSTILE)
    names = dict.fromkeys(("metric", "method", "baseline", "hardware", "setting"), HOSTILE)
    claims = [make_claim(paper, n, improvement=f"2x {HOSTILE}", **names | {"method": f"{n}{HOSTILE}"}) for n in (1, 2)]
    work = Work(HOSTILE, "claims", "p1", "s1")
    store = Store.open(tmp_path_factory.mktemp("hostile") / "claims.duckdb", create=True)
    store.add_papers([paper])
    store.save(store.start_run(work, options={}), [make_extraction(paper, *claims, work=work)])
    return store


@pytest.fixture
def hostile(_hostile_store: Store, tmp_path: Path) -> str:
    """The id of the one paper of that store, which is ``claims.duckdb`` here."""
    shutil.copy(_hostile_store.path, tmp_path)
    (paper,) = _hostile_store.papers()
    return paper.paper_id


def assert_tame(text: str) -> None:
    steering = [c for c in STYLES.sub("", text) if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}]
    assert steering == []


@pytest.mark.parametrize(
    "command",
    [
        ["compare"], ["compare", "--json"], ["baselines"], ["baselines", "--json"], ["models"], ["models", "--json"],
        ["show", "ID"], ["show", "ID", "--json"], ["export", "-"], ["sql", "FROM claim"],
        ["sql", "FROM claim", "--json"], ["sql", "SELECT title, method FROM claim"],
        ["sql", f"SELECT 1 AS '{HOSTILE}'"], ["sql", "SELECT error(title) FROM claim"],
        ["show", "Fast\x1b[2J\u202e"], ["compare", "-b", HOSTILE[::-1]],
        ["compare", "--evidence"], ["compare", "--csv"], ["compare", "--markdown"], ["compare", "--bibtex"],
        ["leaderboard", "--metric", "speed"], ["leaderboard", "--metric", HOSTILE], ["aliases", "add", HOSTILE, "x1"],
        ["aliases", "suggest", "--least", "50"], ["sql", "FROM claim", "--csv"],
        ["export", "-", "--format", "bibtex"],
    ],
)  # fmt: skip
def test_hostile_text_steers_no_terminal(hostile: str, command: list[str]) -> None:
    screen = on_screen(*(hostile if part == "ID" else part for part in command))
    assert_tame(screen.out + screen.err)
    assert screen.out or screen.err


def test_hostile_text_stays_in_its_cell_of_a_piped_table(hostile: str) -> None:
    result = run("sql", "SELECT title, method FROM claim")
    assert_tame(result.stdout.replace("\t", ""))
    assert [line.count("\t") for line in result.stdout.split("\n")] == [1, 1, 1, 0]


def test_json_escapes_what_it_may_not_show_and_loses_nothing(hostile: str) -> None:
    result = run("sql", "SELECT DISTINCT title FROM claim", "--json")
    assert json.loads(result.stdout) == {"title": HOSTILE}


def test_hostile_documents_and_names(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J.txt").write_text("Only a title")
    document = write_records("a.jsonl", [{"title": HOSTILE, "abstract": "It is 2x faster."}])
    for command in (["papers", document, "."], ["papers", document, "--json"], ["papers", "x\x1b[2J\u202e.txt"]):
        screen = on_screen(*command)
        assert_tame(screen.out + screen.err)


@pytest.mark.parametrize("body", [{"data": [{"id": HOSTILE}]}, {"error": {"message": HOSTILE}}])
def test_hostile_servers(body: dict[str, object]) -> None:
    status = 200 if "data" in body else 401
    answer = server.Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with server.serve(lambda request, number: answer) as stub:
        screen = on_screen("models", "--base-url", stub.base_url)
        piped = run("extract", write_papers(1), "--base-url", stub.base_url, "--model", "m").stderr  # without the bar
    assert "gotcha" in screen.out + screen.err
    assert_tame(screen.out + screen.err + piped)


def test_a_table_is_drawn_with_its_empty_columns_left_out() -> None:
    header, rule, row = on_screen("papers", write_papers(1)).plain.splitlines()
    assert header.split() == ["paper", "┃", "title", "┃", "characters", "┃", "documents"]
    assert set(rule) <= set("━╇")
    assert [cell.strip() for cell in row.split("│")][1:] == ["Paper 1", "58", "1"]


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
