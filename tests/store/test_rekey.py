"""Applying aliases to what is stored."""

from dataclasses import replace

import pytest
from factories import WORK, make_claim, make_extraction, make_paper, save

from extractor.aliases import Aliases
from extractor.factors import Factor
from extractor.names import name_key
from extractor.quantities import Quantity
from extractor.records import ClaimRecord
from extractor.store import Store, check_store

ALIASES = Aliases(names={"pagedserver": "vllm", "pagedattention": "orca"}, metrics={"zap": "energy"})


PAPER = {"abstract": "2x better. Low Rank Decomposition (LRD) is old."}


def fill(store: Store, **fields: object) -> None:
    paper = make_paper(**PAPER)
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, make_claim(paper, **fields))])


def claim(store: Store) -> ClaimRecord:
    (paper,) = store.papers()
    (extraction,) = store.extractions(paper.paper_id)
    (found,) = extraction.claims
    return found


def test_keys_and_families_follow_the_aliases_and_a_second_time_nothing_changes(store: Store) -> None:
    fill(store, method="Paged Server", baseline="the Paged Server and SGLang", metric="zap", metric_family="other")
    assert store.rekey(ALIASES) == 1
    found = claim(store)
    assert (found.method_key, found.metric_family) == ("vllm", "energy")
    assert [(one.name, one.key) for one in found.baselines] == [("the Paged Server", "vllm"), ("SGLang", "sglang")]
    assert store.rekey(ALIASES) == 0


def test_the_factor_follows_the_family(store: Store) -> None:
    five = Quantity("percent", 5.0, 5.0, "%")
    fill(store, metric="zebra rating", metric_family="other", quantity=five, factor=Factor(1.05, 1.05))
    store.rekey(Aliases(metrics={"zebra rating": "accuracy"}))
    assert claim(store).factor == Factor(None, None), "5 % more accuracy may be points"
    store.rekey(Aliases(metrics={"zebra rating": "speed"}))
    assert claim(store).factor.high == pytest.approx(1.05)


def test_a_name_that_its_paper_abbreviates_has_the_alias_of_the_whole_name(store: Store) -> None:
    fill(store, method="Low Rank Decomposition", method_key="lrd")
    store.rekey(Aliases(names={name_key("Low Rank Decomposition"): "svd"}))
    assert claim(store).method_key == "svd"
    store.rekey(Aliases(names={name_key("Low Rank Decomposition"): "svd", "lrd": "pca"}))
    assert claim(store).method_key == "pca", "the short form is the one that the paper uses"


def test_two_baselines_that_an_alias_joins_are_one_until_it_is_gone(store: Store) -> None:
    fill(store, baseline="SGLang, vLLM and Orca")
    before = claim(store)
    assert store.rekey(Aliases(names={"sglang": "vllm"})) == 1
    assert [(one.name, one.key) for one in claim(store).baselines] == [("SGLang", "vllm"), ("Orca", "orca")]
    assert store.rekey(Aliases(names={"sglang": "vllm"})) == 0
    assert store.rekey(Aliases()) == 1
    assert claim(store) == before
    assert check_store(store.path) == []


def test_a_class_that_stands_for_a_name_is_one(store: Store) -> None:
    fill(store, baseline="paged attention systems")
    assert claim(store).baseline_generic
    store.rekey(ALIASES)
    found = claim(store)
    assert (found.baseline_key, found.baseline_generic) == ("orca", False)
    assert [(one.key, one.generic) for one in found.baselines] == [("orca", False)]


def test_a_method_without_a_name_has_a_key_for_its_paper(store: Store) -> None:
    fill(store, method="our paged attention approach")
    before = claim(store)
    assert (before.method_generic, before.method_key) == (True, f"pagedattention@{make_paper(**PAPER).paper_id}")
    assert store.rekey(Aliases()) == 0
    store.rekey(ALIASES)
    assert (claim(store).method_generic, claim(store).method_key) == (False, "orca")


@pytest.mark.parametrize("bracket", [r"(\textbf{LRD})", "({LRD})", r"($\text{LRD}$)", "\uff08LRD\uff09", "[LRD]"])
def test_an_abbreviation_is_found_in_whichever_bracket(store: Store, bracket: str) -> None:
    abstract = f"Low Rank Decomposition {bracket} is 2x faster than vLLM."
    paper = make_paper(abstract=abstract)
    key, _ = Aliases().identify("Low Rank Decomposition", abstract)
    store.add_papers([paper])
    save(store, make_extraction(paper, make_claim(paper, method="Low Rank Decomposition", method_key=key)))
    assert (key, store.rekey(Aliases())) == ("lrd", 0)


def test_without_aliases_the_first_keys_come_back(store: Store) -> None:
    fill(store, method="Low Rank Decomposition", method_key="lrd", baseline="Paged Server")
    before = claim(store)
    store.rekey(ALIASES)
    assert claim(store) == replace(before, baseline_key="vllm", baselines=claim(store).baselines) != before
    assert store.rekey(Aliases()) == 1
    assert claim(store) == before, "abbreviations are looked up in the abstract"


def test_only_changed_claims_count(store: Store) -> None:
    papers = [make_paper(number) for number in range(1, 21)]
    store.add_papers(papers)
    baselines = ["vLLM", None, "Paged Server", "SGLang and Paged Server"]
    store.save(
        store.start_run(WORK, options={}),
        [
            make_extraction(paper, make_claim(paper, baseline=baselines[n % 4]), make_claim(paper, 2, baseline=None))
            for n, paper in enumerate(papers)
        ],
    )
    assert store.rekey(Aliases()) == 0
    assert store.rekey(ALIASES) == 10


def test_an_empty_store(store: Store) -> None:
    assert store.rekey(ALIASES) == 0
