"""Plots, themes and print."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from factories import make_claim, make_paper
from playwright.sync_api import Page, expect
from reports import Fill, Open

from extractor.factors import Factor

FACTORS: dict[str, Factor] = {
    "Exact": Factor(2.0, 2.0),
    "Range": Factor(1.4, 11.2),
    "Most": Factor(None, 3.0),
    "Least": Factor(4.0, None),
    "Worse": Factor(0.5, 0.7),
    "Unknown": Factor(None, None),
}


@pytest.fixture(scope="module")
def one_plot(shared_report: Callable[..., Path]) -> Path:
    paper = make_paper()
    claims = [make_claim(paper, n, method=name, factor=one) for n, (name, one) in enumerate(FACTORS.items(), 1)]
    return shared_report((paper, [*claims, make_claim(paper, 9, method="Other", metric_family="latency")]))


@pytest.fixture
def page(one_plot: Path, open_page: Open) -> Page:
    return open_page(one_plot)


def drawn(page: Page, method: str) -> list[dict[str, Any]]:
    """The marks on a method's line from left to right: their colour, dash, and horizontal ends."""
    line = page.locator("#baselines a.line", has_text=method).bounding_box()
    assert line
    middle = line["y"] + line["height"] / 2
    shapes = page.locator("#baselines .role-mark:not(.layer_0_marks) > *").evaluate_all(
        """all => all.map(one => {
            const box = one.getBoundingClientRect();
            return {x: box.left, end: box.right, y: (box.top + box.bottom) / 2, tag: one.tagName,
                    colour: one.getAttribute('fill') || one.getAttribute('stroke'),
                    dashed: Boolean(one.getAttribute('stroke-dasharray')), d: one.getAttribute('d')};
        })"""
    )
    return sorted((one for one in shapes if abs(one["y"] - middle) < 1.5), key=lambda one: one["x"] + one["end"])


def ends(marks: list[dict[str, Any]]) -> list[float]:
    return [(one["x"] + one["end"]) / 2 for one in marks if one["tag"] == "path"]


def rules(marks: list[dict[str, Any]]) -> list[bool]:
    """Whether each line between ends is dashed."""
    return [one["dashed"] for one in marks if one["tag"] == "line"]


def test_each_claim_is_drawn_on_its_line_at_its_factor(page: Page) -> None:
    one = page.locator("#baselines .layer_0_marks line").bounding_box()
    assert one
    even = one["x"] + one["width"] / 2
    (exact,) = ends(drawn(page, "Exact"))
    octave = exact - even
    assert octave > 20
    low, high = ends(drawn(page, "Range"))
    assert (low - even) / octave == pytest.approx(0.4854, abs=0.03), "log2(1.4)"
    assert (high - even) / octave == pytest.approx(3.4854, abs=0.03), "log2(11.2)"
    assert [(end - even) / octave for end in ends(drawn(page, "Worse"))] == pytest.approx([-1, -0.5146], abs=0.03)
    assert drawn(page, "Unknown") == []


def test_open_ends_are_dashed(page: Page) -> None:
    assert rules(drawn(page, "Range")) == [False]
    assert (rules(drawn(page, "Most")), len(ends(drawn(page, "Most")))) == ([True], 1)
    assert rules(drawn(page, "Least")) == [True]
    known, arrow = ends(drawn(page, "Least"))
    assert arrow > known
    assert arrow >= max(ends(drawn(page, "Range"))), "to the border"


def test_better_and_worse_differ_in_more_than_colour(page: Page) -> None:
    better, worse = drawn(page, "Exact")[0], drawn(page, "Worse")[0]
    assert better["colour"] != worse["colour"]
    assert re.sub(r"[\d.,-]", "", better["d"]) != re.sub(r"[\d.,-]", "", worse["d"])


def test_lines_stand_under_the_heading_of_their_family(page: Page) -> None:
    lines = page.locator("#baselines .line:not(.captions)").all_inner_texts()
    assert [line.split()[0] for line in lines] == [
        "latency", "Other", "speed", "Least", "Range", "Most", "Exact", "Worse", "Unknown",
    ]  # fmt: skip


