"""``claims aliases``."""

import json
from pathlib import Path

import pytest
from command import fault, on_screen, run, write_records
from factories import WORK, make_claim, make_extraction, make_paper
from stub import Stub

from extractor.store import Store

FILE = Path("claims.duckdb.aliases.toml")


def methods_against(baseline: str) -> list[str]:
    lines = run("compare", "--baseline", baseline, "--json").stdout.splitlines()
    return sorted(json.loads(line)["method"] for line in lines)


def test_an_added_alias_joins_stored_claims(filled: Path) -> None:
    result = run("aliases", "add", "SGLang", "vLLM")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        f"'SGLang' stands for 'vLLM' from now on ({FILE})", "1 claim changed in claims.duckdb",
    ]  # fmt: skip
    assert methods_against("vLLM") == methods_against("SGLang") == ["Method1", "Method2", "Method2"]
    assert "0 claims changed" in run("aliases", "add", "SGLang", "vLLM").stderr


@pytest.mark.parametrize(
    ("arguments", "hints"),
    [
        (["SGLnag", "vLLM"], ["no claim has the name 'SGLnag' yet; near ones are 'SGLang'"]),
        (["SGLang", "vLM"], ["no claim has the name 'vLM' yet; near ones are 'vLLM'"]),
        (["Qqq", "vLLM"], ["no claim has the name 'Qqq' yet"]),
        (["the sg-lang system", "VLLM"], []),
        (["--metric", "spede", "throughput"], ["no claim has the metric 'spede' yet; near ones are 'speed'"]),
        (["--metric", " Speed", "throughput"], []),
    ],
)
def test_a_spelling_that_no_claim_has_is_added_with_a_hint(
    filled: Path, arguments: list[str], hints: list[str]
) -> None:
    _, *between, _ = run("aliases", "add", *arguments).stderr.splitlines()
    assert between == hints
    assert len(run("aliases", "list", "--json").stdout.splitlines()) == 1
    assert len(run("aliases", "add", *arguments).stderr.splitlines()) == 2, "said once"


def test_an_edited_file_is_applied_on_demand(filled: Path) -> None:
    FILE.write_text('[names]\n"SGLang" = "vLLM"\n')
    assert methods_against("SGLang") == ["Method2"]
    assert run("aliases", "apply").stderr == "1 claim changed in claims.duckdb\n"
    FILE.unlink()
    assert run("aliases", "apply").stderr == "1 claim changed in claims.duckdb\n"
    assert methods_against("SGLang") == ["Method2"]


def test_a_metric_gets_another_family(filled: Path) -> None:
    run("aliases", "add", "--metric", "speed", "throughput")
    assert '"family": "throughput"' in run("compare", "--json").stdout


def test_the_file_beside_the_store_counts_in_an_extraction(model: list[str], stub: Stub) -> None:
    assert "no store yet" in run("aliases", "add", "vLLM", "Paged Server").stderr
    document = write_records("one.jsonl", [{"title": "T", "abstract": "Method7 is 2x faster than vLLM."}])
    assert run("extract", document, *model).exit_code == 0
    assert methods_against("Paged Server") == ["Method7"]
    assert "0 claims changed" in run("aliases", "apply").stderr


def test_the_set_file_counts_instead(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMS_ALIASES", "mine.toml")
    assert fault("aliases", "apply").startswith("mine.toml: no such alias file; 'claims aliases add' makes it")
    run("aliases", "add", "SGLang", "vLLM")
    assert Path("mine.toml").exists()
    assert not FILE.exists()


def test_the_list(filled: Path) -> None:
    run("aliases", "add", "SGLang", "vLLM")
    assert run("aliases", "list").stdout == "section\talias\tstands for\nnames\tSGLang\tvLLM\n"
    assert json.loads(run("aliases", "list", "--json").stdout) == {
        "section": "names", "alias": "SGLang", "target": "vLLM",
    }  # fmt: skip
    assert run("aliases", "list", "--csv").stdout == "section,alias,target\nnames,SGLang,vLLM\n"


def test_suggestions_can_be_pasted_into_the_file(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, paper = Store.open(filled), make_paper(9)
    store.add_papers([paper])
    claim = make_claim(paper, method="MethodNine", baseline="SGLange")
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, claim)])
    pasted = run("aliases", "suggest").stdout
    monkeypatch.setenv("COLUMNS", "20")
    assert on_screen("aliases", "suggest").plain == pasted, "no line is wrapped"
    assert pasted.startswith('"SGLange" = "SGLang"  # 1 + 1 claims, ')
    FILE.write_text("[names]\n" + pasted)
    run("aliases", "apply")
    assert methods_against("SGLang") == ["Method2", "MethodNine"]
    assert run("aliases", "suggest").stderr == "no two names of different papers are so alike\n"


def test_while_an_extraction_runs_nothing_changes(filled: Path) -> None:
    with Store.open(filled).exclusive():
        for command in (["add", "SGLang", "vLLM"], ["apply"]):
            assert "is extracting into this store" in fault("aliases", *command)
    assert not FILE.exists()


@pytest.mark.parametrize("command", ["list", "add", "apply", "suggest"])
def test_each_explains_itself_with_an_example_within_80_columns(command: str) -> None:
    shown = run("aliases", command, "--help", env={"COLUMNS": "80"}).stdout
    assert f"\n    claims aliases {command}" in shown.partition("Examples:")[2]
    assert max(map(len, shown.splitlines())) <= 80
