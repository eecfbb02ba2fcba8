"""What the benchmarks share: a stub server, papers to ask it about, the machine they ran on, and tables."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

FILLER = "We study how requests are scheduled on shared accelerators and where their time goes. " * 8


def record(number: int) -> dict[str, str]:
    """One of many different papers, of the length of usual abstracts, that makes the one claim of the stub's answer."""
    abstract = f"{FILLER}In workload {number}, Larkspur improves throughput by 2.5x over vLLM."
    return {"title": f"Larkspur {number}", "abstract": abstract}


@contextmanager
def stub(latency: float) -> Iterator[str]:
    """The address of a stub server in a process of its own; ``latency`` in milliseconds."""
    command = [sys.executable, str(Path(__file__).with_name("stub_server.py")), str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()


def machine(*packages: str) -> str:
    """The machine and the versions of what counts, in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return f"{cores} cores ({_processor()}), Python {platform.python_version()}, {versions}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def print_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A Markdown table, for the terminal and for RESULTS.md; all columns but the first are numbers."""
    cells = [list(map(str, names)), *(list(map(str, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(_aligned(row, widths)) + " |" for row in cells]
    lines.insert(1, "| " + " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]) + " |")
    print("\n".join(lines))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
