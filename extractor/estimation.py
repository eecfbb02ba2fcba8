"""What an extraction would take, before any of it is done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from extractor.batch import plan_for
from extractor.contract import schema_hash, schema_text
from extractor.embedded import ENDPOINT, model_name
from extractor.ingest import Reject, papers_in
from extractor.papers import Paper
from extractor.pricing import find_price
from extractor.records import Work
from extractor.settings import Settings
from extractor.store import Store

READ_TOGETHER = 5000
"""Papers that are compared with the store at a time."""


@dataclass(frozen=True)
class _Case:
    """How many characters of English text a token has, and how many tokens the answer about a paper."""

    characters_a_token: float
    answer_tokens: int


# The answers about the seeds have 85 tokens on average, with a long tail, and other models write more of them.
_LOW, _EXPECTED, _HIGH = _Case(5.0, 60), _Case(4.3, 120), _Case(3.5, 250)


@dataclass(frozen=True)
class Estimate:
    """What a run would do: papers found, those already done, requests to make, and tokens, roughly.

    The cost in US dollars lies between ``cost_low``, for short answers that stand, and ``cost_high``, for long ones
    that are all sent back once and a schema that is billed like text; both are None where the price is unknown.
    ``prices`` says whose prices these are.
    """

    papers: int
    skipped: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    model: str
    cost_low: float | None
    cost_high: float | None
    prices: str


def estimate_documents(
    paths: Sequence[str | Path],
    settings: Settings,
    *,
    limit: int | None = None,
    force: bool = False,
    on_reject: Callable[[Reject], None] = lambda _: None,
) -> Estimate:
    """What :func:`extractor.batch.extract_documents` would do, without asking or storing anything."""
    plan = plan_for(settings, limit, force)
    endpoint = replace(ENDPOINT, model=model_name()) if settings.uses_embedded_model else settings.endpoint()
    work = Work(endpoint.model, plan.prompt.name, plan.prompt.hash, schema_hash())
    store = Store.open(settings.db) if settings.db.exists() and not force else None
    papers = islice(_distinct(papers_in(paths, on_reject)), limit and min(limit, sys.maxsize))
    count = calls = characters = 0
    while batch := list(islice(papers, READ_TOGETHER)):
        done = store.done(work, [paper.paper_id for paper in batch]) if store else set()
        todo = [paper for paper in batch if paper.paper_id not in done]
        count += len(batch)
        calls += len(todo)
        characters += sum(len(message["content"]) for paper in todo for message in plan.prompt.messages(paper))

    price = find_price(endpoint)

    def cost(prompt: float, answers: int) -> float | None:
        return calls * price.dollars(round(prompt), answers) if price else None

    question = characters / calls if calls else 0.0
    shortest = question / _LOW.characters_a_token, _LOW.answer_tokens
    long, answer = (question + len(schema_text())) / _HIGH.characters_a_token, _HIGH.answer_tokens
    longest = (2 * long + answer, 2 * answer) if endpoint.reasks else (long, answer)
    return Estimate(
        papers=count,
        skipped=count - calls,
        calls=calls,
        prompt_tokens=round(characters / _EXPECTED.characters_a_token),
        completion_tokens=calls * _EXPECTED.answer_tokens,
        model=endpoint.model,
        cost_low=cost(*shortest),
        cost_high=cost(*longest),
        prices=price.origin if price else "",
    )


def _distinct(papers: Iterator[Paper]) -> Iterator[Paper]:
    """The papers, each at its first appearance."""
    seen: set[str] = set()
    for paper in papers:
        if paper.paper_id not in seen:
            seen.add(paper.paper_id)
            yield paper
