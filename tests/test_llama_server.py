"""What stands between the embedded model's own language and whoever asks it."""

import json
import math
from typing import Any

import pytest

from extractor.contract import MAX_CLAIMS, Answer
from extractor.llama_server import PaperError, answered_claims, paper_of

LINE = "5% | time | decrease | better | A | - | - | -"


def said(*tokens: tuple[str, float], refused: float = 0.0, none: float = 0.0) -> dict[str, Any]:
    """llama.cpp's answer; ``refused`` and ``none`` are the probabilities of "no" and "-" wherever they could stand."""
    others = {" no": refused, " -": none}
    top = [{"token": token, "logprob": math.log(p)} for token, p in others.items() if p]
    rows = [
        {"token": text, "bytes": list(text.encode()), "logprob": math.log(p), "top_logprobs": top} for text, p in tokens
    ]
    return {"content": "".join(text for text, _ in tokens), "completion_probabilities": rows}


# The paper in the question


def test_title_and_abstract_stand_in_the_first_user_message() -> None:
    messages = [
        {"role": "system", "content": "Title: none"},
        {"role": "user", "content": "Title: A  tool\nAbstract: It\nis 5%  faster.\nAbstract: no."},
        {"role": "user", "content": "Title: other\nAbstract: other"},
    ]
    assert paper_of(messages) == ("A tool", "It is 5% faster. Abstract: no.")


@pytest.mark.parametrize("content", ["", "Summarise this.", "Title: A", "Abstract: B", "A\nTitle: A\nAbstract: B"])
def test_any_other_question_is_refused(content: str) -> None:
    with pytest.raises(PaperError, match="first user message"):
        paper_of([{"role": "user", "content": content}])


# The claims in the answer


def test_claims_are_told_in_the_words_of_the_contract() -> None:
    ((words, _),) = answered_claims(said(("[1] no\n", 1.0), ("[2", 1.0), ("]", 1.0), (f" {LINE}\n", 1.0)))
    (claim,) = Answer.model_validate_json(f'{{"claims":[{words}]}}').claims
    assert (claim.improvement, claim.metric, claim.method, claim.baseline) == ("5%", "time", "A", None)


def test_a_claim_is_as_sure_as_its_tokens_after_the_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.llama_server.CALIBRATION", (1.0, 0.0))
    tokens = [("[1", 0.1), ("]", 0.1), (" 5%", 0.3), (LINE[2:], 0.5), ("\n", 0.8)]
    ((_, logprob),) = answered_claims(said(*tokens, refused=0.25))
    assert math.exp(logprob) == pytest.approx(0.75 * 0.5 * 0.8)


def test_calibration_turns_probabilities_into_shares_that_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.llama_server.CALIBRATION", (0.5, 1.0))
    ((_, logprob),) = answered_claims(said(("[1", 1.0), ("]", 1.0), (" 5%", 1.0), (LINE[2:], 0.8), ("\n", 1.0)))
    odds = (0.8 / 0.2) ** 0.5 * math.e
    assert math.exp(logprob) == pytest.approx(odds / (1 + odds))


def test_letters_of_several_bytes_do_not_move_the_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.llama_server.CALIBRATION", (1.0, 0.0))
    first = [("[1", 1.0), ("]", 1.0), (" 5 µs", 1.0), (" | zeit | none | neutral | Ä | - | - | -\n", 0.5)]
    second = [("[2", 1.0), ("]", 1.0), (f" {LINE}", 0.25), ("\n", 1.0)]
    probabilities = [math.exp(logprob) for _, logprob in answered_claims(said(*first, *second))]
    assert probabilities == pytest.approx([0.5, 1.0], abs=1e-5)


def test_more_claims_than_the_contract_allows_are_left_out() -> None:
    tokens = [(f"[{n}] {LINE}\n", 1.0) for n in range(1, MAX_CLAIMS + 6)]
    found = answered_claims(said(*tokens))
    assert len(json.loads("[" + ",".join(words for words, _ in found) + "]")) == MAX_CLAIMS


@pytest.mark.parametrize(("none", "baseline"), [(0.1, "Halide"), (0.2, "Halide"), (0.3, None), (0.4, None)])
def test_a_baseline_hardly_likelier_than_none_is_left_out(
    monkeypatch: pytest.MonkeyPatch, none: float, baseline: str | None
) -> None:
    """Its probability is that of all its words, and that they end there; the claim is as sure as what stays."""
    monkeypatch.setattr("extractor.llama_server.CALIBRATION", (1.0, 0.0))
    named = [(" Ha", 0.6), ("lide", 0.9), (" |", 0.8)]
    tokens = [("[1", 1.0), ("]", 1.0), (" 5% | time | decrease | better | A |", 1.0), *named, (" A100 | -\n", 1.0)]
    ((words, logprob),) = answered_claims(said(*tokens, none=none))
    (claim,) = Answer.model_validate_json(f'{{"claims":[{words}]}}').claims
    assert (claim.method, claim.baseline, claim.hardware) == ("A", baseline, "A100")
    assert math.exp(logprob) == pytest.approx(0.6 * 0.9 * 0.8 if baseline else none)


def test_the_same_as_before_is_none_where_that_was_left_out() -> None:
    line = " 5% | time | decrease | better | A |"
    first = [("[1", 1.0), ("]", 1.0), (line, 1.0), (" Halide", 0.5), (" |", 1.0), (" - | -\n", 1.0)]
    second = [("[2", 1.0), ("]", 1.0), (line, 1.0), (" =", 1.0), (" |", 1.0), (" - | -\n", 1.0)]
    found = answered_claims(said(*first, *second, none=0.45))
    assert [json.loads(words)["baseline"] for words, _ in found] == [None, None]
