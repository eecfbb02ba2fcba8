"""The page on SQL says what the store says."""

import runpy
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def page() -> str:
    script: dict[str, Any] = runpy.run_path(str(DOCS / "sql_reference.py"))
    return str(script["reference"]())


def test_the_page_is_current(page: str) -> None:
    assert (DOCS / "sql.md").read_text(encoding="utf-8") == page, "run make docs"


@pytest.mark.parametrize(
    "part",
    [
        "### `claim`", "| `factor_low` | DOUBLE | At least how many times better",
        "### `leaderboard(family, baseline_name := NULL, on_hardware := NULL, since := NULL, ",
        "`path`, `warnings`.",
    ],
)  # fmt: skip
def test_it_has_columns_types_parameters_and_defaults(page: str, part: str) -> None:
    assert part in page
