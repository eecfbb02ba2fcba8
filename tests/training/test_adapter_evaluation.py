"""Evaluating an adapter: reading what the model answered, and keeping what the program would keep."""

import json

import pytest

from training.data import Example
from training.evaluate import claims_of, grounded

CLAIM = {
    "improvement": "2.3x",
    "metric": "speed",
    "direction": "increase",
    "effect": "better",
    "method": "TileForge",
    "baseline": None,
    "hardware": None,
    "setting": None,
}
WHOLE = json.dumps({"claims": [CLAIM, {**CLAIM, "metric": "energy"}]}, separators=(",", ":"))
SECOND = WHOLE.index(',{"improvement"')


def test_a_whole_answer_gives_all_claims():
    assert [c["metric"] for c in claims_of(WHOLE)] == ["speed", "energy"]


@pytest.mark.parametrize("end", [SECOND + 2, SECOND + 40, len(WHOLE) - 3])
def test_an_answer_cut_off_gives_its_complete_claims(end):
    assert claims_of(WHOLE[:end]) == [CLAIM]


@pytest.mark.parametrize("end", [0, 5, SECOND - 10])
def test_an_answer_cut_off_in_its_first_claim_gives_none(end):
    assert claims_of(WHOLE[:end]) == []


def test_repetitions_and_claims_that_do_not_stand_in_the_paper_are_left_out():
    example = Example("p1", "TileForge", "It runs 2.3x faster.", ())
    invented = {**CLAIM, "improvement": "9x"}
    assert grounded([CLAIM, CLAIM, invented], example) == [CLAIM]
