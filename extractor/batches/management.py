"""Looking after batches: how they fare, and ending them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from extractor.batches.api import ENDED
from extractor.batches.places import api_of, chosen, endpoint_of, within_reach
from extractor.errors import UsageError
from extractor.settings import Settings
from extractor.store import Store
from extractor.store.batches import Batch, Batches


@dataclass(frozen=True)
class BatchStatus:
    """How a batch fares.

    ``status`` is the provider's word, or ``uploaded`` (not confirmed yet), ``collected`` or ``forgotten``.
    ``completed`` and ``failed`` count its requests, where the provider was asked; ``again`` are to be asked again.
    """

    batch: int
    provider_id: str | None
    model: str
    status: str
    requests: int
    completed: int | None
    failed: int | None
    again: int
    submitted_at: datetime
    collected_at: datetime | None
    base_url: str
    error: str | None


def batch_statuses(settings: Settings, wanted: Sequence[str] = ()) -> list[BatchStatus]:
    """How all batches of the store fare, or those ``wanted`` by number or provider's id; asks the provider.

    Of batches at other addresses than the one that is set it tells what is known. Raises UsageError for a batch that is
    not there, ModelError when the provider does not answer.
    """
    store = Store.open(settings.db)
    return [_status(settings, batch) for batch in chosen(Batches(store).all(), wanted, store.path)]


def cancel_batches(settings: Settings, wanted: Sequence[str], *, forget: bool = False) -> list[Batch]:
    """End batches early; those that were ended. What the provider has answered by then can be collected.

    With ``forget`` the provider is not asked and nothing will be collected; the papers can be submitted again.
    Raises UsageError for a batch that is not there or is collected, ModelError when the provider does not answer.
    """
    store = Store.open(settings.db)
    batches = Batches(store)
    with store.exclusive():
        found = chosen(batches.all(), wanted, store.path)
        for batch in found:
            if batch.collected_at:
                raise UsageError(f"batch {batch.number} is {_word(batch)} already")
        for batch in found:
            if forget:
                batches.close(batch, "forgotten")
            else:
                _cancel(batches, batch, settings)
        return chosen(batches.all(), [str(batch.number) for batch in found], store.path)


def _cancel(batches: Batches, batch: Batch, settings: Settings) -> None:
    with api_of(endpoint_of(settings, batch)) as api:
        remote = api.retrieve(batch.provider_id) if batch.provider_id else api.find(batch.file_id, batch.submitted_at)
        if remote is None:
            batches.close(batch, "cancelled")
            return
        if remote.status not in ENDED:
            remote = api.cancel(remote.provider_id)
    batches.note(batch, remote.status, provider_id=remote.provider_id, error=remote.error)


def _status(settings: Settings, batch: Batch) -> BatchStatus:
    remote = None
    if batch.provider_id and not batch.collected_at and within_reach(settings, batch):
        with api_of(endpoint_of(settings, batch)) as api:
            remote = api.retrieve(batch.provider_id)
    return BatchStatus(
        batch=batch.number,
        provider_id=batch.provider_id,
        model=batch.work.model,
        status=remote.status if remote else _word(batch),
        requests=batch.requests,
        completed=remote.completed if remote else None,
        failed=remote.failed if remote else None,
        again=batch.again,
        submitted_at=batch.submitted_at,
        collected_at=batch.collected_at,
        base_url=batch.base_url,
        error=remote.error if remote else batch.error,
    )


def _word(batch: Batch) -> str:
    return "collected" if batch.collected_at and batch.status not in {"forgotten", "failed"} else batch.status
