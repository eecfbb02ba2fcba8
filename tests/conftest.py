import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from extractor.store import Store

# The same examples in every run and no time limits; HYPOTHESIS_PROFILE=default looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


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
