"""Confidences that mean what they say."""

import random

import pytest

from extractor.confidence import logit, sigmoid
from extractor.labels import Label, Prediction
from training.calibration import Judged, fit, judge, reliability

LABEL = Label(
    improvement="5%", metric="time", direction="decrease", effect="better", method="A", baseline=None, hardware=None,
    setting=None,
)  # fmt: skip


def test_a_claim_is_found_by_its_number_and_right_by_its_record():
    claims = [Prediction(**LABEL.model_dump()), LABEL.model_copy(update={"method": "B"}), Prediction(improvement="6%")]
    judged = judge([LABEL], claims, [0.9, 0.5, 0.1])
    assert judged == [Judged(0.9, True, True), Judged(0.5, True, False), Judged(0.1, False, False)]


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.5, 0.7), (2.0, -1.0)])
def test_the_fit_finds_how_confidence_and_truth_hang_together(slope, shift):
    rng = random.Random(1)
    confidences = [rng.random() for _ in range(20_000)]
    judged = [Judged(c, True, rng.random() < sigmoid(slope * logit(c) + shift)) for c in confidences]
    assert fit(judged) == (pytest.approx(slope, abs=0.1), pytest.approx(shift, abs=0.1))


def test_reliability_compares_bins_of_confidence_with_what_is_right():
    judged = [Judged(0.1, True, False), Judged(0.9, True, True), Judged(1.0, True, False)]
    assert reliability(judged) == [
        {"from": 0.0, "to": 0.2, "claims": 1, "confidence": 0.1, "found": 1.0, "right": 0.0},
        {"from": 0.8, "to": 1.0, "claims": 2, "confidence": 0.95, "found": 1.0, "right": 0.5},
    ]
