"""Augmentation: every variant's labels are as true as the original's."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.augment import (
    Variants,
    distract,
    drop_sentences,
    epoch_examples,
    idle_sentences,
    invented_name,
    is_faithful,
    is_name,
    rename,
    renumber,
    restyle,
    sentences,
    swap,
    without_claims,
)
from training.data import Example

TEXT = (
    "Stencil kernels are memory bound. We present TileForge, an autotuner for GPU stencils, e.g. heat diffusion. "
    "On NVIDIA A100 GPUs TileForge runs 2.3x faster than HalideX on heat diffusion and cuts energy by 18%. "
    "Accuracy rises from 91.25% to 92.60%. It needs 12 tuning runs of TileForge-L."
)


def claim(improvement, metric, **fields):
    blank = {
        "direction": "increase",
        "effect": "better",
        "method": "TileForge",
        "baseline": None,
        "hardware": None,
        "setting": None,
    }
    return {"improvement": improvement, "metric": metric, **blank, **fields}


EXAMPLE = Example(
    "p1",
    "TileForge: fast stencils",
    TEXT,
    (
        claim("2.3x", "speed", baseline="HalideX", hardware="NVIDIA A100 GPUs", setting="heat diffusion"),
        claim("18%", "energy", direction="decrease"),
        claim("from 91.25% to 92.60%", "Accuracy"),
    ),
)


@pytest.mark.parametrize("text", ["TileForge", "BERT", "vLLM", "AccLLM", "T-Prune", "ZeRO"])
def test_made_up_words_are_names(text):
    assert is_name(text)


@pytest.mark.parametrize("text", ["the proposed method", "Quantization", "ResNet-50", "we", "X"])
def test_phrases_and_plain_words_are_not(text):
    assert not is_name(text)


def test_sentences_do_not_end_at_decimals_or_abbreviations():
    assert len(sentences(TEXT)) == 5
    assert " ".join(sentences(TEXT)) == TEXT


@pytest.mark.parametrize("seed", range(20))
def test_invented_names_are_short_words(seed):
    assert re.fullmatch(r"[A-Za-z][A-Za-z-]{2,15}", invented_name(random.Random(seed)))


@pytest.mark.parametrize("seed", range(20))
def test_a_new_name_stands_everywhere_the_old_one_stood(seed):
    renamed = rename(EXAMPLE, random.Random(seed))
    assert is_faithful(EXAMPLE, renamed)
    named = {c[field] for c in renamed.claims for field in ("method", "baseline")}
    for name in ("TileForge", "HalideX"):
        assert (name in named) == bool(re.search(rf"{name}(?!\w)", f"{renamed.title} {renamed.abstract}"))


def test_another_string_takes_the_place_of_one_of_a_field_everywhere():
    swapped = swap(EXAMPLE, random.Random(1), "hardware", ["an FPGA", "Jetson boards", "TileForge"])
    assert "On Jetson boards TileForge runs" in swapped.abstract
    assert [c["hardware"] for c in swapped.claims] == ["Jetson boards", None, None]


def test_a_string_takes_no_place_where_an_article_would_be_wrong_or_that_a_name_has():
    assert swap(EXAMPLE, random.Random(1), "hardware", ["an FPGA", "the TPU"]) == EXAMPLE
    assert swap(EXAMPLE, random.Random(1), "baseline", ["existing methods"]) == EXAMPLE


def test_sentences_that_report_nothing_can_distract():
    assert idle_sentences(EXAMPLE) == []
    other = EXAMPLE.with_text("", "It has 7 parts. They are old. It is 2x faster.", [claim("2x", "speed")])
    assert idle_sentences(other) == ["It has 7 parts."]
    longer = distract(EXAMPLE, random.Random(1), ["It has 7 parts."])
    assert sorted(sentences(longer.abstract)) == sorted([*sentences(TEXT), "It has 7 parts."])
    assert longer.claims == EXAMPLE.claims


def test_new_numbers_leave_changes_from_a_to_b_and_setup_alone():
    renumbered = renumber(EXAMPLE, random.Random(1))
    assert [c["improvement"] for c in renumbered.claims][2] == "from 91.25% to 92.60%"
    assert "12 tuning runs" in renumbered.abstract
    assert renumbered.claims[0]["improvement"] != "2.3x"
    assert is_faithful(EXAMPLE, renumbered)


@pytest.mark.parametrize("seed", range(12))
def test_another_notation_changes_text_and_claims_alike(seed):
    restyled = restyle(EXAMPLE, random.Random(seed))
    assert is_faithful(EXAMPLE, restyled)
    assert [re.findall(r"[\d.]+", c["improvement"]) for c in restyled.claims] == [["2.3"], ["18"], ["91.25", "92.60"]]


def test_notations_of_latex_become_plain_and_back():
    texts = {restyle(EXAMPLE, random.Random(seed)).claims[0]["improvement"] for seed in range(60)}
    assert texts == {"2.3x", "2.3×", "2.3X", r"$2.3\times$", r"\(2.3\times\)", r"2.3$\times$"}


def test_dropping_sentences_keeps_those_with_claims():
    shorter = drop_sentences(EXAMPLE, random.Random(0), share=1.0)
    assert shorter.abstract == " ".join(sentences(TEXT)[2:4])
    assert shorter.claims == EXAMPLE.claims


def test_a_text_without_its_claims_has_an_empty_answer():
    empty = without_claims(EXAMPLE)
    assert empty is not None
    assert empty.claims == ()
    assert "18%" not in empty.abstract
    assert "12 tuning runs" in empty.abstract


def test_a_text_that_could_still_hold_a_claim_is_no_negative():
    twice = EXAMPLE.with_text(EXAMPLE.title, TEXT + " In all, energy falls by 18 percent.", list(EXAMPLE.claims))
    words = EXAMPLE.with_text(EXAMPLE.title, TEXT + " It halves the cost.", list(EXAMPLE.claims))
    assert without_claims(twice) is None
    assert without_claims(words) is None


def test_a_string_that_left_the_text_is_noticed():
    lost = EXAMPLE.with_text("Fast stencils", TEXT.replace("HalideX", "it"), list(EXAMPLE.claims))
    assert not is_faithful(EXAMPLE, lost)


@given(st.integers())
def test_every_variant_is_faithful(seed):
    assert is_faithful(EXAMPLE, Variants([EXAMPLE, EXAMPLE], random.Random(seed)).of(EXAMPLE))


def test_abstracts_that_were_not_seen_come_as_they_are_and_all_epochs_repeat_exactly():
    data = [EXAMPLE, Example("p2", "Nothing measured", "We discuss stencils. They are old.", ())]
    assert epoch_examples(data, 0, seed=1, negatives=5, seen=False)[:2] == data
    first, again = (epoch_examples(data, 1, seed=1, negatives=5, seen=True) for _ in range(2))
    assert first == again != data
    assert first[-1].claims == ()
