"""Which answers the grammar of a paper lets a model give."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from gbnf import Grammar
from hypothesis import example, given
from hypothesis import strategies as st

from extractor.contract import MAX_CLAIMS, Answer, Claim, answer_schema
from extractor.embedded import LONGEST_VERBATIM, EmbeddedClient
from extractor.grounding import NUMBER, GroundingError, Passage
from extractor.ingest import read_papers
from extractor.papers import Paper
from extractor.verbatim import answer_grammar, pieces

ROOT = Path(__file__).parents[1]
TITLE = "LLEP: Balancing Mixtures of Experts"
ABSTRACT = (
    'We present LLEP, an "expert" router for Mixtral-8x7B on 4 A100s. It is 2.5x faster than GShard (up to 1,024 '
    r"experts), halves memory and saves $5\times$ energy on 10\,TB of the étude 语言 corpus."
)


def grammar(title: str = TITLE, abstract: str = ABSTRACT) -> Grammar:
    return Grammar(answer_grammar(Passage(title, abstract)))


def answer(*claims: dict[str, Any]) -> str:
    """The compact JSON that the model was trained to write."""
    fields = tuple(Claim.model_fields)
    ordered = [{field: claim[field] for field in fields} for claim in claims]
    return json.dumps({"claims": ordered}, ensure_ascii=False, separators=(",", ":"))


def claim(**fields: Any) -> dict[str, Any]:
    blank = {
        "improvement": "2.5x", "metric": "speed", "direction": "increase", "effect": "better",
        "method": "LLEP", "baseline": None, "hardware": None, "setting": None,
    }  # fmt: skip
    return blank | fields


# What can be said


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"improvement": "is 2.5x faster than GShard"},
        {"improvement": "halves"},
        {"improvement": "up to 1,024 experts"},
        {"improvement": r"$5\times$"},
        {"improvement": r"10\,TB"},
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
    assert grammar().accepts(answer(claim(**fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {"improvement": "3x"},
        {"improvement": "5x"},
        {"improvement": "2"},
        {"improvement": "1"},
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
        {"method": ""},
        {"method": " LLEP"},
        {"method": "LLEP "},
        {"method": None},
        {"baseline": "null"},
        {"baseline": "GShard ("},
        {"baseline": ") , halves"},
        {"setting": ", halves memory"},
        {"setting": "4 A100s. It is"},
    ],
    ids=str,
)
def test_anything_else_may_not(fields: dict[str, Any]) -> None:
    assert not grammar().accepts(answer(claim(**fields)))


def test_an_answer_holds_any_number_of_claims_up_to_the_limit() -> None:
    rules = grammar()
    assert rules.accepts('{"claims":[]}')
    assert rules.accepts(answer(claim(), claim(improvement="halves", metric="memory")))
    assert rules.accepts(answer(*[claim()] * MAX_CLAIMS))
    assert not rules.accepts(answer(*[claim()] * (MAX_CLAIMS + 1)))


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"claims": []}', '{"claims":[]} ', '{"claims":[],"note":1}', answer(claim())[:-1], "2.5x"],
)
def test_an_answer_is_the_compact_json_of_the_contract(text: str) -> None:
    assert not grammar().accepts(text)


@pytest.mark.parametrize(
    ("title", "abstract"),
    [("", ""), (TITLE, "It is fast."), ("", "(…)"), ("On 5 Things", "")],
)
def test_without_a_number_in_the_abstract_there_is_nothing_to_claim(title: str, abstract: str) -> None:
    assert answer_grammar(Passage(title, abstract)).splitlines() == [r'root ::= "{\"claims\":[]}"']


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
    passage = Passage(title, abstract)
    written = Grammar(answer_grammar(passage)).write(random.Random(seed))
    for claim in Answer.model_validate_json(written).claims:
        try:
            assert passage.ground(claim).mended is None
        except GroundingError as fault:
            assert fault.field == "improvement"  # noqa: PT017
            assert not NUMBER.search(claim.improvement) or claim.improvement in title


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
    refused = [
        row["id"]
        for row in rows
        if row["claims"]
        and not grammar(papers[row["id"]].title, papers[row["id"]].abstract).accepts(answer(*row["claims"]))
    ]
    assert refused == []


# What it costs


@given(TEXTS)
def test_pieces_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text


@pytest.mark.parametrize("period", ["a ", "1 ", "a 1 b ", "(", "x5", "1 2 3 a b c ", "1\\"])
def test_a_grammar_grows_with_its_text_alone(period: str) -> None:
    shorter, longer = (len(answer_grammar(Passage("T", period * n + "T 5"))) for n in (250, 500))
    assert longer < 2.5 * shorter


@given(TEXTS.filter(bool))
def test_no_two_ways_of_going_on_inside_a_string_begin_alike(abstract: str) -> None:
    rules = grammar("", f"{abstract} 5 {abstract}")
    for name in rules.source.keys() - {"root", "claim"}:
        _assert_distinct(rules.rule(name))


def _assert_distinct(expression: Any) -> None:
    kind, ways = expression
    if kind == "any":
        beginnings = [parts[0][1][:1] for _, parts in ways if parts[0][0] == "text"]
        assert len(set(beginnings)) == len(beginnings)
        for _, parts in ways:
            for part in parts:
                _assert_distinct(part)


def test_more_text_than_abstracts_have_is_held_to_the_schema_only() -> None:
    client = EmbeddedClient()
    assert client.constraint(Passage("T", "5 ")) == {"grammar": answer_grammar(Passage("T", "5 "))}
    long = client.constraint(Passage("T", "5" * LONGEST_VERBATIM))
    assert long["response_format"]["json_schema"]["schema"] == answer_schema()
