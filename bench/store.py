"""The store at size: loading, flushing, migrating and comparing, next to what DuckDB alone takes.

- Loading: parts go in through ``Store.load``, as in ``claims import``. The same rows, derived columns too, go into the
  same empty tables through DuckDB's own COPY … FROM parquet.
- Flushing: as in ``claims extract``, papers are read, added and saved with three claims each, to an empty store and to
  the full one; then the same papers, which are known by now, with the claims of another model.
- Migrating: a store with the tables of the first version is opened, which computes all keys of names anew.
- Comparing: what ``claims compare``, ``leaderboard`` and ``baselines`` call, with the lines that their tables show.

Each step runs in a process of its own. Seconds are wall time; CPU seconds tell how much of it others had.

    PYTHONPATH=tests python bench/store.py [--papers 20000] [--folder DIR]   the figure in RESULTS.md: --papers 1000000
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from common import machine, print_table
from factories import WORK, make_claim, make_extraction, make_paper
from synthetic import write_parts

from extractor.backlog import Backlog
from extractor.compare import compare_all, compare_baseline, compare_methods, leaderboard, shared_baselines
from extractor.errors import UsageError
from extractor.extraction import FLUSH_ROWS, Summary
from extractor.records import Work
from extractor.store import Store
from extractor.store.database import connect, transaction
from extractor.store.migrations import migrations
from extractor.store.parts import TABLES

T = TypeVar("T")

RUNS = 5
FLUSHES = 10
LINES = 100
FILES: dict[str, Any] = {"enable_external_access": True}


class Cost(NamedTuple):
    seconds: float
    cpu: float
    peak: int  # resident memory of the process, MB


def apart(function: Callable[..., T], *arguments: Any) -> T:
    """The result of a function that runs in a process of its own, where nothing is printed."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_hush) as process:
        return process.submit(function, *arguments).result()


def _hush() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # DuckDB takes such a process for interactive and draws progress bars


def measured(step: Callable[..., None], *arguments: Any) -> Cost:
    """What a step takes."""
    return apart(_measured, step, *arguments)


def _measured(step: Callable[..., None], *arguments: Any) -> Cost:
    seconds, cpu = time.perf_counter(), time.process_time()
    step(*arguments)
    cost = time.perf_counter() - seconds, time.process_time() - cpu
    return Cost(*cost, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)


def load(store: Path, parts: Sequence[Path]) -> None:
    Store(store).load(parts)


def export(store: Path, folder: Path) -> None:
    """Write the rows of all tables to Parquet."""
    with connect(store, read_only=True, patience=0, config=FILES) as connection:
        for table in TABLES:
            connection.execute(f"COPY {table} TO '{folder / table}.parquet' (COMPRESSION zstd)")


def copy(store: Path, folder: Path) -> None:
    """Read them back into an empty store, as DuckDB does it."""
    with connect(store, read_only=False, patience=0, config=FILES) as connection, transaction(connection):
        for table in TABLES:
            connection.execute(f"COPY {table} FROM '{folder / table}.parquet'")


def fill_old(store: Path, parts: Sequence[Path]) -> None:
    """A store whose tables are those of the first version."""
    first = migrations()[0]
    with connect(store, read_only=False, patience=0, create=True, config=FILES) as connection:
        connection.execute(first.sql)
        connection.execute("INSERT INTO migrations VALUES (?, ?, now())", [first.number, first.name])
        for table in TABLES:
            columns = [name for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()]
            files = [str(file) for part in parts if (file := part / f"{table}.parquet").exists()]
            if files:
                connection.execute(f"INSERT INTO {table} SELECT {', '.join(columns)} FROM read_parquet({files})")


def upgrade(store: Path) -> None:
    Store.open(store)


def flushes(stores: Sequence[Path]) -> list[tuple[list[float], list[float]]]:
    """Seconds of flushes onto each of the stores: of new papers, and of the same papers by another model.

    The stores take turns, so that a machine that slows down slows all of them.
    """
    return list(zip(*(_flushes(stores, work) for work in (WORK, replace(WORK, model="another"))), strict=True))


def _flushes(stores: Sequence[Path], work: Work) -> list[list[float]]:
    runs = [(store := Store.open(path), store.start_run(work, options={}), []) for path in stores]
    for flush in range(FLUSHES):
        numbers = range(flush * FLUSH_ROWS, (flush + 1) * FLUSH_ROWS)
        papers = [
            make_paper(number, title=f"Flushed {number}", abstract=f"{number} {'is what we count. ' * 50} 2x faster.")
            for number in numbers
        ]
        extractions = [
            make_extraction(paper, *(make_claim(paper, number, method=paper.title) for number in (1, 2, 3)), work=work)
            for paper in papers
        ]
        for store, run, seconds in runs:
            started = time.perf_counter()
            Backlog(iter(papers), store, work, Summary(work.model)).read(FLUSH_ROWS)
            store.save(run, extractions)
            seconds.append(time.perf_counter() - started)
    return [seconds for *_, seconds in runs]


