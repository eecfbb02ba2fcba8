"""Printing: data on standard output, everything else on standard error, and no control byte of anyone's on either."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor.extraction import Summary

CELL_WIDTH = 48
"""Characters of a cell shown in a terminal; a pipe gets all of them."""


def clean(value: object) -> str:
    """A value as text without control or formatting characters, which a hostile title could steer a terminal with."""
    text = "" if value is None else str(value)
    return "".join(" " if c in "\n\r\t" else c for c in text if c in "\n\r\t" or unicodedata.category(c)[0] != "C")


def warn(message: str) -> None:
    """One line on standard error."""
    print(clean(message), file=sys.stderr)


def print_json(items: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object a line."""
    for item in items:
        print(json.dumps(item, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """A table: drawn to fit a terminal with long cells cut, else tab-separated with a header, for other programs."""
    cells = ([clean(value) for value in row] for row in rows)
    if not sys.stdout.isatty():
        print("\t".join(columns))
        for row in cells:
            print("\t".join(row))
        return
    drawn = [[_cut(cell) for cell in row] for row in cells]
    filled = [i for i in range(len(columns)) if not drawn or any(row[i] for row in drawn)]
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for i in filled:
        table.add_column(columns[i], justify="right" if columns[i] in right else "left", overflow="fold")
    for row in drawn:
        table.add_row(*(Text(row[i]) for i in filled))
    Console().print(table)


def _cut(cell: str) -> str:
    return cell if len(cell) <= CELL_WIDTH else cell[: CELL_WIDTH - 1].rstrip() + "…"


def factor_text(low: float | None, high: float | None) -> str:
    """A factor for people: ``1.27-2.58x``, ``up to 3x``, ``at least 2x``; empty where it is unknown."""
    match low, high:
        case None, None:
            return ""
        case None, float():
            return f"up to {high:.3g}x"
        case float(), None:
            return f"at least {low:.3g}x"
    return f"{low:.3g}x" if f"{low:.3g}" == f"{high:.3g}" else f"{low:.3g}-{high:.3g}x"


def highlighted(text: str, spans: Iterable[tuple[int, int]]) -> Text:
    """Text for the terminal with parts of it marked."""
    marked = Text()
    position = 0
    for start, end in sorted(spans):
        if start < position:
            continue
        marked.append(clean(text[position:start]))
        marked.append(clean(text[start:end]), style="bold reverse")
        position = end
    marked.append(clean(text[position:]))
    return marked


@contextmanager
def progress() -> Iterator[Callable[[Summary], None]]:
    """A progress bar on standard error with rate, time left and failures; silent when that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[found]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("extracting", total=None, rate="", found="")

        def show(summary: Summary) -> None:
            finished = summary.extracted + summary.failed
            speed = bar.tasks[0].speed
            failures = f", {summary.failed} failed" if summary.failed else ""
            bar.update(
                task,
                completed=finished,
                total=finished + summary.pending,
                rate=f"{speed:.1f}/s" if speed else "",
                found=f"{summary.claims} claims{failures}",
            )

        yield show
