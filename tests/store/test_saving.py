"""Writing: papers and extractions go in once, whole, and come back as they were."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta, timezone

import duckdb
import pytest
from factories import MOMENT, WORK, make_claim, make_drop, make_extraction, make_paper, save

from extractor.errors import StoreError
from extractor.papers import Source
from extractor.records import Call, Work
from extractor.store import Store, check_store


def query(store: Store, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(store.path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_papers_come_back_as_they_were(store: Store) -> None:
    paper = make_paper(
        authors=("Ada Łukasz", "李"),
        n_authors=2,
        subject="LG",
        date="Jan 16, 2025",
        published=date(2025, 1, 16),
        upvotes=3,
        external_id="x1",
        url="https://example.org/?a=1",
        doi="10.1/2",
        arxiv_id="2501.00001",
        sources=(Source("b.txt", 2), Source("a.txt", 1)),
    )
    assert store.add_papers([paper, make_paper(2)]) == 2
    assert store.papers() == [paper, make_paper(2)]


def test_a_known_paper_only_gains_what_it_lacked(store: Store) -> None:
    store.add_papers([make_paper(subject="LG")])
    again = make_paper(subject="CV", date="2025", authors=("Ada",), sources=(Source("papers.txt", 1), Source("b", 9)))
    assert store.add_papers([again, make_paper(2)]) == 1
    known = make_paper(subject="LG", date="2025", authors=("Ada",), sources=(Source("papers.txt", 1), Source("b", 9)))
    assert store.papers() == [known, make_paper(2)]


def test_duplicates_within_a_batch_are_one_paper(store: Store) -> None:
    twice = [make_paper(), make_paper(doi="10.1/2", sources=(Source("b", 1), Source("b", 1)))]
    assert store.add_papers(iter(twice)) == 1
    assert store.papers() == [make_paper(doi="10.1/2", sources=(Source("papers.txt", 1), Source("b", 1)))]


def test_threads_with_stores_of_their_own_store_each_paper_once(store: Store) -> None:
    papers = [make_paper(number) for number in range(100)]
    with ThreadPoolExecutor(4) as threads:
        new = list(threads.map(lambda _: Store(store.path).add_papers(papers), range(4)))
    assert sorted(new) == [0, 0, 0, 100]
    assert check_store(store.path) == []


def test_a_failure_leaves_nothing_but_its_calls_beside_a_success(store: Store) -> None:
    paper = make_paper()
    store.add_papers([paper])
    failed = make_extraction(paper, days=1, status="failed", error="x", dropped=(make_drop(),))
    save(store, make_extraction(paper, make_claim(paper)), failed)
    (extraction,) = store.extractions(paper.paper_id)
    assert (extraction.status, extraction.dropped) == ("ok", ())
    assert check_store(store.path) == []


def test_no_papers_is_no_problem(store: Store) -> None:
    assert store.add_papers([]) == 0
    store.save(store.start_run(WORK, options={}), [])
    assert store.done(WORK, []) == set()


@pytest.mark.parametrize(
    "title", ["lone \ud800 surrogate", "nul \0 byte", "'; DROP TABLE papers; --", "e\u0301 🙂 \x1b[31m"]
)
def test_any_text_can_be_stored(store: Store, title: str) -> None:
    store.add_papers([make_paper(title=title)])
    assert [paper.title for paper in store.papers()] == [title.replace("\ud800", "\ufffd")]


def test_extractions_come_back_as_they_were(store: Store) -> None:
    paper = make_paper(abstract="In words, Transformers and Galaxy are beaten: 2x faster than both, 5 points better.")
    plain = make_claim(paper, baseline="Transformers and Galaxy", hardware="one GPU", setting="GLUE")
    bare = make_claim(paper, 2, improvement="5 points", quantity=None, baseline=None)
    calls = (
        Call("answer", MOMENT, 1.5, 429, None, 0, 0, 0, "too many requests"),
        Call("re-ask", MOMENT, 0.5, 200, "stop", 700, 600, 90),
    )
    extraction = make_extraction(paper, plain, bare, calls=calls, dropped=(make_drop("one"), make_drop("two")))
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={"concurrency": 8}), [extraction])
    assert store.extractions(paper.paper_id) == [extraction]
    assert [baseline.name for baseline in plain.baselines] == ["Transformers", "Galaxy"]


def test_times_are_kept_as_moments_whatever_their_zone(store: Store) -> None:
    paper = make_paper()
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=9)))
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, finished_at=elsewhere)])
    assert store.extractions(paper.paper_id)[0].finished_at == MOMENT
    assert query(store, "SELECT finished_at FROM extractions") == [(MOMENT.replace(tzinfo=None),)]


def test_saving_again_replaces_claims_and_drops(store: Store) -> None:
    paper, other = make_paper(), make_paper(2)
    store.add_papers([paper, other])
    first = make_extraction(paper, make_claim(paper), make_claim(paper, 2), dropped=(make_drop(),))
    untouched = make_extraction(other, make_claim(other))
    store.save(store.start_run(WORK, options={}), [first, untouched])

    second = make_extraction(paper, make_claim(paper, method="Renamed"), days=1)
    store.save(store.start_run(WORK, options={}), [second])

    assert store.extractions(paper.paper_id) == [second]
    assert store.extractions(other.paper_id) == [untouched]
    assert check_store(store.path) == []
    assert query(store, "SELECT count(*) FROM calls") == [(3,)], "the first answer was paid for as well"


def test_the_baselines_of_a_replacement_keep_their_order(store: Store) -> None:
    paper = make_paper()
    again = make_extraction(paper, make_claim(paper, baseline="Y, X, A and B"), days=1)
    store.add_papers([paper])
    save(store, make_extraction(paper, make_claim(paper)), again)
    assert store.extractions(paper.paper_id) == [again]


def test_a_repetition_that_failed_leaves_what_is_stored_but_for_its_calls(store: Store) -> None:
    paper = make_paper()
    good, failed = make_extraction(paper, make_claim(paper)), make_extraction(paper, status="failed", days=1)
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={}), [good])
    store.save(store.start_run(WORK, options={}), [failed])
    assert store.extractions(paper.paper_id) == [good]
    assert query(store, "SELECT count(*) FROM calls") == [(2,)]
    assert query(store, "SELECT count(*) FROM claim") == [(1,)]
    assert check_store(store.path) == []


def test_saving_the_same_twice_in_one_run_adds_nothing(store: Store) -> None:
    paper = make_paper()
    extraction = make_extraction(paper, make_claim(paper), dropped=(make_drop(),))
    store.add_papers([paper])
    run = store.start_run(WORK, options={})
    store.save(run, [extraction, extraction])
    store.save(run, [extraction])
    assert store.extractions(paper.paper_id) == [extraction]
    assert query(store, "SELECT (SELECT count(*) FROM calls), (SELECT count(*) FROM claims)") == [(1, 1)]


def test_two_works_stand_side_by_side(store: Store) -> None:
    paper = make_paper()
    other = Work("bigger-model", WORK.prompt, WORK.prompt_hash, WORK.schema_hash)
    store.add_papers([paper])
    one, two = make_extraction(paper), make_extraction(paper, make_claim(paper), work=other, days=1)
    save(store, one, two)
    assert store.extractions(paper.paper_id) == [two, one]


def test_an_extraction_is_of_the_model_prompt_and_schema_of_its_run(store: Store) -> None:
    paper = make_paper()
    store.add_papers([paper])
    run = store.start_run(WORK, options={})
    other = make_extraction(paper, work=Work("bigger-model", WORK.prompt, WORK.prompt_hash, WORK.schema_hash))
    with pytest.raises(StoreError, match="1 extractions of another model, prompt or schema than their run's"):
        store.save(run, [make_extraction(paper), other])
    assert store.counts().extractions == 0


def test_an_extraction_of_an_unknown_paper_writes_nothing(store: Store) -> None:
    store.add_papers([make_paper()])
    run = store.start_run(WORK, options={})
    with pytest.raises(StoreError, match="1 extractions of papers that the store does not hold"):
        store.save(run, [make_extraction(make_paper()), make_extraction(make_paper(2))])
    assert store.counts().extractions == 0


@pytest.mark.parametrize(("status", "done"), [("ok", True), ("truncated", True), ("refused", True), ("failed", False)])
def test_done_is_what_need_not_be_repeated(store: Store, status: str, done: bool) -> None:
    paper, new = make_paper(), make_paper(2)
    store.add_papers([paper, new])
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, status=status)])
    wanted = [paper.paper_id, new.paper_id]
    assert store.done(WORK, wanted) == ({paper.paper_id} if done else set())
    assert store.done(replace(WORK, prompt_hash="changed"), wanted) == set()
    assert store.done(WORK, [new.paper_id]) == set()


def test_runs_tell_how_they_went(store: Store) -> None:
    killed = store.start_run(WORK, options={})
    finished = store.start_run(WORK, options={"concurrency": 8})
    store.finish_run(finished, outcome="completed", summary={"claims": 0})
    rows = query(
        store, "SELECT run_id, outcome, options->>'concurrency', summary->>'claims' FROM runs ORDER BY outcome"
    )
    assert rows == [(finished, "completed", "8", "0"), (killed, "interrupted", None, None)]


def test_a_flush_too_big_for_its_memory_is_written_with_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.store.store._LITTLE_MEMORY", {"memory_limit": "2MB"})
    paper = make_paper()
    store.add_papers([paper])
    run = store.start_run(WORK, options={})
    store.save(run, [replace(make_extraction(paper), reply="x" * 8_000_000)])
    (found,) = store.extractions(paper.paper_id)
    assert len(found.reply or "") == 8_000_000


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO meta VALUES ('key', 'value')",
        "UPDATE runs SET outcome = 'failed'",
        "DELETE FROM runs",
        "ALTER TABLE runs ADD COLUMN other INTEGER",
    ],
)
def test_no_log_is_written_beside_the_store(store: Store, statement: str) -> None:
    store.start_run(WORK, options={})
    with store.writing() as connection:
        store.path.with_name(f"{store.path.name}.wal").mkdir()  # where DuckDB would write one
        connection.execute(statement)
