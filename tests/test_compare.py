"""Comparing methods: direct claims, and the way through shared baselines."""

from dataclasses import asdict
from typing import Any

import duckdb
import pytest
from factories import WORK, fill, make_claim, make_extraction, make_paper

from extractor.compare import Comparison, compare_all, compare_baseline, compare_methods, leaderboard, shared_baselines
from extractor.errors import StoreError, UsageError
from extractor.factors import Factor
from extractor.papers import Paper
from extractor.records import ClaimRecord
from extractor.store import Store


def test_every_method_against_a_baseline_best_first_within_its_family(store: Store) -> None:
    fill(
        store,
        {"method": "Alpha", "factor": Factor(1.2, 1.5)},
        {"method": "Beta", "factor": Factor(None, 3.0), "baseline": "the serving system vLLM"},
        {"method": "Gamma", "factor": Factor(None, None), "baseline": "SGLang and vLLM"},
        {"method": "Delta", "metric": "latency", "metric_family": "latency"},
        {"method": "Epsilon", "baseline": "SGLang"},
    )
    found = compare_baseline(store.path, "vllm")
    assert [(one.family, one.method, one.factor_high) for one in found] == [
        ("latency", "Delta", 2.0), ("speed", "Beta", 3.0), ("speed", "Alpha", 1.5), ("speed", "Gamma", None),
    ]  # fmt: skip
    assert [one.method for one in compare_baseline(store.path, "vLLM", family="latency")] == ["Delta"]


def test_a_direct_comparison_tells_everything_about_its_claim(store: Store) -> None:
    (paper,) = fill(store, {"method": "Alpha", "hardware": "one GPU", "setting": "GLUE", "factor": Factor(2.0, 2.5)})
    assert compare_baseline(store.path, "vLLM") == [
        Comparison(
            direct=True,
            method="Alpha",
            baseline="vLLM",
            metric="speed",
            family="speed",
            factor_low=2.0,
            factor_high=2.5,
            improvement="2x",
            hardware="one GPU",
            setting="GLUE",
            paper=paper.title,
            paper_id=paper.paper_id,
            evidence=paper.abstract,
            method_key="alpha",
            baseline_key="vllm",
        )
    ]


def test_two_methods_meet_through_a_shared_baseline(store: Store) -> None:
    one, two = fill(
        store, {"method": "Alpha", "factor": Factor(2.0, 3.0)}, {"method": "Beta", "factor": Factor(1.0, 1.5)}
    )
    (found,) = compare_methods(store.path, "alpha", "beta")
    assert (found.direct, found.method, found.baseline, found.via) == (False, "Alpha", "Beta", "vLLM")
    assert (found.factor_low, found.factor_high) == (pytest.approx(2.0 / 1.5), pytest.approx(3.0))
    assert [(leg.method, leg.baseline, leg.paper, leg.paper_id) for leg in found.path] == [
        ("Alpha", "vLLM", one.title, one.paper_id), ("Beta", "vLLM", two.title, two.paper_id),
    ]  # fmt: skip
    assert found.warnings == ("different papers",)
    assert found.improvement is found.evidence is found.paper is None


def test_the_way_back_is_the_reciprocal(store: Store) -> None:
    fill(store, {"method": "Alpha", "factor": Factor(2.0, 3.0)}, {"method": "Beta", "factor": Factor(1.0, 1.5)})
    (there,), (back,) = compare_methods(store.path, "Alpha", "Beta"), compare_methods(store.path, "Beta", "Alpha")
    assert there.factor_low is not None
    assert there.factor_high is not None
    assert (back.factor_low, back.factor_high) == (
        pytest.approx(1 / there.factor_high), pytest.approx(1 / there.factor_low),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "factor"),
    [
        (Factor(None, 3.0), Factor(1.5, 1.5), (None, 2.0)),
        (Factor(3.0, None), Factor(None, 1.5), (2.0, None)),
        (Factor(3.0, 3.0), Factor(None, 1.5), (2.0, None)),
    ],
)
def test_an_open_end_stays_open(
    store: Store, first: Factor, second: Factor, factor: tuple[float | None, float | None]
) -> None:
    fill(store, {"method": "Alpha", "factor": first}, {"method": "Beta", "factor": second})
    (found,) = compare_methods(store.path, "Alpha", "Beta")
    assert (found.factor_low, found.factor_high) == factor


