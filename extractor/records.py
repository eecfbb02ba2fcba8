"""What extraction hands to the store: one :class:`Extraction` a paper, with its claims, drops and calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from extractor.contract import Direction, Effect
from extractor.factors import Factor
from extractor.quantities import Quantity

Status = Literal["ok", "truncated", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """One of the names that a claim's baseline holds, "Transformers" of "Transformers and Galaxy", with its key."""

    name: str
    key: str
    generic: bool


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """One grounded claim with everything that code derives from it.

    ``paper.abstract[evidence_start:evidence_end] == improvement`` always holds; ``evidence`` is the sentence around it.
    ``ordinal`` counts the claims of one extraction from 1. ``confidence`` is the model's own, from 0 to 1, where it is
    known (see :mod:`extractor.confidence`). ``quantity`` is None where the words hold no number that
    code can read; ``factor`` says how many times better (see :mod:`extractor.factors`). ``baselines`` are the single
    names in ``baseline``, none where that is None.
    """

    ordinal: int
    improvement: str
    metric: str
    direction: Direction
    effect: Effect
    method: str
    baseline: str | None
    hardware: str | None
    setting: str | None
    evidence: str
    evidence_start: int
    evidence_end: int
    confidence: float | None
    quantity: Quantity | None
    factor: Factor
    metric_family: str
    method_key: str
    method_generic: bool
    baseline_key: str | None
    baseline_generic: bool
    baselines: tuple[Baseline, ...]


@dataclass(frozen=True, slots=True)
class DroppedClaim:
    """A claim of the model's that failed grounding for good: its JSON as answered, and why."""

    claim: str
    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to the model, successful or not. Times are seconds, token counts as the server reports them.

    ``cost`` is in US dollars, None where the price is unknown.
    """

    purpose: Literal["answer", "re-ask"]
    started_at: datetime
    latency: float
    http_status: int | None
    finish_reason: str | None
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    error: str | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What makes an extraction the same work for a given paper: done once, it is not done again unless forced."""

    model: str
    prompt: str
    prompt_hash: str
    schema_hash: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """The outcome of one paper under one :class:`Work`.

    ``ok``: a complete answer. ``truncated``: the answer was cut off, its complete claims are kept. ``refused``: the
    model declined. ``failed``: no usable answer, ``error`` says why; failed work is done again by the next run.
    ``reply`` is the raw text of the answer that the claims come from.
    """

    paper_id: str
    work: Work
    status: Status
    reply: str | None
    claims: tuple[ClaimRecord, ...]
    dropped: tuple[DroppedClaim, ...]
    calls: tuple[Call, ...]
    finished_at: datetime
    error: str | None = None
    cost: float | None = None
