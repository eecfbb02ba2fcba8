"""Where the CPU time of a paper goes, by library: the way people write it by hand, then this engine.

All threads of the process count, and compiled code counts to the Python that calls it: what DuckDB takes stands under
extractor/store. A profiler slows down Python most, so these are shares of the work, no speeds: see plain.py for those.

    pip install -e '.[bench]'; python bench/hotspots.py [--papers 1000] [--concurrency 64]
"""

import argparse
import asyncio
import sysconfig
import tempfile
from collections import Counter
from pathlib import Path

import yappi
from common import machine, print_table, record, stub
from plain import Way, by_hand, engine

from extractor.papers import Paper, Source

SHOWN = 12
_PACKAGES = tuple(f"{sysconfig.get_path(kind)}/" for kind in ("purelib", "platlib"))
_STANDARD = f"{sysconfig.get_path('stdlib')}/"
_PROJECT = f"{Path(__file__).parents[1]}/"


def library(file: str) -> str:
    """The library that a file belongs to, and of this project the module or package."""
    for folder in _PACKAGES:
        if file.startswith(folder):
            return file.removeprefix(folder).partition("/")[0].removesuffix(".py")
    if file.startswith(_PROJECT):
        return "/".join(file.removeprefix(_PROJECT).split("/")[:2]).removesuffix(".py")
    return f"Python: {file.removeprefix(_STANDARD).partition('/')[0].removesuffix('.py')}"


def shares(way: Way, count: int, base_url: str, concurrency: int) -> dict[str, float]:
    """The share of CPU time that each library's own code takes, largest first."""
    papers = [Paper(**record(number), sources=(Source("bench", number + 1),)) for number in range(count)]
    yappi.clear_stats()
    yappi.set_clock_type("cpu")
    with tempfile.TemporaryDirectory() as folder, yappi.run():
        asyncio.run(way(papers, base_url, concurrency, Path(folder)))
    spent: Counter[str] = Counter()
    for function in yappi.get_func_stats():
        spent[library(function.module)] += function.tsub
    return {name: seconds / spent.total() for name, seconds in spent.most_common(SHOWN)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=64)
    options = parser.parse_args()
    print(f"Hotspots: {options.papers:,} papers, {options.concurrency} at once, a server that answers at once")
    print(machine("instructor", "openai", "aiohttp", "duckdb", "pydantic", "yappi"))
    with stub(0) as base_url:
        for title, way in {"by hand": by_hand, "this engine": engine}.items():
            found = shares(way, options.papers, base_url, options.concurrency)
            print()
            print_table([title, "share"], [[name, f"{100 * share:.1f} %"] for name, share in found.items()])


if __name__ == "__main__":
    main()