def test_marks_stay_on_their_lines_whatever_letters_a_name_has(fill: Fill, report: Open) -> None:
    paper = make_paper()
    names = ("ͥͫͣͭ" * 8, "﷽﷽", "🙂" * 9, "漢字", "w" * 300, "a\nb\n\nc")
    claims = [make_claim(paper, n, method=name, factor=Factor(n, n)) for n, name in enumerate(names, 1)]
    fill((paper, [*claims, make_claim(paper, 9, method="Last", factor=Factor(0.5, 0.5))]))
    page = report()
    expect(page.locator("#baselines a.line")).to_have_count(7)
    (last,) = drawn(page, "Last")
    assert last["colour"] == "var(--worse)"


def test_long_plots_have_every_claim_on_its_line(fill: Fill, report: Open) -> None:
    paper = make_paper()
    fill((paper, [make_claim(paper, n, method=f"M{n:03}", factor=Factor(n, n)) for n in range(1, 71)]))
    page = report()
    assert [len(ends(drawn(page, f"M{n:03}"))) for n in (1, 30, 44, 70)] == [1, 1, 1, 1]
    first, last = ends(drawn(page, "M001")), ends(drawn(page, "M070"))
    assert first < last, "one scale for all of them"


def test_baselines_of_one_method_stand_apart_from_shared_ones(fill: Fill, report: Open) -> None:
    paper = make_paper()
    given = [("Alpha", "Shared"), ("Beta", "Shared"), ("Alpha", "Lonely"), ("Alpha", "existing systems")]
    fill((paper, [make_claim(paper, n, method=one, baseline=other) for n, (one, other) in enumerate(given, 1)]))
    page = report()
    assert page.locator("#baselines").locator("h2, h3").all_inner_texts() == [
        "By baseline", "Shared", "Against one method only", "Lonely",
    ]  # fmt: skip
    page = report(filters={"baseline": "lonely"})
    assert page.locator("#baselines h3").all_inner_texts() == ["Lonely"]
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("header")).to_contain_text("measured against lonely")


_COLOURS = """() => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(['page', 'raised', 'text', 'muted', 'better', 'worse', 'mark', 'current', 'sentence'].map(
        name => {
            canvas.fillStyle = style.getPropertyValue('--' + name);
            canvas.fillRect(0, 0, 1, 1);
            return [name, [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)];
        }));
}"""


def luminance(colour: list[int]) -> float:
    """Relative luminance after WCAG 2."""
    parts = [c / 255 / 12.92 if c <= 10.3 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one: list[int], other: list[int]) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_both_themes(one_plot: Path, open_page: Open, scheme: str) -> None:
    page = open_page(one_plot, color_scheme=scheme)
    colours = page.evaluate(_COLOURS)
    assert (luminance(colours["page"]) > 0.5) == (scheme == "light")
    for ground in ("page", "raised"):
        assert {
            name: contrast(colours[name], colours[ground]) >= 4.5 for name in ("text", "muted", "better", "worse")
        } == (dict.fromkeys(("text", "muted", "better", "worse"), True))
    for ground in ("mark", "current", "sentence"):
        assert contrast(colours["text"], colours[ground]) >= 4.5, ground


def test_print_has_all_lines_and_no_controls(fill: Fill, report: Open) -> None:
    paper = make_paper()
    fill((paper, [make_claim(paper, number) for number in range(1, 131)]))
    page = report(f"#paper-{paper.paper_id}", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("tbody tr")).to_have_count(130)
    expect(page.get_by_label("Search")).to_be_hidden()
    expect(page.get_by_role("button", name="Close")).to_be_hidden()
    expect(page.locator(".abstract mark")).to_be_visible()
    assert luminance(page.evaluate(_COLOURS)["page"]) == pytest.approx(1)
    assert page.pdf().startswith(b"%PDF-")


def test_a_small_screen_scrolls_only_what_is_wide(one_plot: Path, open_page: Open) -> None:
    page = open_page(one_plot, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