def test_two_upper_bounds_say_nothing_and_the_comparison_says_so(store: Store) -> None:
    fill(store, {"method": "Alpha", "factor": Factor(None, 3.0)}, {"method": "Beta", "factor": Factor(None, 1.5)})
    (found,) = compare_methods(store.path, "Alpha", "Beta")
    assert found.factor_low is found.factor_high is None
    assert found.warnings == ("different papers", "the stated bounds leave the factor open")


def test_warnings_name_what_differs(store: Store) -> None:
    fill(
        store,
        {"method": "Alpha", "metric": "throughput", "setting": "GLUE", "hardware": "A100"},
        {"method": "Beta", "metric": "token throughput", "setting": None, "hardware": "H100"},
        {"method": "Gamma", "metric": "Throughput", "setting": "glue", "hardware": "A-100"},
    )
    (found,) = compare_methods(store.path, "Alpha", "Beta")
    assert found.warnings == (
        "different metrics: throughput / token throughput",
        "different settings: GLUE / not stated",
        "different hardware: A100 / H100",
        "different papers",
    )
    assert found.metric is found.setting is found.hardware is None
    (alike,) = compare_methods(store.path, "Alpha", "Gamma")
    assert alike.warnings == ("different papers",)


def test_direct_claims_come_first_in_both_directions(store: Store) -> None:
    fill(
        store,
        {"method": "Alpha"},
        {"method": "Beta"},
        {"method": "Alpha", "baseline": "Beta", "factor": Factor(1.1, 1.1)},
        {"method": "Beta", "baseline": "Alpha", "metric_family": "memory"},
    )
    found = compare_methods(store.path, "Alpha", "Beta")
    assert [(one.direct, one.method, one.baseline, one.via) for one in found] == [
        (True, "Beta", "Alpha", None), (True, "Alpha", "Beta", None), (False, "Alpha", "Beta", "vLLM"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "second",
    [
        {"baseline": "existing systems"},
        {"metric_family": "latency"},
        {"baseline": "SGLang"},
        {"baseline": None},
        {"factor": Factor(None, None)},
    ],
)
def test_no_way_leads_through_what_is_not_comparable(store: Store, second: dict[str, object]) -> None:
    first = {"baseline": "existing systems"} if second.get("baseline") == "existing systems" else {}
    fill(store, {"method": "Alpha"} | first, {"method": "Beta"} | second)
    assert compare_methods(store.path, "Alpha", "Beta") == []


def test_a_store_without_names_says_so(store: Store) -> None:
    with pytest.raises(UsageError, match="the store names none yet"):
        compare_baseline(store.path, "vLLM")
    fill(store, {"method": "our approach", "baseline": "existing methods"})
    with pytest.raises(UsageError, match="the store names none yet"):
        compare_baseline(store.path, "vLLM")


def test_a_method_that_is_no_baseline_has_no_comparisons(store: Store) -> None:
    fill(store, {"method": "Alpha"})
    assert compare_baseline(store.path, "Alpha") == []


def test_filters_by_family_hardware_and_year(store: Store) -> None:
    fill(
        store,
        {"method": "Alpha", "hardware": "8 NVIDIA A-100 GPUs"},
        {"method": "Beta", "hardware": "an A100", "metric_family": "latency"},
        {"method": "Gamma", "hardware": "H100"},
        {"method": "Delta"},
        dates=["Jan 2, 2025", "2024", "May 2023"],
    )

    def methods(**filters: Any) -> list[str]:
        found = compare_all(store.path, **filters)
        assert {one.method for one in compare_baseline(store.path, "vLLM", **filters)} == {one.method for one in found}
        return sorted(one.method for one in found)

    assert methods() == ["Alpha", "Beta", "Delta", "Gamma"]
    assert methods(hardware="a100") == ["Alpha", "Beta"]
    assert methods(since=2024) == ["Alpha", "Beta"], "what has no year is left out"
    assert methods(since=2025) == methods(hardware="A100", family="speed") == ["Alpha"]
    assert methods(hardware="MI300") == []


def test_claims_of_which_the_model_was_not_sure_can_be_left_out(store: Store) -> None:
    fill(
        store,
        {"method": "Alpha", "confidence": 0.9},
        {"method": "Beta", "confidence": 0.4},
        {"method": "Gamma", "confidence": None},
    )
    found = compare_baseline(store.path, "vLLM", min_confidence=0.5)
    assert {one.method for one in found} == {"Alpha", "Gamma"}, "what has no confidence stays"
    ranked = leaderboard(store.path, "speed", min_confidence=0.9)
    assert {one.method for one in ranked} == {"Alpha", "Gamma"}
    assert len(compare_all(store.path, min_confidence=0.0)) == 3


def test_filters_hold_for_both_claims_of_an_indirect_comparison(store: Store) -> None:
    fill(store, {"method": "Alpha", "hardware": "A100"}, {"method": "Beta", "hardware": "H100"})
    assert len(compare_methods(store.path, "Alpha", "Beta", family="speed")) == 1
    assert compare_methods(store.path, "Alpha", "Beta", family="latency") == []
    assert compare_methods(store.path, "Alpha", "Beta", hardware="A100") == []


def test_metrics_of_which_no_word_is_known_are_only_compared_with_themselves(store: Store) -> None:
    unknown = {"metric_family": "other"}
    fill(
        store,
        {"method": "Alpha", "metric": "zebra count"} | unknown,
        {"method": "Beta", "metric": "carbon print"} | unknown,
        {"method": "Gamma", "metric": "Zebra Count"} | unknown,
    )
    assert compare_methods(store.path, "Alpha", "Beta") == []
    assert len(compare_methods(store.path, "Alpha", "Gamma")) == 1


def test_each_shared_baseline_gives_a_line(store: Store) -> None:
    fill(
        store, *({"method": method, "baseline": baseline} for method in ("Alpha", "Beta") for baseline in ("X1", "Y1"))
    )
    assert [one.via for one in compare_methods(store.path, "Alpha", "Beta")] == ["X1", "Y1"]


def test_a_method_between_two_others_multiplies_its_factors(store: Store) -> None:
    fill(
        store,
        {"method": "Alpha", "baseline": "Middle", "factor": Factor(2.0, 3.0)},
        {"method": "Middle", "baseline": "Omega", "factor": Factor(1.5, 2.0)},
    )
    (found,) = compare_methods(store.path, "Alpha", "Omega")
    assert (found.direct, found.method, found.baseline, found.via) == (False, "Alpha", "Omega", "Middle")
    assert (found.factor_low, found.factor_high) == (pytest.approx(3.0), pytest.approx(6.0))
    assert [(leg.method, leg.baseline) for leg in found.path] == [("Alpha", "Middle"), ("Middle", "Omega")]
    (back,) = compare_methods(store.path, "Omega", "Alpha")
    assert (back.factor_low, back.factor_high) == (pytest.approx(1 / 6), pytest.approx(1 / 3))


def test_a_chain_keeps_the_end_that_is_open(store: Store) -> None:
    fill(
        store,
        {"method": "Alpha", "baseline": "Middle", "factor": Factor(None, 3.0)},
        {"method": "Middle", "baseline": "Omega", "factor": Factor(1.5, 2.0)},
    )
    (found,) = compare_methods(store.path, "Alpha", "Omega")
    assert (found.factor_low, found.factor_high) == (None, pytest.approx(6.0))


def test_no_chain_has_more_than_one_name_between(store: Store) -> None:
    fill(
        store,
        *({"method": one, "baseline": other} for one, other in (("Alpha", "M1"), ("M1", "N1"), ("N1", "Omega"))),
    )
    assert compare_methods(store.path, "Alpha", "Omega") == []


def test_two_baselines_meet_through_a_method_that_two_papers_measured(store: Store) -> None:
    fill(
        store,
        {"method": "Alpha", "baseline": "X1", "factor": Factor(2.0, 2.0)},
        {"method": "Alpha", "baseline": "Y1", "factor": Factor(3.0, 3.0)},
    )
    (found,) = compare_methods(store.path, "X1", "Y1")
    assert (found.via, found.factor_low, found.warnings) == ("Alpha", pytest.approx(1.5), ("different papers",))


def test_of_thousands_of_claims_on_one_way_the_comparable_and_the_latest_are_paired(store: Store) -> None:
    """Without that, the pairs would grow with the square of the claims."""
    papers = [make_paper(number, date=str(1990 + number)) for number in range(1, 31)]
    store.add_papers(papers)

    def claims(paper: Paper, number: int) -> list[ClaimRecord]:
        alpha = make_claim(paper, method="Alpha", setting="GLUE" if number == 3 else f"task {number}")
        return [alpha, make_claim(paper, 2, method="Beta", setting="GLUE" if number == 5 else f"work {number}")]

    run = store.start_run(WORK, options={})
    store.save(run, [make_extraction(paper, *claims(paper, n)) for n, paper in enumerate(papers, 1)])
    found = compare_methods(store.path, "Alpha", "Beta")
    assert len(found) == 10 * 10 + 21, "ten a side, and those that one paper compares"
    pairs = {tuple(leg.paper for leg in one.path) for one in found}
    assert {("Paper 3", "Paper 5"), ("Paper 30", "Paper 29"), ("Paper 1", "Paper 1")} < pairs
    assert ("Paper 30", "Paper 1") not in pairs


def test_a_limit_keeps_the_first(store: Store) -> None:
    fill(store, *({"method": f"M{n}", "baseline": b} for b in ("X1", "Y1") for n in range(3)), {"baseline": "Y1"})
    assert compare_baseline(store.path, "X1", limit=2) == compare_baseline(store.path, "X1")[:2]
    assert compare_all(store.path, limit=5) == compare_all(store.path)[:5]
    assert leaderboard(store.path, "speed", limit=5) == leaderboard(store.path, "speed")[:5]
    assert shared_baselines(store.path, limit=1) == shared_baselines(store.path)[:1]
    assert compare_methods(store.path, "M1", "M2", limit=1) == compare_methods(store.path, "M1", "M2")[:1]


def test_one_claim_against_two_baselines_does_not_rank_them(store: Store) -> None:
    fill(store, {"method": "Alpha", "baseline": "X1 and Y1"})
    assert compare_methods(store.path, "X1", "Y1") == []


def test_a_leaderboard_ranks_within_each_baseline(store: Store) -> None:
    fill(
        store,
        {"method": "Alpha", "factor": Factor(2.0, 2.0)},
        {"method": "Beta", "factor": Factor(None, 3.0)},
        {"method": "Gamma", "factor": Factor(None, None)},
        {"method": "Delta", "baseline": "SGLang"},
        {"method": "Epsilon", "metric_family": "latency"},
        {"method": "Zeta", "baseline": "existing systems"},
    )
    assert [(one.baseline, one.place, one.method) for one in leaderboard(store.path, "speed")] == [
        ("vLLM", 1, "Beta"), ("vLLM", 2, "Alpha"), ("SGLang", 1, "Delta"),
    ], "the baseline that most methods share first"  # fmt: skip
    assert [one.method for one in leaderboard(store.path, "Speed", baseline="the vLLM system")] == ["Beta", "Alpha"]
    assert leaderboard(store.path, "energy") == leaderboard(store.path, "speed", since=2030) == []


def test_shared_baselines_leave_generic_ones_out(store: Store) -> None:
    fill(
        store,
        {"method": "Alpha", "metric_family": "latency"},
        {"method": "Beta"},
        {"method": "Alpha", "baseline": "existing systems"},
        {"method": "Beta", "baseline": "existing systems"},
    )
    (shared,) = shared_baselines(store.path)
    assert asdict(shared) == {
        "key": "vllm", "name": "vLLM", "methods": 2, "papers": 2, "claims": 2, "families": ("latency", "speed"),
    }  # fmt: skip
    assert shared_baselines(store.path, min_methods=3) == []


def test_sql_gives_the_same(store: Store) -> None:
    fill(store, {"method": "Alpha", "factor": Factor(2.0, 3.0)}, {"method": "Beta", "factor": Factor(1.0, 1.5)})
    (found,) = compare_methods(store.path, "Alpha", "Beta")
    with duckdb.connect(str(store.path), read_only=True) as connection:
        row = connection.execute(
            "SELECT direct, via, factor_low, factor_high, path[1].method, path[2].evidence, warnings "
            "FROM compare_methods('Alpha', 'Beta')"
        ).fetchone()
    assert row == (
        False, found.via, found.factor_low, found.factor_high, "Alpha", found.path[1].evidence, list(found.warnings),
    )  # fmt: skip


def test_a_missing_store_is_an_error(store: Store) -> None:
    store.path.unlink()
    with pytest.raises(StoreError, match="no such store"):
        shared_baselines(store.path)
