"""How long a report takes to write, to open in a browser, and to filter, for a store of many claims.

Prints best and median of several runs. Opening ends when the table is drawn and on screen.

    PYTHONPATH=tests python bench/report.py [--claims 5000] [--runs 5]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from chromium import chromium
from factories import WORK, make_claim, make_extraction, make_paper
from playwright.sync_api import Browser

from extractor.factors import Factor
from extractor.papers import Paper
from extractor.records import ClaimRecord
from extractor.report import write_report
from extractor.store import Store

FILLER = "We study how requests are scheduled on shared accelerators and where their time goes. " * 12
FAMILIES = ("latency", "throughput", "speed", "memory", "energy", "accuracy", "cost")
ON_SCREEN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
FILTER = f"""async word => {{
    const started = performance.now();
    const input = document.getElementById('text');
    input.value = word;
    input.dispatchEvent(new Event('input'));
    await {ON_SCREEN};
    return performance.now() - started;
}}"""


def papers(claims: int) -> Iterator[tuple[Paper, list[ClaimRecord]]]:
    """Papers with two claims each against 60 shared baselines, the first far more often than the last."""
    for number in range(claims // 2):
        abstract = f"{FILLER}Larkspur-{number} is 2x faster and needs 30% less memory than others."
        paper = make_paper(number, title=f"Larkspur {number}: scheduling for shared accelerators", abstract=abstract,
                           authors=("Ada Ash", "Bo Birch"), date=f"Jan 2, {2018 + number % 8}")  # fmt: skip
        factor = 1.02 ** (number % 200)
        yield (
            paper,
            [
                make_claim(
                    paper, ordinal, improvement=words, method=f"Larkspur-{number}", hardware="one A100 GPU",
                    baseline=f"System {'ABCDEFGHIJ'[place % 10]}{place}", metric_family=FAMILIES[number % 7],
                    factor=Factor(factor, factor * 1.5), setting="a chat workload", evidence=abstract[len(FILLER) :],
                )
                for ordinal, words in enumerate(("2x", "30%"), 1)
                for place in [int(60 * ((number * 7919 % 1000) / 1000) ** 3)]
            ],
        )  # fmt: skip


def opened(browser: Browser, address: str) -> tuple[float, float]:
    """Seconds until the table is on screen, and until it is again after a search."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    started = time.perf_counter()
    page.goto(address)
    page.evaluate(ON_SCREEN)
    seconds = time.perf_counter() - started
    assert page.locator("tbody tr").count() > 1
    searched = page.evaluate(FILTER, "larkspur-77") / 1000
    page.close()
    return seconds, searched


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "bench.duckdb", create=True)
        made = list(papers(options.claims))
        store.add_papers([paper for paper, _ in made])
        store.save(store.start_run(WORK, options={}), [make_extraction(paper, *claims) for paper, claims in made])
        out = Path(folder) / "report.html"
        times: dict[str, list[float]] = {"write": [], "open": [], "search": []}
        with chromium() as browser:
            for _ in range(options.runs):
                started = time.perf_counter()
                claims = write_report(store.path, out)
                times["write"].append(time.perf_counter() - started)
                for name, seconds in zip(("open", "search"), opened(browser, out.as_uri()), strict=True):
                    times[name].append(seconds)
        print(f"claims {claims:,}  papers {len(made):,}  file {out.stat().st_size / 1e6:.1f} MB")
        for name, seconds in times.items():
            print(f"{name:7} best {min(seconds):6.2f} s  median {statistics.median(seconds):6.2f} s")


if __name__ == "__main__":
    main()
