"""Scoring claims against labels: which results were found, which of their fields are right, and what was missed.

A predicted claim is paired with a label of the same abstract when both report the same numbers with the same kind of
unit. Where several could be paired, the most alike pair goes first (:func:`_affinity`), then the next of those left.
"""

from __future__ import annotations

import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from extractor.agreement import ALIKE, likeness, numbers, unit
from extractor.labels import Label, Prediction

TEXT_FIELDS = ("method", "baseline", "hardware", "metric", "setting")
FIELDS = (*TEXT_FIELDS, "direction", "effect")
RECORD_FIELDS = ("method", "baseline", "hardware", "metric", "direction")
"""The fields that must all be right for a record to count."""

RESAMPLES = 1_000
_SEED = 20_260

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PRF:
    """Precision, recall and F1 of ``right`` among ``predicted`` and ``gold``, from 0 to 1.

    Precision is 1 where nothing was predicted, recall where there was nothing to find.
    """

    right: int
    predicted: int
    gold: int

    @property
    def precision(self) -> float:
        """The share of the predictions that is right."""
        return self.right / self.predicted if self.predicted else 1.0

    @property
    def recall(self) -> float:
        """The share of the labels that was found."""
        return self.right / self.gold if self.gold else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, 0 where both are."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def as_json(self) -> dict[str, float]:
        """The three rates, rounded to three decimals."""
        return {"p": round(self.precision, 3), "r": round(self.recall, 3), "f1": round(self.f1, 3)}


