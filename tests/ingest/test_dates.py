from datetime import date

import pytest

from extractor.ingest.dates import calendar_day


@pytest.mark.parametrize(
    "printed",
    [
        *("2025-01-06", "2025/1/6", "2025.01.06", "2025-01-06T10:00:00Z", "2025-01-06 10:00"),
        *("Jan 6, 2025", "January 6, 2025", "jan. 6 2025", "January 6th, 2025", "6 January 2025", "6 Jan, 2025"),
        "2025 Jan 6",
    ],
)
def test_complete_dates(printed: str) -> None:
    assert calendar_day(printed) == date(2025, 1, 6)


@pytest.mark.parametrize(
    "printed",
    ["Jan 6", "Jan 2025", "2025", "2025-01", "01/02/2025", "Feb 30, 2025", "2025-13-01", "0000-01-01", "", "٢"],
)
def test_incomplete_ambiguous_or_impossible_dates(printed: str) -> None:
    assert calendar_day(printed) is None