def queries(store: Path) -> Iterator[tuple[str, Callable[[], Sequence[object]]]]:
    """The questions by name: about the most usual names of the store, a less usual and a rare one."""
    with connect(store, read_only=True, patience=0) as connection:
        named = "SELECT any_value(name) FROM claim_baselines WHERE NOT generic GROUP BY key ORDER BY count(*) DESC, key"
        names = [name for (name,) in connection.execute(named).fetchall()]
    top, second, usual, rare = names[0], names[1], names[100], names[-1]
    yield "compare --baseline, the most usual", lambda: compare_baseline(store, top, limit=LINES)
    yield "the same, all lines", lambda: compare_baseline(store, top)
    yield "compare --baseline, the 100th", lambda: compare_baseline(store, usual, limit=LINES)
    yield "compare --baseline, a rare one", lambda: compare_baseline(store, rare, limit=LINES)
    yield "compare --baseline, an unknown one", lambda: unknown(store, f"{top} Qq")
    yield "compare A B, the two most usual", lambda: compare_methods(store, top, second, limit=LINES)
    yield "the same, all lines", lambda: compare_methods(store, top, second)
    yield "compare A B, a rare and a usual one", lambda: compare_methods(store, rare, usual, limit=LINES)
    yield "compare", lambda: compare_all(store, limit=LINES)
    yield "leaderboard", lambda: leaderboard(store, "throughput", limit=LINES)
    yield "leaderboard --baseline", lambda: leaderboard(store, "latency", baseline=top, limit=LINES)
    yield (
        "leaderboard --hardware --since",
        lambda: leaderboard(store, "speed", hardware="H100", since=2023, limit=LINES),
    )
    yield "baselines", lambda: shared_baselines(store, limit=LINES)


def unknown(store: Path, name: str) -> Sequence[object]:
    """No lines: the nearest names are looked up for the error."""
    try:
        return compare_baseline(store, name)
    except UsageError:
        return ()


def asked(store: Path) -> list[tuple[str, int, float, float]]:
    """Each question with the lines of its answer, and seconds of the first and the median of several more times."""
    answers = []
    for name, question in queries(store):
        seconds = []
        for _ in range(RUNS + 1):
            started = time.perf_counter()
            lines = len(question())
            seconds.append(time.perf_counter() - started)
        answers.append((name, lines, seconds[0], statistics.median(seconds[1:])))
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=20_000)
    parser.add_argument("--folder", metavar="DIR", help="where the files go, about 4 kB a paper; default: as tempfile")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="bench-store-") as name:
        folder = Path(name)
        (folder / "rows").mkdir()
        store, copied, old, empty = (folder / f"{stem}.duckdb" for stem in ("store", "copied", "old", "empty"))
        parts = write_parts(folder / "parts", options.papers)
        for path in (store, copied, empty):
            Store.open(path, create=True)
        loading = measured(load, store, parts)
        measured(export, store, folder / "rows")
        copying = measured(copy, copied, folder / "rows")
        measured(fill_old, old, parts)
        migrating = measured(upgrade, old)
        flushed = apart(flushes, (empty, copied))
        answers = apart(asked, store)
        counts = Store.open(store).counts()
        print(machine("duckdb", "pyarrow"))
        print(
            f"{counts.papers:,} papers, {counts.claims:,} claims; {store.stat().st_size / 1e6:,.0f} MB, "
            f"{store.stat().st_size / counts.papers / 1e3:.1f} kB a paper\n"
        )
    print_table(
        ("step", "seconds", "CPU seconds", "peak MB", "ratio"),
        [
            ("COPY FROM parquet", f"{copying.seconds:.1f}", f"{copying.cpu:.1f}", copying.peak, "1.00"),
            ("Store.load", f"{loading.seconds:.1f}", f"{loading.cpu:.1f}", loading.peak,
             f"{loading.seconds / copying.seconds:.2f}"),
            ("migrating", f"{migrating.seconds:.1f}", f"{migrating.cpu:.1f}", migrating.peak,
             f"{migrating.seconds / copying.seconds:.2f}"),
        ],
    )  # fmt: skip
    print()
    places = ("an empty store", f"{counts.papers:,} papers")
    for kind, base, *others in zip(("new papers", "known papers"), *flushed, strict=True):
        print_table(
            (f"flush of {FLUSH_ROWS:,} {kind}", "best s", "median s", "mean s", "ratio of medians"),
            [
                (f"onto {where}", f"{min(times):.3f}", f"{statistics.median(times):.3f}",
                 f"{statistics.mean(times):.3f}", f"{statistics.median(times) / statistics.median(base):.2f}")
                for where, times in zip(places, (base, *others), strict=True)
            ],
        )  # fmt: skip
        print()
    print_table(
        ("query", "lines", "first s", "median s"),
        [(name, f"{lines:,}", f"{first:.3f}", f"{usual:.3f}") for name, lines, first, usual in answers],
    )
    print(f"\nslowest query: {max(usual for *_, usual in answers):.3f} s")


if __name__ == "__main__":
    main()
