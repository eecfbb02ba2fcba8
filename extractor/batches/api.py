"""Where request files go: a provider's batch API (Files and Batches as OpenAI has them), or a folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Literal, Protocol

import httpx2
from openai import APIError, DefaultHttpxClient, NotFoundError, OpenAI
from openai.types import Batch as OpenAIBatch
from openai.types import BatchError
from pydantic_core import from_json

from extractor.endpoint import Endpoint, public_url
from extractor.errors import RejectedError, UnavailableError
from extractor.failures import of_openai
from extractor.files import written_whole
from extractor.papers import fold_space
from extractor.pricing import on_this_machine
from extractor.retries import explain

REQUESTS_URL: Literal["/v1/chat/completions"] = "/v1/chat/completions"
FOLDER_SCHEME = "file://"
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})

_TRANSFER_SECONDS = 600.0
_CLOCKS_APART = timedelta(days=1)
_FAULTS_SHOWN = 3
_NUMBER = re.compile(r"(?:requests|results)-([0-9]+)")
_NO_BATCH_API = "has no batch API; `claims extract` asks without one"


@dataclass(frozen=True)
class RemoteBatch:
    """What a provider says of a batch; ``result_files`` hold its answers and its errors so far."""

    provider_id: str
    status: str
    completed: int
    failed: int
    created_at: datetime
    ended_at: datetime | None
    result_files: tuple[str, ...]
    error: str | None = None


class BatchApi(Protocol):
    """A place that takes request files and gives results; every method raises ModelError."""

    base_url: str

    def upload(self, file: IO[bytes], known: Collection[str]) -> str:
        """Hand over a request file; its id, which is none of the ``known`` ones."""

    def create(self, file_id: str) -> RemoteBatch:
        """Have the requests of an uploaded file answered. Done twice, it is paid twice."""

    def find(self, file_id: str, since: datetime) -> RemoteBatch | None:
        """The batch that was made of a file, if one was; it was uploaded at ``since``."""

    def retrieve(self, provider_id: str) -> RemoteBatch:
        """How a batch fares."""

    def cancel(self, provider_id: str) -> RemoteBatch:
        """Ask for the end of a batch; what is answered by then can be collected."""

    def download(self, file_id: str, into: IO[bytes]) -> None:
        """Fetch a file of results."""


class ProviderApi:
    """The batch API of an OpenAI-compatible provider; a context manager."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.base_url = public_url(endpoint.base_url)
        self._endpoint = endpoint
        self._client = OpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key,
            http_client=DefaultHttpxClient(
                trust_env=not on_this_machine(endpoint.base_url),
                # Without TLS there is nothing to verify, and certificates take a while to load.
                verify=endpoint.base_url.startswith("https:"),
            ),
            timeout=_TRANSFER_SECONDS,
        )

    def __enter__(self) -> ProviderApi:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def upload(self, file: IO[bytes], known: Collection[str]) -> str:  # noqa: ARG002
        """See :class:`BatchApi`; a provider gives no id twice."""
        with self._explained(_NO_BATCH_API):
            return self._client.files.create(file=("requests.jsonl", file), purpose="batch").id

    def create(self, file_id: str) -> RemoteBatch:
        """See :class:`BatchApi`."""
        with self._explained(_NO_BATCH_API):
            # Never repeated blindly: a request that seemed to fail may have been heard.
            once = self._client.with_options(max_retries=0)
            return _remote(once.batches.create(input_file_id=file_id, endpoint=REQUESTS_URL, completion_window="24h"))

    def find(self, file_id: str, since: datetime) -> RemoteBatch | None:
        """See :class:`BatchApi`."""
        with self._explained(_NO_BATCH_API):
            for batch in self._client.batches.list(limit=100):
                if batch.input_file_id == file_id:
                    return _remote(batch)
                if _moment(batch.created_at) < since - _CLOCKS_APART:  # the latest come first
                    break
        return None

    def retrieve(self, provider_id: str) -> RemoteBatch:
        """See :class:`BatchApi`."""
        with self._explained(f"knows no batch {provider_id}; was it made with another key?"):
            return _remote(self._client.batches.retrieve(provider_id))

    def cancel(self, provider_id: str) -> RemoteBatch:
        """See :class:`BatchApi`."""
        with self._explained(f"knows no batch {provider_id}; was it made with another key?"):
            return _remote(self._client.batches.cancel(provider_id))

    def download(self, file_id: str, into: IO[bytes]) -> None:
        """See :class:`BatchApi`."""
        with (
            self._explained(f"has no file {file_id} any more; `claims batch cancel --forget` drops its batch"),
            self._client.files.with_streaming_response.content(file_id) as response,
        ):
            for chunk in response.iter_bytes(2**20):
                into.write(chunk)

    @contextmanager
    def _explained(self, not_found: str) -> Iterator[None]:
        """Tell every failure as a ModelError; ``not_found`` says what a 404 means."""
        try:
            yield
        except NotFoundError:
            raise RejectedError(f"{self.base_url} {not_found}", for_all=True) from None
        except APIError as error:
            raise explain(of_openai(error), self._endpoint.model, self.base_url, self._endpoint.api_key) from error
        except httpx2.HTTPError as error:
            raise UnavailableError(f"{self.base_url}: the connection broke ({fold_space(str(error))})") from error
        except (AttributeError, TypeError, ValueError, OverflowError):
            raise UnavailableError(f"{self.base_url} answered something that no batch API answers") from None


