"""From the probability that the model gives a claim to the share of such claims that are right.

Platt scaling (Platt, Probabilistic Outputs for Support Vector Machines, 1999): ``sigmoid(slope * logit(p) + shift)``,
fitted by maximum likelihood with Newton's method. A claim is right when its whole record is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from extractor.confidence import logit, sigmoid
from extractor.evaluation import score
from extractor.labels import Label, Prediction

BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_STEPS = 100
_LONGEST_STEP = 0.5
_PRIOR = 1e-3


class Judged(NamedTuple):
    """A claim's confidence, and whether its number is a claim at all (``found``) and all of its record ``right``."""

    confidence: float
    found: bool
    right: bool


def judge(labels: Sequence[Label], claims: Sequence[Prediction], confidences: Sequence[float]) -> list[Judged]:
    """Hold each claim of one abstract against the labels."""
    judged = []
    for claim, confidence in zip(claims, confidences, strict=True):
        alone = score({"": labels}, {"": [claim]})
        judged.append(Judged(confidence, bool(alone.detection.right), bool(alone.record.right)))
    return judged


def fit(judged: Sequence[Judged]) -> tuple[float, float]:
    """Slope and shift that make the confidences agree best with what is right."""
    points = [(logit(one.confidence), one.right) for one in judged]
    slope, shift = 0.0, 0.0
    for _ in range(_STEPS):
        # Gradient and Hessian of the log-likelihood, with a weak prior towards no change.
        g0, g1 = -_PRIOR * (slope - 1), -_PRIOR * shift
        h00, h01, h11 = -_PRIOR, 0.0, -_PRIOR
        for x, right in points:
            p = sigmoid(slope * x + shift)
            g0, g1 = g0 + (right - p) * x, g1 + right - p
            w = p * (1 - p)
            h00, h01, h11 = h00 - w * x * x, h01 - w * x, h11 - w
        determinant = h00 * h11 - h01 * h01
        step = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        # Where the odds are far from even the curve is flat, and a whole step would go too far.
        share = min(1.0, _LONGEST_STEP / max(*map(abs, step), 1e-12))
        slope, shift = slope - share * step[0], shift - share * step[1]
    return slope, shift


def reliability(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """For each bin of confidence: the claims in it, their mean confidence, and the shares found and right."""
    rows = []
    for low, high in pairwise(BINS):
        inside = [one for one in judged if low <= one.confidence < high or one.confidence == high == BINS[-1]]
        if inside:
            means = (sum(values) / len(inside) for values in zip(*inside, strict=True))
            row = {"from": low, "to": high, "claims": len(inside)}
            rows.append(row | {name: round(mean, 3) for name, mean in zip(Judged._fields, means, strict=True)})
    return rows
