"""Reading what models write: whole, fenced, broken and hostile answers."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from extractor.answers import parse_answer, salvage_claims
from extractor.contract import MAX_CLAIMS

CLAIM = {
    "improvement": "2x", "metric": "speed", "direction": "increase", "effect": "better",
    "method": "Larkspur", "baseline": None, "hardware": None, "setting": None,
}  # fmt: skip


def written(*claims: dict[str, Any]) -> str:
    return json.dumps({"claims": claims})


def fault(text: str) -> str:
    with pytest.raises(ValidationError) as caught:
        parse_answer(text)
    return str(caught.value.errors()[0]["msg"])


def test_a_whole_answer_is_read() -> None:
    answer = parse_answer(written(CLAIM, CLAIM | {"improvement": "5%"}))
    assert [claim.improvement for claim in answer.claims] == ["2x", "5%"]


def test_an_answer_without_claims_is_an_answer() -> None:
    assert parse_answer('{"claims": []}').claims == []


@pytest.mark.parametrize("opening", ["```json\n", "```\n", "\n  ```json \n"])
def test_a_fence_around_the_answer_is_forgiven(opening: str) -> None:
    assert len(parse_answer(f"{opening}{written(CLAIM)}\n```\n").claims) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Invalid JSON"),
        ("There are no claims in this abstract.", "Invalid JSON"),
        (f"Here you are:\n{written(CLAIM)}", "Invalid JSON"),
        (written(CLAIM)[:-10], "Invalid JSON"),
        ("{}", "Field required"),
        ("[]", "Input should be an object"),
        ("null", "Input should be an object"),
        ('{"claims": {}}', "valid array"),
        ('{"claims": [], "note": "none"}', "not permitted"),
        (written(CLAIM | {"confidence": 1}), "not permitted"),
        (written(CLAIM | {"improvement": float("nan")}), "valid string"),
        (written(CLAIM | {"improvement": float("inf")}), "valid string"),
        (written(CLAIM | {"direction": "up"}), "'increase', 'decrease' or 'none'"),
        (written(*[CLAIM] * (MAX_CLAIMS + 1)), "at most 24"),
    ],
)
def test_anything_else_is_refused_with_the_precise_fault(text: str, told: str) -> None:
    assert told in fault(text)


def test_every_complete_claim_of_a_cut_off_answer_is_salvaged() -> None:
    whole = written(CLAIM, CLAIM | {"improvement": "5%"})
    second = whole.rindex("{")
    assert [len(salvage_claims(whole[:end])) for end in (len(whole), second, 20, 0)] == [2, 1, 0, 0]


def test_the_claims_of_a_cut_off_answer_in_a_fence_are_salvaged() -> None:
    assert len(salvage_claims("```json\n" + written(CLAIM, CLAIM)[:-5])) == 1


@pytest.mark.parametrize("end", range(1, 40))
def test_no_half_word_is_taken_from_a_cut_off_answer(end: int) -> None:
    whole = written(CLAIM | {"setting": "a long setting"})
    assert salvage_claims(whole[:-end]) in ([], salvage_claims(whole))


def test_the_sound_claims_among_faulty_ones_are_salvaged() -> None:
    text = written({"improvement": "3x"}, CLAIM, CLAIM | {"confidence": 1}, CLAIM | {"metric": float("nan")})
    assert [claim.improvement for claim in salvage_claims(text)] == ["2x"]


def test_claims_without_the_object_around_them_are_salvaged() -> None:
    assert len(salvage_claims(json.dumps([CLAIM, CLAIM]))) == 2


@pytest.mark.parametrize(
    "text",
    ["", "null", "7", '"claims"', "{}", "prose", '{"claims": null}', '{"claims": "2x"}', '{"claims": [1, null, []]}'],
)
def test_nothing_is_salvaged_from_what_holds_no_claim(text: str) -> None:
    assert salvage_claims(text) == []


def test_ten_thousand_claims_are_bounded() -> None:
    assert len(salvage_claims(written(*[CLAIM] * 10_000))) == MAX_CLAIMS


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"claims": ' + '[{"improvement": ' * 50_000,
        "```json\n" * 100_000,
        " " * 5_000_000,
        '{"claims": [{"improvement": "' + "2" * 5_000_000,
        "```json\n" + "\n" * 1_000_000,
    ],
    ids=["nested lists", "nested claims", "fences", "blanks", "a huge string", "an open fence"],
)
def test_hostile_answers_are_refused_quickly(text: str) -> None:
    assert salvage_claims(text) == []
    fault(text)


@given(st.text(max_size=200) | st.recursive(st.none() | st.text(max_size=5), st.lists).map(json.dumps))
def test_arbitrary_text_gives_an_answer_or_a_validation_error(text: str) -> None:
    salvage_claims(text)
    with suppress(ValidationError):
        parse_answer(text)
