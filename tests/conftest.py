import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import answer
from factories import WORK, make_claim, make_extraction, make_paper
from hypothesis import settings
from stub import Stub, serve

from extractor.factors import Factor
from extractor.store import Store

# The same examples in every run and no time limits; HYPOTHESIS_PROFILE=default looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="Inject each fault as often as `make faults` does.")
    parser.addoption("--figures", metavar="FILE", help="Where to keep what the faults came to.")


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that changes what the program does."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("CLAIMS_", "OPENAI_")) or name in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)


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


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A server whose model finds the one claim that each paper of :func:`command.write_papers` makes."""
    with serve(answer) as running:
        yield running


@pytest.fixture
def model(stub: Stub) -> list[str]:
    """The flags that choose the stub's model."""
    return ["--base-url", stub.base_url, "--model", "stub"]


@pytest.fixture(scope="session")
def _filled_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store.open(tmp_path_factory.mktemp("filled") / "claims.duckdb", create=True)
    first = make_paper(1, authors=("Ada Ash", "Bo Birch"), date="Jan 2, 2025")
    second = make_paper(2, abstract="Method2 is 1200x faster than vLLM and 3x faster than SGLang on H100.")
    third = make_paper(3, abstract="Nothing is measured here.")
    store.add_papers([first, second, third, make_paper(4)])
    extractions = [
        make_extraction(first, make_claim(first)),
        make_extraction(
            second,
            make_claim(second, improvement="1200x", method="Method2", factor=Factor(1200.0, 1200.0)),
            make_claim(
                second,
                2,
                improvement="3x",
                method="Method2",
                baseline="SGLang",
                hardware="H100",
                factor=Factor(3.0, 3.0),
            ),
        ),
        make_extraction(third),
    ]
    store.save(store.start_run(WORK, options={}), extractions)
    return store.path


@pytest.fixture
def filled(_filled_store: Path, tmp_path: Path) -> Path:
    """A store, ``claims.duckdb`` in the current folder, with claims against shared baselines."""
    shutil.copy(_filled_store, tmp_path)
    return Path("claims.duckdb")
