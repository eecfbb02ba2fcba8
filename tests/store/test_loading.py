"""Bulk loading: Parquet parts go in whole, once, and leave the same store as saving."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from factories import WORK, make_claim, make_drop, make_extraction, make_paper

from extractor.errors import StoreError
from extractor.papers import Paper, Source
from extractor.records import Extraction
from extractor.store import Loaded, Store, check_store, write_part

WritePart = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> WritePart:
    """Writes papers and extractions as a part."""

    def write(name: str, papers: Sequence[Paper], extractions: Sequence[Extraction] = (), run_id: str = "r1") -> Path:
        write_part(tmp_path / name, papers, run_id, extractions)
        return tmp_path / name

    return write


def contents(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(str(store.path), read_only=True) as connection:
        tables = ("papers", "sources", "extractions", "calls", "claims", "claim_baselines", "dropped_claims")
        return {table: connection.execute(f"FROM {table} ORDER BY ALL").fetchall() for table in tables}


def test_a_loaded_part_is_as_if_saved(store: Store, write: WritePart, tmp_path: Path) -> None:
    papers = [make_paper(number, subject="LG") for number in range(1, 4)]
    extractions = [
        make_extraction(papers[0], make_claim(papers[0], baseline="X and Y"), dropped=(make_drop(),)),
        make_extraction(papers[1], make_claim(papers[1]), make_claim(papers[1], 2)),
        make_extraction(papers[2], status="refused"),
    ]
    saved = Store.open(tmp_path / "saved.duckdb", create=True)
    saved.add_papers(papers)
    run = saved.start_run(WORK, options={})
    saved.save(run, extractions)
    part = write("part 1", papers, extractions, run)
    assert store.load([part]) == Loaded(papers=3, extractions=3, claims=3)
    assert contents(store) == contents(saved)
    assert check_store(store.path) == []


def test_loading_again_and_in_any_order_stores_once(store: Store, write: WritePart, tmp_path: Path) -> None:
    one, two, three = (make_paper(number) for number in range(1, 4))
    older = write("a", [one, two], [make_extraction(one, make_claim(one)), make_extraction(two, make_claim(two))])
    newer = write(
        "b",
        [make_paper(2, doi="10.1/2", sources=(Source("b", 1),)), three],
        [make_extraction(two, make_claim(two, method="New"), days=1), make_extraction(three)],
        run_id="r2",
    )
    other = Store.open(tmp_path / "other.duckdb", create=True)
    assert store.load([older, newer]) == Loaded(papers=3, extractions=4, claims=3)
    assert other.load([newer]) == Loaded(papers=2, extractions=2, claims=1)
    assert other.load([older]) == Loaded(papers=1, extractions=1, claims=1)
    assert store.load([newer, older]) == other.load([older, newer]) == Loaded(0, 0, 0)
    (latest,) = store.extractions(two.paper_id)
    assert [claim.method for claim in latest.claims] == ["New"]
    assert store.paper(two.paper_id).doi == other.paper(two.paper_id).doi == "10.1/2"
    for table in ("claims", "calls"):
        assert contents(store)[table] == contents(other)[table]
    assert check_store(store.path) == check_store(other.path) == []


def test_a_failure_never_keeps_a_success_out(store: Store, write: WritePart) -> None:
    paper = make_paper()
    failed = write("failed", [paper], [make_extraction(paper, days=1, status="failed", error="x")], run_id="r2")
    store.load([failed])
    store.load([write("ok", [paper], [make_extraction(paper, make_claim(paper))])])
    (extraction,) = store.extractions(paper.paper_id)
    assert (extraction.status, len(extraction.claims)) == ("ok", 1)
    assert check_store(store.path) == []


def test_claims_that_do_not_stand_in_the_stored_spelling_are_refused(store: Store, write: WritePart) -> None:
    store.add_papers([make_paper(abstract="We \ufb01ne-tune it and it is 2x faster than vLLM.")])
    paper = make_paper(abstract="We fine-tune it and it is 2x faster than vLLM.")
    with pytest.raises(StoreError, match="1 claims do not stand in their abstract as the store has it"):
        store.load([write("a", [paper], [make_extraction(paper, make_claim(paper))])])
    assert store.counts().extractions == 0


def test_a_paper_that_two_parts_hold_is_stored_once_with_both_sources(store: Store, write: WritePart) -> None:
    parts = [write(name, [make_paper(sources=(Source(name, 1),))]) for name in ("a", "b")]
    assert store.load(parts) == Loaded(papers=1, extractions=0, claims=0)
    assert store.papers() == [make_paper(sources=(Source("a", 1), Source("b", 1)))]


def test_of_two_models_that_parts_bring_at_once_the_latest_counts(store: Store, write: WritePart) -> None:
    paper, bigger = make_paper(), replace(WORK, model="bigger-model")
    store.add_papers([paper])
    parts = [
        write("a", [], [make_extraction(paper, make_claim(paper))], run_id="r1"),
        write("b", [], [make_extraction(paper, make_claim(paper), work=bigger, days=1)], run_id="r2"),
    ]
    store.load(parts)
    with duckdb.connect(str(store.path), read_only=True) as connection:
        assert connection.execute("SELECT model FROM claim").fetchall() == [("bigger-model",)]


def test_the_papers_of_a_part_may_stand_in_the_store(store: Store, write: WritePart) -> None:
    store.add_papers([make_paper()])
    assert store.load([write("a", [], [make_extraction(make_paper())])]).extractions == 1


def test_a_part_that_failed_elsewhere_leaves_the_claims_and_brings_its_calls(store: Store, write: WritePart) -> None:
    paper = make_paper()
    store.load([write("a", [paper], [make_extraction(paper, make_claim(paper))])])
    store.load([write("b", [paper], [make_extraction(paper, status="failed", days=1)], run_id="r2")])
    (kept,) = store.extractions(paper.paper_id)
    assert (kept.status, len(kept.claims), len(contents(store)["calls"])) == ("ok", 1, 2)
    assert check_store(store.path) == []


def test_keys_of_a_part_with_other_rules_of_naming_are_computed_anew(store: Store, write: WritePart) -> None:
    paper = make_paper()
    part = write("a", [paper], [make_extraction(paper, make_claim(paper, method="the PagedServer system"))])
    manifest = json.loads((part / "manifest.json").read_text())
    (part / "manifest.json").write_text(json.dumps(manifest | {"naming_rules": 0}))
    store.load([part])
    with duckdb.connect(str(store.path)) as connection:
        connection.execute("UPDATE claims SET method_key = 'by older rules'")
    (extraction,) = Store.open(store.path).extractions(paper.paper_id)
    assert [claim.method_key for claim in extraction.claims] == ["pagedserver"]


def test_wildcards_in_a_folder_s_name_are_letters(store: Store, write: WritePart) -> None:
    wanted = write("it's [1] *?", [make_paper()])
    write("it's 1 xx", [make_paper(2)])
    assert store.load([wanted]).papers == 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda part: (part / "claims.parquet").unlink(), r"bad: not a whole part: 2 claims too few or many"),
        (lambda part: (part / "claims.parquet").write_bytes(b"PAR1"), r"claims\.parquet"),
        (lambda part: (part / "papers.parquet").unlink(), r"2 extractions of papers that the store does not hold"),
        (lambda part: double(part / "extractions.parquet"), r"bad: not a whole part: 2 extractions stand in it twice"),
        (lambda part: double(part / "papers.parquet"), r"bad: not a whole part: 2 papers stand in it twice"),
        (lambda part: double(part / "sources.parquet"), r"bad: not a whole part: 2 sources stand in it twice"),
    ],
)
def test_a_part_that_is_not_whole_is_refused_and_nothing_is_written(
    store: Store, write: WritePart, damage: Callable[[Path], object], message: str
) -> None:
    good, one, two = (make_paper(number) for number in range(1, 4))
    parts = [
        write("good", [good]),
        write("bad", [one, two], [make_extraction(paper, make_claim(paper)) for paper in (one, two)]),
    ]
    damage(parts[1])
    with pytest.raises(StoreError, match=message):
        store.load(parts)
    assert store.counts().papers == 0


def double(file: Path) -> None:
    rows = pq.read_table(file)
    pq.write_table(rows.take([0, 1, 0, 1]), file)
