"""Which models can be asked, and which have answered."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from openai import APIError, NotFoundError, OpenAI

from extractor.embedded import INSTALL_HINT, model_name
from extractor.endpoint import public_url
from extractor.errors import UnavailableError
from extractor.failures import of_openai
from extractor.notebook import Records
from extractor.retries import explain
from extractor.store import Store

if TYPE_CHECKING:
    from extractor.settings import Settings


@dataclass(frozen=True)
class ModelEntry:
    """A model: ``where`` it is served; ``papers`` and ``claims`` in the store, None where it never answered."""

    name: str
    where: str
    papers: int | None = None
    claims: int | None = None
    note: str = ""


def list_models(settings: Settings) -> Records[ModelEntry]:
    """The embedded model, the models of the endpoint that is set (address or key), and those with answers in the store.

    Raises :class:`ModelError` when a set endpoint does not answer, StoreError when there is a store but it is damaged.
    """
    works = Store.open(settings.db).works() if settings.db.exists() else []
    papers = {work.work.model: 0 for work in works}
    claims = dict(papers)
    for work in works:
        papers[work.work.model] += work.ok + work.truncated
        claims[work.work.model] += work.claims
    note = "no key needed" if find_spec("xllamacpp") else f"not installed: {INSTALL_HINT}"
    places = {model_name(): ("embedded", note)}
    places |= dict.fromkeys(_offered(settings), (public_url(settings.endpoint_url), ""))
    places |= {name: ("store", "") for name in papers if name not in places}
    return Records(
        ModelEntry(name, where, papers.get(name), claims.get(name), note) for name, (where, note) in places.items()
    )


def _offered(settings: Settings) -> list[str]:
    if settings.base_url is None and settings.api_key is None:
        return []
    url, shown = settings.endpoint_url, public_url(settings.endpoint_url)
    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    try:
        with OpenAI(base_url=url, api_key=key, timeout=20, max_retries=0) as client:
            listed: Any = client.get("/models", cast_to=object)
        return sorted(str(model["id"]) for model in listed["data"])
    except (NotFoundError, LookupError, TypeError, ValueError):
        raise UnavailableError(
            f"{shown} lists no models; is the address complete, as in http://localhost:8000/v1?"
        ) from None
    except APIError as error:
        raise explain(of_openai(error), "", shown, key) from None
