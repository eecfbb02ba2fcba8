"""How much time the engine adds to what an endpoint takes: papers against a loopback stub with a fixed latency.

Prints the wall time, the ideal (papers x latency / concurrency) and their ratio, best and median of several runs.

    python bench/overhead.py [--papers 2000] [--latency 50] [--concurrency 64] [--runs 3]
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractor.client import Client
from extractor.endpoint import Endpoint
from extractor.extraction import Plan, extract
from extractor.papers import Paper, Source
from extractor.prompts import load_prompt
from extractor.store import Store

FILLER = "We study how requests are scheduled on shared accelerators and where their time goes. " * 8


def papers(count: int) -> Iterator[Paper]:
    """Different papers with one groundable claim each, of the length of usual abstracts."""
    for number in range(count):
        abstract = f"{FILLER}In workload {number}, Larkspur improves throughput by 2.5x over vLLM."
        yield Paper(f"Larkspur {number}", abstract, sources=(Source("bench", number + 1),))


@contextmanager
def stub(latency: float) -> Iterator[str]:
    """The address of a stub server in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("stub_server.py")), str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def run(count: int, base_url: str, concurrency: int, folder: str) -> float:
    store = Store.open(Path(folder) / "bench.duckdb", create=True)
    async with Client(Endpoint("stub", base_url, "none"), connections=concurrency) as client:
        started = time.perf_counter()
        summary = await extract(papers(count), store, client, Plan(load_prompt("instruct"), concurrency))
        seconds = time.perf_counter() - started
    assert (summary.extracted, summary.claims) == (count, count), summary
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=2000)
    parser.add_argument("--latency", type=float, default=50, help="milliseconds")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    ideal = options.papers * options.latency / 1000 / options.concurrency
    times = []
    with stub(options.latency) as base_url:
        for _ in range(options.runs):
            with tempfile.TemporaryDirectory() as folder:
                times.append(asyncio.run(run(options.papers, base_url, options.concurrency, folder)))
    print(
        f"papers {options.papers}  latency {options.latency} ms  concurrency {options.concurrency}  ideal {ideal:.2f} s"
    )
    for name, seconds in (("best", min(times)), ("median", statistics.median(times))):
        rate = options.papers / seconds
        print(f"{name:7} {seconds:6.2f} s  {rate:7.0f} papers/s  ratio to ideal {seconds / ideal if ideal else 0:.2f}")


if __name__ == "__main__":
    main()
