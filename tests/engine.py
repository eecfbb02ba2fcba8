"""Runs of the engine: papers that each make a claim, and a server that finds it."""

import asyncio
import re
from collections.abc import Callable, Iterable
from typing import Any

import duckdb
from stub import Answer, claims, error

from extractor.client import Client
from extractor.endpoint import Endpoint
from extractor.extraction import Plan, Summary, extract
from extractor.limits import NO_LIMITS, Limits
from extractor.papers import Paper, Source
from extractor.pricing import TokenPrice
from extractor.prompts import load_prompt
from extractor.records import Extraction
from extractor.store import Store

PROMPT = load_prompt("instruct")
DOWN = error(429, "quota used up", Retry_After="86400")  # too long a pause to wait for: no answer, at once


def paper(number: int) -> Paper:
    abstract = f"Larkspur is {number}x faster than vLLM. It cuts energy by 15%."
    return Paper(f"Larkspur {number}", abstract, sources=(Source("papers.txt", number),))


def papers(count: int) -> list[Paper]:
    return [paper(number) for number in range(1, count + 1)]


def asked(request: dict[str, Any]) -> int:
    """The number of the paper that a request asks about."""
    found = re.search(r"Larkspur is (\d+)x", request["messages"][1]["content"])
    assert found
    return int(found[1])


def sound(request: dict[str, Any], number: int = 0) -> Answer:
    return claims({"improvement": f"{asked(request)}x", "baseline": "vLLM"}, {"improvement": "15%", "metric": "energy"})


def unless(faults: dict[int, Answer]) -> Callable[[dict[str, Any], int], Answer]:
    """Sound answers but for some papers."""
    return lambda request, number: faults.get(asked(request)) or sound(request)


def run(
    store: Store,
    wanted: Iterable[Paper],
    base_url: str,
    *,
    stop_after: int | None = None,
    model: str = "m",
    reasks: int = 0,
    price: TokenPrice | None = None,
    limits: Limits = NO_LIMITS,
    concurrency: int = 4,
    **plan: Any,
) -> Summary:
    async def extraction() -> Summary:
        stop = asyncio.Event()

        def on_progress(summary: Summary) -> None:
            if stop_after is not None and summary.extracted >= stop_after:
                stop.set()

        endpoint = Endpoint(model, base_url, "none", reasks=reasks, price=price)
        async with Client(endpoint, connections=concurrency, limits=limits) as client:
            return await extract(
                iter(wanted),
                store,
                client,
                Plan(PROMPT, concurrency, **plan),
                stop=stop,
                on_progress=on_progress,
            )

    return asyncio.run(extraction())


def latest(store: Store, number: int) -> Extraction:
    return store.extractions(paper(number).paper_id)[0]


def outcomes(store: Store) -> list[str | None]:
    with duckdb.connect(str(store.path), read_only=True) as connection:
        return [outcome for (outcome,) in connection.execute("SELECT outcome FROM runs ORDER BY started_at").fetchall()]
