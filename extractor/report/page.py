"""The page: what a report shows, as one HTML document that needs no other file and no network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from extractor.report import charts
from extractor.report.content import Content, Line, Measured

_FOLDER = Path(__file__).parent
_LINES_OPEN = 60  # lines of plots to show at once; the plots after them unfold
_LINES_A_BLOCK = 28  # a block stays on one page of paper


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that share a chart; a string is the heading of a metric family. No chart where no line has a factor."""

    lines: tuple[str | Line, ...]
    chart: Markup | None


@dataclass(frozen=True, slots=True)
class Plot:
    """A baseline's forest plot."""

    baseline: Measured
    blocks: tuple[Block, ...]
    unfolded: bool


def render(content: Content) -> str:
    """The page as HTML. Text is escaped; scripts and styles run only if their hash stands in the page's own policy."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    style, script = _shipped("page.css"), _shipped("page.js")
    measured = [total for total in content.families if total.factors]
    return environment.get_template("page.html.jinja").render(
        content=content,
        data={"claims": content.claims, "papers": content.papers},
        measured=measured,
        strip=_strip([total.factors for total in measured]) if measured else None,
        shared=list(_plots(content.shared)),
        others=list(_plots(content.others)),
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'",
    )


def _plots(measured: Sequence[Measured]) -> Iterator[Plot]:
    shown = 0
    for baseline in measured:
        yield Plot(baseline, tuple(_blocks(baseline)), unfolded=shown < _LINES_OPEN)
        shown += len(baseline.lines)


def _blocks(baseline: Measured) -> Iterator[Block]:
    scale = charts.scale_of(charts.known_ends((line.low, line.high) for line in baseline.lines))
    for number, lines in enumerate(_batches(baseline.lines)):
        ranges = [(None, None) if isinstance(line, str) else (line.low, line.high) for line in lines]
        chart = Markup(charts.forest(ranges, scale, labels=number == 0)) if baseline.drawable else None
        yield Block(tuple(lines), chart)


def _batches(claims: Sequence[Line]) -> Iterator[list[str | Line]]:
    """Claims under headings, in batches of limited length; a family that goes on in the next has its heading again."""
    batch: list[str | Line] = []
    for family, lines in groupby(claims, key=lambda line: line.family):
        if batch and len(batch) > _LINES_A_BLOCK - 2:
            yield batch
            batch = []
        batch.append(family)
        for line in lines:
            if len(batch) >= _LINES_A_BLOCK:
                yield batch
                batch = [family]
            batch.append(line)
    yield batch


def _strip(rows: Sequence[Sequence[float]]) -> Markup:
    return Markup(charts.strip(rows, charts.scale_of(factor for row in rows for factor in row)))


def _shipped(name: str) -> Markup:
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))


def _hash(source: str) -> str:
    """A source as a Content-Security-Policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
