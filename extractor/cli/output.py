"""Printing: data on standard output, everything else on standard error, and no control byte of anyone's on either."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from itertools import chain
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from extractor.untrusted import clean, csv_cell, json_line, strict_json_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import DataclassInstance

    from extractor.extraction import Summary

CELL_WIDTH = 48
"""Characters of a cell shown in a terminal; a pipe gets all of them."""


def warn(message: str, *, cut: bool = False) -> None:
    """One line on standard error, with ``cut`` no wider than the terminal that gets it.

    Where standard error cannot be written, work that goes well still goes on.
    """
    line = Text(clean(message))
    if cut and sys.stderr.isatty():
        line.truncate(Console(stderr=True).width, overflow="ellipsis")
    with suppress(OSError):
        print(line.plain, file=sys.stderr)


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: ``1 paper``, ``1,200 papers``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or f'{noun}s'}"


def dollars(amount: float) -> str:
    """Money with cents, below a dollar with hundredths of them: ``$12.30``, ``$0.0042``."""
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"


def print_json(items: Iterable[Mapping[str, Any] | str]) -> None:
    """One JSON object a line; a text is one already."""
    for item in items:
        print(strict_json_line(item) if isinstance(item, str) else json_line(item))


def print_csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """CSV with a header and one line a row, safe to open in a spreadsheet; see :func:`extractor.untrusted.csv_cell`."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for row in chain([columns], rows):
        writer.writerow(map(csv_cell, row))


def print_records(record: type[DataclassInstance], found: Iterable[DataclassInstance], *, as_csv: bool) -> None:
    """Records of one type, as CSV or as one JSON object a line."""
    items = map(asdict, found)
    if as_csv:
        print_csv([field.name for field in fields(record)], (item.values() for item in items))
    else:
        print_json(items)


def in_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def print_text(text: str | Text = "", *, style: str = "") -> None:
    """A paragraph: styled and wrapped in a terminal, else one plain line."""
    plain = text if isinstance(text, Text) else Text(clean(text))
    Console().print(plain, style=style, soft_wrap=not in_terminal())


def print_lines(text: object) -> None:
    """Text that is drawn in lines: each stays one, made safe by itself."""
    for line in str(text).splitlines():
        print(clean(line))


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    keep_empty: bool = False,
) -> None:
    """A table: tab-separated with a header for other programs, drawn in a terminal.

    A drawn table has its long cells cut and its empty columns left out. Where even that is too wide for the terminal,
    or a cell of a column that must stay ``whole`` would be cut, each row stands as a block of lines, uncut, without
    its empty cells. With ``keep_empty`` nothing is left out.
    """
    names = [clean(column) for column in columns]
    cells = ([clean(value) for value in row] for row in rows)
    if not in_terminal():
        print("\t".join(names))
        for row in cells:
            print("\t".join(row))
        return
    console = Console()
    full = list(cells)
    table = _drawn(names, full, [name in right for name in columns], keep_empty)
    too_wide = Measurement.get(console, console.options.update_width(sys.maxsize), table).minimum > console.width
    uncut = [i for i, name in enumerate(columns) if name in whole]
    if too_wide or any(len(row[i]) > CELL_WIDTH for row in full for i in uncut):
        table = _blocks(names, full, keep_empty)
    console.print(table)


def _drawn(names: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], keep_empty: bool) -> Table:
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    shown = [i for i in range(len(names)) if keep_empty or not rows or any(row[i] for row in rows)]
    for i in shown:
        table.add_column(Text(names[i]), justify="right" if right[i] else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cut(row[i])) for i in shown))
    return table


def _blocks(names: Sequence[str], rows: Sequence[Sequence[str]], keep_empty: bool) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for number, row in enumerate(rows):
        if number:
            grid.add_row()
        for name, cell in zip(names, row, strict=True):
            if cell or keep_empty:
                grid.add_row(Text(name), Text(cell))
    return grid


def _cut(cell: str) -> str:
    return cell if len(cell) <= CELL_WIDTH else cell[: CELL_WIDTH - 1].rstrip() + "…"


def highlighted(text: str, spans: Iterable[tuple[int, int]]) -> Text:
    """Text for the terminal with parts of it marked."""
    marked = Text()
    position = 0
    for first, end in sorted(spans):
        if end <= position:
            continue
        start = max(first, position)
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
                found=f"{summary.claims} claims{failures}{f', {dollars(summary.cost)}' if summary.cost else ''}",
            )

        yield show
