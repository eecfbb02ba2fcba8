"""The parts of a report that need no browser: abstracts in pieces, scales of plots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.report.charts import scale_of
from extractor.report.evidence import Evidence, locate, pieces

places = st.tuples(st.integers(-3, 30), st.integers(-3, 30))


@given(st.text(max_size=25), st.lists(places, max_size=5))
def test_the_pieces_are_the_abstract_and_each_knows_what_covers_it(abstract: str, spans: list[tuple[int, int]]) -> None:
    evidence = [locate(abstract, start, end, abstract[max(start - 2, 0) : max(end, 0) + 2]) for start, end in spans]
    cut = pieces(abstract, evidence)
    assert "".join(piece.text for piece in cut) == abstract
    assert all(piece.text for piece in cut)
    for number, one in enumerate(evidence):
        assert "".join(piece.text for piece in cut if number in piece.numbers) == abstract[one.start : one.end]
        sentence = "".join(piece.text for piece in cut if number in piece.sentences)
        assert sentence == abstract[one.sentence_start : one.sentence_end]
        assert abstract[one.start : one.end] in sentence


def test_a_sentence_that_stands_twice_is_the_one_around_the_number() -> None:
    abstract = "It is 2x. And again. It is 2x. End."
    assert locate(abstract, 27, 29, "It is 2x.") == Evidence(27, 29, 21, 30)
    assert locate(abstract, 6, 8, "It is 2x.") == Evidence(6, 8, 0, 9)
    assert locate(abstract, 6, 8, "It is 3x.") == Evidence(6, 8, 6, 8)


@given(st.lists(st.floats(1e-300, 1e300)))
def test_a_scale_holds_1_and_all_factors_and_has_few_ticks(factors: list[float]) -> None:
    scale = scale_of(factors)
    assert scale.low < min([1.0, *factors]) <= max([1.0, *factors]) < scale.high
    assert 1.0 in scale.ticks
    assert 1 <= len(scale.ticks) <= 7


@pytest.mark.parametrize(
    ("factors", "ticks"),
    [
        ([1.05], (0.9, 1.0, 1.1, 1.2)),
        ([0.95, 1.5], (1.0, 1.2, 1.5)),
        ([3.0], (1.0, 1.2, 1.5, 2.0, 3.0)),
        ([0.5, 11.2], (0.5, 1.0, 2.0, 5.0, 10.0)),
        ([0.02, 900.0], (0.1, 1.0, 10.0, 100.0, 1000.0)),
        ([1e6], (1.0, 100.0, 1e4, 1e6)),
    ],
)
def test_ticks_are_round(factors: list[float], ticks: tuple[float, ...]) -> None:
    assert scale_of(factors).ticks == ticks
