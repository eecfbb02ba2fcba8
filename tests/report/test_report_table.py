"""Searching, filtering and sorting the table of claims, by mouse and by keyboard."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from factories import make_claim, make_paper
from playwright.sync_api import Page, expect
from reports import Fill, Open

from extractor.factors import Factor
from extractor.store import Store


@pytest.fixture(scope="module")
def four_claims(shared_report: Callable[..., Path]) -> Path:
    """A report of four papers with one claim each."""
    claims: list[dict[str, Any]] = [
        {"method": "Alpha", "baseline": "the vLLM system", "hardware": "8 NVIDIA A-100 GPUs"},
        {"method": "beta 10", "baseline": "SGLang", "metric": "p99 latency", "metric_family": "latency",
         "factor": Factor(1.5, 6.0)},
        {"method": "Beta 9", "baseline": None, "setting": "long prompts", "factor": Factor(None, None)},
        {"method": "Gamma", "baseline": "existing systems", "hardware": "H100", "factor": Factor(None, 0.5)},
    ]  # fmt: skip
    details = [{"date": "Jan 2, 2025"}, {"date": "2024"}, {"title": "On Larkspurs"}, {"date": "May 2023"}]
    papers = [make_paper(number, **given) for number, given in enumerate(details, 1)]
    return shared_report(*((paper, [make_claim(paper, **one)]) for paper, one in zip(papers, claims, strict=True)))


@pytest.fixture
def page(four_claims: Path, open_page: Open) -> Page:
    return open_page(four_claims)


def column(page: Page, name: str) -> list[str]:
    return page.locator(f"tbody td.{name}").all_inner_texts()


def test_each_line_has_what_the_claim_says(page: Page) -> None:
    cells = page.locator("tbody tr", has_text="beta 10").locator("td").all_inner_texts()
    assert [cell.split() for cell in cells] == [
        ["beta", "10"], ["SGLang"], ["latency", "p99", "latency"], ["↑2x"], ["1.5–6×"], [], ["2024"], ["Paper", "2"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "typed", "methods"),
    [
        ("Search", "gamma", ["Gamma"]),
        ("Search", "P99 sglang", ["beta 10"]),
        ("Search", "long prompts", ["Beta 9"]),
        ("Search", "larkspurs", ["Beta 9"]),
        ("Search", ".*", []),
        ("Baseline", "VLLM", ["Alpha"]),
        ("Baseline", "existing", ["Gamma"]),
        ("Hardware", "nvidia a100", ["Alpha"]),
        ("Paper", "on larkspur", ["Beta 9"]),
    ],
)
def test_words_filter(page: Page, label: str, typed: str, methods: list[str]) -> None:
    page.get_by_label(label, exact=True).fill(typed)
    assert column(page, "method") == methods
    expect(page.get_by_role("status")).to_have_text(f"{len(methods)} of 4 claims")


def test_families_and_years_filter_and_all_filters_hold_together(page: Page) -> None:
    page.get_by_label("Metric family").select_option("speed")
    assert sorted(column(page, "method")) == ["Alpha", "Beta 9", "Gamma"]
    page.get_by_label("Since").select_option("2023")
    assert sorted(column(page, "method")) == ["Alpha", "Gamma"], "what has no year is left out"
    page.get_by_label("Since").select_option("2024")
    assert column(page, "method") == ["Alpha"]
    page.get_by_label("Hardware").fill("H100")
    assert column(page, "method") == []
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("status")).to_have_text("4 claims")
    assert len(column(page, "method")) == 4


def test_a_baseline_is_found_by_its_usual_name(fill: Fill, report: Open) -> None:
    paper = make_paper()
    usual = [make_claim(paper, number) for number in (1, 2)]
    fill((paper, [*usual, make_claim(paper, 3, method="Delta", baseline="paged server", baselines=usual[0].baselines)]))
    page = report()
    page.get_by_label("Baseline", exact=True).fill("vLLM")
    assert "Delta" in column(page, "method")


@pytest.mark.parametrize(
    ("button", "once", "twice"),
    [
        ("Method", ["Alpha", "Beta 9", "beta 10", "Gamma"], ["Gamma", "beta 10", "Beta 9", "Alpha"]),
        ("Compared with", ["Gamma", "beta 10", "Alpha", "Beta 9"], ["Alpha", "beta 10", "Gamma", "Beta 9"]),
        ("Year", ["Alpha", "beta 10", "Gamma", "Beta 9"], ["Gamma", "beta 10", "Alpha", "Beta 9"]),
        ("Metric", ["beta 10", "Alpha", "Gamma", "Beta 9"], ["Alpha", "Gamma", "Beta 9", "beta 10"]),
    ],
)
def test_columns_sort_both_ways_and_what_is_missing_stands_last(
    page: Page, button: str, once: list[str], twice: list[str]
) -> None:
    head = page.get_by_role("columnheader", name=button)
    for expected in (once, twice):
        head.get_by_role("button").click()
        assert column(page, "method") == expected
    assert head.get_attribute("aria-sort") in {"ascending", "descending"}
    expect(page.locator("th[aria-sort]")).to_have_count(1)


def test_the_best_factor_stands_first_until_something_else_is_asked_for(page: Page) -> None:
    assert column(page, "factor") == ["1.5–6×", "2×", "≤ 0.5×", ""]
    page.get_by_role("button", name="Factor").click()
    assert column(page, "factor") == ["≤ 0.5×", "2×", "1.5–6×", ""]


def test_everything_can_be_done_with_the_keyboard(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("speed")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Method").press("Enter")
    assert column(page, "method") == ["Alpha", "Beta 9", "Gamma"]
    link = page.locator("tbody tr").first.get_by_role("link").first
    link.press("Enter")
    expect(page.locator("#reader h2")).to_be_focused()
    for key, title in (("j", "On Larkspurs"), ("j", "Paper 4"), ("j", "Paper 4"), ("k", "On Larkspurs")):
        page.keyboard.press(key)
        expect(page.locator("#reader h2")).to_have_text(title)
    expect(page.locator("#place")).to_contain_text("2 of 3 claims")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    expect(link).to_be_focused()


def test_a_metric_family_of_the_overview_sets_the_filter(page: Page) -> None:
    page.locator("#metrics").get_by_role("link", name="latency").click()
    assert column(page, "method") == ["beta 10"]
    expect(page.get_by_label("Metric family")).to_have_value("latency")


@pytest.mark.parametrize("place", ["#family-none", "#family-%", "#claim-none-1", "#paper-", "#claims", "#"])
def test_addresses_that_mean_nothing_change_nothing(four_claims: Path, open_page: Open, place: str) -> None:
    page = open_page(four_claims, place)
    assert len(column(page, "method")) == 4
    expect(page.locator("#reader")).to_be_hidden()


def test_long_tables_unfold(fill: Fill, report: Open) -> None:
    paper = make_paper()
    fill((paper, [make_claim(paper, number) for number in range(1, 151)]))
    page = report()
    expect(page.locator("tbody tr")).to_have_count(100)
    page.get_by_role("button", name="Show all 150").click()
    expect(page.locator("tbody tr")).to_have_count(150)
    expect(page.get_by_role("button", name="Show all")).to_be_hidden()


def test_a_report_without_claims_says_so(store: Store, report: Open) -> None:
    page = report()
    expect(page.get_by_role("heading", level=1)).to_have_text("0 claims from 0 papers")
    expect(page.get_by_role("status")).to_have_text("There are no claims here.")
