"""Where a batch is: the provider that the settings name, a folder, or somewhere that these settings do not reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from extractor.batches.api import FOLDER_SCHEME, BatchApi, BatchFolder, ProviderApi
from extractor.endpoint import public_url
from extractor.errors import UsageError

if TYPE_CHECKING:
    from extractor.endpoint import Endpoint
    from extractor.settings import Settings
    from extractor.store.batches import Batch


@contextmanager
def api_of(endpoint: Endpoint) -> Iterator[BatchApi]:
    """The batch API at an endpoint, which may be a folder."""
    if endpoint.base_url.startswith(FOLDER_SCHEME):
        yield BatchFolder(Path(endpoint.base_url.removeprefix(FOLDER_SCHEME)))
    else:
        with ProviderApi(endpoint) as api:
            yield api


def in_folder(settings: Settings, folder: Path) -> Settings:
    """The settings with a folder for an endpoint; it needs no key."""
    return settings.model_copy(update={"base_url": f"{FOLDER_SCHEME}{folder.absolute()}", "api_key": SecretStr("none")})


def within_reach(settings: Settings, batch: Batch) -> bool:
    """Whether these settings lead to the batch: a key never goes to another address than the one it is set with."""
    return batch.base_url.startswith(FOLDER_SCHEME) or batch.base_url == public_url(settings.endpoint_url)


def endpoint_of(settings: Settings, batch: Batch) -> Endpoint:
    """The endpoint as it was when the batch was submitted; raises UsageError where it is out of reach."""
    if not within_reach(settings, batch):
        raise UsageError(f"batch {batch.number} is at {batch.base_url}; give --base-url, and the key for it")
    if batch.base_url.startswith(FOLDER_SCHEME):
        settings = in_folder(settings, Path(batch.base_url.removeprefix(FOLDER_SCHEME)))
    endpoint = settings.model_copy(update={"model": batch.work.model}).endpoint()
    return replace(endpoint, reasks=batch.reasks)


def chosen(batches: Sequence[Batch], wanted: Sequence[str], store: Path) -> list[Batch]:
    """The batches with these numbers or provider's ids, or all of them; raises UsageError for one that is not there."""
    by_name = {str(batch.number): batch for batch in batches} | {
        batch.provider_id: batch for batch in batches if batch.provider_id
    }
    for name in wanted:
        if name not in by_name:
            raise UsageError(f"no batch {name} in {store}; `claims batch status` lists them")
    return [by_name[name] for name in dict.fromkeys(wanted)] if wanted else list(batches)
