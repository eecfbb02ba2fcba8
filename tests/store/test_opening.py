"""Opening: what is a store, what is brought up to date, what is refused and left alone."""

import shutil
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from factories import WORK, make_claim, make_extraction, make_paper, save

from extractor import resources
from extractor.aliases import alias_file_of, load_aliases
from extractor.errors import StoreError
from extractor.papers import Source
from extractor.resources import resource
from extractor.store import Counts, Store
from extractor.store.integrity import TABLES
from extractor.store.migrations import migrations


def edit(path: Path, sql: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)


def test_a_new_store_is_empty_and_private(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "new.duckdb", create=True)
    assert store.counts() == Counts(papers=0, extracted=0, extractions=0, claims=0, dropped_claims=0)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [store.path]


def test_opening_again_changes_nothing(store: Store) -> None:
    store.add_papers([make_paper()])
    before = store.path.read_bytes()
    assert Store.open(store.path, create=True).counts().papers == 1
    assert store.path.read_bytes() == before


def test_a_missing_store_is_an_error_that_says_how_to_make_one(tmp_path: Path) -> None:
    path = tmp_path / "none.duckdb"
    with pytest.raises(StoreError, match=r"none\.duckdb: no such store; 'claims extract"):
        Store.open(path)
    assert not path.exists()


def test_a_store_deleted_behind_the_program_s_back_is_an_error(store: Store) -> None:
    store.path.unlink()
    with pytest.raises(StoreError, match="no such store"):
        store.counts()
    with pytest.raises(StoreError, match="no such store"):
        store.add_papers([make_paper()])
    assert not store.path.exists()


@pytest.mark.parametrize("content", [b"", b"title,abstract\n", b"\0" * 5000, b"SQLite format 3\0" + b"\0" * 5000])
def test_a_file_that_is_no_duckdb_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a store: the file is no DuckDB database"):
        Store.open(path, create=True)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_an_sqlite_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE papers (title TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="not a store"):
        Store.open(path, create=True)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE sales (amount INTEGER)",
        "CREATE TABLE meta (key VARCHAR, value VARCHAR); CREATE TABLE migrations (number INTEGER)",
        "CREATE TABLE meta (setting INTEGER)",
    ],
)
def test_somebody_else_s_duckdb_database_is_refused_and_left_alone(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "sales.duckdb"
    edit(path, sql)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="a DuckDB database, but not a store of claims"):
        Store.open(path, create=True)
    assert path.read_bytes() == before


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot read the store: Is a directory"):
        Store.open(tmp_path, create=True)


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"missing/new\.duckdb: cannot create the store: No such file or directory"):
        Store.open(tmp_path / "missing" / "new.duckdb", create=True)


def test_a_store_of_a_newer_version_is_refused_and_left_alone(store: Store) -> None:
    edit(store.path, "INSERT INTO migrations VALUES (9001, 'from the future', now()::TIMESTAMP)")
    before = store.path.read_bytes()
    with pytest.raises(StoreError, match=r"written by a newer version .*pip install --upgrade claim-extractor"):
        Store.open(store.path, create=True)
    assert store.path.read_bytes() == before


def test_a_store_of_an_older_version_is_brought_up_to_date(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_papers([make_paper()])
    shutil.copytree(resource("schemas"), tmp_path / "package" / "schemas")
    known = [(migration.number, migration.name) for migration in migrations()]
    migration = tmp_path / "package" / "schemas" / "migrations" / f"{len(known) + 1:04}_notes.sql"
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "package")

    migration.write_text("CREATE TABLE notes (text VARCHAR); SELECT no_such_column FROM papers")
    with pytest.raises(StoreError, match="no_such_column"):
        Store.open(store.path)
    migration.write_text("CREATE TABLE notes (text VARCHAR); ALTER TABLE papers ADD COLUMN venue VARCHAR")
    assert Store.open(store.path).counts().papers == 1

    with duckdb.connect(str(store.path), read_only=True) as connection:
        applied = connection.execute("SELECT number, name FROM migrations ORDER BY number").fetchall()
        assert applied == [*known, (len(known) + 1, "notes")]
        assert connection.execute("SELECT venue FROM papers").fetchall() == [(None,)]


