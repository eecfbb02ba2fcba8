"""Recorded exchanges, replayed strictly and without a network: the same answers give the same claims."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from recorder import FOLDER, HOST, MOST_ENTRIES, REQUEST_HEADERS, RESPONSE_HEADERS, ask, outcome, replay

from extractor.client import Client
from extractor.endpoint import Endpoint
from extractor.extraction import Plan, Summary, extract
from extractor.papers import Paper
from extractor.prompts import load_prompt
from extractor.store import Store

NAMES = [path.stem for path in sorted(FOLDER.glob("*.yaml"))]
SECRETS = re.compile(
    r"authorization|bearer|\bsk-|api[-_]?key\s*[:=]|cookie|password|x-stainless|user-agent", re.IGNORECASE
)
PLACES = re.compile(r"127\.0\.0\.1|localhost|/(root|home|tmp|work|Users)/", re.IGNORECASE)


def calls(name: str) -> list[list[int]]:
    return [[call["http_status"] for call in reply["calls"]] for reply in outcome(name)["replies"]]


# Replays


@pytest.mark.parametrize("name", NAMES)
def test_a_replay_gives_what_the_recording_gave(name: str) -> None:
    recorded = outcome(name)
    with replay(name):
        replies = ask(recorded)
    assert replies == recorded["replies"]


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_claim_stands_in_its_abstract(name: str) -> None:
    recorded = outcome(name)
    for paper, reply in zip(recorded["papers"], recorded["replies"], strict=True):
        for claim in reply["claims"]:
            assert paper["abstract"][claim["span"]["start"] : claim["span"]["end"]] == claim["improvement"]


def test_an_abstract_with_several_claims() -> None:
    (reply,) = outcome("several-claims")["replies"]
    assert [claim["improvement"] for claim in reply["claims"]][:2] == ["1.4-1.9x", "31%"]
    assert {claim["method"] for claim in reply["claims"]} == {"Larkspur"}


def test_the_embedded_model_says_how_sure_it_is() -> None:
    claims = [claim for reply in outcome("ten-seeds")["replies"] for claim in reply["claims"]]
    assert all(0 < claim["confidence"] < 1 for claim in claims)


def test_an_abstract_without_claims() -> None:
    (reply,) = outcome("no-claims")["replies"]
    assert (reply["status"], reply["claims"], reply["dropped"]) == ("ok", [], [])


def test_a_cut_off_answer_keeps_its_complete_claims() -> None:
    (reply,) = outcome("truncated")["replies"]
    assert reply["status"] == "truncated"
    assert reply["claims"]


def test_an_answer_that_does_not_stand_is_asked_again() -> None:
    recorded = outcome("re-asked-stub")
    with replay("re-asked-stub") as cassette:
        ask(recorded)
    assert [call["purpose"] for call in recorded["replies"][0]["calls"]] == ["answer", "re-ask"]
    told = json.loads(cassette.requests[1].body)["messages"][-1]["content"]
    assert re.search(r"claim \d+: \w+ \".*\" (does not stand|stands neither|holds no number)", told)


def test_a_refused_key_costs_one_request() -> None:
    assert calls("unauthorized-stub") == [[401]]
    assert "set OPENAI_API_KEY" in outcome("unauthorized-stub")["replies"][0]["error"]


def test_a_rate_limit_is_waited_for() -> None:
    assert calls("rate-limited-stub") == [[429, 200]]


def test_ten_seeds_go_through_the_engine_into_a_store(store: Store) -> None:
    recorded = outcome("ten-seeds")

    async def run() -> Summary:
        endpoint = Endpoint(base_url=f"{HOST}/v1", api_key="sk-none", **recorded["endpoint"])
        async with Client(endpoint) as client:
            papers = (Paper(**paper) for paper in recorded["papers"])
            return await extract(papers, store, client, Plan(load_prompt(recorded["prompt"])))

    with replay("ten-seeds"):
        summary = asyncio.run(run())
    found = sum(len(reply["claims"]) for reply in recorded["replies"])
    assert (summary.extracted, summary.failed, summary.claims) == (10, 0, found)
    assert (store.counts().extracted, store.counts().claims) == (10, found)


# Strictness


def test_a_changed_request_is_refused_and_shown_with_its_difference() -> None:
    changed = outcome("no-claims")
    changed["papers"][0]["abstract"] = changed["papers"][0]["abstract"].replace("120 papers", "121 papers")
    with pytest.raises(AssertionError) as caught, replay("no-claims"):
        ask(changed)
    told = str(caught.value).splitlines()
    assert told[0] == "no-claims.yaml lacks a request; record it again?"
    added, removed = ([line for line in told if re.match(rf"[{sign}] ", line)] for sign in "+-")
    assert ["121 papers" in line for line in added] == ["120 papers" in line for line in removed] == [True]


def test_an_entry_that_is_left_over_fails() -> None:
    with pytest.raises(AssertionError, match=r"no-claims\.yaml: only 0 of 1 entries were used"), replay("no-claims"):
        pass


def test_an_entry_answers_one_request_only() -> None:
    twice = outcome("unauthorized-stub")
    twice["papers"] *= 2
    with pytest.raises(AssertionError, match="lacks a request"), replay("unauthorized-stub"):
        ask(twice)


# What is in the files


def entries(name: str) -> list[dict[str, Any]]:
    document = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return document["interactions"]


def test_every_cassette_has_its_outcome_and_every_outcome_its_cassette() -> None:
    assert NAMES
    assert [path.stem for path in sorted(FOLDER.glob("*.json"))] == NAMES


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_nothing_private_is_in_the_files(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not SECRETS.search(text)
    assert not PLACES.search(text)
    assert str(Path.home()) not in text


@pytest.mark.parametrize("name", NAMES)
def test_cassettes_are_small_and_hold_allowed_headers_only(name: str) -> None:
    assert 0 < len(entries(name)) <= MOST_ENTRIES
    for entry in entries(name):
        assert entry["request"]["uri"] == f"{HOST}/v1/chat/completions"
        assert {header.lower() for header in entry["request"]["headers"]} <= REQUEST_HEADERS
        assert {header.lower() for header in entry["response"]["headers"]} <= RESPONSE_HEADERS
