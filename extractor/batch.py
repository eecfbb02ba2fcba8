"""Extraction in one call: documents in, claims in the store."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from extractor.aliases import load_aliases
from extractor.client import Client
from extractor.embedded import SLOTS, EmbeddedClient
from extractor.extraction import Plan, Summary, extract
from extractor.ingest import Reject, papers_in
from extractor.limits import Limits
from extractor.prompts import load_prompt
from extractor.settings import Settings
from extractor.store import Store

CONCURRENCY = 16
"""Requests at once where nothing is set; the embedded model has its own number of slots."""


def extract_documents(
    paths: Sequence[str | Path],
    settings: Settings,
    *,
    limit: int | None = None,
    force: bool = False,
    on_reject: Callable[[Reject], None] = lambda _: None,
    on_progress: Callable[[Summary], None] = lambda _: None,
    on_signal: Callable[[int], None] | None = None,
) -> Summary:
    """Extract the claims of all papers in documents into the store that the settings name, skipping what is done.

    The store is created where there is none, but only once a paper was found. Records that cannot be read go to
    ``on_reject``. With ``on_signal`` the first SIGINT or SIGTERM calls it and stops the run, keeping what is answered;
    a second one ends the process at once. Raises :class:`DocumentError` where no document holds a paper, and the errors
    of :func:`extractor.extraction.extract`.
    """
    papers = papers_in(paths, on_reject)
    plan = plan_for(settings, limit, force)
    client = _client(settings, plan)
    store = Store.open(settings.db, create=True)

    async def run() -> Summary:
        stop = asyncio.Event()
        if on_signal:
            listen(stop, on_signal)
        async with client:
            return await extract(papers, store, client, plan, stop=stop, on_progress=on_progress)

    with store.exclusive():
        return asyncio.run(run())


def plan_for(settings: Settings, limit: int | None, force: bool) -> Plan:
    """How to extract under these settings; raises :class:`UsageError` for a prompt or aliases that cannot be read."""
    default = SLOTS if settings.uses_embedded_model else CONCURRENCY
    return Plan(
        prompt=load_prompt(settings.prompt_name),
        concurrency=settings.concurrency or default,
        limit=limit,
        force=force,
        aliases=load_aliases(settings.alias_file, missing_ok=settings.aliases is None),
    )


def _client(settings: Settings, plan: Plan) -> Client:
    if settings.uses_embedded_model:
        return EmbeddedClient()
    limits = Limits(settings.rpm, settings.tpm, settings.max_cost)
    return Client(settings.endpoint(), connections=plan.concurrency, limits=limits)


def listen(stop: asyncio.Event, on_signal: Callable[[int], None]) -> None:
    """Until the event loop is closed, let the first signal set ``stop`` and the second end the process."""

    def handle(number: int) -> None:
        if stop.is_set():
            # Flushes are transactions: ending in the middle of one loses only what it had not stored yet.
            os._exit(128 + number)
        stop.set()
        on_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, handle, number)
