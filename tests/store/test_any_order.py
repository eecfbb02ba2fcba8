"""Whatever is written in whichever order, the store holds what a plain account of it does."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from factories import WORK, make_claim, make_drop, make_extraction, make_paper
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.papers import Paper, Source, merge_papers
from extractor.records import Extraction, Work
from extractor.store import Store, check_store, write_part
from extractor.store.rows import extraction_id

WORKS = (WORK, replace(WORK, model="bigger-model"))

numbers = st.integers(1, 2)
papers = st.builds(
    lambda number, shout, details, sources: make_paper(
        number, **({"title": f"PAPER {number}"} if shout else {}), **details, sources=tuple(sources)
    ),
    numbers,
    st.booleans(),
    st.fixed_dictionaries({}, optional={"authors": st.just(("Ada", "Bo")), "doi": st.sampled_from(("10/1", "10/2"))}),
    st.lists(st.builds(Source, st.sampled_from("ab"), st.integers(1, 2)), max_size=2, unique=True),
)
answers = st.tuples(numbers, st.sampled_from(("ok", "truncated", "refused", "failed")), st.integers(0, 3))
several = st.lists(answers, min_size=1, max_size=2, unique_by=lambda answer: answer[0])
steps = st.one_of(
    st.lists(papers, min_size=1, max_size=5),
    st.tuples(st.just("save"), st.sampled_from(WORKS), several),
    st.tuples(st.just("load"), several, several),
)


class Account:
    """Papers, extractions and paid runs, as the store should hold them."""

    def __init__(self) -> None:
        self.papers: dict[str, Paper] = {}
        self.extractions: dict[str, Extraction] = {}
        self.paid: set[tuple[str, str]] = set()

    def add(self, added: list[Paper]) -> None:
        self.papers = {paper.paper_id: paper for paper in merge_papers([*self.papers.values(), *added])}

    def extracted(self, work: Work, answers: list[tuple[int, str, int]]) -> list[Extraction]:
        """The answers about papers that are stored."""
        return [
            make_extraction(
                paper,
                *([make_claim(paper, baseline="X and Y")] if status in ("ok", "truncated") else []),
                work=work,
                status=status,
                days=days,
                dropped=(make_drop(),) * (days % 2),
            )
            for number, status, days in answers
            if (paper := self.papers.get(make_paper(number).paper_id)) is not None
        ]

    def take(self, run: str, extraction: Extraction, *, only_newer: bool) -> None:
        """One that is saved takes the place of an earlier one; one that is loaded only where it is newer or better."""
        name = extraction_id(extraction.paper_id, extraction.work)
        self.paid.add((name, run))
        known = self.extractions.get(name)
        if known is not None:
            worse = extraction.status == "failed" and known.status != "failed"
            better = known.status == "failed" and extraction.status != "failed"
            if worse or (only_newer and not better and known.finished_at >= extraction.finished_at):
                return
        self.extractions[name] = extraction

    def latest(self) -> set[str]:
        successes = sorted(
            (one.finished_at, name, one.paper_id)
            for name, one in self.extractions.items()
            if one.status in ("ok", "truncated")
        )
        return set({paper_id: name for _, name, paper_id in successes}.values())


def assert_holds(store: Store, account: Account) -> None:
    assert {paper.paper_id: paper for paper in store.papers()} == account.papers
    stored = [extraction for paper_id in account.papers for extraction in store.extractions(paper_id)]
    assert {extraction_id(one.paper_id, one.work): one for one in stored} == account.extractions
    with duckdb.connect(str(store.path), read_only=True) as connection:
        latest = connection.execute("SELECT extraction_id FROM extractions WHERE latest").fetchall()
        paid = connection.execute("SELECT extraction_id, run_id FROM calls").fetchall()
    assert {name for (name,) in latest} == account.latest()
    assert sorted(paid) == sorted(account.paid)
    assert check_store(store.path) == []


@settings(max_examples=10)
@given(st.lists(steps, min_size=3, max_size=6))
def test_the_store_holds_what_was_written(written: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        store, account = Store.open(Path(folder) / "claims.duckdb", create=True), Account()
        store.add_papers([make_paper()])
        account.add([make_paper()])
        for number, step in enumerate(written):
            match step:
                case ("save", work, answers):
                    run, extractions = store.start_run(work, options={}), account.extracted(work, answers)
                    store.save(run, extractions)
                    for extraction in extractions:
                        account.take(run, extraction, only_newer=False)
                case ("load", *loaded):
                    parts = []
                    for place, (work, answers) in enumerate(zip(WORKS, loaded, strict=True)):
                        run, extractions = f"{number}-{place}", account.extracted(work, answers)
                        parts.append(Path(folder) / run)
                        write_part(parts[-1], [], run, extractions)
                        for extraction in extractions:
                            account.take(run, extraction, only_newer=True)
                    store.load(parts)
                case added:
                    assert store.add_papers(added) == len({one.paper_id for one in added} - account.papers.keys())
                    account.add(added)
        assert_holds(store, account)
