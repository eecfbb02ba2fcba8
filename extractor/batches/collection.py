"""Collecting: the answers of ended batches into the store, and what must be asked again into new batches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from extractor.aliases import Aliases, load_aliases
from extractor.batches.api import ENDED, BatchApi
from extractor.batches.lines import Result, read_result, request_files, request_line
from extractor.batches.places import api_of, chosen, endpoint_of, within_reach
from extractor.batches.submission import asked_again, confirm, send
from extractor.client import Client
from extractor.contract import schema_hash
from extractor.conversation import MAX_CALLS, Completion, Purpose, Reply, converse
from extractor.endpoint import Endpoint
from extractor.errors import RejectedError, UnavailableError, UsageError
from extractor.extraction import FLUSH_ROWS, PATIENCE, extraction_of
from extractor.grounding import Passage
from extractor.papers import Paper
from extractor.pricing import find_price
from extractor.prompts import Message, Prompt, parse_prompt
from extractor.records import Call, Extraction
from extractor.settings import Settings
from extractor.store import Store
from extractor.store.batches import Batch, Batches, Exchange, Question


class Outcome(NamedTuple):
    """What the answers about one paper come to."""

    extracted: int = 0
    claims: int = 0
    dropped_claims: int = 0


@dataclass
class Collection:
    """What was collected. ``pending`` batches have not ended, those ``elsewhere`` are at another address.

    A paper that was asked about again counts once, by its last answer. ``failed`` papers have no usable answer and will
    not be asked about again. ``unanswered`` requests the provider did not get to, ``unreadable`` lines of its files say
    nothing. ``again`` questions are left to be asked again, ``submitted`` were. ``cost`` is in US dollars, None where a
    price is unknown. ``errors`` say why batches failed.
    """

    batches: int = 0
    pending: int = 0
    elsewhere: int = 0
    extracted: int = 0
    failed: int = 0
    claims: int = 0
    dropped_claims: int = 0
    unanswered: int = 0
    unreadable: int = 0
    again: int = 0
    submitted: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = 0.0
    errors: list[str] = field(default_factory=list)

    def count(self, outcome: Outcome, earlier: Outcome, calls: Sequence[Call]) -> None:
        """Add the outcome of one paper in place of its earlier one, and its new calls with their cost."""
        self.extracted += outcome.extracted - earlier.extracted
        self.claims += outcome.claims - earlier.claims
        self.dropped_claims += outcome.dropped_claims - earlier.dropped_claims
        self.prompt_tokens += sum(call.prompt_tokens for call in calls)
        self.completion_tokens += sum(call.completion_tokens for call in calls)
        for call in calls:
            self.cost = None if call.cost is None or self.cost is None else self.cost + call.cost


def collect_batches(
    settings: Settings,
    wanted: Sequence[str] = (),
    *,
    reask: bool = False,
    wait: float | None = None,
    on_progress: Callable[[Collection], None] = lambda _: None,
) -> Collection:
    """Store what ended batches have answered: all of them, or those ``wanted`` by number or provider's id.

    With ``reask``, questions that are to be asked again go out in new batches: faulty answers with what is wrong with
    them, and requests that a batch expired on. With ``wait``, looks again after so many seconds until no batch is
    pending. Collecting twice stores once. Raises UsageError for a batch that is not there or out of reach, ModelError
    when the provider does not answer; what was collected by then stays stored.
    """
    store = Store.open(settings.db)
    aliases = load_aliases(settings.alias_file, missing_ok=settings.aliases is None)
    collection = Collection()
    collector = _Collector(settings, Batches(store), aliases, collection, on_progress)
    failures = 0
    while True:
        try:
            with store.exclusive():
                collector.collect(wanted, reask=reask)
            failures = 0
        except UnavailableError:
            failures += 1
            if wait is None or failures >= PATIENCE:
                raise
        if wait is None or not (collection.pending or failures):
            return collection
        on_progress(collection)
        time.sleep(wait)


class _Collector:
    def __init__(
        self,
        settings: Settings,
        batches: Batches,
        aliases: Aliases,
        collection: Collection,
        on_progress: Callable[[Collection], None],
    ) -> None:
        self.settings, self.batches, self.aliases = settings, batches, aliases
        self.collection, self.on_progress = collection, on_progress
        self.unsettled: dict[str, Outcome] = {}
        """What was counted of the papers that are to be asked about again, by their extractions."""
        self.refused: set[str] = set()
        """Runs of which a batch was refused: to ask again at once would use up what they may be asked."""

    def collect(self, wanted: Sequence[str], *, reask: bool) -> None:
        """One look at every batch that is not collected yet."""
        counts = self.collection
        counts.pending = counts.elsewhere = counts.again = 0
        for batch in chosen(self.batches.all(), wanted, self.settings.db):
            if not batch.collected_at:
                if wanted or within_reach(self.settings, batch):
                    self._look_at(batch)
                else:
                    counts.elsewhere += 1
        to_ask_again = [batch for batch in self.batches.all() if batch.again]
        by_run = {
            batch.run_id: batch
            for batch in to_ask_again
            if reask and batch.run_id not in self.refused and within_reach(self.settings, batch)
        }
        for batch in by_run.values():
            self._ask_again(batch)
        counts.again = sum(batch.again for batch in to_ask_again if batch.run_id not in by_run)

    def _look_at(self, batch: Batch) -> None:
        if batch.work.schema_hash != schema_hash():
            raise UsageError(
                f"batch {batch.number} was submitted by another version, which asks for answers of another form; "
                f"collect it with that version, or drop it with `claims batch cancel --forget {batch.number}`"
            )
        endpoint = endpoint_of(self.settings, batch)
        with api_of(endpoint) as api:
            self._take(batch, endpoint, api)

    def _take(self, batch: Batch, endpoint: Endpoint, api: BatchApi) -> None:
        remote = api.retrieve(batch.provider_id) if batch.provider_id else confirm(self.batches, api, batch)
        if remote.status not in ENDED:
            self.batches.note(batch, remote.status, error=remote.error)
            self.collection.pending += 1
            return
        if remote.error:
            self.collection.errors.append(f"batch {batch.number}: {remote.error}")
        price = find_price(endpoint)
        for file_id in remote.result_files:
            with TemporaryFile() as file:
                api.download(file_id, file)
                file.seek(0)
                while lines := list(islice(file, FLUSH_ROWS)):
                    self._store(batch, [read_result(line, remote, price) for line in lines if line.strip()])
                    self.on_progress(self.collection)
        if remote.status == "failed":
            self.refused.add(batch.run_id)
        self.collection.unanswered += self.batches.close(
            batch, remote.status, again=asked_again(remote.status), error=remote.error
        )
        self.collection.batches += 1

    def _store(self, batch: Batch, results: Sequence[Result | None]) -> None:
        """Store the extractions that these results make, and which of their questions are to be asked again."""
        exchanges = {result.custom_id: result.exchange for result in results if result and result.exchange}
        prompt = parse_prompt(batch.prompt_text, Path(batch.work.prompt))
        extractions, again = [], []
        answered = [
            (replace(question, exchanges=(*question.exchanges, exchanges[question.extraction_id])), paper)
            for question, paper in self.batches.waiting(batch, exchanges).values()
        ]
        for (question, paper), (reply, unasked) in zip(answered, replayed(answered, prompt, batch.reasks), strict=True):
            extraction = extraction_of(paper, reply, batch.work, self.aliases)
            extractions.append(extraction)
            to_go = unasked is not None and question.sent < MAX_CALLS
            if to_go:
                again.append(question)
            self._count(question, extraction, final=not to_go)
        self.collection.unreadable += sum(result is None for result in results)
        self.batches.save(batch, extractions, again)

    def _count(self, question: Question, extraction: Extraction, *, final: bool) -> None:
        failed = extraction.status == "failed"
        outcome = Outcome(int(not failed), len(extraction.claims), len(extraction.dropped))
        earlier = self.unsettled.pop(question.extraction_id, Outcome())
        if final:
            self.collection.failed += failed
        else:
            self.unsettled[question.extraction_id] = outcome
        self.collection.count(outcome, earlier, extraction.calls[len(question.exchanges) - 1 :])

    def _ask_again(self, batch: Batch) -> None:
        """Submit what is to be asked again of the run that a batch belongs to."""
        endpoint = endpoint_of(self.settings, batch)
        client = Client(endpoint)
        prompt = parse_prompt(batch.prompt_text, Path(batch.work.prompt))

        def lines() -> Iterator[tuple[Question, bytes]]:
            for page in self.batches.to_ask_again(batch.run_id):
                for (question, paper), (_, unasked) in zip(page, replayed(page, prompt, batch.reasks), strict=True):
                    body = client.body(unasked or prompt.messages(paper))
                    yield question, request_line(question.extraction_id, body)

        with api_of(endpoint) as api:
            for file, questions in request_files(lines()):
                send(self.batches, api, batch.upload, file, questions, first=False)
                self.collection.submitted += len(questions)
                self.collection.pending += 1


def replayed(
    asked: Sequence[tuple[Question, Paper]], prompt: Prompt, reasks: int
) -> list[tuple[Reply, list[Message] | None]]:
    """Conversations as far as batches have answered them, each with its next question, None at its end."""

    async def replay_all() -> list[tuple[Reply, list[Message] | None]]:
        return [await _replay(question.exchanges, paper, prompt, reasks) for question, paper in asked]

    return asyncio.run(replay_all())


async def _replay(
    exchanges: Sequence[Exchange], paper: Paper, prompt: Prompt, reasks: int
) -> tuple[Reply, list[Message] | None]:
    left = list(exchanges)
    unasked: list[Message] | None = None

    async def carry(messages: list[Message], purpose: Purpose, calls: list[Call]) -> Completion:
        nonlocal unasked
        while left:
            exchange = left.pop(0)
            calls.append(replace(exchange.call, purpose=purpose))
            if exchange.body is not None:
                return Completion.read(exchange.body)
            if exchange.lasting:
                raise RejectedError(str(exchange.call.error), for_all=False)
        unasked = messages
        raise UnavailableError(str(calls[-1].error if calls else "not answered yet"))

    reply = await converse(prompt.messages(paper), Passage.of(paper), carry, reasks=reasks)
    return reply, unasked
