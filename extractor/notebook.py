"""Lists of records, and rows of queries, that a notebook shows as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from extractor.untrusted import clean

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RecordT = TypeVar("RecordT", bound="DataclassInstance")

ROWS_SHOWN = 100


class Records(list[RecordT]):
    """A list of dataclass records. Notebooks show the first hundred as a table, without columns that are empty."""

    def _repr_html_(self) -> str:
        if not self:
            return "<p>nothing</p>"
        names = [field.name for field in fields(self[0])]
        shown = [[getattr(one, name) for name in names] for one in self[:ROWS_SHOWN]]
        filled = [i for i in range(len(names)) if any(_cell(row[i]) for row in shown)]
        return html_table([names[i] for i in filled], ([row[i] for i in filled] for row in shown), len(self))


def html_table(names: Iterable[str], rows: Iterable[Iterable[object]], total: int) -> str:
    """The first hundred rows as an HTML table, and how many more there are of ``total``."""
    head = "".join(f"<th>{escape(clean(name))}</th>" for name in names)
    lines = ["".join(f"<td>{_cell(value)}</td>" for value in row) for row in islice(rows, ROWS_SHOWN)]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    more = f"<p>{total - len(lines):,} more</p>" if total > len(lines) else ""
    # The class keeps MathJax, which notebooks run over their output, from reading formulas and links in it.
    return f'<table class="tex2jax_ignore"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}'


def _cell(value: object) -> str:
    """The value as HTML: numbers with three digits, texts of a tuple joined, other values of a tuple counted."""
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, tuple):
        texts = [one for one in value if isinstance(one, str)]
        return escape(clean("; ".join(texts))) if texts else f"{len(value)} claims" if value else ""
    return escape(clean(value))