@dataclass(frozen=True, slots=True)
class Miss:
    """A label that was not found (``missed``), a claim without a label (``extra``), or a pair with a ``wrong field``.

    ``improvement`` and ``metric`` are the label's, for an extra claim its own. ``field``, ``gold`` and ``predicted``
    say what is wrong in a pair, otherwise they are None. All text is as the files hold it: treat it as untrusted.
    """

    id: str
    kind: Literal["missed", "extra", "wrong field"]
    improvement: str | None
    metric: str | None
    field: str | None = None
    gold: str | None = None
    predicted: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of one abstract: labels, predictions, pairs of both, and pairs whose record is right."""

    gold: int
    predicted: int
    paired: int
    records: int


@dataclass(frozen=True)
class Evaluation:
    """How well predictions meet labels.

    ``detection`` counts the pairs, ``record`` those whose method, baseline, hardware, metric and direction are all
    right. ``fields`` holds, for each field, the share of the pairs in which it is right. ``empty_kept_empty`` says for
    how many of the abstracts without a claim none was predicted ("34/38"). ``missing`` are the ids without predictions.
    """

    tallies: tuple[Tally, ...]
    fields: dict[str, float]
    misses: tuple[Miss, ...]
    missing: tuple[str, ...]

    @property
    def abstracts(self) -> int:
        """The number of abstracts scored."""
        return len(self.tallies)

    @property
    def gold(self) -> int:
        """The number of labels."""
        return sum(tally.gold for tally in self.tallies)

    @property
    def pred(self) -> int:
        """The number of predictions."""
        return sum(tally.predicted for tally in self.tallies)

    @property
    def detection(self) -> PRF:
        """Whether the results were found."""
        return PRF(sum(tally.paired for tally in self.tallies), self.pred, self.gold)

    @property
    def record(self) -> PRF:
        """Whether the results were found and understood."""
        return PRF(sum(tally.records for tally in self.tallies), self.pred, self.gold)

    @property
    def empty_kept_empty(self) -> str:
        """How many abstracts without a claim were left without one, of how many."""
        empty = [tally for tally in self.tallies if not tally.gold]
        return f"{sum(not tally.predicted for tally in empty)}/{len(empty)}"

    @cached_property
    def intervals(self) -> dict[str, Interval]:
        """95 % confidence intervals of the F1 of ``detection`` and ``record``.

        The percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13): abstracts are
        drawn with replacement, 1,000 times, always in the same way.
        """
        return _bootstrap(self.tallies)

    def as_json(self) -> dict[str, Any]:
        """The scores for other programs, rates rounded to three decimals."""
        return {
            "abstracts": self.abstracts,
            "gold": self.gold,
            "pred": self.pred,
            "detection": self.detection.as_json(),
            "record": self.record.as_json(),
            "fields": {name: round(share, 3) for name, share in self.fields.items()},
            "empty_kept_empty": self.empty_kept_empty,
        }


def score(
    gold: Mapping[str, Sequence[Label]],
    predictions: Mapping[str, Sequence[Prediction]],
    *,
    skip_missing: bool = False,
) -> Evaluation:
    """Score predictions against labels, abstract by abstract.

    Predictions for ids without labels are left out. An id without predictions is scored as if nothing had been found
    there, or with ``skip_missing`` left out as well; either way it is among the ``missing``.
    """
    missing = tuple(label for label in gold if label not in predictions)
    tallies: list[Tally] = []
    misses: list[Miss] = []
    right: Counter[str] = Counter()
    for abstract, labels in gold.items():
        if skip_missing and abstract not in predictions:
            continue
        claims = predictions.get(abstract, ())
        pairs = _pair(labels, claims)
        wrong = [_wrong_fields(labels[i], claims[j]) for i, j in pairs]
        for fields in wrong:
            right.update(name for name in FIELDS if name not in fields)
        records = sum(fields.isdisjoint(RECORD_FIELDS) for fields in wrong)
        tallies.append(Tally(len(labels), len(claims), len(pairs), records))
        misses += _misses(abstract, labels, claims, dict(zip(pairs, wrong, strict=True)))
    paired = sum(tally.paired for tally in tallies)
    shares = {name: right[name] / paired if paired else 0.0 for name in FIELDS}
    return Evaluation(tuple(tallies), shares, tuple(misses), missing)


def _pair(labels: Sequence[Label], claims: Sequence[Prediction]) -> list[tuple[int, int]]:
    """Places of labels and of the claims they are paired with, the most alike first; of equals the last."""
    same_result: dict[object, list[int]] = defaultdict(list)
    for j, claim in enumerate(claims):
        same_result[_result(claim)].append(j)
    candidates = [
        (_affinity(label, claims[j]) - 0.01 * abs(i - j), i, j)
        for i, label in enumerate(labels)
        for j in same_result.get(_result(label), ())
    ]
    pairs: list[tuple[int, int]] = []
    labels_left, claims_left = set(range(len(labels))), set(range(len(claims)))
    for _, i, j in sorted(candidates, reverse=True):
        if i in labels_left and j in claims_left:
            pairs.append((i, j))
            labels_left.remove(i)
            claims_left.remove(j)
    return pairs


def _result(claim: Prediction) -> object:
    words = claim.improvement or ""
    return numbers(words), unit(words)


def _affinity(label: Label, claim: Prediction) -> float:
    """How much a label and a claim with the same number seem to be about the same result; the metric counts twice."""
    names = (
        likeness(label.method, claim.method)
        + likeness(label.baseline, claim.baseline)
        + likeness(label.setting, claim.setting)
    )
    return 2 * likeness(label.metric, claim.metric) + names


def _wrong_fields(label: Label, claim: Prediction) -> set[str]:
    wrong = {name for name in TEXT_FIELDS if likeness(getattr(label, name), getattr(claim, name)) < ALIKE}
    return wrong | {name for name in ("direction", "effect") if getattr(label, name) != getattr(claim, name)}


def _misses(
    abstract: str,
    labels: Sequence[Label],
    claims: Sequence[Prediction],
    pairs: Mapping[tuple[int, int], set[str]],
) -> list[Miss]:
    misses = [
        Miss(
            abstract, "wrong field", labels[i].improvement, labels[i].metric, name,
            getattr(labels[i], name), getattr(claims[j], name),
        )
        for (i, j), wrong in pairs.items()
        for name in FIELDS
        if name in wrong
    ]  # fmt: skip
    found, used = {i for i, _ in pairs}, {j for _, j in pairs}
    misses += [Miss(abstract, "missed", c.improvement, c.metric) for i, c in enumerate(labels) if i not in found]
    misses += [Miss(abstract, "extra", c.improvement, c.metric) for j, c in enumerate(claims) if j not in used]
    return misses


def _bootstrap(tallies: Sequence[Tally]) -> dict[str, Interval]:
    names = ("gold", "predicted", "paired", "records")
    columns = [pa.array([getattr(tally, name) for tally in tallies], pa.int64()) for name in names]
    seeds = random.Random(_SEED)
    detection, record = [], []
    for _ in range(RESAMPLES):
        chance = pc.random(len(tallies), initializer=seeds.getrandbits(63))
        drawn = pc.cast(pc.floor(pc.multiply(chance, len(tallies))), pa.int64())
        gold, predicted, paired, records = (pc.sum(column.take(drawn), min_count=0).as_py() for column in columns)
        detection.append(PRF(paired, predicted, gold).f1)
        record.append(PRF(records, predicted, gold).f1)
    return {"detection": _middle(detection), "record": _middle(record)}


def _middle(values: list[float]) -> Interval:
    """The bounds of the middle 95 % of the values."""
    cuts = statistics.quantiles(values, n=40, method="inclusive")
    return cuts[0], cuts[-1]


# --- as tables


@dataclass(frozen=True, slots=True)
class Table:
    """Text in rows and columns, for any renderer. The cells of misses hold untrusted text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(evaluation: Evaluation, *, details: bool = False) -> list[Table]:
    """The scores for people: totals, fields and, with ``details``, every miss."""
    fields = tuple((name, f"{share:.3f}") for name, share in evaluation.fields.items())
    found = [
        Table("Claims", ("", "precision", "recall", "F1", "95 % interval of F1"), _score_rows(evaluation)),
        Table(f"Fields of the {evaluation.detection.right} claims found", ("field", "right"), fields),
    ]
    if details:
        columns = ("paper", "what", "improvement", "metric", "field", "gold", "predicted")
        found.append(Table("Misses", columns, tuple(map(_miss_row, evaluation.misses))))
    return found


def _score_rows(evaluation: Evaluation) -> tuple[tuple[str, ...], ...]:
    rows = []
    for name, rates in (("detection", evaluation.detection), ("record", evaluation.record)):
        low, high = evaluation.intervals[name]
        rows.append((name, *(f"{rate:.3f}" for rate in rates.as_json().values()), f"{low:.3f}–{high:.3f}"))
    return tuple(rows)


def _miss_row(miss: Miss) -> tuple[str, ...]:
    values = (miss.field, miss.gold or "–", miss.predicted or "–") if miss.field else ("", "", "")
    return (miss.id, miss.kind, miss.improvement or "–", miss.metric or "–", *values)
