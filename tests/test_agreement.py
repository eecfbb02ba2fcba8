"""When two numbers, units and phrases count as the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.agreement import ALIKE, likeness, numbers, unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("up to 29%", (29,)),
        ("1.27-2.58x", (1.27, 2.58)),
        ("from 91.25\\% to 92.60\\%", (91.25, 92.6)),
        ("1,024 GB", (1024,)),
        ("1,7", (1, 7)),
        ("$5\\times$", (5,)),
        ("-3 points", (3,)),
        ("twice", (2,)),
        ("Two-fold", (2,)),
        ("halved", (0.5,)),
        ("a third", (0.33,)),
        ("someone", ()),
        ("many", ()),
        ("", ()),
    ],
)
def test_numbers(text: str, expected: tuple[float, ...]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 %", "%"),
        ("46.1\\%", "%"),
        ("five percent", "%"),
        ("2.4 points", "%"),
        ("3 pp", "%"),
        ("300 ppm", "abs"),
        ("2.5x", "x"),
        ("$5\\times$", "x"),
        ("3 ×", "x"),
        ("\\textbf{4}x", "x"),
        ("800 times", "x"),
        ("two-fold", "x"),
        ("halves", "x"),
        ("one order of magnitude", "x"),
        ("7.8 GB", "abs"),
        ("x86", "abs"),
    ],
)
def test_units(text: str, expected: str) -> None:
    assert unit(text) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("training speed", "training speed", 1),
        ("Training  Speed", "the training speed", 1),  # case, white space and stop words do not count
        ("training speed of ResNet", "training speed", 2 * 2 / (3 + 2)),
        ("memory", "peak GPU memory during training", ALIKE),  # 2 * 1 / (1 + 5), but one lies within the other
        ("peak memory use", "peak power draw", 2 * 1 / (3 + 3)),
        ("big big model", "big model", 2 * 2 / (3 + 2)),  # repetitions count
        ("$\\mathbf{A}$-net", "A-net", 1),
        ("the", "of", 0),  # nothing but stop words: then they are words
        ("延迟", "延迟", 1),
        ("延迟", "吞吐", 0),
        ("延迟", "latency", 0),
        (None, None, 1),
        (None, "vLLM", 0),
        (None, "", 0),
    ],
)
def test_likeness(first: str | None, second: str | None, expected: float) -> None:
    assert likeness(first, second) == pytest.approx(expected)
    assert likeness(second, first) == likeness(first, second)


@given(st.text("ab the \\times{}$%2é", max_size=20), st.text("ab the \\times{}$%2é", max_size=20))
def test_likeness_is_a_symmetric_share(first: str, second: str) -> None:
    assert 0 <= likeness(first, second) <= 1
    assert likeness(first, second) == likeness(second, first)
    assert likeness(first, first) == 1
