"""The embedded model's language: which numbers are marked, and how claims and answers turn into each other."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.grounding import Span
from extractor.marks import MAX_MARKS, find_marks, marked, prompt_text, read, write

ABSTRACT = (
    "TileForge cuts energy by 31% and time by up to $1.5\\times$ over Halide, after 20 tuning runs. "
    "It goes from 3 ms to 2 ms (1.5x/1.2x) and halves memory."
)


def claim(improvement: str, **fields: Any) -> dict[str, Any]:
    blank = {
        "improvement": improvement, "metric": "energy", "direction": "decrease", "effect": "better",
        "method": "TileForge", "baseline": None, "hardware": None, "setting": None,
    }  # fmt: skip
    return blank | fields


def numbers(text: str) -> list[str]:
    return [text[mark.start : mark.end] for mark in find_marks(text)]


# Which numbers are marked


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("by 31% and 1,024.5 s", ["31", "1,024.5"]),
        ("halves it, doubling it, tripled, twice", ["halves", "doubling", "tripled", "twice"]),
        ("half of it, one third, two-thirds, a quarter", ["half", "one third", "two-thirds", "quarter"]),
        ("an order of magnitude, two orders-of-magnitude", ["order of magnitude", "two orders-of-magnitude"]),
        ("a three-fold gain, tenfold", ["three-fold", "tenfold"]),
        ("three times faster, a factor of two, five percent", ["three", "two", "five"]),
        ("zero loss", ["zero"]),
        ("sub-50ms, near-100%, $\\geq80\\%$, x4", ["50", "100", "80", "4"]),
        ("in 2024x less", ["2024"]),
        ("1.5x/1.2x", ["1.5", "1.2"]),
        ("from 5 to 7", ["5", "7"]),
        ("5.5B dollars; 3.2 bits", ["3.2"]),
    ],
)
def test_numbers_that_may_report_a_result_are_marked(text: str, found: list[str]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    "text",
    ["GPT-4", "A100", "ResNet-50", "Llama-3.1", "p99", "v1.5", "in 2024", "3D", "3-D", "4-bit", "7B", "a 5-layer net"],
)
def test_parts_of_names_years_and_sizes_are_not(text: str) -> None:
    assert numbers(text) == []


@pytest.mark.parametrize(
    "text",
    ["1.2-2.5x", "1.2x-2.5x", "1.2×–2.5×", "10%-20%", "10\\%--20\\%", "$2\\times$-$3\\times$", "2~3", "2 - 3x"],
)
def test_a_range_is_marked_once(text: str) -> None:
    assert len(numbers(text)) == 1


def test_marks_have_a_limit() -> None:
    assert len(find_marks("5 " * 200)) == MAX_MARKS


# The question


def test_the_prompt_has_the_abstract_twice_and_each_mark_before_the_words_that_hold_its_number() -> None:
    assert prompt_text("TileForge: A Compiler", ABSTRACT, find_marks(ABSTRACT)) == (
        "Title: TileForge: A Compiler\n"
        f"Abstract: {ABSTRACT}\n"
        "Again: TileForge cuts energy by [1] 31% and time by up to "
        "[2] $1.5\\times$ over Halide, after [3] 20 tuning "
        "runs. It goes from [4] 3 ms to [5] 2 ms [6] (1.5x/[7] 1.2x) and [8] halves memory.\n"
        "Claims:\n"
    )


TEXTS = st.lists(st.sampled_from([*" .,()$%-/x~", "5", "12", "1.5", "GPT", "half", "\\times", "words"])).map("".join)


@given(TEXTS)
def test_marking_adds_its_marks_and_nothing_else(text: str) -> None:
    marks = find_marks(text)
    with_marks = marked(text, marks)
    assert re.findall(r"\[(\d+)\] ", with_marks) == [str(number) for number in range(1, len(marks) + 1)]
    assert re.sub(r"\[\d+\] ", "", with_marks) == text


# The answer


def test_an_answer_has_a_line_for_each_mark() -> None:
    claims = [
        claim("31%", baseline="Halide"),
        claim("up to $1.5\\times$", metric="time", baseline="Halide"),
        claim("from 3 ms to 2 ms", metric="time"),
        claim("1.5x", metric="time"),
        claim("halves", metric="memory", hardware="A100"),
    ]
    assert write(claims, ABSTRACT, find_marks(ABSTRACT)) == (
        "[1] 31% | energy | decrease | better | TileForge | Halide | - | -\n"
        "[2] up to $1.5\\times$ | time | decrease | better | = | = | - | -\n"
        "[3] no\n"
        "[4] from 3 ms to 2 ms | = | decrease | better | = | - | - | -\n"
        "[5] no\n"
        "[6] 1.5x | = | decrease | better | = | - | - | -\n"
        "[7] no\n"
        "[8] halves | memory | decrease | better | = | - | A100 | -\n"
    )


def test_the_same_words_twice_are_two_marks() -> None:
    text = "5% less energy, 5% less time, and 5% more work"
    lines = write([claim("5%"), claim("5%", metric="time")], text, find_marks(text)).splitlines()
    assert [line.split(" | ")[0] for line in lines] == ["[1] 5%", "[2] 5%", "[3] no"]


def test_what_has_no_mark_or_cannot_be_written_is_left_out() -> None:
    marks = find_marks(ABSTRACT)
    assert write([claim("4%"), claim("31%", method="a | b")], ABSTRACT, marks) == write([], ABSTRACT, marks)


WORDS = st.text("abc5% ", min_size=1).map(str.strip).filter(lambda words: words not in {"", "-", "="})
FIELDS = st.fixed_dictionaries({
    "metric": WORDS, "direction": st.sampled_from(["increase", "none"]), "effect": st.just("better"),
    "method": WORDS, "baseline": WORDS | st.none(), "hardware": WORDS | st.none(), "setting": WORDS | st.none(),
})  # fmt: skip


@given(st.lists(FIELDS, max_size=6), st.randoms())
def test_what_is_written_is_read_back(fields: list[dict[str, Any]], rng: Any) -> None:
    text = " ".join(f"by {number}%" for number in range(10, 20))
    places = sorted(rng.sample(range(10, 20), len(fields)))
    claims = [{"improvement": f"{number}%", **rest} for number, rest in zip(places, fields, strict=True)]
    assert [line.claim for line in read(write(claims, text, find_marks(text)))] == claims


def test_a_line_tells_its_place_in_the_answer() -> None:
    answer = "[1] no\n[2] 5% | time | decrease | better | A | - | - | -\n"
    (line,) = read(answer)
    assert line.span == Span(7, len(answer))


@pytest.mark.parametrize("answer", ["", "[1] no\n", "[1] 5% | time\n", "5% | a | b | c | d | e | f | g\n", "\n[1]"])
def test_anything_else_says_nothing(answer: str) -> None:
    assert read(answer) == []


def test_an_answer_that_is_cut_off_says_what_is_whole() -> None:
    line = "[1] 5% | time | decrease | better | A | - | - | -\n"
    assert len(read(line + "[2] 6% | = | decrease | better | = | - | - | -")) == 1
