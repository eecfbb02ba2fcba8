"""``claims extract``: what it asks, what it prints, and how it ends."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from time import monotonic
from typing import Any

import pytest
import stub as server
from command import answer, fault, json_of, run, start, write_papers, write_records
from stub import Stub, serve

from extractor.store import Store

FIELDS = {
    "papers", "skipped", "extracted", "failed", "claims", "dropped_claims", "prompt_tokens", "completion_tokens",
    "cost", "seconds", "model",
}  # fmt: skip
NOT_TODAY = {"Retry_After": "86400"}
SOMEWHERE = ["--base-url", "http://127.0.0.1:1/v1", "--model", "m"]


def fails_for(name: str) -> Callable[[dict[str, Any], int], server.Answer]:
    """A script whose server refuses the one paper that holds ``name``."""

    def script(request: dict[str, Any], number: int) -> server.Answer:
        return server.error(400, "too long") if name in json.dumps(request) else answer(request, number)

    return script


# What a run does and says


def test_a_run_ends_with_one_sentence(stub: Stub, model: list[str]) -> None:
    result = run("extract", write_papers(3), *model)
    assert (result.exit_code, result.stderr) == (0, "")
    (sentence,) = result.stdout.splitlines()
    assert sentence.startswith(
        "3 papers, 0 done already; extracted 3, failed 0: 3 claims, 0 dropped, 300 + 60 tokens, "
    )
    assert sentence.endswith(" s (claims.duckdb)")
    assert len(stub.requests) == 3
    assert Store.open("claims.duckdb").counts().claims == 3


def test_json_has_exactly_the_published_fields(model: list[str]) -> None:
    summary = json_of("extract", write_papers(3), *model)
    assert set(summary) == FIELDS
    assert summary["seconds"] > 0
    assert summary == {
        "papers": 3, "skipped": 0, "extracted": 3, "failed": 0, "claims": 3, "dropped_claims": 0,
        "prompt_tokens": 300, "completion_tokens": 60, "cost": 0.0, "model": "stub", "seconds": summary["seconds"],
    }  # fmt: skip


def test_a_second_run_asks_nothing(stub: Stub, model: list[str]) -> None:
    document = write_papers(3)
    run("extract", document, *model)
    result = run("extract", document, *model)
    assert (result.exit_code, result.stdout) == (0, "3 papers, all done already; nothing left to do (claims.duckdb)\n")
    assert len(stub.requests) == 3
    again = json_of("extract", document, *model)
    assert (again["papers"], again["skipped"], again["extracted"]) == (3, 3, 0)


def test_new_papers_are_added_to_those_that_are_done(stub: Stub, model: list[str]) -> None:
    run("extract", write_papers(2), *model)
    assert json_of("extract", write_papers(5), *model)["extracted"] == 3
    assert len(stub.requests) == 5


def test_force_asks_again_and_replaces(stub: Stub, model: list[str]) -> None:
    document = write_papers(2)
    run("extract", document, *model)
    assert json_of("extract", document, *model, "--force")["extracted"] == 2
    assert len(stub.requests) == 4
    assert Store.open("claims.duckdb").counts().claims == 2


def test_limit_bounds_the_papers_read(stub: Stub, model: list[str]) -> None:
    summary = json_of("extract", write_papers(5), *model, "--limit", "2")
    assert (summary["papers"], summary["extracted"], len(stub.requests)) == (2, 2, 2)


def test_another_model_is_other_work(stub: Stub, model: list[str]) -> None:
    document = write_papers(1)
    run("extract", document, *model)
    assert json_of("extract", document, *model, "--model", "other")["extracted"] == 1
    assert [request["model"] for request in stub.requests] == ["stub", "other"]


def test_concurrency_is_the_number_of_requests_under_way() -> None:
    under_way: list[int] = []
    most = 0
    full = Barrier(3)

    def script(request: dict[str, Any], number: int) -> server.Answer:
        nonlocal most
        under_way.append(number)
        most = max(most, len(under_way))
        if number in {2, 3, 4}:
            full.wait(30)
        under_way.remove(number)
        return answer(request, number)

    with serve(script) as stub:
        flags = ["--base-url", stub.base_url, "--model", "stub", "--concurrency", "3"]
        assert json_of("extract", write_papers(8), *flags)["extracted"] == 8
    assert most == 3


def test_standard_input(stub: Stub, model: list[str]) -> None:
    document = Path(write_papers(2)).read_text()
    process = start("extract", "-", *model, "--json")
    out, err = process.communicate(document)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["extracted"] == 2


def test_warnings_never_mix_with_json(model: list[str]) -> None:
    Path("a.txt").write_text("Only a title")
    result = run("extract", "a.txt", write_papers(1), *model, "--json")
    assert (result.exit_code, json.loads(result.stdout)["papers"]) == (0, 1)
    assert result.stderr == "skipped a.txt: no paper with an abstract found\n"


def test_of_many_unreadable_records_the_first_are_shown_and_all_counted(model: list[str]) -> None:
    document = write_records("bad.jsonl", [{"title": f"Paper {n}"} for n in range(30)])
    result = run("extract", document, write_papers(1), *model)
    *shown, total = result.stderr.splitlines()
    assert len(shown) == 20
    assert total == "skipped 31 records or documents in all"


# Dry run


def test_a_dry_run_counts_and_changes_nothing(stub: Stub, model: list[str]) -> None:
    result = run("extract", write_papers(3), *model, "--dry-run")
    assert result.stdout.startswith("3 papers, 0 done already: 3 calls of stub, about ")
    assert stub.requests == []
    assert [path.name for path in Path().iterdir()] == ["papers.jsonl"]


PRICED = "[prices.stub]\ninput = 0\noutput = 50000\n"  # the stub's 20 tokens are a dollar; the guess, 120, is six


def test_a_dry_run_tells_a_range_of_dollars_and_whose_prices_they_are(
    stub: Stub, model: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = write_papers(2)
    assert run("extract", document, *model, "--dry-run").stdout.endswith(" answer tokens, at no cost\n")
    Path("claims.toml").write_text(PRICED)
    told = run("extract", document, *model, "--dry-run", "--reasks", "0").stdout
    assert told.endswith(" answer tokens, $6.00 to $25.00 (your own prices)\n")  # 60 and 250 tokens a paper
    assert run("extract", document, *model, "--dry-run").stdout.endswith("$6.00 to $50.00 (your own prices)\n")
    assert stub.requests == []

    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    estimate = json_of("extract", document, "--model", "gpt-4.1-mini", "--dry-run")
    assert 0 < estimate["cost_low"] < estimate["cost_high"] < 0.1
    assert estimate["prices"].startswith("genai-prices ")
    somewhere = ["--base-url", "https://model.test/v1", "--model", "m"]
    assert json_of("extract", document, *somewhere, "--dry-run")["cost_low"] is None
    assert "at a price that is unknown" in run("extract", document, *somewhere, "--dry-run").stdout


def test_a_dry_run_takes_any_limit(model: list[str]) -> None:
    assert json_of("extract", write_papers(3), *model, "--dry-run", "--limit", 10**30)["papers"] == 3


def test_a_dry_run_knows_what_is_done(stub: Stub, model: list[str]) -> None:
    run("extract", write_papers(2), *model)
    estimate = json_of("extract", write_papers(3), *model, "--dry-run")
    assert set(estimate) == {
        "papers", "skipped", "calls", "prompt_tokens", "completion_tokens", "model", "cost_low", "cost_high", "prices",
    }  # fmt: skip
    assert (estimate["papers"], estimate["skipped"], estimate["calls"]) == (3, 2, 1)
    assert len(stub.requests) == 2
    assert json_of("extract", write_papers(3), *model, "--dry-run", "--force")["calls"] == 3


def test_a_dry_run_without_a_key_needs_no_model() -> None:
    result = run("extract", write_papers(1), "--dry-run")
    assert result.exit_code == 0
    assert "1 paper, 0 done already: 1 call of gemma-3-270m-claims-" in result.stdout


# Limits and money


@pytest.mark.parametrize("concurrency", [1, 4])
def test_max_cost_stops_in_time_with_exit_4_and_the_same_command_continues(
    stub: Stub, model: list[str], concurrency: int
) -> None:
    Path("claims.toml").write_text(PRICED)
    arguments = ["extract", write_papers(20), *model, "--max-cost", "8", "--concurrency", concurrency]
    for done in (8, 16):
        result = run(*arguments)
        assert result.exit_code == 4
        assert re.fullmatch(
            r"stopped at \$8\.00 of --max-cost \$8\.00 with (at least )?\d+ papers to go; "
            r"the same command continues with another \$8\.00\n",
            result.stderr,
        )
        assert len(stub.requests) == Store.open("claims.duckdb").counts().extractions == done
    assert json_of(*arguments)["cost"] == 4
    assert len(stub.requests) == 20
    runs = [json.loads(line) for line in run("sql", "FROM run ORDER BY started_at", "--json").stdout.splitlines()]
    assert [one["outcome"] for one in runs] == ["out of budget", "out of budget", "completed"]
    assert [(one["papers"], one["cost"]) for one in runs] == [(8, 8), (8, 8), (4, 4)]
    assert json_of("sql", "SELECT sum(cost) AS cost, min(cost) AS least FROM paper") == {"cost": 20, "least": 1}


def test_a_budget_that_only_a_re_ask_would_pass_stops_nothing() -> None:
    Path("claims.toml").write_text(PRICED)
    faulty = server.claims({"improvement": "99x"})
    dear = replace(faulty, body=faulty.body.replace(b'"completion_tokens": 20', b'"completion_tokens": 1000'))
    with serve(lambda request, number: dear) as stub:
        there = ["--base-url", stub.base_url, "--model", "stub", "--max-cost", "60"]
        result = run("extract", write_papers(1), *there)
    assert len(stub.requests) == 1
    assert (result.exit_code, result.stderr) == (0, "")
    assert "extracted 1, failed 0: 0 claims, 1 dropped" in result.stdout


def test_a_budget_that_does_not_cover_a_paper_asks_nothing_and_says_so(stub: Stub, model: list[str]) -> None:
    Path("claims.toml").write_text(PRICED)
    result = run("extract", write_papers(3), *model, "--max-cost", "0.5")
    assert (result.exit_code, stub.requests) == (4, [])
    assert result.stderr == "a paper may cost more than --max-cost $0.5000; --dry-run says how much\n"


def test_a_budget_needs_a_price_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    line = fault("extract", write_papers(1), "--base-url", "https://model.test/v1", "--model", "m", "--max-cost", "1")
    assert line == (
        "--max-cost needs a price, and that of m at https://model.test/v1 is unknown; set it in claims.toml: "
        '[prices."m"], input = …, output = … (US dollars per million tokens)'
    )
    assert not Path("claims.duckdb").exists()


def test_what_a_run_costs_stands_in_its_sentence(model: list[str]) -> None:
    Path("claims.toml").write_text(PRICED)
    assert " 300 + 60 tokens, $3.00, " in run("extract", write_papers(3), *model).stdout


def test_requests_a_minute_are_spaced() -> None:
    times: list[float] = []

    def script(request: dict[str, Any], number: int) -> server.Answer:
        times.append(monotonic())
        return answer(request, number)

    with serve(script) as stub:
        flags = ["--base-url", stub.base_url, "--model", "stub", "--rpm", "1200"]
        assert json_of("extract", write_papers(7), *flags)["extracted"] == 7
    assert times[-1] - times[1] >= 5 * 0.05 - 0.04  # the first of these may have come late


# Settings


def test_flags_beat_the_environment_that_beats_the_settings_file(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("claims.toml").write_text(f'base_url = "{stub.base_url}"\nmodel = "of-file"\ndb = "of-file.duckdb"')
    document = write_papers(1)
    assert json_of("extract", document)["model"] == "of-file"
    monkeypatch.setenv("CLAIMS_MODEL", "of-environment")
    assert json_of("extract", document)["model"] == "of-environment"
    assert json_of("extract", document, "--model", "of-flag")["model"] == "of-flag"
    assert Store.open("of-file.duckdb").counts().extractions == 3
    assert json_of("extract", document, "--db", "of-flag.duckdb")["extracted"] == 1
    assert not Path("claims.duckdb").exists()


# When the model fails


def test_some_failed_papers_mean_exit_1_and_the_next_run_tries_only_these() -> None:
    document = write_papers(4)
    with serve(fails_for("Method3")) as stub:
        flags = ["--base-url", stub.base_url, "--model", "stub"]
        result = run("extract", document, *flags, "--json")
    assert result.exit_code == 1
    assert (json.loads(result.stdout)["extracted"], json.loads(result.stdout)["failed"]) == (3, 1)
    (advice,) = result.stderr.splitlines()
    assert advice.startswith("1 paper failed; the same command tries again. Reasons: claims sql --db claims.duckdb ")
    query = advice.partition('"')[2].rpartition('"')[0]
    assert "too long" in json_of("sql", query)["error"]
    with serve(answer) as stub:
        summary = json_of("extract", document, "--base-url", stub.base_url, "--model", "stub")
        assert (summary["skipped"], summary["extracted"], len(stub.requests)) == (3, 1, 1)


def test_a_server_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.retries._BACKOFF", lambda state: 0.0)
    with serve(answer) as stub:
        pass
    line = fault("extract", write_papers(5), "--base-url", stub.base_url, "--model", "stub", code=1)
    assert line.startswith(f"{stub.base_url}: no connection (")
    assert line.endswith("is the server running, is --base-url right?")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--base-url", "nonsense", "--model", "m"], "setting base_url: 'nonsense' is no address"),
        (["--base-url", "http://[::1", "--model", "m"], "setting base_url: 'http://[::1' is no address"),
        (["--base-url", "http://127.0.0.1:1/v1"], "which model of http://127.0.0.1:1/v1? give --model"),
        (["--model", "gpt-4.1-mini"], "no key for https://api.openai.com/v1: set OPENAI_API_KEY, or use --model embed"),
        (["--prompt", "nonsense", *SOMEWHERE], "prompt nonsense: cannot be read"),
        (["--aliases", "nonsense.toml", *SOMEWHERE], "nonsense.toml: "),
        (["--db", "no/such/folder/x.duckdb", *SOMEWHERE], "no/such/folder/"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_2(flags: list[str], message: str) -> None:
    assert fault("extract", write_papers(1), *flags).startswith(message)
    assert not Path("claims.duckdb").exists()
