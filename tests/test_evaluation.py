"""Scores against expectations worked out by hand, which the comments derive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.evaluation import FIELDS, PRF, Miss, score, tables
from extractor.labels import Label, Prediction

SPEED = {
    "improvement": "2x",
    "metric": "speed",
    "direction": "increase",
    "effect": "better",
    "method": "Tiler",
    "baseline": "Halide",
    "hardware": "A100",
    "setting": "heat diffusion",
}
MEMORY = SPEED | {"improvement": "30%", "metric": "peak memory", "direction": "decrease", "baseline": None}
ACCURACY = SPEED | {"improvement": "5%", "metric": "accuracy", "hardware": None}


def label(claim: dict[str, str | None], **changes: str | None) -> Label:
    return Label.model_validate(claim | changes)


def found(claim: dict[str, str | None], **changes: str | None) -> Prediction:
    return Prediction.model_validate(claim | changes)


def test_scores_of_a_small_set() -> None:
    gold = {"a": [label(SPEED), label(MEMORY)], "b": [label(ACCURACY)], "c": []}
    predictions = {
        "a": [found(SPEED), found(MEMORY, improvement="40%")],  # one right, one with another number
        "b": [found(ACCURACY, method="Halide")],  # found, but the method is wrong
        "c": [found(SPEED)],  # nothing to find
        "z": [found(SPEED)],  # no labels: left out
    }
    # Detection: 2 of 4 predictions pair with 2 of 3 labels: P = 1/2, R = 2/3, F1 = 2·(1/2)(2/3) / (7/6) = 4/7.
    # Record: 1 of the pairs is right throughout: P = 1/4, R = 1/3, F1 = 2·(1/12) / (7/12) = 2/7.
    # The method is right in 1 of 2 pairs. The one abstract without a claim got one.
    assert score(gold, predictions).as_json() == {
        "abstracts": 3,
        "gold": 3,
        "pred": 4,
        "detection": {"p": 0.5, "r": 0.667, "f1": 0.571},
        "record": {"p": 0.25, "r": 0.333, "f1": 0.286},
        "fields": {
            "method": 0.5,
            "baseline": 1.0,
            "hardware": 1.0,
            "metric": 1.0,
            "setting": 1.0,
            "direction": 1.0,
            "effect": 1.0,
        },
        "empty_kept_empty": "0/1",
    }


def test_misses_say_what_went_wrong_abstract_by_abstract() -> None:
    gold = {"a": [label(SPEED), label(MEMORY)], "b": [label(ACCURACY)]}
    predictions = {
        "a": [found(MEMORY, improvement="40%"), found(SPEED, effect="worse", baseline=None)],
        "b": [found(ACCURACY)],
    }
    assert score(gold, predictions).misses == (
        Miss("a", "wrong field", "2x", "speed", "baseline", "Halide", None),
        Miss("a", "wrong field", "2x", "speed", "effect", "better", "worse"),
        Miss("a", "missed", "30%", "peak memory"),
        Miss("a", "extra", "40%", "peak memory"),
    )


@pytest.mark.parametrize(
    ("changes", "record"),
    [
        ({"setting": None}, 1),  # setting and effect are no part of the record
        ({"effect": "worse"}, 1),
        ({"method": "the Tiler"}, 1),
        ({"method": "Tiler with a longer name than that"}, 1),  # lies within: alike
        ({"method": "Halide"}, 0),
        ({"baseline": None}, 0),
        ({"hardware": "H100"}, 0),
        ({"metric": "energy"}, 0),
        ({"direction": "decrease"}, 0),
    ],
)
def test_a_record_is_right_when_its_five_fields_are(changes: dict[str, str | None], record: int) -> None:
    evaluation = score({"a": [label(SPEED)]}, {"a": [found(SPEED, **changes)]})
    assert evaluation.detection.right == 1
    assert evaluation.record.right == record


@pytest.mark.parametrize(
    ("improvement", "paired"),
    [
        ("$2\\times$", True),
        ("up to 2 times", True),
        ("twice", True),
        ("2%", False),  # another kind of unit
        ("2", False),
        ("2.0-3x", False),
        ("", False),
        (None, False),
    ],
)
def test_claims_pair_by_numbers_and_unit(improvement: str | None, paired: bool) -> None:
    evaluation = score({"a": [label(SPEED)]}, {"a": [found(SPEED, improvement=improvement)]})
    assert evaluation.detection.right == int(paired)


def test_a_claim_answers_one_label_and_the_most_alike_pair_goes_first() -> None:
    # All four have the number 2x. By metric (which counts twice) speed goes to speed, though the places are crossed;
    # the second prediction of speed is one too many.
    gold = {"a": [label(SPEED, metric="energy"), label(SPEED)]}
    predictions = {"a": [found(SPEED), found(SPEED, metric="energy"), found(SPEED, setting="other")]}
    evaluation = score(gold, predictions)
    assert evaluation.detection == PRF(right=2, predicted=3, gold=2)
    assert evaluation.fields == dict.fromkeys(FIELDS, 1.0)
    assert [miss.kind for miss in evaluation.misses] == ["extra"]


def test_equally_alike_claims_pair_in_their_order() -> None:
    # Each place apart costs a hundredth, so first meets first, and directions, which do not steer pairing, are right.
    gold = {"a": [label(SPEED), label(SPEED, direction="decrease")]}
    predictions = {"a": [found(SPEED), found(SPEED, direction="decrease")]}
    assert score(gold, predictions).fields["direction"] == 1


def test_incomplete_predictions_are_scored_as_far_as_they_go() -> None:
    evaluation = score({"a": [label(MEMORY)]}, {"a": [Prediction(improvement="30%")]})
    assert evaluation.detection.f1 == 1
    assert {name for name, share in evaluation.fields.items() if share} == {"baseline"}, "None is right there"


def test_nothing_predicted_is_precise_and_nothing_to_find_is_found() -> None:
    nothing_predicted = score({"a": [label(SPEED)]}, {"a": []})
    assert nothing_predicted.detection.as_json() == {"p": 1.0, "r": 0.0, "f1": 0.0}
    assert set(nothing_predicted.fields.values()) == {0.0}
    nothing_to_find = score({"a": []}, {"a": []})
    assert nothing_to_find.detection.as_json() == {"p": 1.0, "r": 1.0, "f1": 1.0}
    assert nothing_to_find.empty_kept_empty == "1/1"


def test_missing_predictions_count_as_empty_or_are_skipped() -> None:
    gold = {"a": [label(SPEED)], "b": [label(SPEED)], "c": []}
    as_empty = score(gold, {"a": [found(SPEED)]})
    assert (as_empty.missing, as_empty.abstracts, as_empty.empty_kept_empty) == (("b", "c"), 3, "1/1")
    assert as_empty.detection.recall == 0.5
    skipped = score(gold, {"a": [found(SPEED)]}, skip_missing=True)
    assert (skipped.missing, skipped.abstracts, skipped.detection.recall) == (("b", "c"), 1, 1.0)


def test_intervals_come_from_resampled_abstracts() -> None:
    # Of two abstracts one is found and one is missed. Drawn twice with replacement: both found with probability 1/4
    # (F1 = 1), one of each 1/2, both missed 1/4 (F1 = 0). So the middle 95 % reaches from 0 to 1.
    half = score({"a": [label(SPEED)], "b": [label(SPEED)]}, {"a": [found(SPEED, method="Halide")]})
    assert half.intervals == {"detection": (0.0, 1.0), "record": (0.0, 0.0)}


def test_intervals_are_points_where_abstracts_are_all_alike() -> None:
    gold = {str(n): [label(SPEED), label(MEMORY)] for n in range(5)}
    # Each abstract has 1 pair of 2 labels and 1 prediction: F1 = 2·1 / (2 + 1), whatever is drawn.
    evaluation = score(gold, {str(n): [found(SPEED)] for n in range(5)})
    assert evaluation.intervals["detection"] == pytest.approx((2 / 3, 2 / 3))


def test_intervals_are_reproducible_and_narrow_with_more_abstracts() -> None:
    def width(abstracts: int) -> float:
        gold = {str(n): [label(SPEED)] for n in range(abstracts)}
        predictions = {str(n): [found(SPEED)] for n in range(0, abstracts, 2)}
        low, high = score(gold, predictions).intervals["detection"]
        assert (low, high) == score(gold, predictions).intervals["detection"]
        assert low <= score(gold, predictions).detection.f1 <= high
        return high - low

    assert width(400) < width(25)


def test_nothing_to_score() -> None:
    evaluation = score({"a": [label(SPEED)]}, {}, skip_missing=True)
    assert evaluation.abstracts == 0
    assert evaluation.intervals == {"detection": (1.0, 1.0), "record": (1.0, 1.0)}


def test_tables_hold_scores_and_on_demand_misses() -> None:
    evaluation = score({"a": [label(SPEED), label(MEMORY)]}, {"a": [found(SPEED, baseline=None)]})
    totals, fields = tables(evaluation)
    # 1 of 1 predictions, 1 of 2 labels, one abstract only; the record is wrong for its baseline.
    assert totals.rows == (
        ("detection", "1.000", "0.500", "0.667", "0.667–0.667"),
        ("record", "0.000", "0.000", "0.000", "0.000–0.000"),
    )
    assert ("baseline", "0.000") in fields.rows
    assert tables(evaluation, details=True)[2].rows == (
        ("a", "wrong field", "2x", "speed", "baseline", "Halide", "–"),
        ("a", "missed", "30%", "peak memory", "", "", ""),
    )


claims = st.lists(
    st.fixed_dictionaries({
        "improvement": st.sampled_from(["2x", "2 times", "2%", "3"]),
        "metric": st.sampled_from(["speed", "training speed", "energy"]),
        "direction": st.sampled_from(["increase", "decrease", "none"]),
        "effect": st.sampled_from(["better", "worse", "neutral"]),
        "method": st.sampled_from(["A", "A B", "C"]),
        "baseline": st.sampled_from([None, "X", "X Y"]),
        "hardware": st.none(),
        "setting": st.sampled_from([None, "D"]),
    }),
    max_size=6,
)  # fmt: skip


@given(claims)
def test_labels_score_perfectly_against_themselves(given_claims: list[dict[str, str | None]]) -> None:
    evaluation = score({"a": [label(c) for c in given_claims]}, {"a": [found(c) for c in given_claims]})
    assert evaluation.detection.f1 == 1
    assert evaluation.empty_kept_empty == ("0/0" if given_claims else "1/1")


@given(claims, claims)
def test_every_label_and_claim_is_paired_missed_or_extra(
    gold: list[dict[str, str | None]], predicted: list[dict[str, str | None]]
) -> None:
    evaluation = score({"a": [label(c) for c in gold]}, {"a": [found(c) for c in predicted]})
    kinds = [miss.kind for miss in evaluation.misses]
    assert evaluation.detection.right + kinds.count("missed") == len(gold)
    assert evaluation.detection.right + kinds.count("extra") == len(predicted)
    assert evaluation.record.right <= evaluation.detection.right
