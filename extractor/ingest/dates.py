"""Printed dates."""

from __future__ import annotations

import re
from datetime import date

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
MONTH_DAY = rf"{MONTH} \d{{1,2}}(?:, \d{{4}})?"  # as web pages print it: "Jan 16, 2025", "Jan 4"

_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_COMPLETE = [
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?:[T ]\d\d?:\d\d.*)?",
        rf"(?P<month>{MONTH}) {_DAY},? (?P<year>\d{{4}})",
        rf"{_DAY} (?P<month>{MONTH}),? (?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}}) (?P<month>{MONTH}) {_DAY}",
    )
]


def calendar_day(printed: str) -> date | None:
    """The day a printed date names, or None where year, month or day is missing, ambiguous or impossible.

    >>> calendar_day("Jan 16, 2025")
    datetime.date(2025, 1, 16)
    >>> calendar_day("Jan 16") is None and calendar_day("01/02/2025") is None
    True
    """
    for pattern in _COMPLETE:
        if found := pattern.fullmatch(printed.strip()):
            month = found["month"]
            number = int(month) if month.isdigit() else _NAMES.index(month[:3].lower()) + 1
            try:
                return date(int(found["year"]), number, int(found["day"]))
            except ValueError:
                return None
    return None
