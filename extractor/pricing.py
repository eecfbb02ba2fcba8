"""What tokens cost: as the settings say, else by the price list that the package genai-prices carries.

Nothing is looked up on the network, so the list is as old as the package; :attr:`Price.origin` says how old.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

    from extractor.endpoint import Endpoint

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def on_this_machine(base_url: str) -> bool:
    """Whether the address is one of this machine, or a folder, which no proxy reaches and nobody bills."""
    parts = urlsplit(base_url)
    return parts.hostname in _LOOPBACK or parts.scheme == "file"


class TokenPrice(BaseModel):
    """A price that the user sets, in US dollars per million tokens; ``cached_input`` is ``input`` where it is None."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    cached_input: float | None = Field(None, ge=0, allow_inf_nan=False)


class Price:
    """What the tokens of one model cost. ``origin`` says in words where the price is from; empty where it is free."""

    def __init__(self, model: ModelInfo | None, origin: str = "") -> None:
        self._model = model
        self.origin = origin

    def dollars(self, prompt: int, completion: int, *, cached: int = 0, at: datetime | None = None) -> float:
        """US dollars for one request of ``prompt`` tokens, ``cached`` of which came from the provider's cache."""
        if self._model is None:
            return 0.0
        from genai_prices import Usage  # noqa: PLC0415  (takes a while to load, and who pays nothing needs it not)

        usage = Usage(input_tokens=prompt, cache_read_tokens=min(cached, prompt), output_tokens=completion)
        # The price list knows prices that change with the date and the hour of the day.
        return float(self._model.get_prices(at or datetime.now(UTC)).calc_price(usage)["total_price"])


def find_price(endpoint: Endpoint) -> Price | None:
    """The price of an endpoint's model: its own, free on this machine, or by the price list; None where unknown."""
    if endpoint.price:
        return Price(_as_listed(endpoint.price), "your own prices")
    if on_this_machine(endpoint.base_url):
        return Price(None)
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415

    try:
        _, model = get_snapshot().find_provider_model(endpoint.model, None, None, endpoint.base_url)
    except LookupError:
        return None
    return Price(model, f"genai-prices {version('genai-prices')}, which knows prices up to {_newest_price()}")


def _as_listed(price: TokenPrice) -> ModelInfo:
    from genai_prices.types import ClauseEquals, ModelInfo, ModelPrice  # noqa: PLC0415

    cached = price.input if price.cached_input is None else price.cached_input
    mtok = {"input_mtok": price.input, "cache_read_mtok": cached, "output_mtok": price.output}
    prices = ModelPrice(**{key: Decimal(str(dollars)) for key, dollars in mtok.items()})
    return ModelInfo("", ClauseEquals(""), prices=prices)


@lru_cache(maxsize=1)
def _newest_price() -> date:
    """The day of the newest price in the list that is not announced for the future: the list itself bears no date."""
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415
    from genai_prices.types import StartDateConstraint  # noqa: PLC0415

    starts = (
        price.constraint.start_date
        for provider in get_snapshot().providers
        for model in provider.models
        if isinstance(model.prices, list)
        for price in model.prices
        if isinstance(price.constraint, StartDateConstraint)
    )
    today = datetime.now(UTC).date()
    return max(start for start in starts if start <= today)
