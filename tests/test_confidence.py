"""How sure a model was of each claim."""

import json
import math
from typing import Any

import pytest

from extractor.confidence import claim_confidences, logit, sigmoid

ANSWER = '{"claims": [{"a": "5 µs"}, {"a": "6"}]}'


def logprobs(*tokens: tuple[str, float]) -> dict[str, Any]:
    return {"content": [{"token": text, "logprob": math.log(p)} for text, p in tokens]}


def test_a_claim_is_as_sure_as_all_of_its_tokens_together() -> None:
    tokens = [('{"claims": [', 0.9), ('{"a": ', 0.5), ('"5 µs"}', 0.8), (", ", 1.0), ('{"a": "', 0.5), ('6"}]}', 0.9)]
    first, second = claim_confidences(ANSWER, logprobs(*tokens))
    assert (first, second) == (pytest.approx(0.4), pytest.approx(0.5))


def test_an_answer_nested_too_deeply_has_no_claims_to_be_sure_of() -> None:
    answer = '{"claims": [' + "[" * 100_000
    assert claim_confidences(answer, logprobs((answer, 0.5))) == []


def test_tokens_may_hold_parts_of_characters() -> None:
    raw = ANSWER.encode()
    tokens = [{"token": "\ufffd", "bytes": [byte], "logprob": -0.1} for byte in raw]
    first, second = claim_confidences(ANSWER, {"content": tokens})
    assert first == pytest.approx(math.exp(-0.1 * len('{"a": "5 µs"}'.encode())))
    assert second == pytest.approx(math.exp(-0.1 * len('{"a": "6"}')))


def test_a_token_that_reaches_into_a_claim_counts_for_it() -> None:
    tokens = [('{"claims": [{"a": "5 µs"}', 0.5), (', {"a": "6"}', 0.25), ("]}", 1.0)]
    assert claim_confidences(ANSWER, logprobs(*tokens)) == pytest.approx([0.5, 0.25])


@pytest.mark.parametrize(
    "members",
    [
        None,
        {},
        {"content": None},
        {"content": []},
        {"content": [{"token": "x"}]},
        logprobs(("other text", 0.5)),
        "x",
        5,
        {"content": [{"token": ANSWER, "logprob": math.nan}]},
    ],
)
def test_without_probabilities_of_this_answer_nothing_is_known(members: Any) -> None:
    assert claim_confidences(ANSWER, members) == []


@pytest.mark.parametrize("answer", ["", "[]", "no JSON", '{"claims": 5}', '{"claims": [', "```json\n{}\n```"])
def test_without_claims_there_is_nothing_to_be_sure_of(answer: str) -> None:
    assert claim_confidences(answer, logprobs((answer, 0.5))) == []


def test_of_an_answer_that_is_cut_off_the_whole_claims_count() -> None:
    answer = json.dumps({"claims": [{"a": "5"}, {"a": "6"}]})[:-5]
    assert claim_confidences(answer, logprobs((answer[:-9], 0.5), (answer[-9:], 0.5))) == pytest.approx([0.5])


@pytest.mark.parametrize("p", [0.0, 1e-9, 0.3, 1.0])
def test_odds_turn_back_into_probabilities(p):
    assert sigmoid(logit(p)) == pytest.approx(p, abs=1e-5)
