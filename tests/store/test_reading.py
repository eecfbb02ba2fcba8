"""Reading: papers by id or title, counts, and what each model did."""

import pytest
from factories import MOMENT, WORK, make_claim, make_drop, make_extraction, make_paper, save

from extractor.errors import AmbiguousError, UsageError
from extractor.papers import Source
from extractor.records import Work
from extractor.store import Counts, Store, WorkSummary


def test_papers_of_one_document(store: Store) -> None:
    store.add_papers([make_paper(1), make_paper(2, sources=(Source("other.txt", 1), Source("papers.txt", 2)))])
    assert [paper.title for paper in store.papers(document="other.txt")] == ["Paper 2"]
    assert [paper.title for paper in store.papers(document="papers.txt")] == ["Paper 1", "Paper 2"]
    assert store.papers(document="none.txt") == []


def test_a_paper_is_found_by_id_prefix_title_or_part_of_it(store: Store) -> None:
    paper = make_paper(title="Attention Is 100% All You Need_")
    store.add_papers([paper, make_paper(2), make_paper(3, title="Paper 2, revisited")])
    for wanted in (paper.paper_id, paper.paper_id[:6], paper.paper_id[:6].upper(), "attention is", "100%", "NEED_"):
        assert store.paper(wanted) == paper
    assert store.paper("paper 2") == make_paper(2), "the whole title wins over a longer one that holds it"


@pytest.mark.parametrize("wanted", ["Retention", "0" * 20, "100_"])
def test_an_unknown_paper_is_a_usage_error(store: Store, wanted: str) -> None:
    store.add_papers([make_paper()])
    with pytest.raises(UsageError, match=r"no paper in .* has the id or title"):
        store.paper(wanted)


def test_an_ambiguous_paper_is_a_usage_error_with_the_first_candidates(store: Store) -> None:
    papers = [make_paper(number) for number in range(1, 24)]
    store.add_papers(papers)
    with pytest.raises(AmbiguousError, match=r"^'paper' means 23 papers; give one's id$") as raised:
        store.paper("paper")
    *first, rest = raised.value.candidates
    assert first == [f"{paper.paper_id} {paper.title}" for paper in papers[:20]]
    assert rest == "and 3 more"


def test_counts_and_works(store: Store) -> None:
    papers = [make_paper(number) for number in range(1, 5)]
    store.add_papers(papers)
    other = Work("other-model", "claims", "p2", "s1")
    extractions = [
        make_extraction(papers[0], make_claim(papers[0]), dropped=(make_drop(),)),
        make_extraction(papers[1], status="failed", error="no answer", cost=None, calls=()),
        make_extraction(papers[2], status="refused"),
        make_extraction(papers[0], make_claim(papers[0]), work=other, days=1, status="truncated", cost=None),
    ]
    save(store, *extractions)
    assert store.counts() == Counts(papers=4, extracted=1, extractions=4, claims=2, dropped_claims=1)
    later, first = store.works()
    assert later.work == other
    assert (later.truncated, later.cost, later.claims) == (1, None, 1)
    assert first == WorkSummary(
        WORK, ok=1, truncated=0, refused=1, failed=1, claims=1, dropped_claims=1, calls=2, prompt_tokens=1400,
        completion_tokens=180, cost=0.002, last_at=MOMENT,
    )  # fmt: skip


def test_tokens_of_a_replaced_extraction_do_not_count(store: Store) -> None:
    paper = make_paper()
    store.add_papers([paper])
    for _ in range(2):
        store.save(store.start_run(WORK, options={}), [make_extraction(paper)])
    (summary,) = store.works()
    assert (summary.calls, summary.prompt_tokens, summary.cost) == (1, 700, 0.001)
