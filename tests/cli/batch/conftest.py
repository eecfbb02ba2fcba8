import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import answer
from provider import Provider, provide


@pytest.fixture(autouse=True)
def _store(_new_store: Path, tmp_path: Path) -> None:
    """An empty store: making one takes longer than the rest of a command."""
    shutil.copy(_new_store, tmp_path / "claims.duckdb")


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider whose model finds the one claim that each paper of :func:`command.write_papers` makes."""
    with provide(answer) as running:
        yield running
