"""How often each fault is injected, and the table of what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from figures import Figures

FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = Figures(strict=config.getoption("--long"))
    config.addinivalue_line("markers", "long: only `make faults` has the time for it.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        longer = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=longer)
        items[:] = [item for item in items if item not in longer]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash[FIGURES]
    if config.getoption("--long") and figures.counts:
        terminalreporter.section("faults")
        terminalreporter.write(figures.table())
        if kept := config.getoption("--figures"):
            Path(kept).write_text(f"# What `make faults` measured\n\n{figures.table()}", encoding="utf-8")


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a test notes what it measured."""
    return request.config.stash[FIGURES]


@pytest.fixture
def often(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """How often to inject a fault: ``often(3, 50)`` is 3, and 50 in the long run."""
    return lambda short, long: long if request.config.getoption("--long") else short


@pytest.fixture(autouse=True)
def _alone(alone: None) -> None:
    """Every fault is met in a folder of its own."""
