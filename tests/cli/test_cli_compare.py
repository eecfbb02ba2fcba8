"""Filters, evidence, CSV, ranks and bars of the commands that compare."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from command import fault, on_screen, run, write_papers
from factories import WORK, make_claim, make_extraction, make_paper

from extractor.cli.bars import WIDTH, range_bars
from extractor.factors import Factor
from extractor.store import Store

pytestmark = pytest.mark.usefixtures("filled")


def table(*arguments: object) -> list[dict[str, str]]:
    """The rows of a piped table by column."""
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(result.stdout), delimiter="\t", quoting=csv.QUOTE_NONE))


def sheet(*arguments: object) -> list[dict[str, str]]:
    """The rows of CSV by column."""
    result = run(*arguments, "--csv")
    assert (result.exit_code, result.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(result.stdout), strict=True))


def test_filters_narrow_every_form_of_compare() -> None:
    assert [row["baseline"] for row in table("compare", "--hardware", "h-100")] == ["SGLang"]
    assert [row["method"] for row in table("compare", "-b", "vLLM", "--since", "2025")] == ["Method1"]
    result = run("compare", "Method1", "Method2", "--metric", "latency", "--json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no claim that does passes the filters" in result.stderr
    assert "none against a named baseline passes the filters" in run("compare", "--since", "2099").stderr
    assert "greater than or equal to 1900" in run("compare", "--since", "24").stderr


def test_a_leaderboard_has_places_within_each_baseline() -> None:
    rows = table("leaderboard", "--metric", "speed")
    assert [(row["baseline"], row["place"], row["method"], row["factor"]) for row in rows] == [
        ("vLLM", "1", "Method2", "1,200x"), ("vLLM", "2", "Method1", "2x"), ("SGLang", "1", "Method2", "3x"),
    ]  # fmt: skip
    (best, _) = run("leaderboard", "--metric", "speed", "-b", "vllm", "--json").stdout.splitlines()
    assert json.loads(best).items() >= {"place": 1, "method": "Method2", "factor_low": 1200.0, "direct": True}.items()


@pytest.mark.parametrize("command", [["compare"], ["leaderboard", "--metric", "speed"]])
def test_a_limit_shows_the_first_lines_and_says_that_there_are_more(command: list[str]) -> None:
    everything = run(*command).stdout.splitlines()
    assert len(everything) == 4
    cut = run(*command, "--limit", "2")
    assert (cut.stdout.splitlines(), cut.stderr) == (everything[:3], "the first 2 lines; --limit 0 shows all\n")
    for enough in ("3", "0"):
        assert (run(*command, "--limit", enough).stdout.splitlines(), run(*command).stderr) == (everything, "")
    assert len(run(*command, "--limit", "1", "--json").stdout.splitlines()) == 1


def test_a_table_shows_a_hundred_lines_and_json_all(store: Store) -> None:
    papers = [make_paper(number) for number in range(10, 120)]
    store.add_papers(papers)
    extractions = [make_extraction(paper, make_claim(paper, baseline="Galaxy")) for paper in papers]
    store.save(store.start_run(WORK, options={}), extractions)
    result = run("compare", "--baseline", "Galaxy", "--db", store.path)
    assert (len(result.stdout.splitlines()), result.stderr) == (101, "the first 100 lines; --limit 0 shows all\n")
    assert len(run("compare", "--baseline", "Galaxy", "--db", store.path, "--json").stdout.splitlines()) == 110


def test_a_leaderboard_of_nothing_says_so() -> None:
    result = run("leaderboard", "--metric", "energy", "--csv")
    assert result.stdout.startswith("direct,method,baseline,")
    assert result.stderr.startswith("no claims to rank")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["leaderboard", "--metric", "troughput"], "did you mean 'throughput'"),
        (["leaderboard", "--metric", "speed", "-b", "SGLAN"], "did you mean 'SGLang'"),
        (["compare", "--metric", "p99 latency"], "did you mean 'latency'?"),
        (["compare", "--json", "--csv"], "--json and --csv exclude each other"),
        (["compare", "--evidence", "--bibtex"], "--evidence and --bibtex exclude each other"),
        (["leaderboard", "--metric", "speed", "--evidence", "--bibtex"], "--evidence and --bibtex exclude each other"),
        (["baselines", "--json", "--csv"], "--json and --csv exclude each other"),
        (["sql", "SELECT 1", "--json", "--csv"], "--json and --csv exclude each other"),
    ],
)
def test_wrong_use_names_the_way_out(arguments: list[str], hint: str) -> None:
    assert hint in fault(*arguments)


def test_csv_has_exact_numbers_and_the_fields_of_json() -> None:
    (row,) = sheet("compare", "Method1", "Method2")
    (item,) = [json.loads(line) for line in run("compare", "Method1", "Method2", "--json").stdout.splitlines()]
    assert list(row) == list(item)
    assert float(row["factor_high"]) == item["factor_high"]
    assert json.loads(row["path"]) == item["path"]
    assert json.loads(row["warnings"]) == item["warnings"]
    assert [row["name"] for row in sheet("baselines")] == ["vLLM"]
    assert sheet("sql", "SELECT 1 AS a, 'x' AS b, NULL AS c") == [{"a": "1", "b": "x", "c": ""}]


def test_csv_runs_no_formula() -> None:
    (row,) = sheet("sql", """SELECT '=HYPERLINK("http://example.org")' AS a, '@x' AS b, -1 AS c, ['=1'] AS d""")
    assert row == {"a": """'=HYPERLINK("http://example.org")""", "b": "'@x", "c": "-1", "d": '["=1"]'}


