"""How much time the engine adds to what an endpoint takes: papers against a loopback server with a fixed latency.

The ideal is papers x latency / concurrency. A part of what comes on top is there once in a run, whatever its size: the
start, the first paper, which goes alone, and storing the last answers. The CPU time is that of the engine's process.

    python bench/overhead.py [--papers 2000] [--latency 50] [--concurrency 64] [--runs 3]
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from common import machine, print_table, record, stub

from extractor.client import Client
from extractor.endpoint import Endpoint
from extractor.extraction import Plan, Summary, extract
from extractor.papers import Paper, Source
from extractor.prompts import load_prompt
from extractor.store import Store


class Run:
    """One run: its wall time, with that up to the second answer and from the last on, and its CPU time, in seconds."""

    def __init__(self, papers: int, base_url: str, concurrency: int) -> None:
        self.begin = self.end = 0.0
        with tempfile.TemporaryDirectory() as folder:
            store = Store.open(Path(folder) / "bench.duckdb", create=True)
            started, cpu = time.perf_counter(), time.process_time()
            summary = asyncio.run(self._extract(papers, store, base_url, concurrency))
            self.cpu = time.process_time() - cpu
            ended = time.perf_counter()
        assert (summary.extracted, summary.claims) == (papers, papers), summary
        self.seconds, self.begin, self.end = ended - started, self.begin - started, ended - self.end

    async def _extract(self, papers: int, store: Store, base_url: str, concurrency: int) -> Summary:
        async with Client(Endpoint("stub", base_url, "none"), connections=concurrency) as client:
            plan = Plan(load_prompt("instruct"), concurrency)
            return await extract(_papers(papers), store, client, plan, on_progress=self._note)

    def _note(self, summary: Summary) -> None:
        self.end = time.perf_counter()
        if summary.extracted == 1:
            self.begin = self.end


def _papers(count: int) -> Iterator[Paper]:
    return (Paper(**record(number), sources=(Source("bench", number + 1),)) for number in range(count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=2000)
    parser.add_argument("--latency", type=float, default=50, help="milliseconds")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    ideal = options.papers * options.latency / 1000 / options.concurrency
    with stub(options.latency) as base_url:
        runs = [Run(options.papers, base_url, options.concurrency) for _ in range(options.runs)]
    print(f"Overhead: {options.papers:,} papers, {options.latency:g} ms, {options.concurrency} at once")
    print(machine("aiohttp", "duckdb", "pyarrow", "pydantic"))
    print()
    print_table(
        ["run", "wall s", "ideal s", "ratio", "first paper s", "last flush s", "ratio between", "CPU ms/paper"],
        [
            [
                number,
                f"{run.seconds:.2f}",
                f"{ideal:.2f}",
                f"{run.seconds / ideal:.2f}",
                f"{run.begin:.2f}",
                f"{run.end:.2f}",
                f"{(run.seconds - run.begin - run.end) / ideal:.2f}",
                f"{1000 * run.cpu / options.papers:.2f}",
            ]
            for number, run in enumerate(runs, 1)
        ],
    )


if __name__ == "__main__":
    main()
