from pathlib import Path

import pytest
from reading import Found, Reader, read_all


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
