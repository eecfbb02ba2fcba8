"""How much memory ``claims extract`` takes while it reads many papers, which must not depend on how many these are.

Generates JSON Lines, extracts them with the command line against a loopback server that answers at once, and looks at
the resident memory of its process all the time; the table has it at every tenth of the way.

    python bench/memory.py [--papers 20000] [--concurrency 64]     the figure in RESULTS.md: --papers 1000000
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import machine, print_table, record, stub

TENTHS = 10
PAUSE = 0.1  # seconds between two looks


def write_papers(path: Path, count: int) -> None:
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"id": str(number)} | record(number)) + "\n")


def resident(process: int) -> int | None:
    """Resident memory of a process in MB; None when it has ended."""
    status = Path(f"/proc/{process}/status").read_text().partition("VmRSS:")[2].split()
    return int(status[0]) >> 10 if status else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=20_000)
    parser.add_argument("--concurrency", type=int, default=64)
    options = parser.parse_args()
    seen = []
    with tempfile.TemporaryDirectory() as folder, stub(0) as base_url:
        document, store = Path(folder) / "papers.jsonl", Path(folder) / "claims.duckdb"
        write_papers(document, options.papers)
        command = [sys.executable, "-m", "extractor", "extract", str(document), "--db", str(store), "--json"]
        command += ["--base-url", base_url, "--model", "stub", "--concurrency", str(options.concurrency)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
            assert process.stdout
            while (now := resident(process.pid)) is not None:
                seen.append(now)
                time.sleep(PAUSE)
            summary = json.loads(process.stdout.read())
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        size = store.stat().st_size >> 20
    assert (process.returncode, summary["extracted"], summary["claims"]) == (0, options.papers, options.papers), summary
    cpu = usage.ru_utime + usage.ru_stime
    print(f"Memory: {options.papers:,} papers, {options.concurrency} at once")
    print(machine("aiohttp", "duckdb", "pyarrow", "pydantic"))
    print()
    places = [len(seen) * tenth // TENTHS for tenth in range(1, TENTHS)]
    print_table(
        [*(f"{10 * tenth} %" for tenth in range(1, TENTHS)), "peak MB"],
        [[*(seen[p] for p in places), usage.ru_maxrss >> 10]],
    )
    print()
    print_table(
        ["papers", "wall s", "papers/s", "CPU ms/paper", "store MB"],
        [
            [
                f"{options.papers:,}",
                f"{summary['seconds']:.1f}",
                f"{options.papers / summary['seconds']:.0f}",
                f"{1000 * cpu / options.papers:.2f}",
                size,
            ]
        ],
    )


if __name__ == "__main__":
    main()
