"""What code says about a claim where the words around its number matter: from the abstract to the factor."""

import pytest

from extractor.claims import claim_records
from extractor.contract import Claim
from extractor.grounding import Passage
from extractor.papers import Paper


@pytest.mark.parametrize(
    ("abstract", "improvement", "metric", "effect", "low", "high"),
    [
        ("Foo shrinks the KV cache to only 0.8% of its original size.", "0.8%", "KV cache", "better", 125, 125),
        ("Foo shrinks the KV cache by 20% of its original size.", "20%", "KV cache", "better", 1.25, 1.25),
        ("Foo wins while using less than 1/3 the VRAM.", "less than 1/3", "VRAM", "better", 3, None),
        ("Foo is fast, retaining 95.4% of the performance.", "95.4%", "performance", "worse", 0.954, 0.954),
        ("Foo cuts overhead from 80.0% to 50.0%.", "80.0% to 50.0%", "overhead", "better", 1.6, 1.6),
        ("Foo cuts latency from 12 ms to 3 ms.", "12 ms to 3 ms", "latency", "better", 4, 4),
        ("Foo cuts latency by 20% to 50%.", "20% to 50%", "latency", "better", 1.25, 2),
        ("Foo wins, activating just 3B of 30B parameters.", "3B of 30B parameters", "parameters", "better", 10, 10),
        ("Foo cuts the error to 10%.", "10%", "error", "better", None, None),
    ],
)
def test_the_words_around_a_number_decide_its_factor(
    abstract: str, improvement: str, metric: str, effect: str, low: float | None, high: float | None
) -> None:
    paper = Paper(title="Foo", abstract=abstract)
    claim = Claim.model_validate({
        "improvement": improvement, "metric": metric, "direction": "decrease", "effect": effect, "method": "Foo",
        "baseline": None, "hardware": None, "setting": None,
    })  # fmt: skip
    [record] = claim_records([Passage.of(paper).ground(claim)], paper)
    assert (record.factor.low, record.factor.high) == (pytest.approx(low), pytest.approx(high))


def test_two_versions_of_one_baseline_are_met_once() -> None:
    paper = Paper(title="Foo", abstract="Foo is 2x faster than vLLM v0.5.5, vLLM v0.6.1 and SGLang.")
    claim = Claim.model_validate({
        "improvement": "2x", "metric": "speed", "direction": "increase", "effect": "better", "method": "Foo",
        "baseline": "vLLM v0.5.5, vLLM v0.6.1 and SGLang", "hardware": None, "setting": None,
    })  # fmt: skip
    [record] = claim_records([Passage.of(paper).ground(claim)], paper)
    assert [(one.name, one.key) for one in record.baselines] == [("vLLM v0.5.5", "vllm"), ("SGLang", "sglang")]
