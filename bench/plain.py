"""Papers a second and core: this engine against the way people write it by hand, in one run.

By hand: ``instructor.from_openai(AsyncOpenAI())``, a task a paper under a semaphore, and one INSERT a claim. It does
not ground the claims, derives nothing from them, and cannot continue. Both ask the same server, which answers at once,
with the same prompt, schema and concurrency, taking turns. What counts is CPU time, as nothing else may run on a core.

    python bench/plain.py [--papers 2000] [--concurrency 64] [--runs 3]
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import duckdb
import instructor
from common import machine, print_table, record, stub
from openai import AsyncOpenAI

from extractor.client import Client
from extractor.contract import Answer
from extractor.endpoint import Endpoint
from extractor.extraction import Plan, extract
from extractor.papers import Paper, Source
from extractor.prompts import load_prompt
from extractor.store import Store

PROMPT = load_prompt("instruct")
Way = Callable[[list[Paper], str, int, Path], Coroutine[Any, Any, int]]


async def engine(papers: list[Paper], base_url: str, concurrency: int, folder: Path) -> int:
    store = Store.open(folder / "engine.duckdb", create=True)
    async with Client(Endpoint("stub", base_url, "none"), connections=concurrency) as client:
        return (await extract(iter(papers), store, client, Plan(PROMPT, concurrency))).claims


async def by_hand(papers: list[Paper], base_url: str, concurrency: int, folder: Path) -> int:
    openai = AsyncOpenAI(base_url=base_url, api_key="none")
    client = instructor.from_openai(openai)
    semaphore = asyncio.Semaphore(concurrency)
    async with openai:
        connection = duckdb.connect(str(folder / "by_hand.duckdb"))
        connection.execute(
            "CREATE TABLE claims (title TEXT, improvement TEXT, metric TEXT, direction TEXT, effect TEXT, method TEXT, "
            "baseline TEXT, hardware TEXT, setting TEXT)"
        )

        async def one(paper: Paper) -> int:
            async with semaphore:
                messages: Any = PROMPT.messages(paper)
                answer = await client.create(model="stub", messages=messages, response_model=Answer)
            for claim in answer.claims:
                values = [paper.title, *claim.model_dump().values()]
                connection.execute("INSERT INTO claims VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            return len(answer.claims)

        return sum(await asyncio.gather(*map(one, papers)))


def rate(way: Way, count: int, base_url: str, concurrency: int) -> tuple[float, float]:
    """Papers a second of CPU time, and papers a second."""
    papers = [Paper(**record(number), sources=(Source("bench", number + 1),)) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = time.perf_counter(), time.process_time()
        claims = asyncio.run(way(papers, base_url, concurrency, Path(folder)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert claims == count
    return count / cpu, count / wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    ways: dict[str, Way] = {"by hand": by_hand, "this engine": engine}
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    with stub(0) as base_url:
        for _ in range(options.runs):
            for name, way in ways.items():
                rates[name].append(rate(way, options.papers, base_url, options.concurrency))
    print(f"By hand: {options.papers:,} papers, {options.concurrency} at once, median of {options.runs} runs")
    print(machine("instructor", "openai", "aiohttp", "duckdb", "pydantic"))
    print()
    per_core, per_second = (
        {name: statistics.median(run[i] for run in runs) for name, runs in rates.items()} for i in (0, 1)
    )
    print_table(
        ["", "papers/s and core", "ratio", "papers/s", "ratio"],
        [
            [
                name,
                f"{per_core[name]:.0f}",
                f"{per_core[name] / per_core['by hand']:.2f}",
                f"{per_second[name]:.0f}",
                f"{per_second[name] / per_second['by hand']:.2f}",
            ]
            for name in ways
        ],
    )


if __name__ == "__main__":
    main()
