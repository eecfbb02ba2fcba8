"""Text of others (titles, claims, messages of servers) made safe: it steers neither terminal nor spreadsheet."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

_FORMULA_STARTS = ("=", "+", "-", "@")
_STRING_OR_BARE = re.compile(r'"(?:[^"\\]|\\.)*+"|-?(?:NaN|Infinity)')


def clean(value: object) -> str:
    """A value as one line of text without control or formatting characters; None is empty."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)


def json_line(item: Mapping[str, Any] | Sequence[Any]) -> str:
    """An object or a list as one line of JSON.

    Control and formatting characters stand in it as escapes, so nothing is lost. Decimals become numbers, NaN and
    infinities null, dates their ISO form.
    """
    text = json.dumps(item, ensure_ascii=False, default=_simple)
    if "NaN" in text or "Infinity" in text:  # perhaps only in a string
        text = json.dumps(json.loads(text, parse_constant=lambda _: None), ensure_ascii=False)
    return _escaped(text)


def strict_json_line(text: str) -> str:
    """JSON of DuckDB as a line that every parser reads: NaN and infinities, which stand bare in it, become strings.

    Control and formatting characters become escapes.
    """
    return _escaped(_STRING_OR_BARE.sub(lambda match: match[0] if match[0][0] == '"' else f'"{match[0]}"', text))


def _escaped(json_text: str) -> str:
    if json_text.isprintable():
        return json_text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in json_text)


def csv_cell(value: Any) -> Any:
    """A value as a cell of CSV: text that a spreadsheet would take for a formula gets an apostrophe in front.

    Text becomes a line without control or formatting characters, as :func:`clean` makes it, lists and objects become
    JSON, the rest stays as it is.
    """
    if isinstance(value, list | tuple | dict):
        return json_line(value)
    if not isinstance(value, str):
        return value
    text = clean(value)  # first, for what is left out may hide the start of a formula
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text


def _simple(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
