"""What code reads off the words of a claim."""

import csv
import json
import math
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extractor.quantities import Quantity, parse_quantity, render_quantity

HERE = Path(__file__).parent
with (HERE / "quantities_seeds.csv").open(encoding="utf-8", newline="") as file:
    SEEDS = list(csv.DictReader(file))


def ratio(low, high=None, bound=None):
    return Quantity("ratio", low, high or low, "x", bound)


def percent(low, high=None, bound=None):
    return Quantity("percent", low, high or low, "%", bound)


def points(low, high=None, bound=None):
    return Quantity("points", low, high or low, "points", bound)


def pp(low, high=None, bound=None):
    return Quantity("points", low, high or low, "percentage points", bound)


def absolute(low, unit=None, high=None, bound=None):
    return Quantity("absolute", low, high or low, unit, bound)


def change(start, end, unit=None):
    return Quantity("from_to", min(start, end), max(start, end), unit, descending=start > end)


@pytest.mark.parametrize("row", SEEDS, ids=lambda row: row["improvement"])
def test_every_quantity_of_the_seeds(row):
    quantity = parse_quantity(row["improvement"])
    assert quantity is not None
    assert (quantity.kind, quantity.unit or "", quantity.bound or "", "yes" if quantity.descending else "") == (
        row["kind"],
        row["unit"],
        row["bound"],
        row["descending"],
    )
    assert (quantity.low, quantity.high) == pytest.approx((float(row["low"]), float(row["high"])))


