"""Fault 10: hostile titles and names, in every output."""

import csv
import io
import json
import re
import shutil
import unicodedata
from pathlib import Path

import pytest
import stub as server
from command import on_screen, run, write_papers, write_records
from factories import make_claim, make_extraction, make_paper
from figures import Figures
from markdown_it import MarkdownIt

from extractor.records import Work
from extractor.store import Store

# Clears the screen, sets the window's title, an 8-bit control sequence, rich markup, a line break, bidirectional
# overrides, a line separator, an invisible letter.
HOSTILE = "Fast\x1b[2J\x1b]0;gotcha\x07\x9b31m[/red][bold]:boom:\nline\u202egnp\u2066\u2028end\u200b"
STYLES = re.compile(r"\x1b\[[0-9;]*m")
FORMULAS = ['=HYPERLINK("http://evil.test")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\0=1"]
MARKUP = "<script>alert(1)</script> ![x](http://evil.test/x.png) [y](javascript:alert(1)) `z` | # _a_ **b** <http://evil.test>"


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


def filled_with(texts: list[str], path: Path) -> Store:
    """A store as somebody else may have filled it, past all readers' care: each text in every place that holds any."""
    store = Store.open(path, create=True)
    for text in texts:
        paper = make_paper(title=text, abstract=f"2x {text}", authors=(text,), date=text)
        names = dict.fromkeys(("metric", "baseline", "hardware", "setting"), text)
        claims = [make_claim(paper, n, improvement=f"2x {text}", method=f"{text}{n or ''}", **names) for n in (0, 1)]
        work = Work(text, "claims", "p1", "s1")
        store.add_papers([paper])
        store.save(store.start_run(work, options={}), [make_extraction(paper, *claims, work=work)])
    return store


@pytest.fixture(scope="module")
def _hostile_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return filled_with([HOSTILE], tmp_path_factory.mktemp("hostile") / "claims.duckdb")


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
def test_hostile_text_steers_no_terminal(hostile: str, command: list[str], figures: Figures) -> None:
    screen = on_screen(*(hostile if part == "ID" else part for part in command))
    assert_tame(screen.out + screen.err)
    assert screen.out or screen.err
    figures.note("10: terminal controls in every name", 1, "no control byte reaches the terminal")


SHEETS = [
    ["sql", "FROM claim", "--csv"], ["sql", "FROM paper", "--csv"], ["compare", "--csv"], ["baselines", "--csv"],
    ["models", "--csv"], ["papers", "formulas.jsonl", "--csv"], ["export", "-", "-f", "csv"],
    ["leaderboard", "--metric", "speed", "--csv"],
]  # fmt: skip


@pytest.mark.parametrize("command", SHEETS, ids=" ".join)
def test_no_cell_of_a_sheet_is_a_formula(command: list[str], formulas: None, figures: Figures) -> None:
    rows = list(csv.reader(io.StringIO(run(*command).stdout)))
    assert len(rows) > 1
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(("=", "+", "@", "\t", "\r", "\0"))
        assert not cell.startswith("-") or re.fullmatch(r"-[0-9.e+-]+", cell)
    figures.note("10: formulas in every name", 1, "no formula in any sheet")


@pytest.fixture(scope="module")
def _formulas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled_with(FORMULAS, tmp_path_factory.mktemp("formulas") / "claims.duckdb").path


@pytest.fixture
def formulas(_formulas: Path, tmp_path: Path) -> None:
    """``claims.duckdb`` and ``formulas.jsonl``, with a formula in each place."""
    shutil.copy(_formulas, tmp_path)
    papers = (
        {"title": formula, "abstract": f"It is 2x faster. {formula}", "authors": [formula]} for formula in FORMULAS
    )
    write_records("formulas.jsonl", papers)


def test_no_name_becomes_markup_in_markdown(figures: Figures) -> None:
    filled_with([MARKUP], Path("claims.duckdb"))
    document = run("compare", "--baseline", MARKUP, "--markdown").stdout
    page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(document)
    assert "alert(1)" in page
    assert set(re.findall(r"<(\w+)", page)) == {"table", "thead", "tbody", "tr", "th", "td"}
    figures.note("10: markup in every name", 1, "a Markdown table shows it as text")


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
