"""What tokens cost, from the price list that the package genai-prices carries; nothing is looked up on the network."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extractor.records import Call

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def on_this_machine(base_url: str) -> bool:
    """Whether the address is one of this machine, which no proxy reaches and nobody bills."""
    return urlsplit(base_url).hostname in _LOOPBACK


def cost_of(calls: Iterable[Call], model: str, base_url: str) -> float | None:
    """US dollars for these calls; 0 for a model on this machine, None where the price list does not know the model."""
    if on_this_machine(base_url):
        return 0.0
    total = 0.0
    for call in calls:
        price = _price(call.prompt_tokens, call.cached_tokens, call.completion_tokens, model, base_url)
        if price is None:
            return None
        total += price
    return total


@lru_cache(maxsize=4096)
def _price(prompt: int, cached: int, completion: int, model: str, base_url: str) -> float | None:
    from genai_prices import Usage, calc_price  # noqa: PLC0415  (its price list takes a while to load)

    usage = Usage(input_tokens=prompt, cache_read_tokens=cached, output_tokens=completion)
    try:
        return float(calc_price(usage, model_ref=model, provider_api_url=base_url).total_price)
    except LookupError:
        return None
