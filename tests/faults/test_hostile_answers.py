"""Fault 7: answers that are cut off, refused, fenced, or far from what was asked for."""

import json
import re
from typing import Any

import duckdb
from command import write_papers
from figures import Figures
from measured import MB, measured
from stub import Answer, claims, completion, serve

from extractor.conversation import LONGEST_REASK, MAX_CALLS

SOUND: dict[str, Any] = {
    "improvement": "2x", "metric": "speed", "direction": "increase", "effect": "better",
    "method": "METHOD", "baseline": "vLLM", "hardware": None, "setting": None,
}  # fmt: skip


def listing(*items: object) -> str:
    return json.dumps({"claims": items})


LONG = "x" * 5_000_000
# What the model answers (METHOD is the paper's), and the claims that are to be stored of it.
ANSWERS: dict[str, tuple[str, int]] = {
    "sound": (listing(SOUND), 1),
    "fenced": (f"```json\n{listing(SOUND)}\n```", 1),
    "fenced twice": (f"```\n```json\n{listing(SOUND)}\n```\n```", 0),
    "prose around it": (f"Here you are:\n{listing(SOUND)}\nAnything else?", 0),
    "empty": ("", 0),
    "null": ("null", 0),
    "another object": ('{"answer": 42}', 0),
    "claims of null": ('{"claims": null}', 0),
    "a list of lists": ('{"claims": [[["2x"]]]}', 0),
    "an extra field": (listing(SOUND | {"confidence": 1}), 0),
    "an extra field in one of two": (listing(SOUND | {"sql": "DROP TABLE claims"}, SOUND), 1),
    "a missing field": (listing({"improvement": "2x"}), 0),
    "NaN": (listing(SOUND | {"improvement": float("nan")}), 0),
    "infinity": (listing(SOUND | {"metric": float("inf")}), 0),
    "a number for words": (listing(SOUND | {"improvement": 2}), 0),
    "another direction": (listing(SOUND | {"direction": "sideways"}), 0),
    "invented numbers": (listing(SOUND | {"improvement": "9000x"}), 0),
    "an invented method": (listing(SOUND | {"method": "Clairvoyance"}), 0),
    "an invented baseline": (listing(SOUND | {"baseline": "everything"}), 1),  # the result itself is there
    "no number": (listing(SOUND | {"improvement": "faster"}), 0),
    "a NUL": (listing(SOUND | {"metric": "speed\0"}), 0),
    "a lone surrogate": (listing(SOUND | {"metric": "\ud800"}), 0),
    "repeated keys": ('{"claims": [], "claims": ' + json.dumps([SOUND]) + "}", 1),
    "10,000 sound claims": (listing(*[SOUND] * 10_000), 1),
    "10,000 different claims": (listing(*(SOUND | {"metric": f"m{n}"} for n in range(10_000))), 0),
    "10,000 faulty claims": (listing(*[{}] * 10_000), 0),
    "deep nesting": ("[" * 200_000, 0),
    "deep nesting in a field": ('{"claims": [{"improvement": ' + "[" * 200_000, 0),
    "5 MB of one word": (listing(SOUND | {"method": LONG}), 0),
    "5 MB of one number": (listing(SOUND | {"improvement": "2" * 5_000_000}), 0),
    "5 MB of blanks": ('{"claims": ' + " " * 5_000_000 + "[]}", 0),
    "5 MB of prose": ("word " * 1_000_000, 0),
    "5 MB of open fences": ("```json\n" * 600_000, 0),
}  # fmt: skip


def test_nothing_bad_is_stored_the_raw_answers_are_and_memory_stays_bounded(figures: Figures) -> None:
    names = list(ANSWERS)

    def method(request: dict[str, Any]) -> str:
        return re.findall(r"Method\d+", request["messages"][1]["content"])[-1]

    def text(name: str, method: str) -> str:
        return ANSWERS[name][0].replace("METHOD", method)

    def script(request: dict[str, Any], number: int) -> Answer:
        about = method(request)
        return completion(text(names[int(about.removeprefix("Method")) - 1], about))

    with serve(script) as stub:
        ended = measured(
            "extract", write_papers(len(names)), "--base-url", stub.base_url, "--model", "stub", "--concurrency", 4
        )
    assert ended.code == 1, ended.err
    with duckdb.connect("claims.duckdb", read_only=True) as connection:
        rows = connection.execute(
            "SELECT reply, n_claims FROM extractions JOIN papers USING (paper_id) ORDER BY title[7:]::INTEGER"
        ).fetchall()
        bad = connection.execute("""
            SELECT count(*) FROM claims JOIN extractions USING (extraction_id) JOIN papers USING (paper_id)
            WHERE abstract[evidence_start + 1 : evidence_end] <> improvement OR NOT contains(abstract, method)
                OR NOT contains(abstract, coalesce(baseline, '')) OR metric <> 'speed'""").fetchall()
    assert bad == [(0,)]
    for number, (name, (reply, found)) in enumerate(zip(names, rows, strict=True), start=1):
        assert reply == text(name, f"Method{number}").replace("\ud800", "\ufffd"), name
        assert found == ANSWERS[name][1], name
    longest = max(sum(len(message["content"]) for message in request["messages"]) for request in stub.requests)
    assert longest <= LONGEST_REASK, "nobody pays for sending megabytes back"
    assert len(stub.requests) <= MAX_CALLS * len(names)
    assert ended.peak < 900 * MB
    figures.note("7: hostile answers", len(names), f"0 bad rows, every raw answer kept; {ended.peak // MB} MB at most")


def test_answers_that_are_cut_off_or_refused_are_stored_as_that() -> None:
    cut = json.loads(claims({"method": "Method1"}, {"method": "Method1", "metric": "cost"}).body)
    content = cut["choices"][0]["message"]["content"]
    kinds = {
        1: completion(content[:-20], finish_reason="length"),
        2: completion(None, refusal="I cannot read this."),
        3: completion("", finish_reason="content_filter"),
        4: completion(content[:9], finish_reason="length"),
    }

    def script(request: dict[str, Any], number: int) -> Answer:
        return kinds[int(re.findall(r"Method(\d+)", str(request))[-1])]

    with serve(script) as stub:
        ended = measured("extract", write_papers(len(kinds)), "--base-url", stub.base_url, "--model", "stub")
    assert (ended.code, len(stub.requests)) == (0, len(kinds))
    with duckdb.connect("claims.duckdb", read_only=True) as connection:
        rows = connection.execute(
            "SELECT title, status, n_claims FROM extractions JOIN papers USING (paper_id) ORDER BY title"
        ).fetchall()
    assert [row[1:] for row in rows] == [("truncated", 1), ("refused", 0), ("refused", 0), ("truncated", 0)]
