"""Submitting and collecting batches with ``claims batch``, and reading what comes of them."""

import json
from typing import Any

import duckdb
import stub as server
from command import answer, json_of, run, write_papers
from provider import Provider

CONTENT = "SELECT * EXCLUDE (extracted_at) FROM claim ORDER BY paper_id, ordinal"
CALLS = (
    "SELECT purpose, http_status, finish_reason, prompt_tokens, completion_tokens, error "
    "FROM calls ORDER BY extraction_id, ordinal"
)


def submit(provider: Provider, papers: int = 3, *flags: object) -> Any:
    return json_of("batch", "submit", write_papers(papers), "--base-url", provider.base_url, "--model", "m", *flags)


def collect(provider: Provider, *flags: object, code: int = 0) -> Any:
    result = run("batch", "collect", "--base-url", provider.base_url, "--json", *flags)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def rows(sql: str, store: str = "claims.duckdb") -> list[tuple[Any, ...]]:
    with duckdb.connect(store, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def batch_outcomes() -> list[tuple[Any, ...]]:
    return rows("SELECT outcome FROM runs ORDER BY started_at")


def faulty_at_first(request: dict[str, Any], _: int) -> server.Answer:
    """A sound claim and one that the paper does not make, which a re-ask mends."""
    first = len(request["messages"]) == 2
    sound = {"improvement": "2x", "method": answer_method(request)}
    return server.claims(sound, {"improvement": "99x"}) if first else server.claims(sound)


def answer_method(request: dict[str, Any]) -> str:
    method: str = json.loads(answer(request, 1).body)["choices"][0]["message"]["content"]
    return str(json.loads(method)["claims"][0]["method"])
