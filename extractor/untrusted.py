"""Text of others (titles, claims, messages of servers) made safe to print: no character of it can steer a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def clean(value: object) -> str:
    """A value as one line of text without control or formatting characters; None is empty."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)


def json_line(item: Mapping[str, Any]) -> str:
    """An object as one line of JSON. Control and formatting characters stand in it as escapes, so nothing is lost.

    Decimals become numbers, NaN and infinities null, dates their ISO form.
    """
    text = json.dumps(item, ensure_ascii=False, default=_simple)
    if "NaN" in text or "Infinity" in text:  # perhaps only in a string
        text = json.dumps(json.loads(text, parse_constant=lambda _: None), ensure_ascii=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _simple(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
