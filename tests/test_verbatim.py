"""Which answers the grammar of a paper lets a model give."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from gbnf import Grammar
from hypothesis import example, given
from hypothesis import strategies as st

from extractor.contract import Claim
from extractor.grounding import Passage, Span
from extractor.ingest import read_papers
from extractor.marks import find_marks, read, write
from extractor.papers import Paper
from extractor.verbatim import answer_grammar, pieces

ROOT = Path(__file__).parents[1]
TITLE = "LLEP: Balancing Mixtures of Experts"
ABSTRACT = (
    'We present LLEP, an "expert" router for Mixtral-8x7B on 4 A100s. It is 2.5x faster than GShard (up to 1,024 '
    r"experts | more), halves memory and saves $5\times$ energy on 10\,TB of the étude 语言 corpus."
)
MARKS = {"4": 1, "2.5": 2, "1,024": 3, "halves": 4, "5": 5, "10": 6}


def grammar(title: str = TITLE, abstract: str = ABSTRACT) -> Grammar:
    return Grammar(answer_grammar(Passage(title, abstract), find_marks(abstract)))


def answer(line: str, number: int = 2) -> str:
    """An answer with one line that is not "no"."""
    return "".join(f"[{n}] {line if n == number else 'no'}\n" for n in MARKS.values())


def line(**fields: Any) -> str:
    blank = {
        "improvement": "2.5x", "metric": "speed", "direction": "increase", "effect": "better",
        "method": "LLEP", "baseline": None, "hardware": None, "setting": None,
    }  # fmt: skip
    return " | ".join(value or "-" for value in (blank | fields).values())


# What can be said


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"improvement": "is 2.5x faster than GShard"},
        {"metric": "energy"},
        {"metric": "latency"},
        {"metric": "memory and saves"},
        {"direction": "none", "effect": "neutral"},
        {"method": "LLEP: Balancing Mixtures"},
        {"method": 'an "expert" router'},
        {"method": '"expert"'},
        {"baseline": "GShard", "hardware": "A100s", "setting": "Mixtral-8x7B"},
        {"setting": "étude 语言 corpus"},
        {"setting": "言"},
    ],
    ids=str,
)
def test_words_of_the_paper_may_be_written(fields: dict[str, Any]) -> None:
    assert grammar().accepts(answer(line(**fields)))


@pytest.mark.parametrize(
    ("words", "number"), [("up to 1,024 experts", 3), ("halves", 4), (r"$5\times$", 5), (r"10\,TB", 6), ("4 A100s", 1)]
)
def test_an_improvement_holds_the_number_of_its_mark(words: str, number: int) -> None:
    allowed = [n for n in MARKS.values() if grammar().accepts(answer(line(improvement=words), n))]
    assert allowed == [number]


@pytest.mark.parametrize(
    "fields",
    [
        {"improvement": "3x"},
        {"improvement": "2"},
        {"improvement": "5x"},
        {"improvement": "GShard (up to"},
        {"improvement": "on 4 A100s. It is 2.5x"},
        {"improvement": None},
        {"metric": "bandwidth"},
        {"metric": None},
        {"metric": "Speed"},
        {"direction": "up"},
        {"effect": "good"},
        {"method": "LEP"},
        {"method": "LLE"},
        {"method": "llep"},
        {"method": "speed"},
        {"method": "Balancing of Experts"},
        {"method": "Mixtures of Experts We present"},
        {"method": " LLEP"},
        {"method": "LLEP "},
        {"method": None},
        {"baseline": "GShard ("},
        {"baseline": ") , halves"},
        {"setting": "experts | more"},
        {"setting": ", halves memory"},
        {"setting": "4 A100s. It is"},
    ],
    ids=str,
)
def test_anything_else_may_not(fields: dict[str, Any]) -> None:
    assert not grammar().accepts(answer(line(**fields)))


def test_a_field_may_be_the_same_as_before_once_there_is_a_claim() -> None:
    rules, same = grammar(), {"metric": "=", "method": "=", "baseline": "="}
    before, after = line(), line(improvement="halves", **same)
    lines = ["no", before, "no", after, "no", "no"]
    assert rules.accepts("".join(f"[{n}] {words}\n" for n, words in enumerate(lines, 1)))
    assert not rules.accepts(answer(line(**same)))
    assert not rules.accepts(answer(after, 4))


def test_every_mark_has_its_line() -> None:
    rules = grammar()
    assert rules.accepts(answer("no"))
    for faulty in ("", answer("no")[:-1], answer("no")[7:], answer("no") + "[7] no\n", answer(line()) + " "):
        assert not rules.accepts(faulty)


# Two promises


_FRAGMENTS = st.sampled_from([
    " ", "\n", "\u00a0", "\\,", "\\ ", "\\quad", "~", "{}", "{", "}", "$", "%", "(", ")", "-", ".", ",", "“", '"', "\\",
    "\\times", "5", "12", "1.5", "1,024", "x", "X", "²", "half", "two", "fold", "order of magnitude", "seconds", "s",
    "GPU", "LLEP", "the", ". ", "ß", "İ", "é", "e\u0301", "语言", "ǅ", "_", "\t", "\x1f", "\u200b", "\u2028", "😀",
])  # fmt: skip
TEXTS = st.lists(_FRAGMENTS, max_size=25).map("".join) | st.text(max_size=40)


@given(TEXTS, TEXTS, st.integers(0, 2**32))
@example("", "a\\ 5", 0)
@example("\\", "5\n\\quad5", 1)
def test_whatever_may_be_written_stands_in_the_paper(title: str, abstract: str, seed: int) -> None:
    title, abstract = " ".join(title.split()), " ".join(abstract.split())
    marks = find_marks(abstract)
    passage = Passage(title, abstract)
    if marks:
        written = Grammar(answer_grammar(passage, marks)).write(random.Random(seed))
        for said in read(written):
            assert passage.ground(Claim.model_validate(said.claim)).mended is None


@pytest.fixture(scope="module")
def papers() -> dict[str, Paper]:
    rows = [json.loads(line) for line in (ROOT / "tests/gold/seeds.papers.jsonl").read_text().splitlines()]
    by_place = {
        (source.document, source.position): paper
        for paper in read_papers([ROOT / "seeds"])
        if isinstance(paper, Paper)
        for source in paper.sources
    }
    return {row["id"]: by_place[row["document"], row["position"]] for row in rows}


def test_every_gold_answer_may_be_written(papers: dict[str, Paper]) -> None:
    rows = [json.loads(line) for line in (ROOT / "tests/gold/seeds.labels.jsonl").read_text().splitlines()]
    lost = []
    for row in rows:
        title, abstract = (" ".join(text.split()) for text in (papers[row["id"]].title, papers[row["id"]].abstract))
        marks = find_marks(abstract)
        written = write(row["claims"], abstract, marks)
        assert not marks or grammar(title, abstract).accepts(written)
        lost += [claim["improvement"] for claim in row["claims"][len(read(written)) :]]
    assert len(lost) <= 2


# What it costs


@given(TEXTS)
def test_pieces_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text


@pytest.mark.parametrize("period", ["a ", "1 ", "a 1 b ", "(", "x5", "1 2 3 a b c ", "1\\"])
def test_a_grammar_grows_with_its_text_alone(period: str) -> None:
    shorter, longer = (len(answer_grammar(Passage("T", period * n), [Span(0, 1)])) for n in (250, 500))
    assert longer < 2.5 * shorter


@given(TEXTS)
def test_no_two_ways_of_going_on_inside_a_string_begin_alike(abstract: str) -> None:
    rules = grammar("", " ".join(f"{abstract} 5 {abstract}".split()))
    for name in rules.source.keys() - {"root"}:
        _assert_distinct(rules.rule(name))


def _assert_distinct(expression: Any) -> None:
    kind, ways = expression
    if kind == "any":
        beginnings = [parts[0][1][:1] for _, parts in ways if parts[0][0] == "text"]
        assert len(set(beginnings)) == len(beginnings)
        for _, parts in ways:
            for part in parts:
                _assert_distinct(part)
