"""Extraction on a Ray cluster: papers are read here, asked about by workers there, and stored here.

Workers are Ray actors that share nothing. Each calls the extraction of :mod:`extractor.extraction` for one shard of
papers after another and gives back a part (:mod:`extractor.store.parts`), which is kept in a folder and merged into the
store. A worker that is lost costs the shards it was at; Ray starts it anew, and they are done again.

Not Ray Data: it plans from a source that is known before and that every node can read. Here papers stream from any
document that this process can read, and which of them are to be done the store tells, which is here as well.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from extractor.backlog import Backlog
from extractor.batch import listen, plan_for
from extractor.client import Client
from extractor.contract import schema_hash
from extractor.errors import ClaimsError, ModelError, UsageError
from extractor.extraction import Summary
from extractor.importing import load_parts, parts_in, verified
from extractor.ingest import Reject, papers_in
from extractor.limits import Limits
from extractor.papers import Paper, fold_space
from extractor.ray_session import Cluster, connected, ray_error, started_workers
from extractor.records import Work
from extractor.settings import Settings
from extractor.store import Store
from extractor.store.parts import verify_part
from extractor.threads import in_daemon_thread
from extractor.worker import SHARDS_AT_ONCE, Shard

if TYPE_CHECKING:
    from extractor.store import Outcome

_LONGEST_REASON = 300  # characters


def extract_on_cluster(
    paths: Sequence[str | Path],
    settings: Settings,
    cluster: Cluster,
    *,
    limit: int | None = None,
    force: bool = False,
    on_reject: Callable[[Reject], None] = lambda _: None,
    on_warning: Callable[[str], None] = lambda _: None,
    on_progress: Callable[[Summary], None] = lambda _: None,
    on_signal: Callable[[int], None] | None = None,
) -> Summary:
    """Extract as :func:`extractor.batch.extract_documents` does, but by workers on a Ray cluster.

    ``concurrency`` is the number of requests at once of each worker; limits a minute and a budget are divided among the
    workers. Parts that an earlier run left in the folder are merged first. ``on_warning`` gets a line for each of them
    that is damaged, and for each worker that was lost. Raises UsageError where Ray is not installed, does not answer,
    or no endpoint is set, ModelError where workers cannot be had, and the errors of
    :func:`extractor.extraction.extract`.
    """
    if settings.uses_embedded_model:
        raise UsageError("the embedded model works on this machine alone; give --model and --base-url for --engine ray")
    papers = papers_in(paths, on_reject)
    plan = plan_for(settings, limit, force)
    endpoint = settings.endpoint()
    Client(endpoint, limits=Limits(max_cost=settings.max_cost))  # refuses here what workers would refuse
    store = Store.open(settings.db, create=True)
    work = Work(endpoint.model, plan.prompt.name, plan.prompt.hash, schema_hash())
    summary = Summary(endpoint.model)
    backlog = Backlog(papers, store, work, summary, limit=limit, force=force)
    with store.exclusive(), ExitStack() as stack:
        folder = _folder(settings, cluster)
        if folder.exists() and any(folder.iterdir()):
            load_parts(store, verified(parts_in(folder), on_warning)[0])
        run = _Run(store, backlog, summary, folder, cluster, on_warning, on_progress)
        workers: list[Any] = []
        if run.read():
            ray = stack.enter_context(connected(cluster))
            workers = stack.enter_context(started_workers(ray, cluster, endpoint, plan, settings))
            stack.enter_context(_kept(folder, for_good=cluster.parts is not None))
        return asyncio.run(run.run(workers, work, on_signal))


class _Run:
    def __init__(
        self,
        store: Store,
        backlog: Backlog,
        summary: Summary,
        folder: Path,
        cluster: Cluster,
        on_warning: Callable[[str], None],
        on_progress: Callable[[Summary], None],
    ) -> None:
        self.store, self.backlog, self.summary = store, backlog, summary
        self.folder, self.cluster = folder, cluster
        self.on_warning, self.on_progress = on_warning, on_progress
        self.papers = iter(backlog)
        self.upcoming: list[Paper] = []
        self.run_id = ""
        self.stop = asyncio.Event()
        self.reading, self.storing = asyncio.Lock(), asyncio.Lock()
        self.shards = 0
        self.unstored: list[Path] = []
        self.fatal: ClaimsError | None = None

    def read(self) -> bool:
        """Read the next shard; whether there is one."""
        self.upcoming = list(islice(self.papers, self.cluster.shard_papers))
        self.summary.all_read = len(self.upcoming) < self.cluster.shard_papers
        return bool(self.upcoming)

    async def run(self, workers: Sequence[Any], work: Work, on_signal: Callable[[int], None] | None) -> Summary:
        if on_signal:
            listen(self.stop, on_signal)
        started = time.perf_counter()
        options = {"engine": "ray", "workers": len(workers), "shard_papers": self.cluster.shard_papers}
        self.run_id = await asyncio.to_thread(self.store.start_run, work, options=options)
        stopper = asyncio.create_task(self._stop(workers))
        await asyncio.gather(*(self._serve(worker) for worker in workers))
        stopper.cancel()
        self.summary.seconds = time.perf_counter() - started
        await asyncio.to_thread(
            self.store.finish_run, self.run_id, outcome=self._outcome(), summary=self.summary.as_json()
        )
        if self.fatal:
            raise self.fatal
        return self.summary

    def _outcome(self) -> Outcome:
        if self.fatal:
            return "failed"
        self.summary.interrupted = self.stop.is_set()
        if self.summary.interrupted:
            return "interrupted"
        return "out of budget" if self.summary.out_of_budget else "completed"

    async def _serve(self, worker: Any) -> None:
        """Give a worker one shard after another, several at a time."""
        try:
            theirs, ours = await worker.version.remote(), version("claim-extractor")
            if theirs != ours:
                raise UsageError(f"the workers have version {theirs}, this is {ours}; install the same everywhere")
            processes: set[str] = set()
            await asyncio.gather(*(self._feed(worker, processes) for _ in range(SHARDS_AT_ONCE)))
        except ClaimsError as error:
            self._give_up(error)
        except ray_error() as error:
            reason = fold_space(str(error.__cause__ or error))[:_LONGEST_REASON]
            self._give_up(ModelError(f"a Ray worker was lost for good: {reason}; what is done is stored"))

    async def _feed(self, worker: Any, processes: set[str]) -> None:
        while not (self.stop.is_set() or self.summary.out_of_budget) and (papers := await self._next_shard()):
            shard: Shard = await worker.extract.remote(self.run_id, papers)
            if shard.process not in processes and processes:
                self.on_warning(f"a worker was lost, and {shard.process} does its shards again")
            processes.add(shard.process)
            await self._take(shard)

    async def _next_shard(self) -> list[Paper]:
        async with self.reading:
            papers = self.upcoming
            if papers:
                await in_daemon_thread(self.read)
                self.on_progress(self.summary)
            return papers

    async def _take(self, shard: Shard) -> None:
        """Keep a part, and merge all that are waiting for that into the store."""
        self.shards += 1
        part = self.folder / f"{self.run_id}-{self.shards:05}"
        await asyncio.to_thread(_write, part, shard.files)
        self.unstored.append(part)
        async with self.storing:
            parts, self.unstored = self.unstored, []
            await asyncio.to_thread(load_parts, self.store, parts)
            if not self.cluster.parts:
                for stored in parts:
                    shutil.rmtree(stored)
        self.summary.add(shard.summary)
        self.on_progress(self.summary)
        if shard.failure:
            raise ModelError(shard.failure)

    def _give_up(self, error: ClaimsError) -> None:
        self.fatal = self.fatal or error
        self.stop.set()

    async def _stop(self, workers: Sequence[Any]) -> None:
        await self.stop.wait()
        self.backlog.close()
        for worker in workers:
            worker.stop.remote()


def _folder(settings: Settings, cluster: Cluster) -> Path:
    return cluster.parts or settings.db.with_name(f"{settings.db.name}.parts")


@contextmanager
def _kept(folder: Path, *, for_good: bool) -> Iterator[None]:
    """The folder for the block, and afterwards where it is ``for_good`` or parts are left in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be a folder for parts: {error.strerror}") from None
    try:
        yield
    finally:
        if not for_good and not any(folder.iterdir()):
            folder.rmdir()


def _write(part: Path, files: Mapping[str, bytes]) -> None:
    """Put a worker's part into its folder, whole or not at all."""
    with TemporaryDirectory(dir=part.parent, prefix=".part-") as draft:
        for name, content in files.items():
            (Path(draft) / name).write_bytes(content)
        verify_part(Path(draft))
        part.mkdir()
        Path(draft).replace(part)
