"""Records for tests of everything that stands on the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from extractor.factors import Factor
from extractor.names import is_generic, key_in_paper, name_key, split_names
from extractor.papers import Paper, Source
from extractor.quantities import Quantity
from extractor.records import Baseline, Call, ClaimRecord, DroppedClaim, Extraction, Work
from extractor.store import Store

WORK = Work(model="test-model", prompt="claims", prompt_hash="p1", schema_hash="s1")
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def make_paper(number: int = 1, **details: Any) -> Paper:
    given = {
        "title": f"Paper {number}",
        "abstract": f"Method{number} is 2x faster than vLLM on one GPU. It needs {number} tuning runs.",
        "sources": (Source("papers.txt", number),),
    }
    return Paper(**(given | details))


def make_claim(paper: Paper, ordinal: int = 1, **fields: Any) -> ClaimRecord:
    """A claim whose evidence is found in the paper's abstract; keys follow from the names."""
    given: dict[str, Any] = {
        "improvement": "2x",
        "metric": "speed",
        "direction": "increase",
        "effect": "better",
        "method": "Method1",
        "baseline": "vLLM",
        "hardware": None,
        "setting": None,
        "confidence": None,
        "evidence": paper.abstract,
        "quantity": Quantity("ratio", 2.0, 2.0, "x"),
        "factor": Factor(2.0, 2.0),
        "metric_family": "speed",
    }
    given |= fields
    start = paper.abstract.index(given["improvement"])
    baseline = given["baseline"]
    method_key = name_key(given["method"])
    derived = {
        "evidence_start": start,
        "evidence_end": start + len(given["improvement"]),
        "method_key": key_in_paper(method_key, paper.paper_id) if is_generic(given["method"]) else method_key,
        "method_generic": is_generic(given["method"]),
        "baseline_key": None if baseline is None else name_key(baseline),
        "baseline_generic": baseline is not None and is_generic(baseline),
        "baselines": tuple(
            Baseline(name, name_key(name), is_generic(name)) for name in (split_names(baseline) if baseline else ())
        ),
    }
    return ClaimRecord(ordinal=ordinal, **(derived | given))


def make_extraction(paper: Paper, *claims: ClaimRecord, days: int = 0, **fields: Any) -> Extraction:
    """A successful extraction, ``days`` after the first of the test."""
    finished = MOMENT + timedelta(days=days)
    given: dict[str, Any] = {
        "work": WORK,
        "status": "ok",
        "reply": '{"claims": []}',
        "dropped": (),
        "calls": (Call("answer", finished, 0.25, 200, "stop", 700, 0, 90, cost=0.001),),
        "finished_at": finished,
        "cost": 0.001,
    }
    return Extraction(paper_id=paper.paper_id, claims=claims, **(given | fields))


def make_drop(reason: str = "the improvement does not stand in the abstract") -> DroppedClaim:
    return DroppedClaim(claim='{"improvement": "9x"}', reason=reason)


def save(store: Store, *extractions: Extraction) -> None:
    """Store extractions of any models, prompts and schemas."""
    for extraction in extractions:
        store.save(store.start_run(extraction.work, options={}), [extraction])


def fill(store: Store, *claims: dict[str, object], dates: Sequence[str | None] = ()) -> list[Paper]:
    """One paper a claim."""
    printed = [*dates, *[None] * (len(claims) - len(dates))]
    papers = [make_paper(number, date=date) for number, date in enumerate(printed, 1)]
    store.add_papers(papers)
    store.save(
        store.start_run(WORK, options={}),
        [make_extraction(paper, make_claim(paper, **claim)) for paper, claim in zip(papers, claims, strict=True)],
    )
    return papers
