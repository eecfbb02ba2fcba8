"""The report's charts: factors as marks on a logarithmic scale, drawn by Vega-Lite as SVG.

They hold marks and ticks only. Names and numbers beside them are text of the page, so lines have a fixed height and
both meet. Colours are the page's variables, and follow its theme.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

LINE_HEIGHT = 26
"""Pixels; ``page.css`` says the same, and the same widths."""
_FOREST_WIDTH = 360
_STRIP_WIDTH = 600
_MARGIN = 12  # on either side of the scale, for what stands at its ends
_MOST_TICKS = 6
_BINS = 150  # across a scale; factors of one bin are drawn as one mark

Range = tuple[float | None, float | None]
"""The low and the high end of a factor, as in :class:`extractor.factors.Factor`."""

Mark = dict[str, Any]
"""A row of a chart's data."""

_STEPS: tuple[tuple[float, ...], ...] = (
    (1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.5, 3, 4, 5, 6, 7, 8, 9),
    (1, 1.2, 1.5, 2, 3, 5, 7),
    (1, 2, 5),
    (1, 3),
    (1,),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """A logarithmic scale that holds 1×, with the factors at which it has ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]


def scale_of(factors: Iterable[float]) -> Scale:
    """The scale for these factors, all of them above zero."""
    known = [1.0, *factors]
    low, high = min(known) / 1.15, max(known) * 1.15
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in _STEPS:
        ticks = [float(f"{step}e{power}") for power in range(first, last + 1) for step in steps]
        shown = tuple(tick for tick in ticks if low <= tick <= high)
        if len(shown) <= _MOST_TICKS:
            return Scale(low, high, shown)
    every = math.ceil(len(shown) / _MOST_TICKS)
    return Scale(low, high, tuple(tick for tick in shown if round(math.log10(tick)) % every == 0))


def known_ends(ranges: Iterable[Range]) -> list[float]:
    """The ends that are known, of all the ranges."""
    return [end for ends in ranges for end in ends if end is not None]


def forest(ranges: Sequence[Range], scale: Scale, *, labels: bool = True) -> str:
    """A line for each range; one without ends leaves its line empty. ``labels`` adds a line above for the scale's.

    A dot is an end that the text states, a dashed line leads to one that it leaves open: to 1×, or to an arrow at the
    border where even 1× does not end it. Better is blue with round dots, worse is orange with square ones.
    """
    spans: list[Mark] = []
    ends: list[Mark] = []
    for line, (low, high) in enumerate(ranges):
        known = known_ends([(low, high)])
        if not known:
            continue
        look = {"line": line} | _look(math.fsum(map(math.log, known)))
        first, last = low, high
        if first is None:
            first = 1.0 if known[0] > 1 else scale.low
        if last is None:
            last = 1.0 if known[0] < 1 else scale.high
        is_open = len(known) == 1
        if first < last:
            spans.append(look | {"from": first, "to": last, "dash": [2, 3] if is_open else []})
        ends += (look | {"factor": end, "size": 46} for end in dict.fromkeys(known))
        if is_open and first == scale.low:
            ends.append(look | {"factor": first, "shape": "triangle-left", "size": 46})
        if is_open and last == scale.high:
            ends.append(look | {"factor": last, "shape": "triangle-right", "size": 46})
    return _drawn(len(ranges), scale, spans, ends, width=_FOREST_WIDTH, labels=labels)


def strip(rows: Sequence[Sequence[float]], scale: Scale) -> str:
    """A line for each list of factors, with a dot for each; one dot stands for those too close to tell apart."""
    width = math.log(scale.high / scale.low) / _BINS
    ends = [
        {"line": line, "factor": math.exp(place * width), "size": 24 * count**0.6} | _look(place)
        for line, factors in enumerate(rows)
        for place, count in Counter(round(math.log(factor) / width) for factor in factors).items()
    ]
    return _drawn(len(rows), scale, [], ends, width=_STRIP_WIDTH, opacity=0.7)


def _look(log: float) -> Mark:
    """Colour and shape of the marks of a factor with this logarithm."""
    if log > 0:
        return {"colour": "var(--better)", "shape": "circle"}
    return {"colour": "var(--worse)", "shape": "square"} if log < 0 else {"colour": "var(--even)", "shape": "circle"}


def _drawn(
    lines: int,
    scale: Scale,
    spans: list[Mark],
    ends: list[Mark],
    *,
    width: int,
    labels: bool = True,
    opacity: float = 1,
) -> str:
    axis = alt.Axis(
        values=list(scale.ticks), labelExpr="format(datum.value, ',~r') + '×'", labels=labels, labelOverlap=True,
        labelFontSize=11, labelPadding=8, labelColor="var(--muted)", gridColor="var(--grid)", title=None, orient="top",
        domain=False, ticks=False,
    )  # fmt: skip
    x: dict[str, Any] = {"scale": alt.Scale(type="log", domain=[scale.low, scale.high], nice=False), "axis": axis}
    y = alt.Y("line:O", axis=None, scale=alt.Scale(domain=list(range(lines)), padding=0))
    colour = alt.Color("colour:N", scale=None)
    even = alt.Chart(alt.InlineData([{"factor": 1}])).mark_rule(color="var(--axis)").encode(alt.X("factor:Q", **x))
    spanned = (
        alt.Chart(alt.InlineData(spans))
        .mark_rule(strokeWidth=2)
        .encode(alt.X("from:Q", **x), alt.X2("to:Q"), y, colour, alt.StrokeDash("dash:N", scale=None))
    )
    ended = (
        alt.Chart(alt.InlineData(ends))
        .mark_point(filled=True, opacity=opacity)
        .encode(alt.X("factor:Q", **x), y, colour, alt.Shape("shape:N", scale=None), alt.Size("size:Q", scale=None))
    )
    top = LINE_HEIGHT if labels else 0
    chart = alt.layer(even, spanned, ended).properties(
        width=width - 2 * _MARGIN, height=lines * LINE_HEIGHT, background="transparent", autosize="none",
        padding={"left": _MARGIN, "right": _MARGIN, "top": top, "bottom": 0},
    )  # fmt: skip
    # Not validated: the same few specifications each time, and validation would take longer than drawing.
    spec = chart.configure(aria=False, view=alt.ViewConfig(stroke=None)).to_dict(validate=False)
    return vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
