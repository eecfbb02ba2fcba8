"""The part of a Ray cluster's work that is done by one actor; see :mod:`extractor.cluster`."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from extractor.client import Client
from extractor.errors import ClaimsError
from extractor.extraction import Plan, Summary, extract
from extractor.papers import Paper
from extractor.store import write_part

if TYPE_CHECKING:
    from extractor.endpoint import Endpoint
    from extractor.limits import Limits
    from extractor.records import Extraction, Work
    from extractor.store import Outcome

SHARDS_AT_ONCE = 2
"""Shards that a worker is at: while the last answers of one are awaited, the next is asked about."""


@dataclass(frozen=True)
class Shard:
    """What came of a shard: the files of a part, what was done, and why it was not done to its end.

    ``process`` tells the workers apart, and a new one from the one that it replaces.
    """

    process: str
    files: Mapping[str, bytes]
    summary: Summary
    failure: str | None


class Worker:
    """What runs as an actor, in a process of its own on some node: one event loop, one pool of connections."""

    def __init__(self, endpoint: Endpoint, plan: Plan, limits: Limits) -> None:
        self._client = Client(endpoint, connections=plan.concurrency, limits=limits)
        self._plan = plan
        self._stop = asyncio.Event()

    async def identity(self) -> tuple[str, str]:
        """The version of this program that the node has, and the process there."""
        return version("claim-extractor"), _process()

    async def extract(self, run_id: str, papers: list[Paper]) -> Shard:
        """Extract the claims of papers."""
        sink = _Sink(run_id)
        failure = None
        summary = Summary(self._client.endpoint.model)
        try:
            summary = await extract(iter(papers), sink, self._client, self._plan, stop=self._stop)
        except ClaimsError as error:
            failure = str(error)
            for extraction in sink.extractions:
                summary.count(extraction)
        return Shard(_process(), await asyncio.to_thread(sink.files), summary, failure)

    async def stop(self) -> None:
        """End what is being extracted early; it gives back what is answered."""
        self._stop.set()


class _Sink:
    """Takes what an extraction would store, for a part."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._papers: list[Paper] = []
        self.extractions: list[Extraction] = []

    def start_run(self, work: Work, *, options: Mapping[str, Any]) -> str:  # noqa: ARG002
        return self._run_id

    def add_papers(self, papers: Iterable[Paper]) -> int:
        before = len(self._papers)
        self._papers += papers
        return len(self._papers) - before

    def done(self, work: Work, paper_ids: Collection[str]) -> set[str]:  # noqa: ARG002
        return set()

    def as_stored(self, papers: Sequence[Paper]) -> list[Paper]:
        return list(papers)

    def save(self, run_id: str, extractions: Sequence[Extraction]) -> None:  # noqa: ARG002
        self.extractions += extractions

    def finish_run(self, run_id: str, *, outcome: Outcome, summary: Mapping[str, Any]) -> None:
        pass

    def files(self) -> dict[str, bytes]:
        with TemporaryDirectory() as folder:
            part = Path(folder) / "part"
            write_part(part, self._papers, self._run_id, self.extractions)
            return {file.name: file.read_bytes() for file in part.iterdir()}


def _process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
