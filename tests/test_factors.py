"""How many times better a claim says that its method is: one row a rule of the table in ``extractor.factors``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.factors import Factor, factor_text, improvement_factor
from extractor.metrics import FAMILIES
from extractor.quantities import Quantity, parse_quantity

UNKNOWN = (None, None)


@pytest.mark.parametrize(
    ("improvement", "metric", "direction", "effect", "low", "high"),
    [
        # ratios
        ("1.5x", "throughput", "increase", "better", 1.5, 1.5),
        ("2.5x", "latency", "decrease", "better", 2.5, 2.5),
        ("22X to 45X", "speed", "increase", "better", 22, 45),
        ("1.27-2.58x", "latency", "decrease", "better", 1.27, 2.58),
        ("two-fold", "memory", "decrease", "better", 2, 2),
        ("an order of magnitude", "speed", "increase", "better", 10, 10),
        ("0.8x", "memory", "decrease", "better", 1.25, 1.25),
        ("0.5x", "throughput", "decrease", "worse", 0.5, 0.5),
        ("2x", "throughput", "decrease", "worse", 0.5, 0.5),
        ("2x", "memory", "increase", "worse", 0.5, 0.5),
        ("2x", "accuracy", "increase", "better", 2, 2),
        ("to 25% of the original", "memory", "decrease", "better", 4, 4),
        ("0.8x", "speed", "increase", "better", *UNKNOWN),
        ("0.8-1.2x", "memory", "decrease", "better", *UNKNOWN),
        ("0x", "speed", "increase", "better", *UNKNOWN),
        # percent
        ("50%", "throughput", "increase", "better", 1.5, 1.5),
        ("200%", "throughput", "increase", "better", 3, 3),
        ("30%", "latency", "decrease", "better", 1 / 0.7, 1 / 0.7),
        ("20-50%", "latency", "decrease", "better", 1.25, 2),
        ("-20% to -50%", "latency", "decrease", "better", 1.25, 2),
        ("5%", "memory", "increase", "worse", 1 / 1.05, 1 / 1.05),
        ("20%", "throughput", "decrease", "worse", 0.8, 0.8),
        ("half", "memory", "decrease", "better", 2, 2),
        ("halves", "memory", "decrease", "better", 2, 2),
        ("100%", "latency", "decrease", "better", *UNKNOWN),
        ("150%", "latency", "decrease", "better", *UNKNOWN),
        ("-2% to 3%", "throughput", "increase", "better", *UNKNOWN),
        # shares
        ("+2.4%", "Top-1 accuracy", "increase", "better", *UNKNOWN),
        ("2%", "F1 score", "increase", "better", *UNKNOWN),
        ("5%", "cache hit rate", "increase", "better", *UNKNOWN),
        ("2%", "word error rate", "decrease", "better", *UNKNOWN),
        ("30%", "mean absolute error", "decrease", "better", 1 / 0.7, 1 / 0.7),
        # metrics that are themselves reductions
        ("80%", "memory reduction", "increase", "better", 5, 5),
        ("80%", "memory reduction", "decrease", "better", 5, 5),
        ("28%", "perplexity reduction", "increase", "better", 1 / 0.72, 1 / 0.72),
        ("up to 50%", "savings in energy", "increase", "better", None, 2),
        ("20%", "performance decrease", "increase", "worse", 0.8, 0.8),
        ("3x", "memory reduction", "increase", "better", 3, 3),
        ("100%", "cost savings", "increase", "better", *UNKNOWN),
        ("from 30% to 40%", "energy savings", "increase", "better", *UNKNOWN),
        ("20%", "memory reduction rate", "increase", "better", 1.2, 1.2),
        # changes
        ("from 30ms to 2ms", "latency", "decrease", "better", 15, 15),
        ("from 2 hours to 30 minutes", "training time", "decrease", "better", 4, 4),
        ("from 0.065 to 0.13 samples/kJ", "throughput", "increase", "better", 2, 2),
        ("0.1s vs. 0.4s", "time", "decrease", "better", 4, 4),
        ("888 J vs 222 J", "energy", "increase", "worse", 0.25, 0.25),
        ("from 8% to 6%", "error rate", "decrease", "better", 8 / 6, 8 / 6),
        ("from 20% to 5%", "overhead", "decrease", "better", 4, 4),
        ("from 91.25% to 92.60%", "accuracy", "increase", "better", *UNKNOWN),
        ("from 0.92 to 0.95", "recall", "increase", "better", *UNKNOWN),
        ("from 0 to 5 tokens/s", "throughput", "increase", "better", *UNKNOWN),
        ("from 30ms to 2ms", "latency", "increase", "better", *UNKNOWN),
        ("from 11x to 246x", "speed", "increase", "better", *UNKNOWN),
        # points and absolute values
        ("0.7 points", "performance", "increase", "better", *UNKNOWN),
        ("21 percentage points", "GPU usage", "increase", "better", *UNKNOWN),
        ("240ns", "latency", "decrease", "better", *UNKNOWN),
        # nothing gets better or worse
        ("10%", "latency", "decrease", "neutral", *UNKNOWN),
        ("10%", "latency", "none", "better", *UNKNOWN),
        ("71.8%", "accuracy", "none", "neutral", *UNKNOWN),
        ("orders of magnitude", "speed", "increase", "better", *UNKNOWN),
        # bounds on gains
        ("up to 30%", "latency", "decrease", "better", None, 1 / 0.7),
        ("at least 20%", "latency", "decrease", "better", 1.25, None),
        ("less than 2x", "speed", "increase", "better", None, 2),
        ("up to 2-3x", "speed", "increase", "better", None, 3),
        ("over 22X to 45X", "speed", "increase", "better", 22, None),
        ("about 2x", "speed", "increase", "better", 2, 2),
        ("at most 0.8x", "memory", "decrease", "better", 1.25, None),
        ("at least 0.5x", "memory", "decrease", "better", None, 2),
        # bounds on costs: a smaller cost is a greater factor
        ("at most 5%", "memory", "increase", "worse", 1 / 1.05, None),
        ("less than 20%", "throughput", "decrease", "worse", 0.8, None),
        ("up to 2x", "memory", "increase", "worse", 0.5, None),
        ("over 25%", "memory", "increase", "worse", None, 0.8),
        ("at most 0.5x", "throughput", "decrease", "worse", None, 0.5),
    ],
)
def test_the_table(improvement, metric, direction, effect, low, high):
    factor = improvement_factor(parse_quantity(improvement), metric=metric, direction=direction, effect=effect)
    assert (factor.low, factor.high) == (pytest.approx(low), pytest.approx(high))


def test_a_family_that_an_alias_gives_a_metric_decides_what_percents_mean() -> None:
    five = {"quantity": parse_quantity("5%"), "direction": "increase", "effect": "better"}
    assert improvement_factor(**five, metric="zebra rating").high == pytest.approx(1.05)
    assert improvement_factor(**five, metric="zebra rating", family=FAMILIES["accuracy"]) == Factor(None, None)
    assert improvement_factor(**five, metric="accuracy", family=FAMILIES["speed"]).high == pytest.approx(1.05)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-300, 300)
QUANTITIES = st.builds(
    lambda kind, one, other, unit, bound, descending: Quantity(
        kind, min(one, other), max(one, other), unit, bound, descending
    ),
    st.sampled_from(["ratio", "percent", "points", "absolute", "from_to"]),
    NUMBERS,
    NUMBERS,
    st.sampled_from([None, "x", "%", "ms"]),
    st.sampled_from([None, "up_to", "at_least", "about", "less_than"]),
    st.booleans(),
)
METRICS = st.sampled_from(["latency", "throughput", "accuracy", "error rate", "something else"])
DIRECTIONS = st.sampled_from(["increase", "decrease", "none"])
EFFECTS = st.sampled_from(["better", "worse", "neutral"])


@given(QUANTITIES, METRICS, DIRECTIONS, EFFECTS)
def test_a_factor_is_finite_positive_and_ordered(quantity, metric, direction, effect):
    factor = improvement_factor(quantity, metric=metric, direction=direction, effect=effect)
    ends = [end for end in (factor.low, factor.high) if end is not None]
    assert all(0 < end < float("inf") for end in ends)
    assert ends == sorted(ends)


@given(QUANTITIES, METRICS, DIRECTIONS)
def test_better_is_never_below_one_and_worse_never_above(quantity, metric, direction):
    for effect in ("better", "worse"):
        factor = improvement_factor(quantity, metric=metric, direction=direction, effect=effect)
        for end in (factor.low, factor.high):
            assert end is None or (end >= 1 if effect == "better" else end <= 1)


@given(QUANTITIES, METRICS)
def test_neutral_claims_have_no_factor(quantity, metric):
    assert improvement_factor(quantity, metric=metric, direction="none", effect="neutral") == Factor(None, None)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (1.27, 2.58, "1.27-2.58x"), (2.0, 2.0, "2x"), (None, 3.0, "up to 3x"), (2.0, None, "at least 2x"),
        (None, None, ""), (0.95238, 0.95238, "0.952x"), (1234.5, 56789.0, "1,230-56,800x"), (2.001, 2.004, "2x"),
        (999.6, 999.6, "1,000x"), (999.4, 999.4, "999x"), (0.00005, 0.000012345, "0.00005-0.0000123x"),
    ],
)  # fmt: skip
def test_a_factor_for_people_has_three_digits_and_no_exponent(low: float | None, high: float | None, text: str) -> None:
    assert factor_text(low, high) == text
