"""Comparing methods: which of them a typed name or family means, and names that mean another one in each paper."""

import duckdb
import pytest
from factories import WORK, fill, make_claim, make_extraction, make_paper

from extractor.aliases import Aliases
from extractor.compare import compare_all, compare_baseline, compare_methods, leaderboard, shared_baselines
from extractor.errors import UsageError
from extractor.factors import Factor
from extractor.store import Store


def test_an_unknown_name_is_an_error_with_the_nearest_ones(store: Store) -> None:
    fill(store, {"method": "FlashInfer"}, {"method": "PowerInfer"})
    with pytest.raises(UsageError, match="no method or baseline 'flash-infr' in the store; did you mean 'FlashInfer'"):
        compare_methods(store.path, "flash-infr", "PowerInfer")
    with pytest.raises(UsageError, match=r"no method or baseline 'qqq' in the store$"):
        compare_baseline(store.path, "qqq")


def test_a_method_is_not_compared_with_itself(store: Store) -> None:
    fill(store, {"method": "Alpha"})
    with pytest.raises(UsageError, match="'Alpha' and 'ALPHA' are one method"):
        compare_methods(store.path, "Alpha", "ALPHA")


def test_an_unknown_family_is_an_error_that_lists_them(store: Store) -> None:
    with pytest.raises(UsageError, match=r"no metric family 'sped'; there are .*latency"):
        compare_baseline(store.path, "vLLM", family="sped")


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("sped", r"did you mean 'speed'"),
        ("TTFT", r"did you mean 'latency'\?$"),
        ("qqqq", r"other[^?]*$"),
        ("", r"no metric family ''"),
    ],
)
def test_an_unknown_family_is_answered_with_the_nearest(store: Store, typed: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        compare_all(store.path, family=typed)


@pytest.mark.parametrize("typed", ["training_time", "Training Time", "training-time"])
def test_a_family_is_known_in_any_case_and_spacing(store: Store, typed: str) -> None:
    fill(store, {"metric_family": "training_time"}, {})
    assert [one.family for one in compare_all(store.path, family=typed)] == ["training_time"]


def test_two_baselines_meet_through_a_method_without_a_name_in_one_paper_only(store: Store) -> None:
    one, two = make_paper(1), make_paper(2)
    ours = {"method": "our approach", "factor": Factor(2.0, 2.0)}
    store.add_papers([one, two])
    store.save(
        store.start_run(WORK, options={}),
        [
            make_extraction(
                one,
                make_claim(one, baseline="X1", **ours),
                make_claim(one, 2, baseline="Y1", **ours | {"factor": Factor(3.0, 3.0)}),
            ),
            make_extraction(two, make_claim(two, baseline="Z1", **ours)),
        ],
    )
    (found,) = compare_methods(store.path, "X1", "Y1")
    assert (found.via, found.factor_low, found.warnings) == ("our approach", pytest.approx(1.5), ())
    assert compare_methods(store.path, "X1", "Z1") == [], "two papers' own approaches are two"


def test_a_name_that_is_another_method_in_each_paper_is_not_compared(store: Store) -> None:
    fill(store, {"method": "our approach"}, {"method": "our approach", "factor": Factor(3.0, 3.0)}, {"method": "Beta"})
    with pytest.raises(UsageError, match="'Our Approach' is no single method, but another one in each paper"):
        compare_methods(store.path, "Our Approach", "Beta")
    first, second = leaderboard(store.path, "speed", limit=2)
    assert (first.method, first.paper, second.paper) == ("our approach", "Paper 2", "Paper 1")
    assert first.method_key != second.method_key
    assert [one.methods for one in shared_baselines(store.path)] == [3]


def test_a_class_that_an_alias_gives_a_name_is_compared(store: Store) -> None:
    fill(store, {"method": "our paged attention system"}, {"method": "Beta"}, {"baseline": "existing systems"})
    store.rekey(Aliases(names={"pagedattention": "alpha"}))
    assert len(compare_methods(store.path, "our paged attention system", "Beta")) == 1


CLASSES = ["our method", "the proposed method", "prior methods", "existing methods"]


@pytest.mark.parametrize("typed", CLASSES)
def test_a_spelling_that_no_claim_uses_is_no_more_a_single_method(store: Store, typed: str) -> None:
    fill(store, {"method": "Alpha", "baseline": "existing methods"}, {"method": "Beta"})
    with pytest.raises(UsageError, match=f"'{typed}' is no single method, but another one in each paper"):
        compare_methods(store.path, typed, "Alpha")


@pytest.mark.parametrize("typed", CLASSES[:3])
def test_a_spelling_that_no_claim_uses_is_not_all_the_others(store: Store, typed: str) -> None:
    fill(store, {"method": "Alpha", "baseline": "existing methods"}, {"method": "our new method"})
    with pytest.raises(UsageError, match=f"'{typed}' is no single method"):
        compare_baseline(store.path, typed)
    with pytest.raises(UsageError, match=f"'{typed}' is no single method"):
        leaderboard(store.path, "speed", baseline=typed)
    assert [one.method for one in compare_baseline(store.path, "existing methods")] == ["Alpha"]


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("QuIP#", "quip#"),
        ("QuIP#", "the QuIP# method"),
        ("DARTS", "darts"),
        ("YOLOv8s", "the YOLOv8s model"),
        ("LLaMA-7B (INT4)", "LLaMA 7B INT4"),
        ("SE(3)-Transformer", "the SE(3) Transformer"),
        ("Proximal Policy Optimization", "the Proximal Policy Optimization algorithm"),
    ],
)
def test_names_with_signs_and_brackets_are_found(store: Store, stored: str, typed: str) -> None:
    fill(store, {"baseline": stored})
    assert [one.baseline for one in compare_baseline(store.path, typed)] == [stored]


@pytest.mark.parametrize(
    ("one", "other"),
    [("QuIP#", "QuIP"), ("Qwen2.5-7B", "Qwen2-57B"), ("Llama-2-70B", "Llama 270B"), ("Phi 1.5", "Phi 15")],
)
def test_names_that_differ_in_a_sign_or_between_digits_are_two(store: Store, one: str, other: str) -> None:
    fill(store, {"method": "Alpha", "baseline": one}, {"method": "Beta", "baseline": other})
    for typed in (one, one.lower(), one.upper()):
        assert [found.method for found in compare_baseline(store.path, typed)] == ["Alpha"]
    assert compare_methods(store.path, one, other) == []


def test_a_name_typed_loosely_means_all_that_it_may(store: Store) -> None:
    fill(store, {"method": "Alpha", "baseline": "Qwen2.5-7B"}, {"method": "Beta", "baseline": "Qwen2-57B"})
    assert len(compare_baseline(store.path, "qwen257b")) == 2


def test_a_method_without_a_name_has_all_its_claims(store: Store) -> None:
    fill(store, *({"method": "our approach"} for _ in range(120)))
    with duckdb.connect(str(store.path), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM claims_of('our approach')").fetchall() == [(120,)]


def test_a_leaderboard_of_unknown_names(store: Store) -> None:
    fill(store, {})
    with pytest.raises(UsageError, match="did you mean 'throughput'"):
        leaderboard(store.path, "troughput")
    with pytest.raises(UsageError, match="did you mean 'vLLM'"):
        leaderboard(store.path, "speed", baseline="vLMM")