def test_the_table_of_the_seeds_is_complete():
    lines = (HERE / "gold" / "seeds.labels.jsonl").read_text(encoding="utf-8").splitlines()
    printed = {claim["improvement"] for line in lines for claim in json.loads(line)["claims"]}
    assert {row["improvement"] for row in SEEDS} == printed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # ratios
        ("2.5x", ratio(2.5)),
        ("22X to 45X", ratio(22, 45)),
        (r"$5\times$", ratio(5)),
        (r"3.0$\times$--4.5$\times$", ratio(3, 4.5)),
        (r"up to \textbf{4.4$\times$}", ratio(4.4, bound="up_to")),
        (r"$4\text{-}6\times$", ratio(4, 6)),
        (r"$\sim\!2\times$", ratio(2, bound="about")),
        ("3~5x", ratio(3, 5)),
        ("1.7x~2.9x", ratio(1.7, 2.9)),
        (r"5\texttimes", ratio(5)),
        (r"5\texttimes{} to 7\,\texttimes", ratio(5, 7)),
        ("1.5 ×", ratio(1.5)),
        ("4*", ratio(4)),
        ("2-3times", ratio(2, 3)),
        ("800 times", ratio(800)),
        ("three times", ratio(3)),
        ("twenty-five times", ratio(25)),
        ("a hundred times", ratio(100)),
        ("two-fold", ratio(2)),
        ("2.4-fold", ratio(2.4)),
        ("5-10 fold", ratio(5, 10)),
        ("threefold", ratio(3)),
        ("doubled", ratio(2)),
        ("twice", ratio(2)),
        ("a hundredfold", ratio(100)),
        ("a factor of 6.2", ratio(6.2)),
        ("a speedup of 3.2", ratio(3.2)),
        ("speed-ups of up to 8 and 5", ratio(8, bound="up_to")),
        ("speedups between 2.1 and 3.4 on 8 GPUs", ratio(2.1, 3.4)),
        ("a speedup of 20 ms", absolute(20, "ms")),
        ("85-520:1", ratio(85, 520)),
        ("20-to-1", ratio(20)),
        ("8.5-to-10.2x", ratio(8.5, 10.2)),
        ("up to 2x-to-3x", ratio(2, 3, bound="up_to")),
        (r"2$\times$-to-3$\times$", ratio(2, 3)),
        ("text-to-3D generation is 2x faster", ratio(2)),
        ("an order of magnitude", ratio(10)),
        ("order-of-magnitude", ratio(10)),
        ("two orders of magnitude", ratio(100)),
        ("one to two orders of magnitude", ratio(10, 100)),
        ("2-3 orders of magnitude", ratio(100, 1000)),
        ("about a factor of two", ratio(2, bound="about")),
        ("a factor of up to 8", ratio(8, bound="up_to")),
        ("by a factor of ~3", ratio(3, bound="about")),
        ("a factor of at least 2", ratio(2, bound="at_least")),
        ("factors of 2-3", ratio(2, 3)),
        ("a factor between 2 and 4", ratio(2, 4)),
        ("a factor of 3 lower latency", ratio(3)),
        ("between one and two orders of magnitude", ratio(10, 100)),
        ("from one to three orders of magnitude", ratio(10, 1000)),
        (r"2 $\sim$ 3 orders of magnitude", ratio(100, 1000)),
        ("anywhere from 2x to 10x", ratio(2, 10)),
        ("from 2x to over 4x faster", ratio(2, 4)),
        ("3.1 and 2.4 times", ratio(3.1)),
        ("1.2, 1.5, and 2.0×", ratio(1.2)),
        ("2-3 and 4-5x", ratio(2, 3)),
        ("up to 5 orders of magnitude", ratio(1e5, bound="up_to")),
        ("10^2-10^4 x", ratio(100, 10_000)),
        ("to 29% of the original", ratio(0.29)),
        ("more than a 2x", ratio(2, bound="at_least")),
        ("from 1.5x up to 6.5x", ratio(1.5, 6.5)),
        (r"2.5~$\times$", ratio(2.5)),
        ("$>$2x", ratio(2, bound="at_least")),
        ("six~seven times", ratio(6, 7)),
        ("x1.8", ratio(1.8)),
        ("by ×4", ratio(4)),
        (r"$\times 4$", ratio(4)),
        ("×2-×4", ratio(2, 4)),
        ("x2-5", ratio(2, 5)),
        ("1.5x on an x86 core", ratio(1.5)),
        ("3x on an 8x8 mesh", ratio(3)),
        ("on a 32 × 32 grid, 3x", ratio(3)),
        ("three and a half times", ratio(3.5)),
        ("two-and-a-half-fold", ratio(2.5)),
        ("3 1/4 times", ratio(3.25)),
        ("1/3x", ratio(1 / 3)),
        ("1.2/1.5x", ratio(1.2)),
        ("1.1/1.2/1.3x", ratio(1.1)),
        ("5x or more", ratio(5, bound="at_least")),
        ("40+ times", ratio(40, bound="at_least")),
        ("40+x", ratio(40, bound="at_least")),
        (r"40+$\times$", ratio(40, bound="at_least")),
        # percent
        (r"46.1\%", percent(46.1)),
        (r"up to 30~\%", percent(30, bound="up_to")),
        (r"$\sim$40\%", percent(40, bound="about")),
        (r"$\geq$94\%", percent(94, bound="at_least")),
        (r"$\approx$30%", percent(30, bound="about")),
        (r"$-$30\%", percent(-30)),
        (r"$\downarrow$30%", percent(30)),
        ("a factor of 18%", percent(18)),
        ("12/25%", percent(12)),
        ("more than 25 and 40 percent", percent(25, bound="at_least")),
        ("from 12% to 18% lower", percent(12, 18)),
        ("the 99th percentile by 40%", percent(40)),
        ("30 percent", percent(30)),
        ("0.34 per cent", percent(0.34)),
        ("+2.4 - 4.0%", percent(2.4, 4.0)),
        ("-7.7%", percent(-7.7)),
        ("−7.7%", percent(-7.7)),
        ("-3% to -1%", percent(-3, -1)),
        ("−20%–−5%", percent(-20, -5)),
        ("-20%--5%", percent(-20, -5)),
        ("-20-5%", percent(-20, 5)),
        ("20%--25%", percent(20, 25)),
        ("5%-to-9%", percent(5, 9)),
        (r"$74$--$98\%$", percent(74, 98)),
        ("10–50%", percent(10, 50)),
        ("5% to 51%", percent(5, 51)),
        ("between 1.5% and 11.3%", percent(1.5, 11.3)),
        ("ranging from 5% to 20%", percent(5, 20)),
        ("about half", percent(50, bound="about")),
        ("halves", percent(50)),
        ("a quarter", percent(25)),
        ("1/3", percent(100 / 3)),
        ("half a model's weights", percent(50)),
        ("half of the time", percent(50)),
        ("half a percent", percent(0.5)),
        ("½", percent(50)),
        (r"$\frac{1}{4}$", percent(25)),
        ("one hundredth", percent(1)),
        ("ca. 30%", percent(30, bound="about")),
        ("less than one-third", percent(100 / 3, bound="less_than")),
        ("two-thirds of the queries", percent(200 / 3)),
        ("49 of 73 tasks", percent(100 * 49 / 73)),
        ("3 out of 4", percent(75)),
        # points
        ("0.7 points", points(0.7)),
        ("half a point", points(0.5)),
        ("8.0-point", points(8)),
        ("21 percentage point", pp(21)),
        ("+5.28 pp", pp(5.28)),
        ("10-18 percentage points", pp(10, 18)),
        ("5.7% absolute", pp(5.7)),
        ("3 %-points", pp(3)),
        ("2.1 absolute points", points(2.1)),
        ("2.1 absolute percentage points", pp(2.1)),
        ("12.5% (absolute)", pp(12.5)),
        ("3.2% in absolute terms", pp(3.2)),
        ("an absolute 3%", pp(3)),
        ("an absolute accuracy gain of up to 5%", pp(5, bound="up_to")),
        ("the mean absolute error by 5%", percent(5)),
        ("a 5% absolute error", percent(5)),
        ("+1.9/+0.8 points", points(1.9)),
        ("by 12 and 15 points", points(12)),
        ("+1.9/-0.8 pp", pp(1.9)),
        ("4.1 %p", pp(4.1)),
        ("4.1 p.p.", pp(4.1)),
        ("by 4.1 p.p on average", pp(4.1)),
        # absolute values
        ("240ns", absolute(240, "ns")),
        ("3.1 GB", absolute(3.1, "GB")),
        ("16.8 minutes per workflow", absolute(16.8, "minutes per workflow")),
        ("100 FPS on average", absolute(100, "FPS")),
        ("5ms~9ms", absolute(5, "ms", 9)),
        ("3-5 minutes", absolute(3, "minutes", 5)),
        ("1,234.5", absolute(1234.5)),
        ("from 19, 653 tokens", absolute(19653, "tokens")),
        ("12 000 tokens", absolute(12_000, "tokens")),
        ("1 024.5 ms", absolute(1024.5, "ms")),
        ("1 234 567 queries", absolute(1_234_567, "queries")),
        ("from 12\u202f000 to 1\u2009050 tokens", change(12_000, 1050, "tokens")),
        ("3 200 ms", absolute(3200, "ms")),
        ("from 3 200 ms to 1 100 ms", change(3200, 1100, "ms")),
        ("from 3 200 to 800 ms", change(3200, 800, "ms")),
        ("3 200 ms instead of 4 100 ms", change(4100, 3200, "ms")),
        ("about 25 600 requests per second", absolute(25_600, "requests per second", bound="about")),
        ("over 3 200 tokens/s", absolute(3200, "tokens/s", bound="at_least")),
        ("up to 1 200×", ratio(1200, bound="up_to")),
        ("by 1 200%", percent(1200)),
        ("Qwen\u00a02\u00a0500 ms", absolute(2500, "ms")),
        ("8 100 MB disks", absolute(8)),
        ("on 8 100 GB cards", absolute(8)),
        ("of 8 100 W servers", absolute(8)),
        ("GPT 4 100 ms", absolute(4)),
        ("Qwen 2 500 ms", absolute(2)),
        ("Table 3 200 ms", absolute(3)),
        ("by 3 200 × 100", absolute(3)),
        ("in 2024 100 runs", absolute(2024)),
        ("GPT-4 100 times", ratio(100)),
        ("2.5 000", absolute(2.5)),
        ("1,5 s", absolute(1.5, "s")),
        ("2½ hours", absolute(2.5, "hours")),
        ("45~ms", absolute(45, "ms")),
        (r"45 $\mu$s", absolute(45, "µs")),
        (r"45\,\textmu s", absolute(45, "µs")),
        (r"45~\textmu{}s", absolute(45, "µs")),
        (r"$45 \mu s$", absolute(45, "µs")),
        (r"4.5 \textpm{} 0.3 ms", absolute(4.5, "ms")),
        ("2 minutes 30 seconds", absolute(2.5, "minutes")),
        ("1 h, 30 min", absolute(1, "h")),
        ("1 hour and 30 minutes", absolute(1.5, "hour")),
        ("$5 to $3", absolute(3, "$", 5)),
        ("two and a half days", absolute(2.5, "days")),
        ("one and a half million tokens", absolute(1.5e6, "tokens")),
        ("half an hour", absolute(0.5, "hour")),
        ("12 and half the time", absolute(12)),
        ("4 and 8 GPUs", absolute(4)),
        ("in 2024, 30%", absolute(2024)),
        ("under half a minute per query", absolute(0.5, "minute per query", bound="less_than")),
        ("a quarter of a day", absolute(0.25, "day")),
        ("half a million tokens", absolute(5e5, "tokens")),
        ("1.2 million", absolute(1.2e6)),
        ("51K", absolute(51_000)),
        ("1.5-3 million", absolute(1.5e6, high=3e6)),
        ("5–10K tokens", absolute(5000, "tokens", 10_000)),
        ("500 to 1K", absolute(500, high=1000)),
        ("2-10^4", absolute(2, high=10_000)),
        (r"2-3 $\times 10^5$", absolute(2e5, high=3e5)),
        ("10^{-3}", absolute(1e-3)),
        ("10⁻³", absolute(1e-3)),
        ("$10^3$", absolute(1e3)),
        (r"$3 \times 10^{8}$", absolute(3e8)),
        ("1e-4", absolute(1e-4)),
        ("4.5 ± 0.3", absolute(4.5)),
        ("0.054 +/- 0.049 mm", absolute(0.054, "mm")),
        (r"\$2.86M", absolute(2.86e6, "$")),
        ("$15.4M/yr", absolute(15.4e6, "$/yr")),
        ("to 17%", absolute(17, "%")),
        ("within the first five", absolute(5, bound="less_than")),
        # changes
        ("from 91.25% to 92.60%", change(91.25, 92.6, "%")),
        (r"from $5.26\%$ to $6.17\%$", change(5.26, 6.17, "%")),
        ("from 0.065 to 0.31 samples/kJ", change(0.065, 0.31, "samples/kJ")),
        ("from 91% with one augmentation to 94% with another", change(91, 94, "%")),
        ("from 69.7% at $K=1$ to 37.8%", change(69.7, 37.8, "%")),
        ("from 2.24x to 4.32x", change(2.24, 4.32, "x")),
        ("from 2 hours to 3 minutes", change(2, 0.05, "hours")),
        (r"from $\sim$3 hours to $\sim$2 minutes", change(3, 1 / 30, "hours")),
        ("from 45~ms to 12~ms", change(45, 12, "ms")),
        (r"from 2 ms to 45 $\mu$s", change(2, 0.045, "ms")),
        ("from 3 days to 4 hours", change(3, 1 / 6, "days")),
        ("from 2 hrs to 30 mins", change(2, 0.5, "hrs")),
        ("from 3 weeks to 2 days", change(3, 2 / 7, "weeks")),
        ("from 0.4 secs to 1 month", change(0.4, 2_629_800, "secs")),
        ("from 717 ms down to 151 ms", change(717, 151, "ms")),
        ("from 2 minutes 30 seconds to 45 seconds", change(2.5, 0.75, "minutes")),
        ("7.7 GB instead of 10.8 GB", change(10.8, 7.7, "GB")),
        ("from 2 GB to 500 MB", change(2, 0.5, "GB")),
        ("717 ms → 151 ms", change(717, 151, "ms")),
        ("0.64 vs. 0.54", change(0.54, 0.64)),
        ("0.9 s as opposed to 3.6 s", change(3.6, 0.9, "s")),
        ("1.5 hours rather than 6 hours", change(6, 1.5, "hours")),
        ("3.6 seconds, down from 9.2 seconds", change(9.2, 3.6, "seconds")),
        ("45% (up from 30%)", change(30, 45, "%")),
        ("4.38 vs. 4.08 out of 5", change(4.08, 4.38)),
        ("3-5% versus 15-20%", change(15, 5, "%")),
        ("1.24s against 17.62s", change(17.62, 1.24, "s")),
        ("1.02 seconds as compared to 27.04 seconds", change(27.04, 1.02, "seconds")),
        ("74/80 vs. brainstorming 49/80", change(61.25, 92.5, "%")),
        ("from 263 to 108-128 mJ", change(263, 128, "mJ")),
    ],
)
def test_forms_of_quantities(text, expected):
    quantity = parse_quantity(text)
    assert quantity is not None
    assert (quantity.low, quantity.high) == pytest.approx((expected.low, expected.high))
    assert (quantity.kind, quantity.unit, quantity.bound, quantity.descending) == (
        expected.kind,
        expected.unit,
        expected.bound,
        expected.descending,
    )


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("cuts the miss rate from ", "40% to 10%", change(40, 10, "%")),
        ("cuts the median from about ", "8 s to 2 s", change(8, 2, "s")),
        (r"cuts the median from $\sim$", "8 s down to 2 s", change(8, 2, "s")),
        ("raises the rate from ", "20 to 50 FPS", change(20, 50, "FPS")),
        ("an improvement from ", "20 to 50 FPS", change(20, 50, "FPS")),
        ("speeds up inference from ", "2x to 5x", ratio(2, 5)),
        ("cuts latency by ", "5% to 51%", percent(5, 51)),
        ("apart from this, latency falls by ", "5% to 51%", percent(5, 51)),
        ("overheads ranging from ", "5% to 51%", percent(5, 51)),
        ("overheads ranging ", "from 5% to 51%", percent(5, 51)),
        ("with latency reductions from ", "5% to 51%", percent(5, 51)),
        ("with speedups ", "from 2x to 5x", ratio(2, 5)),
        ("from ", "2x up to 5x", ratio(2, 5)),
        ("overheads between ", "5% and 51%", percent(5, 51)),
        ("the numbers from ", "30%", percent(30)),
        ("faster by a factor of ", "6", ratio(6)),
        ("a speedup of about ", "3.2 over vLLM", ratio(3.2)),
        ("a score of ", "3.2", absolute(3.2)),
        ("an absolute improvement of ", "3.2%", pp(3.2)),
    ],
)
def test_what_stands_right_before_the_words_counts_as_it_does_within_them(before, text, expected):
    assert parse_quantity(text, before=before) == expected


