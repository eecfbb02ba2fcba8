"""The commands that read a store."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import stub as server
from command import fault, json_of, run, write_papers
from factories import WORK, make_extraction
from stub import Stub, serve

from extractor.records import Status
from extractor.store import Store


def lines(*arguments: object) -> list[list[str]]:
    """The rows of a piped table."""
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return [line.split("\t") for line in result.stdout.splitlines()]


def objects(*arguments: object) -> list[dict[str, Any]]:
    result = run(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


pytestmark = pytest.mark.usefixtures("filled")


# compare


def test_compare_with_a_baseline() -> None:
    header, *rows = lines("compare", "--baseline", "vllm")
    assert header == [
        "family", "method", "baseline", "factor", "as printed", "metric", "hardware", "setting", "paper",
    ]  # fmt: skip
    assert [row[1:5] for row in rows] == [["Method2", "vLLM", "1,200x", "1200x"], ["Method1", "vLLM", "2x", "2x"]]


def test_compare_as_json_has_the_published_fields() -> None:
    best, _ = objects("compare", "--baseline", "vLLM")
    published = {
        "method", "baseline", "metric", "family", "factor_low", "factor_high", "improvement", "hardware", "setting",
        "paper", "evidence", "direct", "path",
    }  # fmt: skip
    assert published <= set(best)
    assert (best["method"], best["factor_low"], best["direct"], best["path"]) == ("Method2", 1200.0, True, [])


def test_compare_two_methods_shows_the_path_and_warns() -> None:
    (found,) = objects("compare", "Method1", "Method2")
    assert (found["direct"], found["via"], found["factor_high"]) == (False, "vLLM", 2.0 / 1200.0)
    assert [leg["method"] for leg in found["path"]] == ["Method1", "Method2"]
    assert "different papers" in found["warnings"]
    header, row = lines("compare", "Method1", "Method2")
    assert dict(zip(header, row, strict=True))["as printed"] == "2x (Method1 vs vLLM) / 1200x (Method2 vs vLLM)"


def test_compare_everything_and_one_family() -> None:
    assert len(objects("compare")) == 3
    assert len(objects("compare", "--baseline", "vLLM", "--metric", "speed")) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--baseline", "vLMM"], "no method or baseline 'vLMM' in the store; did you mean 'vLLM'?"),
        (["Method1", "Metod2"], "no method or baseline 'Metod2' in the store; did you mean 'Method2'"),
        (["--baseline", "vLLM", "--metric", "nonsense"], "no metric family 'nonsense'; there are "),
        (["Method1"], "give --baseline NAME"),
        (["a", "b", "c"], "give --baseline NAME"),
        (["Method1", "method1"], "'Method1' and 'method1' are one method here"),
    ],
)
def test_compare_with_names_that_do_not_fit(arguments: list[str], message: str) -> None:
    assert fault("compare", *arguments).startswith(message)


def test_a_name_that_is_never_a_baseline_is_said_to_be_none() -> None:
    result = run("compare", "--baseline", "Method1", "--json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "no claims to compare: none is measured against that name, or none that is passes the filters\n"
    )


# baselines, models


def test_baselines() -> None:
    assert lines("baselines") == [
        ["baseline", "methods", "papers", "claims", "families"], ["vLLM", "2", "2", "2", "speed"],
    ]  # fmt: skip
    assert [one["name"] for one in objects("baselines", "--min-methods", "1")] == ["vLLM", "SGLang"]


def test_models_lists_the_embedded_one_those_on_offer_and_those_in_the_store() -> None:
    offer = {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 0, "owned_by": "x"} for name in "ba"],
    }
    body = server.Answer(body=json.dumps(offer).encode(), headers={"Content-Type": "application/json"})
    with serve(lambda request, number: body) as stub:
        embedded, *rest = objects("models", "--base-url", stub.base_url)
    assert (embedded["where"], embedded["claims"]) == ("embedded", None)
    assert [(one["name"], one["where"], one["papers"], one["claims"]) for one in rest] == [
        ("a", stub.base_url, None, None), ("b", stub.base_url, None, None), ("test-model", "store", 3, 3),
    ]  # fmt: skip
    assert [row[0] for row in lines("models")][2:] == ["test-model"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (server.error(401, "wrong key top-secret-key"), "refused the key (401: wrong key …)"),
        (server.Answer(body=b"<html>", headers={"Content-Type": "text/html"}), "lists no models"),
        (server.Answer(body=b"[1]", headers={"Content-Type": "application/json"}), "lists no models"),
        (server.Answer(body=b'{"data": [1]}', headers={"Content-Type": "application/json"}), "lists no models"),
    ],
)
def test_models_of_an_endpoint_that_has_none(
    answer: server.Answer, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "top-secret-key")
    with serve(lambda request, number: answer) as stub:
        line = fault("models", "--base-url", stub.base_url, code=1)
    assert line.startswith(stub.base_url)
    assert message in line
    assert "top-secret" not in line


# show


def test_show_prints_a_paper_plainly_and_unbroken() -> None:
    result = run("show", "paper 2")
    assert result.stderr == ""
    title, about, blank, abstract, *claims = result.stdout.splitlines()
    assert (title, blank) == ("Paper 2", "")
    assert abstract == "Method2 is 1200x faster than vLLM and 3x faster than SGLang on H100."
    assert claims == [
        "", "1. 1200x · speed", "   Method2 vs vLLM: increase, better, factor 1,200x",
        "", "2. 3x · speed", "   Method2 vs SGLang: increase, better, factor 3x", "   H100",
    ]  # fmt: skip
    assert run("show", about[:8]).stdout == result.stdout, "the start of the id will do"


def test_show_says_who_wrote_it_and_when() -> None:
    assert run("show", "Paper 1").stdout.splitlines()[1].startswith("Ada Ash, Bo Birch · Jan 2, 2025 · ")


def test_show_as_json() -> None:
    paper = json_of("show", "Paper 2")
    (extraction,) = paper["extractions"]
    assert (paper["title"], extraction["status"], len(extraction["claims"])) == ("Paper 2", "ok", 2)


def test_show_says_when_there_are_no_claims() -> None:
    assert run("show", "Paper 3").stdout.endswith("\n\nno claims found by test-model\n")
    assert run("show", "Paper 4").stdout.endswith("\n\nnot extracted yet\n")


def ask_another_model(filled: Path, title: str, status: Status) -> None:
    """Store that a later model gave no claims of the paper."""
    store = Store.open(filled)
    extraction = make_extraction(
        store.paper(title), work=replace(WORK, model="later"), status=status, error="not with me", days=1
    )
    store.save(store.start_run(extraction.work, options={}), [extraction])


@pytest.mark.parametrize("status", ["refused", "failed"])
def test_show_keeps_to_the_last_answer_when_a_later_model_gives_none(filled: Path, status: Status) -> None:
    before = [run("show", title).stdout for title in ("Paper 2", "Paper 3")]
    for title in ("Paper 2", "Paper 3"):
        ask_another_model(filled, title, status)
    assert [run("show", title).stdout for title in ("Paper 2", "Paper 3")] == before


@pytest.mark.parametrize(
    ("status", "message"),
    [("refused", "no claims found by later: not with me"), ("failed", "not extracted yet: not with me")],
)
def test_show_says_why_no_model_answered(filled: Path, status: Status, message: str) -> None:
    ask_another_model(filled, "Paper 4", status)
    assert run("show", "Paper 4").stdout.endswith(f"\n\n{message}\n")


def test_show_of_nothing_known_says_so() -> None:
    assert fault("show", "Nonsense") == "no paper in claims.duckdb has the id or title 'Nonsense'"


def test_show_lists_the_papers_that_the_words_may_mean() -> None:
    result = run("show", "Paper")
    error, *candidates = result.stderr.splitlines()
    assert (result.exit_code, result.stdout, error) == (2, "", "claims: 'Paper' means 4 papers; give one's id")
    assert [line.split(" ", 1)[1] for line in candidates] == ["Paper 1", "Paper 2", "Paper 3", "Paper 4"]
    paper_id = candidates[1].split(" ")[0]
    assert json_of("show", paper_id)["title"] == "Paper 2"


# export


@pytest.mark.parametrize(
    ("arguments", "count"), [([], 3), (["-"], 3), (["-", "--format", "jsonl"], 3), (["-", "-f", "csv"], 4)]
)
def test_export_to_a_pipe(arguments: list[str], count: int) -> None:
    result = run("export", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == count


@pytest.mark.parametrize("name", ["out.bib", "out.bibtex", "OUT.BIB"])
def test_export_of_bibtex_takes_either_ending(name: str) -> None:
    result = run("export", name)
    assert (result.exit_code, result.stderr) == (0, f"2 papers written to {name}\n")
    assert Path(name).read_text().count("title = ") == 2


@pytest.mark.parametrize("name", ["out.parquet", "out.csv", "out.jsonl", "OUT.JSONL"])
def test_export_to_a_file_takes_the_format_from_its_name(name: str) -> None:
    result = run("export", name)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"3 claims written to {name}\n")
    readers: dict[str, Any] = {
        "parquet": lambda: pq.read_table(name).num_rows,
        "csv": lambda: len(list(csv.DictReader(io.StringIO(Path(name).read_text())))),
        "jsonl": lambda: len([json.loads(line) for line in Path(name).read_text().splitlines()]),
    }
    assert readers[name.rpartition(".")[2].lower()]() == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["out.xlsx"], "out.xlsx: which format? give --format parquet|csv|jsonl"),
        (["out.bibtexex"], "out.bibtexex: which format?"),
        (["-", "--format", "parquet"], "Parquet cannot go to standard output"),
        (["no/folder/out.csv"], "no/folder/out.csv: cannot write: No such file"),
        (["claims.duckdb", "--format", "csv"], "claims.duckdb: that is the store itself"),
    ],
)
def test_export_that_cannot_be(arguments: list[str], message: str, filled: Path) -> None:
    before = filled.read_bytes()
    assert fault("export", *arguments).startswith(message)
    assert filled.read_bytes() == before


# eval


def test_eval_scores_the_store_against_labels() -> None:
    label = {"improvement": "2x", "metric": "speed", "direction": "increase", "effect": "better", "method": "Method1"}
    claim = label | {"baseline": "vLLM", "hardware": None, "setting": None}
    Path("labels.jsonl").write_text(json.dumps({"id": "a", "claims": [claim]}) + "\n")
    Path("titles.jsonl").write_text(json.dumps({"id": "a", "title": "Paper 1"}) + "\n")
    score = json_of("eval", "--gold", "labels.jsonl", "--papers", "titles.jsonl")
    assert (score["abstracts"], score["gold"], score["pred"]) == (1, 1, 1)
    assert score["detection"] == score["record"] == {"p": 1.0, "r": 1.0, "f1": 1.0}
    assert "1 abstracts, 1 labels, 1 claims" in run("eval", "--gold", "labels.jsonl", "--papers", "titles.jsonl").stdout
    assert fault("eval", "--gold", "nonsense.jsonl").startswith("nonsense.jsonl")


# sql


def test_sql_in_a_pipe_and_as_json() -> None:
    query = "SELECT method, factor FROM claim ORDER BY factor DESC LIMIT 2"
    assert lines("sql", query) == [["method", "factor"], ["Method2", "1200.0"], ["Method2", "3.0"]]
    assert objects("sql", query) == [{"method": "Method2", "factor": 1200.0}, {"method": "Method2", "factor": 3.0}]


def test_sql_as_json_keeps_numbers_numbers_and_every_column() -> None:
    query = "SELECT sum(ordinal) AS n, 1.5 AS n, DATE '2025-01-02' AS d, [1, 2] AS l, NULL, 2 AS \"it's\" FROM claim"
    assert json_of("sql", query) == {"n": 4, "n_1": 1.5, "d": "2025-01-02", "l": [1, 2], "NULL": None, "it's": 2}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("'\\x00\\xFFa'::BLOB", r'"\\x00\\xFFa"'),
        ("INTERVAL '1 month 3 days'", '"1 month 3 days"'),
        ("TIMESTAMP 'infinity'", '"infinity"'),
        ("TIMESTAMP '2025-01-02 03:04:05'", '"2025-01-02 03:04:05"'),
        ("1.50::DECIMAL(4, 2)", "1.5"),
        ("12345678901234567890.5::DECIMAL(30, 1)", "12345678901234567890.5"),
        ("{'d': [DATE '2025-01-02'], 'm': MAP {1: 'x'}}", '{"d":["2025-01-02"],"m":{"1":"x"}}'),
        ("""'{"a": [1]}'::JSON""", '{"a":[1]}'),
        ("uuid '00000000-0000-0000-0000-000000000001'", '"00000000-0000-0000-0000-000000000001"'),
    ],
)
def test_sql_writes_json_as_duckdb_does(value: str, written: str, filled: Path) -> None:
    assert run("sql", f"SELECT {value} AS v", "--json").stdout == f'{{"v":{written}}}\n'
    run("sql", f"COPY (SELECT {value} AS v) TO 'copy.json' (FORMAT json)", "--unsafe")
    assert Path("copy.json").read_text() == f'{{"v":{written}}}\n'


def test_sql_as_json_is_json_for_every_parser() -> None:
    query = "SELECT 'nan'::DOUBLE AS n, ['-inf'::FLOAT, 'inf'] AS l, 'say \"NaN\": \\ Infinity' AS s, chr(27) AS c"
    printed = run("sql", query, "--json").stdout
    assert json.loads(printed, parse_constant=pytest.fail) == {
        "n": "NaN", "l": ["-Infinity", "Infinity"], "s": 'say "NaN": \\ Infinity', "c": "\x1b",
    }  # fmt: skip
    assert "\x1b" not in printed


@pytest.mark.parametrize("statement", ["SHOW TABLES", "DESCRIBE claim", "SUMMARIZE claim", "EXPLAIN FROM claim"])
def test_sql_about_the_store_as_json_has_the_rows_of_csv(statement: str) -> None:
    assert len(objects("sql", statement)) == len(
        list(csv.DictReader(io.StringIO(run("sql", statement, "--csv").stdout)))
    )


def test_sql_as_json_of_nothing_is_nothing() -> None:
    assert objects("sql", "FROM claim WHERE false") == []
    assert run("sql", "DELETE FROM sources", "--unsafe", "--json").exit_code == 0


@pytest.mark.parametrize("statement", ["DROP TABLE papers", "DELETE FROM claims", "COPY papers TO 'out.csv'"])
def test_sql_only_reads(statement: str, filled: Path) -> None:
    before = filled.read_bytes()
    assert "refused: only a single SELECT" in fault("sql", statement)
    assert filled.read_bytes() == before
    assert not Path("out.csv").exists()


def test_sql_unsafe_writes() -> None:
    assert run("sql", "DELETE FROM sources", "--unsafe").exit_code == 0
    assert json_of("sql", "SELECT count(*) AS n FROM sources") == {"n": 0}


def test_sql_that_is_wrong_or_too_slow() -> None:
    assert "The views are: baseline, baseline_size, claim" in fault("sql", "FROM claimz")
    slow = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range = 7"
    assert fault("sql", slow, "--timeout", "0.1").startswith("stopped after 0.1 s")


@pytest.mark.parametrize("seconds", ["1e10", "inf"])
def test_sql_takes_any_time_limit(seconds: str) -> None:
    assert lines("sql", "SELECT 1 AS a", "--timeout", seconds) == [["a"], ["1"]]


def test_sql_prints_a_plan_line_by_line_without_control_characters() -> None:
    drawn = run("sql", "EXPLAIN SELECT count(*) FROM claim WHERE title = '\x1b[2J'").stdout
    assert "╭─" in drawn.splitlines()[0]
    assert len(drawn.splitlines()) > 3
    assert "\x1b" not in drawn
    plan = "SELECT NULL AS explain_key, 'a\x1b[2J' || chr(10) || '  b\t' AS explain_value"
    assert run("sql", plan).stdout == "a[2J\n  b \n"


@pytest.mark.parametrize("hidden", ["chr(1)", "chr(9)", "chr(10)", "chr(8203)", "chr(65279)", "' '"])
@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@a"])
def test_sql_as_csv_finds_a_formula_behind_what_nobody_sees(hidden: str, formula: str) -> None:
    _, cell = run("sql", f"SELECT {hidden} || '{formula}' AS a", "--csv").stdout.splitlines()
    assert cell in {f"'{formula}", f"' {formula}"}


def test_sql_as_csv_keeps_negative_numbers_numbers() -> None:
    assert run("sql", "SELECT -5 AS a, -1.5 AS b, 'a=b' AS c", "--csv").stdout == "a,b,c\n-5,-1.5,a=b\n"


def test_a_bad_setting_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMS_PRICES", "abc")
    assert fault("sql", "SELECT 1").startswith("setting prices: not JSON: ")


# Stores that cannot be used

READERS = [
    ["compare"], ["baselines"], ["show", "x"], ["export", "out.csv"], ["sql", "FROM claim"],
]  # fmt: skip


@pytest.mark.parametrize("command", READERS)
def test_without_a_store_the_way_to_one_is_named(command: list[str]) -> None:
    message = "new.duckdb: no such store; 'claims extract PATH… --db new.duckdb' makes one"
    assert fault(*command, "--db", "new.duckdb") == message
    assert not Path("new.duckdb").exists()
    assert not Path("out.csv").exists()


def make_newer(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO migrations SELECT 9999, 'later', now()::TIMESTAMP")


def make_foreign(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE mine (x INTEGER)")


def make_text(path: Path) -> None:
    path.write_text("my notes " * 100)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (make_newer, "claims.duckdb: written by a newer version"),
        (make_foreign, "claims.duckdb: a DuckDB database, but not a store of claims"),
        (make_text, "claims.duckdb: not a store: the file is no DuckDB database"),
    ],
)
def test_a_file_that_is_no_store_of_this_version_stays_untouched(
    make: Any, message: str, filled: Path, model: list[str], stub: Stub
) -> None:
    make(filled)
    before = filled.read_bytes()
    document = write_papers(1)
    for command in (*READERS, ["models"], ["extract", document, *model], ["extract", document, *model, "--dry-run"]):
        assert fault(*command).startswith(message)
    assert filled.read_bytes() == before
    assert stub.requests == []


def test_a_store_that_another_program_holds(filled: Path, monkeypatch: pytest.MonkeyPatch, model: list[str]) -> None:
    monkeypatch.setattr("extractor.store.migrations.READ_PATIENCE", 0.1)
    with duckdb.connect(str(filled)):
        before = filled.read_bytes()
        for command in (["sql", "FROM claim"], ["extract", write_papers(1), *model]):
            assert "claims.duckdb: the store is in use by " in fault(*command)
        assert filled.read_bytes() == before
