from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from extractor.ingest import Reject, read_papers
from extractor.papers import Paper


class Found(NamedTuple):
    papers: list[Paper]
    rejects: list[str]

    @property
    def titles(self) -> list[str]:
        return [paper.title for paper in self.papers]


Reader = Callable[..., Found]


def read_all(paths: Sequence[str | Path]) -> Found:
    found = list(read_papers(paths))
    return Found(
        [item for item in found if isinstance(item, Paper)], [str(item) for item in found if isinstance(item, Reject)]
    )


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Reads a document of the given name and content, from the directory it stands in."""
    monkeypatch.chdir(tmp_path)

    def read(name: str, content: str | bytes) -> Found:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_all([name])

    return read


@pytest.fixture
def read_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Reads paths relative to a fresh directory."""
    monkeypatch.chdir(tmp_path)
    return lambda *paths: read_all(paths)
