"""Lists of records that a notebook shows as a table."""

from __future__ import annotations

from dataclasses import fields
from html import escape
from typing import TYPE_CHECKING, TypeVar

from extractor.untrusted import clean

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RecordT = TypeVar("RecordT", bound="DataclassInstance")

ROWS_SHOWN = 100


class Records(list[RecordT]):
    """A list of dataclass records. Notebooks show the first hundred as a table, without columns that are empty."""

    def _repr_html_(self) -> str:
        shown = self[:ROWS_SHOWN]
        if not shown:
            return "<p>nothing</p>"
        columns = {field.name: [_cell(getattr(one, field.name)) for one in shown] for field in fields(shown[0])}
        filled = {name: cells for name, cells in columns.items() if any(cells)}
        head = "".join(f"<th>{escape(name)}</th>" for name in filled)
        body = "".join(
            f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in zip(*filled.values(), strict=True)
        )
        more = f"<p>{len(self) - len(shown)} more</p>" if len(self) > len(shown) else ""
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
