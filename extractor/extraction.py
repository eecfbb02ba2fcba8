"""The extraction engine: papers in, extractions stored, with bounded concurrency and memory.

Papers stream from their reader through a bounded queue to the workers, and what these finish to one writer, which
stores it in batches and holds the store's lock only for that. What the store already holds is skipped. The first
paper goes alone, so that a wrong key or address costs one request, not a hundred.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from extractor.backlog import READ_BATCH, Backlog, Known
from extractor.claims import NO_ALIASES, claim_records
from extractor.contract import schema_hash
from extractor.errors import ClaimsError, HaltedError, RejectedError, StoreError
from extractor.grounding import Passage
from extractor.records import DroppedClaim, Extraction, Work
from extractor.threads import in_daemon_thread

if TYPE_CHECKING:
    from extractor.aliases import Aliases
    from extractor.client import Client
    from extractor.conversation import Reply
    from extractor.papers import Paper
    from extractor.prompts import Prompt
    from extractor.store.store import Outcome

FLUSH_ROWS = 2000
FLUSH_SECONDS = 1.0
GRACE_SECONDS = 8.0
"""How long a run that gives up waits for the answers under way; one that the user stops, as long as they may take."""
ALLOCATIONS = 20_000
"""New objects after which Python looks for garbage in cycles; see :func:`gc.set_threshold`."""
READY = 8
"""Papers beyond those that are asked about at once whose question is ready, so that the server never waits for one
while answers are turned into records."""
PATIENCE = 10
"""Papers in a row that may fail for want of any answer before the run gives up."""


@dataclass
class Summary:
    """What a run has done so far; at its end, what it did.

    ``papers`` were read, ``skipped`` of them were done already. ``cost`` is in US dollars, None where a price is
    unknown. ``interrupted`` says that the run was stopped before its end, ``out_of_budget`` that its budget was used
    up, ``all_read`` that no more papers will come.
    """

    model: str
    papers: int = 0
    skipped: int = 0
    extracted: int = 0
    failed: int = 0
    claims: int = 0
    dropped_claims: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = 0.0
    seconds: float = 0.0
    interrupted: bool = False
    out_of_budget: bool = False
    all_read: bool = False

    @property
    def pending(self) -> int:
        """Papers read that are still to be extracted."""
        return self.papers - self.skipped - self.extracted - self.failed

    def count(self, extraction: Extraction) -> None:
        """Add one paper's outcome."""
        self.failed += extraction.status == "failed"
        self.extracted += extraction.status != "failed"
        self.claims += len(extraction.claims)
        self.dropped_claims += len(extraction.dropped)
        self.prompt_tokens += sum(call.prompt_tokens for call in extraction.calls)
        self.completion_tokens += sum(call.completion_tokens for call in extraction.calls)
        self.cost = None if extraction.cost is None or self.cost is None else self.cost + extraction.cost

    def add(self, part: Summary) -> None:
        """Add what a part of the run has done elsewhere to what it has read here."""
        for count in ("extracted", "failed", "claims", "dropped_claims", "prompt_tokens", "completion_tokens"):
            setattr(self, count, getattr(self, count) + getattr(part, count))
        self.cost = None if part.cost is None or self.cost is None else self.cost + part.cost
        self.out_of_budget |= part.out_of_budget

    def as_json(self) -> dict[str, object]:
        """The published form, as ``claims extract --json`` prints it."""
        fields = asdict(self)
        for internal in ("interrupted", "out_of_budget", "all_read"):
            del fields[internal]
        return fields | {"seconds": round(self.seconds, 3)}


@dataclass(frozen=True)
class Plan:
    """How to extract: which prompt, how many requests at once, at most how many papers, done work again or not."""

    prompt: Prompt
    concurrency: int = 8
    limit: int | None = None
    force: bool = False
    aliases: Aliases = NO_ALIASES


class Sink(Known, Protocol):
    """What an extraction reads from and writes to: a :class:`extractor.store.Store`, or a part of one."""

    def start_run(self, work: Work, *, options: Mapping[str, Any]) -> str: ...  # noqa: D102
    def save(self, run_id: str, extractions: Sequence[Extraction]) -> None: ...  # noqa: D102
    def finish_run(self, run_id: str, *, outcome: Outcome, summary: Mapping[str, Any]) -> None: ...  # noqa: D102