def test_evidence_is_a_column_in_a_pipe() -> None:
    assert "evidence" not in table("compare")[0]
    first, *_ = table("compare", "--baseline", "vLLM", "--evidence")
    assert first["evidence"] == "Method2 is 1200x faster than vLLM and 3x faster than SGLang on H100."
    (both,) = table("compare", "Method1", "Method2", "--evidence")
    assert both["evidence"].count("faster than vLLM") == 2


@pytest.mark.parametrize("command", [["compare", "--baseline", "vLLM"], ["leaderboard", "--metric", "speed"]])
def test_evidence_is_the_last_column_of_markdown(command: list[str]) -> None:
    assert "Evidence" not in run(*command, "--markdown").stdout
    header, _, first, *_ = run(*command, "--markdown", "--evidence").stdout.splitlines()
    assert header.endswith("| Source | Evidence |")
    assert first.endswith("| Method2 is 1200x faster than vLLM and 3x faster than SGLang on H100. |")


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "160")


@pytest.mark.usefixtures("_terminal")
def test_a_terminal_gets_whole_sentences() -> None:
    first = on_screen("compare", "--baseline", "vLLM", "--evidence").plain
    assert "evidence    Method2 is 1200x faster than vLLM and 3x faster than SGLang on H100." in first


@pytest.mark.usefixtures("_terminal")
def test_a_terminal_gets_whole_cautions(store: Store) -> None:
    papers = [make_paper(7), make_paper(8)]
    store.add_papers(papers)
    alike = [
        make_extraction(paper, make_claim(paper, method=f"Alike{paper.title[-1]}", baseline="Galaxy", setting=setting))
        for paper, setting in zip(papers, ("the first of two workloads", "the second of two workloads"), strict=True)
    ]
    store.save(store.start_run(WORK, options={}), alike)
    caution = "different settings: the first of two workloads / the second of two workloads; different papers"
    assert f"caution     {caution}" in on_screen("compare", "Alike7", "Alike8", "--db", store.path).plain


@pytest.mark.usefixtures("_terminal")
def test_a_terminal_gets_bars_and_a_pipe_none() -> None:
    assert "│··············●" in on_screen("compare").plain.replace(" ", "")
    assert not any("●" in line for line in run("compare").stdout.splitlines())


def test_bars_stand_on_the_scale_of_their_family() -> None:
    assert range_bars([
        ("speed", 1.0, 1000.0), ("speed", 10.0, 100.0), ("speed", None, 10.0), ("speed", 10.0, None),
        ("speed", None, None), ("memory", 0.5, 0.5), ("memory", 2.0, 2.0), ("energy", 1.0, 1.0),
    ]) == [
        "●━━━━━━━━━━━━━━●",
        "│····●━━━━●·····",
        "│┄┄┄┄●··········",
        "│····●┄┄┄┄┄┄┄┄┄┄",
        "",
        "●·······│·······",
        "········│······●",
        "●···············",
    ]  # fmt: skip


@pytest.mark.parametrize("odd", [0.0, -1.0, float("inf")])
def test_a_factor_that_no_scale_holds_is_left_open(odd: float) -> None:
    (bar,) = range_bars([("speed", odd, 4.0)])
    assert bar == "│" + "┄" * (WIDTH - 2) + "●"


def test_a_hostile_method_name_stays_text_in_csv(store: Store) -> None:
    paper = make_paper(9, abstract="2x is the gain.")
    store.add_papers([paper])
    claim = make_claim(paper, method="=cmd()\x1b[2J\u202e", factor=Factor(2.0, 2.0))
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, claim)])
    result = run("leaderboard", "--metric", "speed", "--db", store.path, "--csv")
    assert "'=cmd()[2J" in result.stdout
    assert "\x1b" not in result.stdout


def test_bibtex_and_markdown_of_a_comparison_share_their_keys() -> None:
    library = run("compare", "Method1", "Method2", "--bibtex").stdout
    keys = re.findall(r"^@misc{(.*),$", library, re.MULTILINE)
    assert keys == ["ash2025paper", "paper"]
    assert f"[@{'; @'.join(keys)}]" in run("compare", "Method1", "Method2", "--markdown").stdout
    assert run("leaderboard", "--metric", "speed", "--bibtex").stdout == library
    assert run("export", "all.bib").stderr == "2 papers written to all.bib\n"
    assert Path("all.bib").read_text() == run("export", "--format", "bibtex").stdout == library


def test_a_leaderboard_in_markdown_has_places() -> None:
    head, _, *lines = run("leaderboard", "--metric", "speed", "--markdown").stdout.splitlines()
    assert head.startswith("| Place | Method | Compared with |")
    assert [line.split(" | ")[0] for line in lines] == ["| 1", "| 2", "| 1"]
    assert "Place" not in run("compare", "--markdown").stdout


def test_only_one_form_is_printed() -> None:
    assert "--markdown and --bibtex exclude each other" in fault("compare", "--markdown", "--bibtex")


def test_other_lists_are_csv_too() -> None:
    (paper,) = sheet("papers", write_papers(1))
    assert (paper["title"], json.loads(paper["sources"])[0]["position"]) == ("Paper 1", 1)
    assert [row["name"] for row in sheet("models")][1:] == ["test-model"]
