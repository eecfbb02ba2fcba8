"""``claims batch``: from the submission to the claims."""

import json
from pathlib import Path

import pytest
import stub as server
from batching import CALLS, CONTENT, batch_outcomes, collect, rows, submit
from command import answer, json_of, run, write_papers
from provider import Provider

from extractor.batches import submit_batches
from extractor.settings import Settings
from extractor.store import check_store


def test_a_batch_ends_in_the_same_store_as_asking_one_by_one(provider: Provider) -> None:
    document = write_papers(5)
    with server.serve(answer) as stub:
        run("extract", document, "--base-url", stub.base_url, "--model", "m", "--db", "online.duckdb")
        assert submit(provider, 5) == {"model": "m", "papers": 5, "skipped": 0, "requests": 5, "batches": [1]}
        provider.end()
        assert collect(provider)["extracted"] == 5
    assert rows(CONTENT) == rows(CONTENT, "online.duckdb")
    assert len(rows(CONTENT)) == 5
    assert rows(CALLS) == rows(CALLS, "online.duckdb")
    in_batch, one_by_one = (sorted(map(json.dumps, requests)) for requests in (provider.requests, stub.requests))
    assert in_batch == one_by_one


def test_a_request_is_known_by_the_id_of_its_extraction(provider: Provider) -> None:
    submit(provider)
    ids = {line["custom_id"] for line in provider.lines("file-1")}
    provider.end()
    collect(provider)
    assert ids == {one for (one,) in rows("SELECT extraction_id FROM extractions")}


def test_what_is_submitted_said_and_collected_in_words(provider: Provider) -> None:
    there = ["--base-url", provider.base_url]
    result = run("batch", "submit", write_papers(2), *there, "--model", "m")
    assert result.stdout == "2 papers, 0 done or under way already; submitted 2 requests as batch 1 (claims.duckdb)\n"
    provider.end()
    result = run("batch", "collect", *there)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "1 batch collected, 0 pending; extracted 2, failed 0: 2 claims, 0 dropped, 200 + 40 tokens (claims.duckdb)\n"
    )
    header, line = run("batch", "status", *there).stdout.splitlines()
    assert header.split("\t")[:4] == ["batch", "model", "status", "requests"]
    assert line.split("\t")[:4] == ["1", "m", "collected", "2"]
    assert line.split("\t")[-1] == "batch_1"


def test_before_its_end_nothing_is_collected_and_the_status_says_so(provider: Provider) -> None:
    submit(provider)
    collected = collect(provider)
    assert (collected["pending"], collected["batches"], collected["extracted"]) == (1, 0, 0)
    status = json_of("batch", "status", "--base-url", provider.base_url)
    assert (status["batch"], status["status"], status["requests"]) == (1, "in_progress", 3)
    assert rows("SELECT count(*) FROM extractions") == [(0,)]


def test_waiting_looks_until_the_end(provider: Provider) -> None:
    submit(provider)
    provider.faults["GET /batches/batch_1"] = lambda: (
        provider.end() if provider.log.count("GET /batches/batch_1") == 3 else None
    )
    collected = collect(provider, "--wait", "--every", "0.01")
    assert (collected["extracted"], collected["pending"]) == (3, 0)
    assert provider.log.count("GET /batches/batch_1") == 3


def test_collecting_twice_stores_once(provider: Provider) -> None:
    submit(provider)
    provider.end()
    collect(provider)
    stored = rows("SELECT * FROM extractions ORDER BY ALL"), rows("SELECT * FROM calls ORDER BY ALL")
    asked = len(provider.log)
    assert collect(provider)["batches"] == 0
    assert len(provider.log) == asked
    assert stored == (rows("SELECT * FROM extractions ORDER BY ALL"), rows("SELECT * FROM calls ORDER BY ALL"))
    assert check_store("claims.duckdb") == []
    assert batch_outcomes() == [("completed",)]


def test_papers_under_way_are_neither_submitted_nor_extracted_again(provider: Provider) -> None:
    submit(provider, 3)
    assert submit(provider, 5) == {"model": "m", "papers": 5, "skipped": 3, "requests": 2, "batches": [2]}
    with server.serve(answer) as stub:
        result = run("extract", write_papers(5), "--base-url", stub.base_url, "--model", "m", "--json")
        assert (json.loads(result.stdout)["skipped"], stub.requests) == (5, [])
        assert result.stderr == "5 papers of the store under way in a batch: claims batch collect --db claims.duckdb\n"
    provider.end()
    assert (collect(provider)["extracted"], len(provider.requests)) == (5, 5)
    assert submit(provider, 5)["batches"] == []


def test_forced_papers_are_submitted_again_and_only_the_last_batch_counts(provider: Provider) -> None:
    submit(provider)
    assert submit(provider, 3, "--force")["requests"] == 3
    provider.end()
    collected = collect(provider)
    assert (collected["batches"], collected["extracted"]) == (2, 3)
    assert rows("SELECT count(*) FROM calls") == [(3,)]


def test_files_are_split_at_the_provider_s_limits(provider: Provider) -> None:
    settings = Settings(db=Path("claims.duckdb"), model="m", base_url=provider.base_url)
    submitted = submit_batches([write_papers(7)], settings, requests_a_file=3)
    assert (submitted.batches, [len(provider.files[f"file-{n}"].splitlines()) for n in (1, 2, 3)]) == (
        [1, 2, 3], [3, 3, 1],
    )  # fmt: skip
    line = len(provider.files["file-1"].splitlines(keepends=True)[0])
    submit_batches([write_papers(12)], settings, bytes_a_file=2 * line + 50)
    assert [len(provider.files[f"file-{n}"].splitlines()) for n in (4, 5, 6)] == [2, 2, 1]
    provider.end()
    assert collect(provider)["extracted"] == 12


def test_a_changed_prompt_file_does_not_change_what_was_asked(provider: Provider) -> None:
    prompt = Path("mine.md")
    text = "---\nid: mine\nversion: 1\n---\n<user>\n{{title}}: {{abstract}}\n</user>\n"
    prompt.write_text(text)
    submit(provider, 2, "--prompt", str(prompt))
    prompt.unlink()
    provider.script = lambda request, number: server.claims({"improvement": "99x"})
    provider.end()
    collect(provider, "--reask")
    assert collect(provider)["pending"] == 1
    first, again = (
        {json.dumps(request["messages"][0]) for request in part}
        for part in (provider.requests[:2], provider.requests[2:])
    )
    assert first == again
    assert rows("SELECT DISTINCT prompt FROM extractions") == [("mine.v1",)]


def test_an_answer_costs_half_as_much_as_one_by_one(provider: Provider) -> None:
    Path("claims.toml").write_text("[prices.m]\ninput = 2.0\noutput = 8.0\n")
    document = write_papers(3)
    with server.serve(answer) as stub:
        online = json_of("extract", document, "--base-url", stub.base_url, "--model", "m", "--db", "online.duckdb")
    submit(provider)
    provider.end()
    assert collect(provider)["cost"] == pytest.approx(online["cost"] / 2)
    assert online["cost"] == pytest.approx(3 * (100 * 2 + 20 * 8) / 1e6)
    for table in ("extractions", "calls"):
        ((half,),) = rows(f"SELECT sum(cost) FROM {table}")
        assert half == pytest.approx(online["cost"] / 2)