async def extract(
    papers: Iterator[Paper],
    store: Sink,
    client: Client,
    plan: Plan,
    *,
    stop: asyncio.Event | None = None,
    on_progress: Callable[[Summary], None] = lambda _: None,
) -> Summary:
    """Extract claims from papers into the store, skipping what is done.

    Setting ``stop`` ends the run early: what is under way, and paid for, is awaited, and everything answered is stored.
    A budget that is used up ends it too, once everything under way is answered and stored. A paper that fails is stored
    as failed and tried again by the next run. Raises :class:`RejectedError` when the server refuses everything,
    :class:`UnavailableError` when it stops answering, and StoreError when the store cannot be written; what was done by
    then stays stored.
    """
    with _rare_collections():
        return await _Run(papers, store, client, plan, stop or asyncio.Event(), on_progress).run()


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let Python look for garbage in cycles less often: it would look through all papers and answers under way."""
    thresholds = gc.get_threshold()
    gc.set_threshold(ALLOCATIONS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


async def end_run(store: Sink, run_id: str, summary: Summary, fatal: ClaimsError | None) -> Summary:
    """Store how a run ended. Raises the error that ended it, if one did."""
    outcome: Outcome = "completed"
    if fatal:
        outcome = "failed"
    elif summary.interrupted:
        outcome = "interrupted"
    elif summary.out_of_budget:
        outcome = "out of budget"
    await asyncio.to_thread(store.finish_run, run_id, outcome=outcome, summary=summary.as_json())
    if fatal:
        raise fatal
    return summary


def extraction_of(paper: Paper, reply: Reply, work: Work, aliases: Aliases) -> Extraction:
    """What a reply about a paper comes to: the record that is stored, with everything that code adds to its claims."""
    costs = [call.cost for call in reply.calls if call.cost is not None]
    return Extraction(
        paper_id=paper.paper_id,
        work=work,
        status=reply.status,
        reply=reply.text,
        claims=claim_records(reply.claims, paper, aliases),
        dropped=tuple(DroppedClaim(claim.model_dump_json(), reason) for claim, reason in reply.dropped),
        calls=tuple(reply.calls),
        finished_at=datetime.now(UTC),
        error=reply.error,
        cost=sum(costs) if len(costs) == len(reply.calls) else None,
    )


class _Run:
    def __init__(
        self,
        papers: Iterator[Paper],
        store: Sink,
        client: Client,
        plan: Plan,
        stop: asyncio.Event,
        on_progress: Callable[[Summary], None],
    ) -> None:
        self.store, self.client, self.plan = store, client, plan
        self.stop, self.on_progress = stop, on_progress
        endpoint = client.endpoint
        self.work = Work(endpoint.model, plan.prompt.name, plan.prompt.hash, schema_hash())
        self.summary = Summary(model=endpoint.model)
        self.workers = plan.concurrency + READY
        self.todo: asyncio.Queue[Paper | None] = asyncio.Queue(READ_BATCH + self.workers)
        self.finished: list[Extraction] = []
        self.flush_due, self.flushed = asyncio.Event(), asyncio.Event()
        self.over = False
        self.proven = asyncio.Event()
        self.unanswered = 0
        self.fatal: ClaimsError | None = None
        self.run_id = ""
        self.backlog = Backlog(papers, store, self.work, self.summary, limit=plan.limit, force=plan.force)

    async def run(self) -> Summary:
        started = time.perf_counter()
        options = {"concurrency": self.plan.concurrency, "force": self.plan.force, "limit": self.plan.limit}
        self.run_id = await asyncio.to_thread(self.store.start_run, self.work, options=options)
        writer = asyncio.create_task(self._write())
        self.feeder = asyncio.create_task(self._feed())
        tasks = [self.feeder, *(asyncio.create_task(self._work(first=not n)) for n in range(self.workers))]
        await self._until_done(tasks, writer)
        self.summary.seconds = time.perf_counter() - started
        for task in (writer, *tasks):
            if not task.cancelled():
                task.result()
        return await end_run(self.store, self.run_id, self.summary, self.fatal)

    async def _until_done(self, tasks: list[asyncio.Task[None]], writer: asyncio.Task[None]) -> None:
        """Wait for all work, or for ``stop`` and then for what is under way; the writer always finishes."""
        working = asyncio.create_task(asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION))
        stopping = asyncio.create_task(self.stop.wait())
        ends: list[asyncio.Task[Any]] = [working, stopping, writer]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if not all(task.done() for task in tasks):
                self.summary.interrupted = self.fatal is None
                self._close()
                await asyncio.wait(tasks, timeout=GRACE_SECONDS if self.fatal else self.client.endpoint.timeout)
        finally:  # a caller that gives up, too, gets stored what is answered
            self.backlog.close()
            for task in (*tasks, working, stopping):
                task.cancel()
            await asyncio.gather(*tasks, working, stopping, return_exceptions=True)
            self.over = True
            self.flush_due.set()
            await asyncio.wait([writer])
            if self.finished:  # the store refused it, or was in use for too long; it may be free by now
                with suppress(StoreError):
                    await asyncio.to_thread(self.store.save, self.run_id, self.finished)

    def _close(self) -> None:
        """Read and ask no more; a worker that waits for a paper would wait for as long as the others work."""
        self.client.halt()
        self.backlog.close()
        self.feeder.cancel()
        self.proven.set()
        while not self.todo.empty():
            self.todo.get_nowait()
        for _ in range(self.workers):
            self.todo.put_nowait(None)

    async def _feed(self) -> None:
        """Read papers in batches and queue those that are not done; then one None for each worker."""
        while batch := await in_daemon_thread(self.backlog.read, self._batch_size()):
            self.on_progress(self.summary)
            for paper in batch:
                await self.todo.put(paper)
        self.summary.all_read = True
        for _ in range(self.workers):
            await self.todo.put(None)

    def _batch_size(self) -> int:
        """How many papers to read next: few at first, so that the first question does not wait for many."""
        return min(READ_BATCH, self.plan.concurrency + self.summary.papers)

    async def _work(self, *, first: bool) -> None:
        if not first:
            await self.proven.wait()
        while (paper := await self.todo.get()) and not self.stop.is_set():
            reply = await self.client.ask(self.plan.prompt.messages(paper), Passage.of(paper))
            self.summary.out_of_budget |= self.client.out_of_budget
            if isinstance(reply.failure, HaltedError):
                self._close()
                return
            extraction = extraction_of(paper, reply, self.work, self.plan.aliases)
            self.summary.count(extraction)
            self._judge(reply)
            self.on_progress(self.summary)
            self.finished.append(extraction)
            if len(self.finished) >= FLUSH_ROWS:
                self.flush_due.set()
            if len(self.finished) >= 2 * FLUSH_ROWS:  # the store does not keep up
                self.flushed.clear()
                await self.flushed.wait()
        self.proven.set()  # where there was no paper

    def _judge(self, reply: Reply) -> None:
        """Stop the run when this reply says that no other paper can fare better."""
        first = not self.proven.is_set()
        self.proven.set()
        if not reply.failure:
            self.unanswered = 0
            return
        # What is refused for one paper's sake says nothing about the next, not even at the first paper.
        refused = isinstance(reply.failure, RejectedError)
        self.unanswered += not (refused and (self.summary.extracted or self.summary.skipped))
        trusted = self.client.answered or self.summary.skipped  # else one bad paper would end every later run
        hopeless = reply.failure.for_all or (first and not refused and not trusted)
        if hopeless or self.unanswered >= PATIENCE:
            self.fatal = self.fatal or reply.failure
            self.stop.set()

    async def _write(self) -> None:
        """Store what is finished every :data:`FLUSH_SECONDS`, and sooner where there is much, until the run is over."""
        while self.finished or not self.over:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self.flush_due.wait()
            self.flush_due.clear()
            batch, self.finished = self.finished, []
            try:
                if batch:
                    await asyncio.to_thread(self.store.save, self.run_id, batch)
            except StoreError:
                self.finished[:0] = batch
                raise
            finally:
                self.flushed.set()
