"""What tokens cost, and whose price that is."""

import re
from datetime import UTC, date, datetime

import pytest

from extractor.endpoint import Endpoint
from extractor.pricing import TokenPrice, find_price

OPENAI = "https://api.openai.com/v1"


def price_of(model: str, url: str) -> object:
    return find_price(Endpoint(model, url, "none"))


def test_a_listed_model_costs_what_the_list_says_by_the_kind_of_token() -> None:
    price = find_price(Endpoint("gpt-4.1-mini", OPENAI, "none"))
    assert price
    prompt, answer = price.dollars(1_000_000, 0), price.dollars(0, 1_000_000)
    assert 0 < prompt < answer
    assert price.dollars(1000, 100) == pytest.approx((1000 * prompt + 100 * answer) / 1e6)
    assert price.dollars(1_000_000, 0, cached=1_000_000) < prompt


def test_the_list_says_how_old_it_is() -> None:
    price = find_price(Endpoint("gpt-4.1-mini", OPENAI, "none"))
    assert price
    known = re.fullmatch(r"genai-prices [\d.]+, which knows prices up to (\d{4}-\d\d-\d\d)", price.origin)
    assert known
    assert date(2025, 1, 1) < date.fromisoformat(known[1]) <= datetime.now(UTC).date()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "http://localhost/v1"])
def test_a_model_on_this_machine_is_free(url: str) -> None:
    price = find_price(Endpoint("gpt-4.1-mini", url, "none"))
    assert price
    assert (price.dollars(10**9, 10**9), price.origin) == (0.0, "")


@pytest.mark.parametrize(("model", "url"), [("no-such-model", OPENAI), ("m", "https://model.test/v1")])
def test_an_unknown_model_or_server_has_no_price(model: str, url: str) -> None:
    assert price_of(model, url) is None


@pytest.mark.parametrize("url", [OPENAI, "https://model.test/v1", "http://127.0.0.1/v1"])
def test_the_user_s_own_price_goes_before_all_others(url: str) -> None:
    price = find_price(Endpoint("gpt-4.1-mini", url, "none", price=TokenPrice(input=3, output=10, cached_input=1)))
    assert price
    assert price.origin == "your own prices"
    assert price.dollars(1_000_000, 100_000) == pytest.approx(4)
    assert price.dollars(1_000_000, 0, cached=400_000) == pytest.approx(2.2)


def test_tokens_from_the_cache_cost_as_much_where_nothing_else_is_said() -> None:
    price = find_price(Endpoint("m", OPENAI, "none", price=TokenPrice(input=3, output=10)))
    assert price
    assert price.dollars(1_000_000, 0, cached=400_000) == pytest.approx(3)


def test_more_cached_tokens_than_tokens_are_as_many() -> None:
    price = find_price(Endpoint("m", OPENAI, "none", price=TokenPrice(input=3, output=10, cached_input=1)))
    assert price
    assert price.dollars(1_000_000, 0, cached=2_000_000) == pytest.approx(1)
