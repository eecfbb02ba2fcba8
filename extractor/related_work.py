"""Comparisons as a Markdown table with citations, to paste into a section on related work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from extractor.citations import citation_keys
from extractor.compare import Comparison, Place
from extractor.factors import factor_text
from extractor.store import Store
from extractor.untrusted import clean

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~^$@&!]|:(?=//)|(?<=www)\.)")


def markdown_table(store: str | Path, comparisons: Sequence[Comparison], *, evidence: bool = False) -> str:
    """A pipe table of comparisons of a store, its papers cited as in Pandoc: ``[@li2025fastswitch]``.

    The keys are those of :func:`extractor.citations.bibtex`. With ``evidence`` a last column quotes the sentences that
    the claims stand in, in the order of the citations. Text of papers stays text: it begins no markup, link, HTML or
    cell.
    """
    keys = citation_keys(Store.open(store).papers())
    columns: dict[str, list[str | None]] = {
        "Place": [str(one.place) if isinstance(one, Place) else None for one in comparisons],
        "Method": [one.method for one in comparisons],
        "Compared with": [one.baseline for one in comparisons],
        "Metric": [one.metric or one.family for one in comparisons],
        "Factor": [factor_text(one.factor_low, one.factor_high) for one in comparisons],
        "As printed": [one.improvement for one in comparisons],
        "Through": [one.via for one in comparisons],
        "Setting": [one.setting for one in comparisons],
        "Hardware": [one.hardware for one in comparisons],
        "Caution": ["; ".join(one.warnings) for one in comparisons],
    }
    cells = {name: list(map(escaped, column)) for name, column in columns.items() if any(column)}
    cells["Source"] = [_cited(one, keys) for one in comparisons]
    if evidence:
        cells["Evidence"] = [" / ".join(map(escaped, one.sentences)) for one in comparisons]
    lines = [list(cells), ["---"] * len(cells), *zip(*cells.values(), strict=True)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def escaped(text: str | None) -> str:
    """One line of text as Markdown that shows it as it is."""
    return _SIGNS.sub(r"\\\1", clean(text).strip())


def _cited(one: Comparison, keys: dict[str, str]) -> str:
    ids = dict.fromkeys([one.paper_id] if one.paper_id else [leg.paper_id for leg in one.path])
    return f"[{'; '.join(f'@{keys[paper_id]}' for paper_id in ids)}]"
