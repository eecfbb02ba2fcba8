"""Checking: damage and losses are found and named."""

import duckdb
import pytest
from factories import WORK, make_claim, make_drop, make_extraction, make_paper

from extractor.store import Store, check


@pytest.fixture
def filled(store: Store) -> Store:
    papers = [make_paper(number) for number in range(1, 4)]
    store.add_papers(papers)
    run = store.start_run(WORK, options={})
    store.save(run, [make_extraction(paper, make_claim(paper), dropped=(make_drop(),)) for paper in papers])
    store.finish_run(run, outcome="completed", summary={})
    return store


def test_a_sound_store_has_no_problems(filled: Store) -> None:
    assert check(filled.path) == []


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("DELETE FROM claims WHERE rowid = 0", "1 extractions lack claims"),
        ("DELETE FROM dropped_claims WHERE rowid = 0", "1 extractions lack dropped claims"),
        ("DELETE FROM papers WHERE rowid = 0", "1 extractions belong to no paper"),
        ("DELETE FROM extractions WHERE rowid = 0", "1 claims belong to no extraction"),
        ("DELETE FROM calls", "table calls has 0 rows, but had 3 at the end of run"),
        ("DELETE FROM sources", "table sources has 0 rows, but had 3"),
        (
            "UPDATE claims SET evidence_end = evidence_end + 1 WHERE rowid = 0",
            "1 claims do not stand in their abstract",
        ),
    ],
)
def test_lost_or_contradictory_rows_are_found(filled: Store, damage: str, problem: str) -> None:
    with duckdb.connect(str(filled.path)) as connection:
        connection.execute(damage)
    assert problem in "\n".join(check(filled.path))


def test_damaged_blocks_are_found(filled: Store) -> None:
    with duckdb.connect(str(filled.path), read_only=True) as connection:
        found = connection.execute("SELECT DISTINCT block_id FROM pragma_storage_info('papers') WHERE block_id >= 0")
        blocks = [number for (number,) in found.fetchall()]
    sound = filled.path.read_bytes()
    assert blocks
    for number in blocks:
        damaged = bytearray(sound)
        damaged[3 * 4096 + number * 262_144 + 100] ^= 1  # after three headers, blocks of 256 KiB
        filled.path.write_bytes(damaged)
        assert check(filled.path) != []


def test_a_file_that_is_no_store_is_the_problem(filled: Store) -> None:
    filled.path.write_bytes(b"not a database")
    assert check(filled.path) == [f"{filled.path}: not a store: the file is no DuckDB database"]
