"""What a paper supports of an answer, where it stands, and what the model is told about the rest."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from extractor.contract import Claim
from extractor.grounding import REPEATED, Folded, GroundedAnswer, GroundedClaim, GroundingError, Passage

TITLE = "Larkspur: Batching Queries"


def claim(improvement: str, **fields: Any) -> Claim:
    given = {
        "metric": "speed", "direction": "increase", "effect": "better",
        "method": "Larkspur", "baseline": None, "hardware": None, "setting": None,
    }  # fmt: skip
    return Claim(improvement=improvement, **(given | fields))


def ground(abstract: str, improvement: str, **fields: Any) -> GroundedClaim:
    grounded = Passage(TITLE, abstract).ground(claim(improvement, **fields))
    assert abstract[grounded.span.start : grounded.span.end] == grounded.claim.improvement
    assert grounded.claim.improvement in grounded.sentence
    assert grounded.sentence in abstract
    return grounded


def fault(abstract: str, improvement: str, **fields: Any) -> str:
    with pytest.raises(GroundingError) as caught:
        ground(abstract, improvement, **fields)
    return str(caught.value)


# The words that report the number


@pytest.mark.parametrize(
    ("abstract", "answered", "kept"),
    [
        ("It is 2x faster.", "2x", "2x"),
        ("It takes from 717 ms\nto 151 ms.", "from 717 ms to 151 ms", "from 717 ms\nto 151 ms"),
        ("It is 1.5 x faster.", "1.5x", "1.5 x"),
        ("It is 1.5x faster.", "1.5 x", "1.5x"),
        (r"It is $5\times$ faster.", r"$5\times$", r"$5\times$"),
        (r"It is $5 \times $ faster.", r"$5\times$", r"$5 \times $"),
        (r"It takes 10\,ms less.", "10 ms", r"10\,ms"),
        (r"It takes 10~ms less.", "10ms", "10~ms"),
        (r"It takes 1\;\quad2{}3 ms less.", "123 ms", r"1\;\quad2{}3 ms"),
        ("It takes 10\N{NO-BREAK SPACE}ms less.", "10 ms", "10\N{NO-BREAK SPACE}ms"),
        ("It is ~5x faster.", "~5x", "~5x"),
        ("It is (~5x) faster.", "~ 5x", "~5x"),
        ("Energy halves on the web trace.", "halves", "halves"),
        ("A two-fold gain.", "two-fold", "two-fold"),
        ("Faster by an order of magnitude.", "an order of magnitude", "an order of magnitude"),
    ],
)
def test_the_number_is_kept_as_the_abstract_spells_it(abstract: str, answered: str, kept: str) -> None:
    assert ground(abstract, answered).claim.improvement == kept


@pytest.mark.parametrize(
    ("abstract", "answered"),
    [
        ("It saves 15%.", "5%"),
        ("It saves 1.5%.", "5%"),
        ("It saves 1,500 ms.", "500 ms"),
        ("It is 2.5x faster.", "2"),
        ("It takes 1,024 ms.", "1"),
        ("It saves 300 ms.", "30"),
        ("It takes 10 msec.", "10 ms"),
        ("It is 2xlarge.", "2x"),
    ],
)
def test_no_number_or_word_is_cut_in_two(abstract: str, answered: str) -> None:
    assert "does not stand in the abstract letter for letter" in fault(abstract, answered)


def test_the_place_that_does_not_cut_a_number_is_found_behind_one_that_would() -> None:
    assert ground("From 15% and 1.5% to 5%.", "5%").span.start == 21


@pytest.mark.parametrize("stop", [".", ",", ";", ")"])
def test_punctuation_after_a_number_does_not_hide_it(stop: str) -> None:
    ground(f"It saves 5{stop} And more.", "5")


def test_case_counts_in_numbers() -> None:
    assert "letter for letter" in fault("It is 22X faster.", "22x")


def test_the_title_does_not_hold_evidence() -> None:
    with pytest.raises(GroundingError, match="does not stand in the abstract"):
        Passage("2x Faster Queries", "Larkspur is fast.").ground(claim("2x"))


# Which of several places


def test_of_several_places_the_one_with_the_metric_in_its_sentence_is_taken() -> None:
    abstract = "It is 5% larger. Its latency is 5% lower. Its cost is 5% higher."
    assert ground(abstract, "5%", metric="latency").sentence == "Its latency is 5% lower."


def test_of_equal_places_the_one_after_the_claim_before_is_taken() -> None:
    abstract = "It saves 5% of time and 5% of energy."
    first, second = Passage(TITLE, abstract).ground_all([claim("5%", metric="time"), claim("5%", metric="energy")])[0]
    assert (first.span.start, second.span.start) == (9, 24)


def test_a_place_with_the_metric_goes_before_the_order_of_claims() -> None:
    abstract = "The latency falls by 5%. The cost falls by 7% and the size by 5%."
    claims = [claim("7%", metric="cost"), claim("5%", metric="latency")]
    assert [one.span.start for one in Passage(TITLE, abstract).ground_all(claims)[0]] == [43, 21]


def test_a_metric_inside_another_word_does_not_count() -> None:
    abstract = "Its speed is 5% higher. The speedup of others is 5%."
    claims = [claim("higher"), claim("5%", metric="speedup"), claim("5%", metric="speed")]
    assert [one.span.start for one in Passage(TITLE, abstract).ground_all(claims)[0]] == [49, 13]


def test_a_place_that_an_earlier_claim_of_the_metric_has_taken_goes_last() -> None:
    abstract = "It improves accuracy by 5% on CIFAR. On ImageNet, it gains another 5% over ViT."
    claims = [claim("5%", metric="accuracy", setting=setting) for setting in ("CIFAR", "ImageNet", "ViT")]
    kept, dropped = Passage(TITLE, abstract).ground_all(claims)
    assert [(one.claim.setting, one.span.start) for one in kept] == [("CIFAR", 24), ("ImageNet", 67)]
    assert dropped == [(claims[2], REPEATED)]


# Names


@pytest.mark.parametrize("field", ["method", "baseline", "hardware", "setting", "metric"])
def test_names_stand_in_the_abstract_and_keep_its_spelling(field: str) -> None:
    grounded = ground("It is 2x better in Big\nThings on it.", "2x", **{field: "big things"})
    assert getattr(grounded.claim, field) == "Big\nThings"


def test_names_may_stand_in_the_title() -> None:
    assert ground("It is 2x faster.", "2x", method="LARKSPUR").claim.method == "Larkspur"


def test_the_exact_spelling_goes_before_another_case() -> None:
    assert ground("A LLAMA is no Llama; 2x.", "2x", method="Llama").claim.method == "Llama"


def test_a_singular_is_found_in_its_plural_and_no_word_in_another() -> None:
    assert ground("On GPUs it is 2x faster.", "2x", hardware="GPU").claim.hardware == "GPU"
    assert fault("On Pipestage it is 2x faster.", "2x", setting="Pipe").startswith('setting "Pipe"')
    assert fault("On a Raspberry it is 2x faster.", "2x", setting="berry").startswith('setting "berry"')


def test_names_are_found_in_scripts_that_write_no_blanks() -> None:
    assert ground("我们的方法比基线快2倍。", "2倍", method="方法", baseline="基线").claim.method == "方法"


def test_null_needs_no_support() -> None:
    assert ground("It is 2x faster.", "2x").claim.baseline is None


@pytest.mark.parametrize("noun", ["speed", "Performance", "COST"])
def test_a_plain_noun_may_stand_for_a_metric_that_is_only_implied(noun: str) -> None:
    assert ground("It is 2x faster.", "2x", metric=noun).claim.metric == noun


# What the model is told


def test_an_improvement_without_a_number_is_told_to_report_one() -> None:
    told = fault("It is much faster.", "much faster")
    assert told == 'improvement "much faster" holds no number: copy the words that report the number'


def test_an_invented_number_is_told_to_be_copied_or_left_out() -> None:
    told = fault("It is 2x faster.", "3x")
    assert told.startswith('improvement "3x" does not stand in the abstract letter for letter: copy it exactly')


@pytest.mark.parametrize(
    ("field", "way_out"),
    [
        ("baseline", "use null"),
        ("hardware", "use null"),
        ("setting", "use null"),
        ("method", "use words of the text"),
        ("metric", "one of accuracy, cost, "),
    ],
)
def test_an_invented_name_is_told_where_it_should_stand(field: str, way_out: str) -> None:
    told = fault("It is 2x faster.", "2x", **{field: "Zinnia"})
    assert told.startswith(f'{field} "Zinnia" stands neither in title nor abstract: ')
    assert way_out in told


@pytest.mark.parametrize("field", ["method", "baseline", "metric", "improvement"])
def test_empty_words_stand_nowhere(field: str) -> None:
    fields = {"improvement": "2x"} | {field: " \u200b"}
    assert fault("It is 2x faster.", **fields).startswith(field)


def test_what_is_quoted_to_the_model_is_short_and_printable() -> None:
    told = fault("It is 2x faster.", "9\x1b[31m\n" * 1000)
    assert told.isprintable()
    assert len(told) < 250


# Whole answers


def test_claims_that_fail_are_dropped_with_their_reasons_and_the_others_kept() -> None:
    claims = [claim("2x"), claim("3x"), claim("5%", method="Zinnia"), claim("5%")]
    kept, dropped = Passage(TITLE, "It is 2x faster at 5% more memory.").ground_all(claims)
    assert [one.claim for one in kept] == [claims[0], claims[3]]
    assert [(one, reason.split()[0]) for one, reason in dropped] == [
        (claims[1], "improvement"),
        (claims[2], "method"),
    ]


def test_an_optional_field_that_the_paper_does_not_hold_is_emptied_and_the_result_kept() -> None:
    wrong = claim("5%", baseline="Zinnia", hardware="an abacus", setting="memory")
    (kept,), dropped = Passage(TITLE, "It is 2x faster at 5% more memory.").ground_all([wrong])
    assert (kept.claim.baseline, kept.claim.hardware, kept.claim.setting) == (None, None, "memory")
    assert kept.mended == 'baseline "Zinnia" stands neither in title nor abstract: use null'
    assert dropped == []


def test_a_repeated_claim_is_dropped_whatever_its_case_and_spacing() -> None:
    claims = [claim("2 x"), claim("2x", method="LARKSPUR")]
    kept, dropped = Passage(TITLE, "It is 2 x faster.").ground_all(claims)
    assert len(kept) == 1
    assert dropped == [(claims[1], REPEATED)]


def test_one_place_makes_one_claim_a_metric() -> None:
    claims = [claim("2x"), claim("2x", metric="energy"), claim("2x", setting="the web"), claim("2x", baseline="vLLM")]
    kept, dropped = Passage(TITLE, "It beats vLLM 2x on the web.").ground_all(claims)
    assert [one.claim for one in kept] == claims[:2]
    assert dropped == [(claims[2], REPEATED), (claims[3], REPEATED)]


def test_the_same_number_in_another_place_is_another_claim() -> None:
    claims = [claim("2x", setting="the web"), claim("2x", setting="files")]
    kept, _ = Passage(TITLE, "It is 2x faster on the web and 2x on files.").ground_all(claims)
    assert [one.claim for one in kept] == claims


def test_validation_reports_all_faults_at_once() -> None:
    passage = Passage(TITLE, "It is 2x faster.")
    answer = {"claims": [claim(words).model_dump() for words in ("2x", "3x", "fast")]}
    with pytest.raises(ValidationError) as caught:
        GroundedAnswer.model_validate(answer, context={"passage": passage})
    told = caught.value.errors()[0]["msg"].splitlines()
    assert [line[: len('claim 2: improvement "3x"')] for line in told] == [
        'claim 2: improvement "3x"',
        'claim 3: improvement "fas',
    ]


def test_validation_without_a_passage_only_checks_the_schema() -> None:
    GroundedAnswer.model_validate({"claims": [claim("anything").model_dump()]})


# Sentences


@pytest.mark.parametrize(
    ("abstract", "answered", "sentence"),
    [
        ("A is slow. B is 2x faster! C is not.", "2x", "B is 2x faster!"),
        ("It beats A, e.g. B, by 2x. More.", "2x", "It beats A, e.g. B, by 2x."),
        ("It beats Chen et al. By 2x. More.", "2x", "It beats Chen et al. By 2x."),
        ("It (cf. Fig. 3) is 2x faster than J. Doe's. More.", "2x", "It (cf. Fig. 3) is 2x faster than J. Doe's."),
        ("It gains avg. 2.3x and max. 4x on GPUs. More.", "2.3x", "It gains avg. 2.3x and max. 4x on GPUs."),
        ("It takes ca. 3 GB incl. 1 GB, min. 2 GB. More.", "2 GB", "It takes ca. 3 GB incl. 1 GB, min. 2 GB."),
        ("Old. It takes 2 min. Others take 9.", "2 min", "It takes 2 min."),
        ("Old. It is 2.5x faster. More.", "2.5x", "It is 2.5x faster."),
        ('He said "it is 2x faster." Then more.', "2x", 'He said "it is 2x faster."'),
        ("Is it 2x faster... maybe. More.", "2x", "Is it 2x faster... maybe."),
        ("It is 2x faster", "2x", "It is 2x faster"),
        ("It is fast by 2x. More.", "2x.", "It is fast by 2x."),
        ("Up from 3. 5 is it. More.", "3. 5", "Up from 3. 5 is it."),
    ],
)
def test_the_evidence_is_the_sentence_around_the_number(abstract: str, answered: str, sentence: str) -> None:
    assert ground(abstract, answered).sentence == sentence


# Any text

CHARACTERS = st.sampled_from("ab5%2x.,~\n\\${}éß方-") | st.characters(codec="utf-8")
ABSTRACTS = st.text(CHARACTERS | st.just(" "), max_size=60)
WORDS = st.text(CHARACTERS.filter(lambda c: not c.isspace()), min_size=1, max_size=8).filter(
    lambda word: not word.endswith("\\")  # a backslash takes the blank that follows to itself
)
BLANKS = st.sampled_from([" ", "\n", "  ", "\N{NO-BREAK SPACE}"])


@given(st.lists(WORDS), st.lists(WORDS), WORDS, st.lists(WORDS), st.lists(WORDS), BLANKS)
@example(["about"], [], "~", [], [], " ")
@example(["5"], [], "0", [], [], "\n")
def test_words_around_a_number_stand_in_the_abstract(
    before: list[str], left: list[str], word: str, right: list[str], after: list[str], blank: str
) -> None:
    words = [*left, f"{word}7", *right]
    abstract = blank.join([*before, *words, *after])
    grounded = ground(abstract, " ".join(words))
    assert Folded(grounded.claim.improvement).folded == Folded(" ".join(words)).folded


@given(ABSTRACTS, ABSTRACTS, ABSTRACTS, ABSTRACTS)
def test_arbitrary_answers_are_grounded_or_refused(title: str, abstract: str, words: str, name: str) -> None:
    passage = Passage(title, abstract)
    try:
        grounded = passage.ground(claim(words, method=name, metric=name, baseline=name))
    except GroundingError:
        return
    assert abstract[grounded.span.start : grounded.span.end] == grounded.claim.improvement
    assert grounded.claim.improvement in grounded.sentence


@pytest.mark.parametrize("noise", ["." * 50_000, "5% and " * 8_000, "It is 5% less. " * 4_000, "{}" * 50_000])
def test_hostile_lengths_are_grounded_like_any_other(noise: str) -> None:
    """Work that grows with the square of the length would take minutes here."""
    assert ground(f"It is 2x faster. {noise} It costs 5% less.", "5%", metric="cost").claim.improvement == "5%"
