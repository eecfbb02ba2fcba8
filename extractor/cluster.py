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
from typing import Any

from extractor.backlog import Backlog
from extractor.batch import listen, plan_for
from extractor.client import Client
from extractor.contract import schema_hash
from extractor.errors import ClaimsError, ModelError, StoreError, UsageError
from extractor.extraction import Summary, end_run
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

_DRAFT = ".part-"
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
        parts = stack.enter_context(_Parts(store, settings, cluster, on_warning))
        run = _Run(store, backlog, summary, parts, cluster.shard_papers, on_warning, on_progress)
        workers: list[Any] = []
        if run.read():
            ray = stack.enter_context(connected(cluster))
            workers = stack.enter_context(started_workers(ray, cluster, endpoint, plan, settings))
        return asyncio.run(run.run(workers, work, on_signal))


class _Run:
    def __init__(
        self,
        store: Store,
        backlog: Backlog,
        summary: Summary,
        parts: _Parts,
        shard_papers: int,
        on_warning: Callable[[str], None],
        on_progress: Callable[[Summary], None],
    ) -> None:
        self.store, self.backlog, self.summary = store, backlog, summary
        self.parts, self.shard_papers = parts, shard_papers
        self.on_warning, self.on_progress = on_warning, on_progress
        self.papers = iter(backlog)
        self.upcoming: list[Paper] = []
        self.run_id = ""
        self.under_way = 0  # shards
        self.stop, self.ended = asyncio.Event(), asyncio.Event()
        self.reading = asyncio.Lock()
        self.fatal: ClaimsError | None = None

    def read(self) -> bool:
        """Read the next shard; whether there is one."""
        self.upcoming = list(islice(self.papers, self.shard_papers))
        self.summary.all_read = len(self.upcoming) < self.shard_papers
        return bool(self.upcoming)

    async def run(self, workers: Sequence[Any], work: Work, on_signal: Callable[[int], None] | None) -> Summary:
        if on_signal:
            listen(self.stop, on_signal)
        started = time.perf_counter()
        options = {"engine": "ray", "workers": len(workers), "shard_papers": self.shard_papers}
        self.run_id = await asyncio.to_thread(self.store.start_run, work, options=options)
        stopper = asyncio.create_task(self._stop(workers))
        await asyncio.gather(*(self._serve(worker) for worker in workers))
        stopper.cancel()
        self.summary.seconds = time.perf_counter() - started
        self.summary.interrupted = self.stop.is_set() and not self.fatal
        return await end_run(self.store, self.run_id, self.summary, self.fatal)

    async def _serve(self, worker: Any) -> None:
        """Give a worker one shard after another, several at a time."""
        with self._giving_up():
            identity = asyncio.ensure_future(worker.identity.remote())
            if await self._before(self.ended, identity):  # the cluster never had room for this worker
                return
            theirs, process = identity.result()
            if theirs != (ours := version("claim-extractor")):
                raise UsageError(f"the workers have version {theirs}, this is {ours}; install the same everywhere")
            processes = {process}
            await asyncio.gather(*(self._feed(worker, processes) for _ in range(SHARDS_AT_ONCE)))

    async def _before(self, event: asyncio.Event, awaited: asyncio.Future[Any]) -> bool:
        """Wait for either; whether the event came before, and the awaited is left. Raises what that raised."""
        happened = asyncio.create_task(event.wait())
        await asyncio.wait({awaited, happened}, return_when=asyncio.FIRST_COMPLETED)
        happened.cancel()
        if not awaited.done():
            awaited.cancel()
            return True
        await awaited
        return False

    async def _feed(self, worker: Any, processes: set[str]) -> None:
        with self._giving_up():
            while papers := await self._next_shard():
                self.under_way += 1
                try:
                    shard: Shard = await worker.extract.remote(self.run_id, papers)
                    if shard.process not in processes:
                        self.on_warning(f"a worker was lost, and {shard.process} does its shards again")
                    processes.add(shard.process)
                    await self._take(shard)
                finally:
                    self.under_way -= 1
                if shard.summary.out_of_budget:  # this worker's share is used up
                    break
        if not self.under_way:
            self.ended.set()

    async def _next_shard(self) -> list[Paper]:
        async with self.reading:
            if self.stop.is_set():
                return []
            papers = self.upcoming
            if papers:
                reading = asyncio.create_task(in_daemon_thread(self.read))
                if await self._before(self.stop, reading):
                    return []
                self.on_progress(self.summary)
            return papers

    async def _take(self, shard: Shard) -> None:
        await self.parts.take(self.run_id, shard.files)
        self.summary.add(shard.summary)
        self.on_progress(self.summary)
        if shard.failure:
            raise ModelError(shard.failure)

    @contextmanager
    def _giving_up(self) -> Iterator[None]:
        """An error within the block ends the run; what is under way elsewhere is still stored."""
        try:
            yield
            return
        except ClaimsError as error:
            fatal = error
        except ray_error() as error:
            reason = fold_space(str(error.__cause__ or error))[:_LONGEST_REASON]
            fatal = ModelError(f"a Ray worker was lost for good ({reason}); the same command goes on")
        self.fatal = self.fatal or fatal
        self.stop.set()

    async def _stop(self, workers: Sequence[Any]) -> None:
        await self.stop.wait()
        self.backlog.close()
        for worker in workers:
            worker.stop.remote()
        if not self.under_way:
            self.ended.set()


class _Parts:
    """The folder that parts are kept in: for good where the user names it, else until they are in the store.

    Entered, it merges what an earlier run has left there.
    """

    def __init__(self, store: Store, settings: Settings, cluster: Cluster, on_warning: Callable[[str], None]) -> None:
        self._store, self._on_warning = store, on_warning
        self._folder = cluster.parts or settings.db.with_name(f"{settings.db.name}.parts")
        self._for_good = cluster.parts is not None
        self._taken = 0
        self._unstored: list[Path] = []
        self._storing = asyncio.Lock()

    def __enter__(self) -> _Parts:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{self._folder}: cannot be a folder for parts: {error.strerror}") from None
        if not self._for_good:
            for draft in self._folder.glob(f"{_DRAFT}*"):
                shutil.rmtree(draft)
        self._merge(verified(parts_in(self._folder), self._on_warning)[0])
        return self

    def __exit__(self, *_: object) -> None:
        if not self._for_good and not any(self._folder.iterdir()):
            self._folder.rmdir()

    async def take(self, run_id: str, files: Mapping[str, bytes]) -> None:
        """Keep a part, and merge all that are waiting for that into the store."""
        self._taken += 1
        part = self._folder / f"{run_id}-{self._taken:05}"
        await asyncio.to_thread(self._write, part, files)
        self._unstored.append(part)
        async with self._storing:
            parts, self._unstored = self._unstored, []
            await asyncio.to_thread(self._merge, parts)

    def _write(self, part: Path, files: Mapping[str, bytes]) -> None:
        """Put a part into the folder, whole or not at all."""
        try:
            with TemporaryDirectory(dir=self._folder, prefix=_DRAFT) as draft:
                for name, content in files.items():
                    (Path(draft) / name).write_bytes(content)
                verify_part(Path(draft))
                part.mkdir()
                Path(draft).replace(part)
        except OSError as error:
            raise StoreError(f"{part}: cannot be written: {error.strerror or error}") from error

    def _merge(self, parts: Sequence[Path]) -> None:
        load_parts(self._store, parts)
        if not self._for_good:
            for part in parts:
                shutil.rmtree(part)
