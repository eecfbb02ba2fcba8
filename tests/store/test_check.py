"""Checking: damage and losses are found and named."""

from pathlib import Path

import duckdb
import pytest
from factories import WORK, make_claim, make_drop, make_extraction, make_paper

from extractor.aliases import Aliases
from extractor.errors import StoreError
from extractor.store import Store, check_store
from extractor.store.migrations import migrations


@pytest.fixture
def filled(store: Store) -> Store:
    papers = [make_paper(number) for number in range(1, 4)]
    store.add_papers(papers)
    run = store.start_run(WORK, options={})
    store.save(run, [make_extraction(paper, make_claim(paper), dropped=(make_drop(),)) for paper in papers])
    store.finish_run(run, outcome="completed", summary={})
    return store


def test_a_sound_store_has_no_problems(filled: Store) -> None:
    assert check_store(filled.path) == []


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("DELETE FROM claims WHERE rowid = 0", "1 extractions lack claims"),
        ("DELETE FROM dropped_claims WHERE rowid = 0", "1 extractions lack dropped claims"),
        ("INSERT INTO papers FROM papers LIMIT 1", "1 papers stand in it twice"),
        ("INSERT INTO extractions FROM extractions LIMIT 2", "2 extractions stand in it twice"),
        ("DELETE FROM papers WHERE rowid = 0", "1 extractions belong to no paper"),
        ("DELETE FROM extractions WHERE rowid = 0", "1 claims belong to no extraction"),
        ("DELETE FROM calls", "table calls has 0 rows where the program wrote 3"),
        ("DELETE FROM sources", "table sources has 0 rows where the program wrote 3"),
        (
            "UPDATE claims SET evidence_end = evidence_end + 1 WHERE rowid = 0",
            "1 claims do not stand in their abstract",
        ),
        ("UPDATE claims SET method = 'Another' WHERE rowid = 0", "1 extractions are not as the program wrote them"),
        ("UPDATE claims SET baseline = NULL, hardware = baseline WHERE rowid = 0", "1 extractions are not as"),
        ("UPDATE extractions SET reply = NULL", "3 extractions are not as"),
        (
            "UPDATE papers SET title = 'Another' WHERE rowid = 0",
            "1 papers have a title or an abstract that does not fit",
        ),
        ("UPDATE papers SET paper_hash = NULL WHERE rowid = 0", "1 papers and extractions have a hash that does not"),
        (
            "UPDATE extractions SET paper_id = (SELECT any_value(paper_id) FROM extractions)",
            "1 papers have several latest extractions",
        ),
    ],
)
def test_lost_or_contradictory_rows_are_found(filled: Store, damage: str, problem: str) -> None:
    with duckdb.connect(str(filled.path)) as connection:
        connection.execute(damage)
    assert problem in "\n".join(check_store(filled.path))


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
        assert check_store(filled.path) != []


def test_what_was_lost_stays_a_problem_however_much_is_added_later(filled: Store) -> None:
    with duckdb.connect(str(filled.path)) as connection:
        connection.execute("DELETE FROM sources WHERE rowid = 0")
    filled.add_papers([make_paper(number) for number in range(10, 20)])
    assert check_store(filled.path) == ["table sources has 12 rows where the program wrote 13"]


def test_answers_that_are_replaced_and_keys_that_change_are_no_problem(filled: Store) -> None:
    paper = make_paper(1)
    again = make_extraction(paper, make_claim(paper, 1, method="Method1"), make_claim(paper, 2), days=1)
    filled.save(filled.start_run(WORK, options={}), [again])
    assert filled.rekey(Aliases(names={"vllm": "another"})) > 0
    assert check_store(filled.path) == []


def test_checking_brings_no_older_store_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(migrations()[0].sql)
        connection.execute("INSERT INTO migrations VALUES (1, 'tables', now()::TIMESTAMP)")
    before = path.read_bytes()
    assert check_store(path) == []
    assert path.read_bytes() == before


def test_a_file_that_is_no_store_is_an_error(filled: Store) -> None:
    filled.path.write_bytes(b"not a database")
    with pytest.raises(StoreError, match="not a store: the file is no DuckDB database"):
        check_store(filled.path)