@pytest.mark.parametrize(
    ("bound", "texts"),
    [
        ("up_to", ["up to 30%", "Up to a 30%", "at most 4%", "max 36%", "as much as 12%", "no more than 5%", "≤ 4%"]),
        ("up_to", [r"$\le 4\%$", "<=0.55%", "up to nearly a 7x", "at most about 3x"]),
        ("at_least", ["at least 5%", "at least by 28%", "over 200%", "more than a 2x", ">90%", "above 99%", "≥ 3x"]),
        ("at_least", ["exceeding 5%", "greater than 85%", "no less than 2x", "as low as 3 ms", "on average over 2.7x"]),
        ("at_least", [r"\textgreater{}9%", "30%+", "2x+ faster", "100+ FPS", r"$5\times$+"]),
        ("less_than", ["less than 0.92%", "<10 seconds", "below 6%", "under 10 minutes", "within 1%", "sub-10ms"]),
        ("less_than", ["fewer than 0.4%", "within about 5 minutes", r"\textless 5\%"]),
        ("about", ["about 3%", "~1.9x", "around a 1%", "approximately 5 hours", r"$\approx$ 2 hours", "almost 90%"]),
        ("about", ["nearly 2x", "roughly 4x", "near-100%", "close to 0%"]),
        (None, ["30%", "a 30%", "an average of 5%", "geomean 29%", "from 1 s to 2 s", "from above 90% to below 30%"]),
        ("up_to", ["5x max", "4.2x (max)", "30% maximum", "5x at most", "5x max at 8 GPUs"]),
        (None, ["1.8x (max 4.2x)", "1.8x (max: 4.2x)", "mean 3%, maximum 9%", "mean 3%, maximum drop of 9%"]),
        (None, ["3%, at most 9%", "1.8x, at least 1.2x"]),
        (None, ["2.1x (+0.3)", "30% (+2.1)", "2x +5% accuracy", "2x+5% accuracy", "30% + 5%"]),
    ],
)
def test_bounds(bound, texts):
    assert {text: parse_quantity(text).bound for text in texts} == dict.fromkeys(texts, bound)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "significantly faster",
        "several orders of magnitude",
        "GPT-4",
        "top-1 accuracy",
        "recall@10",
        "32x32",
        "512×512 pixels",
        "4x20 cores",
        "8 × 2 nodes",
        r"$64\times64\times3$",
        "x86",
        "$m^{2.5}$",
        "$m^{3/2}$",
        "\0",
        "9" * 1_000_000,
        "9" * 900,
        "10^999999999999",
        "1e999",
        "999 orders of magnitude",
        "inf",
        "nan%",
        "from 5 GB to 3 epochs",
        "from 1-5 to 3-8",
        "$" * 500,
        "\\",
        "\\frac{}{}",
        "\ud800",
        "million " * 120,
    ],
)
def test_what_holds_no_readable_number(text):
    assert parse_quantity(text) is None