class BatchFolder:
    """A folder as a batch API: request files for `vllm run-batch` or any other program, and their results beside them.

    The results of ``requests-0001.jsonl`` are expected in ``results-0001.jsonl``, a line for each request.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self.base_url = f"{FOLDER_SCHEME}{self._folder}"

    def upload(self, file: IO[bytes], known: Collection[str]) -> str:
        """See :class:`BatchApi`; its number follows the highest that is ``known`` or in the folder."""
        with self._explained():
            self._folder.mkdir(parents=True, exist_ok=True)
            names = [*known, *(path.name for path in self._folder.iterdir())]
            taken = max((int(found[1]) for found in map(_NUMBER.match, names) if found), default=0)
            target = self._folder / f"requests-{taken + 1:04}.jsonl"
            target.touch(exist_ok=False)  # another store may be writing here
            with written_whole(target, binary=True) as copy:
                shutil.copyfileobj(file, copy)
            return target.name

    def create(self, file_id: str) -> RemoteBatch:
        """See :class:`BatchApi`; nothing happens until somebody runs the file."""
        return self.retrieve(file_id)

    def find(self, file_id: str, since: datetime) -> RemoteBatch | None:  # noqa: ARG002
        """See :class:`BatchApi`."""
        return self.retrieve(file_id)

    def retrieve(self, provider_id: str) -> RemoteBatch:
        """See :class:`BatchApi`.

        ``completed`` when each request has its line of results, ``cancelled`` when the request file is gone.
        """
        requests, results = self._folder / provider_id, self._folder / provider_id.replace("requests-", "results-")
        with self._explained():
            created_at, ended_at = _changed(requests), _changed(results)
            completed = _whole_lines(results) if ended_at else 0
            if created_at and not (ended_at and completed >= _whole_lines(requests)):
                return RemoteBatch(provider_id, "in_progress", completed, 0, created_at, None, ())
        return RemoteBatch(
            provider_id=provider_id,
            status="completed" if created_at else "cancelled",
            completed=completed,
            failed=0,
            created_at=created_at or ended_at or datetime.now(UTC),
            ended_at=ended_at,
            result_files=(results.name,) if ended_at else (),
        )

    def cancel(self, provider_id: str) -> RemoteBatch:
        """See :class:`BatchApi`: the request file is deleted; results that are there already can be collected."""
        with self._explained():
            (self._folder / provider_id).unlink(missing_ok=True)
        return self.retrieve(provider_id)

    def download(self, file_id: str, into: IO[bytes]) -> None:
        """See :class:`BatchApi`."""
        with self._explained(), (self._folder / file_id).open("rb") as file:
            shutil.copyfileobj(file, into)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(f"{error.filename or self._folder}: {error.strerror or error}") from error


def _changed(path: Path) -> datetime | None:
    """When a file was last written; None where there is none."""
    return _moment(path.stat().st_mtime) if path.exists() else None


def _whole_lines(path: Path) -> int:
    """How many lines of a file say something and are not still being written; the last may lack its end."""
    with path.open("rb") as lines:
        return sum(1 for line in lines if line.strip() and (line.endswith(b"\n") or _is_json(line)))


def _is_json(line: bytes) -> bool:
    try:
        from_json(line)
    except ValueError:
        return False
    return True


def _remote(batch: OpenAIBatch) -> RemoteBatch:
    counts = batch.request_counts
    ended_at = batch.completed_at or batch.expired_at or batch.cancelled_at or batch.failed_at
    faults = (batch.errors.data if batch.errors else None) or []
    return RemoteBatch(
        provider_id=batch.id,
        status=batch.status,
        completed=counts.completed if counts else 0,
        failed=counts.failed if counts else 0,
        created_at=_moment(batch.created_at),
        ended_at=_moment(ended_at) if ended_at else None,
        result_files=tuple(file for file in (batch.output_file_id, batch.error_file_id) if file),
        error="; ".join(_fault(fault) for fault in faults[:_FAULTS_SHOWN]) or None,
    )


def _fault(fault: BatchError) -> str:
    place = f"line {fault.line}: " if fault.line else ""
    return f"{place}{fault.message or fault.code}"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
