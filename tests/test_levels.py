"""What is left of a metric is told from what it changed by, by the words around the number in the abstract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.quantities import Quantity, parse_quantity


def read(sentence, *, decreases=True):
    """The quantity of the words between brackets."""
    before, rest = sentence.split("[")
    words, after = rest.split("]")
    return parse_quantity(words, before=before, after=after, decreases=decreases)


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("compresses the KV cache to only [0.8%] of its original size", 0.008),
        ("compresses the KV cache to [only 0.8%] of its original size", 0.008),
        ("shrinks it [down to 5% of the original]", 0.05),
        ("reduces MVM operations to [1/77th] of the original", 1 / 77),
        ("reduces both to [40-50%] of the baseline", 0.4),
        ("lowers cost and latency to 40% and [30%] of the baseline", 0.3),
        ("while consuming [less than 1/3] the VRAM", 1 / 3),
        ("dense quality while activating [less than half] as many parameters", 0.5),
        ("retaining [95.4%] of the original performance", 0.954),
        ("trained with just [5%] of the data", 0.05),
        ("trained in [roughly one-third] of the time", 1 / 3),
        (r"the same accuracy at $[26\%]$ of the cost", 0.26),
        (r"using only \textbf{[30\%]} of the memory", 0.3),
        ("an expense that is [only 10.6%] of theirs", 0.106),
        ("updating only [0.1%] of the parameters", 0.001),
        ("trains only [2%] of the parameters", 0.02),
        ("fine-tuning just [2%] of the weights", 0.02),
        ("loading only [20%] of the weights", 0.2),
        ("while it processes about [a quarter] of the tokens", 0.25),
        ("recomputes [15%] of the keys", 0.15),
        ("has to store [half] of the states", 0.5),
        ("transmitting less than [10%] of the gradients", 0.1),
        ("the index occupies merely [8%] of the disk", 0.08),
        ("the footprint of the index is [20%] that of HNSW", 0.2),
        ("incurring [a fifth of the delay]", 0.2),
        ("a model that has [1/5 the weights]", 0.2),
        ("while storing [5%] of the pruned network", 0.05),
        ("after spending [10%] of the budget", 0.1),
        ("it accesses only [3%] of the rows", 0.03),
        ("activating just [3B of 30B weights]", 0.1),
        ("running with [10 out of 40 heads]", 0.25),
        ("quality is kept, and only [20%] of the bandwidth of NCCL is needed", 0.2),
        ("Just [a fifth] of the pages have to be kept", 0.2),
        ("using only 36% of the computation and [45%] of the parameters", 0.45),
    ],
)
def test_what_is_left_is_a_ratio(sentence, left):
    quantity = read(sentence)
    assert (quantity.kind, quantity.unit, quantity.low) == ("ratio", "x", pytest.approx(left))


@pytest.mark.parametrize(
    "sentence",
    [
        "reduces the median error to [approximately 10%], less than all others",
        "the threshold plummets to just [20%].",
        "performance drops to 84% for A and [76%] for B",
        "is smaller in [56%] of cases",
        "is smaller in [5 of 8 cases]",
    ],
)
def test_a_level_whose_whole_is_not_named_is_an_absolute_value(sentence):
    quantity = read(sentence)
    assert (quantity.kind, quantity.unit) == ("absolute", "%")


@pytest.mark.parametrize(
    "sentence",
    [
        "reduces memory by [30%] of the original",
        "saves [half] the memory",
        "prunes [50%] of the weights",
        "removes [50%] of the tokens",
        "loses [50%] of the states",
        "costs [3%] of the throughput",
        "trains the model with [50%] less data",
        "reduces memory by up to [30%] of the original",
        "leads to [30%] lower latency",
        "leading to a [30%] reduction",
        "compared to [30%] for the baseline",
        "with [30%] less memory",
        "with only [1%] of accuracy loss",
        "works well with [90%] of the heads pruned",
        "works well with [90%] of the heads removed at inference",
        "skips [3 of 4 layers]",
        "and saves only [20%] of the bandwidth that is needed",
        "only [20%] of the bandwidth is saved",
        "recovers [63%] of the accuracy gap",
        "12% to 29% lower latency, and [6%] less memory",
        "reduces memory to [120%] of the original",
        "[30%]",
    ],
)
def test_a_change_stays_one(sentence):
    assert read(sentence).kind == "percent"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("retains [94%] of the accuracy", Quantity("percent", 94, 94, "%")),
        ("raises throughput to [150%] of the baseline", Quantity("ratio", 1.5, 1.5, "x")),
        ("improves the score to [84%]", Quantity("absolute", 84, 84, "%")),
        ("improves the score by [84%]", Quantity("percent", 84, 84, "%")),
    ],
)
def test_where_nothing_decreases_only_to_makes_a_level(sentence, expected):
    assert read(sentence, decreases=False) == expected


@given(st.text(), st.text(), st.booleans())
def test_the_words_around_decide_nothing_but_the_kind_of_a_percentage(before, after, decreases):
    assert parse_quantity("3x", before=before, after=after, decreases=decreases) == parse_quantity("3x")
    percentage = parse_quantity("30%", before=before, after=after, decreases=decreases)
    assert (percentage.kind, percentage.low) in {("percent", 30), ("absolute", 30), ("ratio", 0.3)}