def test_an_older_store_gets_all_that_this_version_derives(store: Store, tmp_path: Path) -> None:
    papers = [make_paper(1, sources=(Source("b.txt", 1), Source("a.txt", 1))), make_paper(2)]
    store.add_papers(papers)
    bigger = replace(WORK, model="bigger-model")
    save(
        store,
        make_extraction(papers[0], make_claim(papers[0], method="our approach", baseline="X-1 and Y1")),
        make_extraction(papers[1], make_claim(papers[1], method="the PagedServer system"), days=1),
        make_extraction(papers[1], work=bigger),
        make_extraction(papers[1], work=replace(bigger, prompt="other"), status="refused", days=2),
    )
    alias_file_of(tmp_path / "old.duckdb").write_text('[names]\nPagedServer = "vLLM"\n')
    store.rekey(load_aliases(alias_file_of(tmp_path / "old.duckdb")))
    with duckdb.connect(str(tmp_path / "old.duckdb")) as old:
        old.execute(f"ATTACH '{store.path}' AS new (READ_ONLY)")
        for migration in migrations()[:4]:
            old.execute(migration.sql)
            old.execute("INSERT INTO migrations VALUES (?, ?, now())", [migration.number, migration.name])
        for table in TABLES:
            columns = [name for name, *_ in old.execute(f"DESCRIBE {table}").fetchall()]
            old.execute(f"INSERT INTO {table} SELECT {', '.join(columns)} FROM new.{table}")
        old.execute("UPDATE claims SET method_key = 'old rules'; UPDATE claim_baselines SET key = 'old rules'")
    upgraded = Store.open(tmp_path / "old.duckdb")
    for table in TABLES:
        assert rows(upgraded, table) == rows(store, table)


def rows(store: Store, table: str) -> list[dict[str, object]]:
    with duckdb.connect(str(store.path), read_only=True) as connection:
        return connection.sql(f"FROM {table} ORDER BY ALL").to_arrow_table().to_pylist()


def test_views_of_an_older_version_are_replaced_and_people_s_own_views_stay(store: Store) -> None:
    paper = make_paper()
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, make_claim(paper))])
    edit(
        store.path, "CREATE OR REPLACE VIEW claim AS SELECT 'old' AS x; UPDATE meta SET value = '' WHERE key = 'views'"
    )
    edit(store.path, "CREATE VIEW mine AS SELECT count(*) AS n FROM claims")
    Store.open(store.path)
    with duckdb.connect(str(store.path), read_only=True) as connection:
        assert connection.execute("SELECT method FROM claim").fetchall() == [("Method1",)]
        assert connection.execute("FROM mine").fetchall() == [(1,)]


@pytest.mark.parametrize(("outdated", "key"), [("views", "as stored"), ("naming_rules", "method1")])
def test_keys_are_computed_anew_only_where_the_rules_of_naming_changed(store: Store, outdated: str, key: str) -> None:
    paper = make_paper()
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, make_claim(paper))])
    edit(store.path, f"UPDATE claims SET method_key = 'as stored'; UPDATE meta SET value = '' WHERE key = '{outdated}'")
    Store.open(store.path)
    with duckdb.connect(str(store.path), read_only=True) as connection:
        assert connection.execute("SELECT method_key FROM claims").fetchall() == [(key,)]


def test_a_name_that_duckdb_gives_a_meaning_is_a_file_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Store.open(":memory:", create=True).add_papers([make_paper()])
    assert Store.open(":memory:").counts().papers == 1
    assert list(tmp_path.iterdir()) == [tmp_path / ":memory:"]
