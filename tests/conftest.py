import shutil
from pathlib import Path

import pytest

from extractor.store import Store


@pytest.fixture(scope="session")
def _new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Store.open(tmp_path_factory.mktemp("new") / "claims.duckdb", create=True).path


@pytest.fixture
def store(_new_store: Path, tmp_path: Path) -> Store:
    """An empty store."""
    return Store.open(shutil.copy(_new_store, tmp_path))


@pytest.fixture
def tests_folder() -> str:
    """Where other processes find the factories."""
    return str(Path(__file__).parent)