# fmt: off
PIECES = st.sampled_from([
    "from", "to", "up", "at", "least", "most", "over", "under", "about", "between", "and", "vs", ".", ",", "-", "--",
    "~", "x", "×", "$", "\\times", "%", "\\%", "points", "pp", "fold", "/", "^", "{", "}", "(", ")", "+", "±", "<",
    ">", "1", "2.5", "30", "1,000", "1e-4", "10", "half", "two", "thirds", "order", "factor", "of", "magnitude", "ms",
    "GB", "tokens", "per", "s", "million", "K", "twice", "=", "@", "½", "²", "−", "minutes", "seconds", "instead",
    "down", "only", "using", "the", "\\sim", "one", "12 000", "000", "-to-", "\\textmu", "3 200", "\u2009", "th",
    "rather", "absolute", "speedup", "faster", "hundredth",
])
# fmt: on
WORDS = st.lists(PIECES, max_size=9).flatmap(lambda pieces: st.sampled_from(["".join(pieces), " ".join(pieces)]))


@given(st.text() | WORDS)
@example("0$$0")
@example("2.5+thirds")
@example("0-X0")
@example("one " * 240)
def test_parsing_never_raises_and_survives_rendering(text):
    quantity = parse_quantity(text)
    if quantity is not None:
        assert quantity.low <= quantity.high
        assert math.isfinite(quantity.low)
        assert math.isfinite(quantity.high)
        assert parse_quantity(render_quantity(quantity)) == quantity


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SHAPES = st.sampled_from([("ratio", "x"), ("percent", "%"), ("points", "points"), ("points", "percentage points")]) | (
    st.tuples(st.just("absolute"), st.sampled_from([None, "%", "ms", "GB", "tokens per second", "samples/kJ", "$"]))
)
BOUNDS = st.sampled_from([None, "up_to", "at_least", "about", "less_than"])


@given(SHAPES, NUMBERS, NUMBERS, BOUNDS)
def test_every_quantity_can_be_rendered_and_read_back(shape, one, other, bound):
    quantity = Quantity(shape[0], min(one, other), max(one, other), shape[1], bound)
    assert parse_quantity(render_quantity(quantity)) == quantity


@given(st.sampled_from(["x", "%", "points", None, "ms"]), NUMBERS, NUMBERS)
def test_every_change_can_be_rendered_and_read_back(unit, start, end):
    quantity = change(start, end, unit)
    assert parse_quantity(render_quantity(quantity)) == quantity
