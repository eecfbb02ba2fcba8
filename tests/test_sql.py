"""SQL from outside: it can read this store, and nothing else."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from factories import WORK, make_claim, make_extraction, make_paper

from extractor.errors import QueryError, StoreError
from extractor.sql import run_sql
from extractor.store import Store


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store.open(tmp_path_factory.mktemp("sql") / "claims.duckdb", create=True)
    paper = make_paper()
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, make_claim(paper))])
    return store.path


@pytest.fixture
def own_path(path: Path, tmp_path: Path) -> Path:
    """A copy for tests that write."""
    return shutil.copy(path, tmp_path)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT method, factor FROM claim", [("Method1", 2.0)]),
        ("select 1 AS a, 2 AS a;", [(1, 2)]),
        ("-- how many\nWITH c AS (FROM claim) SELECT count(*) FROM c", [(1,)]),
        ("FROM claim SELECT baseline", [("vLLM",)]),
        ("FROM compared_with('vllm') SELECT method", [("Method1",)]),
        ("VALUES (1), (2)", [(1,), (2,)]),
        ("SELECT * FROM (PIVOT claim ON effect IN ('better') USING count(*) GROUP BY metric)", [("speed", 1)]),
        ("SELECT NULL, 'nan'::DOUBLE > 1, [1, 2], {'a': 1}", [(None, True, [1, 2], {"a": 1})]),
        ("SELECT 1 WHERE false", []),
    ],
)
def test_reading_statements_run(path: Path, sql: str, rows: list[tuple[object, ...]]) -> None:
    result = run_sql(path, sql)
    assert list(result) == rows
    assert len(result) == len(rows)


@pytest.mark.parametrize(
    "sql", ["SHOW TABLES", "DESCRIBE claim", "SUMMARIZE claim", "EXPLAIN FROM claim", "EXPLAIN ANALYZE SELECT 1"]
)
def test_statements_about_the_store_run(path: Path, sql: str) -> None:
    assert len(run_sql(path, sql)) > 0


def test_columns_keep_their_names_and_order(path: Path) -> None:
    assert run_sql(path, "SELECT method AS b, baseline AS a, metric AS a FROM claim").columns == ["b", "a", "a"]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Path]:
    """A file that nobody may touch; the folder must be as before afterwards."""
    folder = tmp_path / "other"
    folder.mkdir()
    file = folder / "secret.csv"
    file.write_text("secret\n1\n")
    yield file
    assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("FROM claimz", r"claimz does not exist! .* The views are: baseline, .*claim, claim_all, comparison"),
        ("SELECT metod FROM claim", r'Referenced column "metod" not found .*"method"'),
        ("SELECT * FROM claim WHERE", "syntax error"),
        ("DROP TABLE claims", "DROP refused: only a single SELECT .*; --unsafe lifts this"),
        ("PIVOT claim ON effect USING count(*)", "PIVOT needs its columns listed"),
        ("SELECT error('first' || chr(10) || 'second')", "first second"),
        ("SELECT '\udcff'", "not UTF-8"),
    ],
)
def test_errors_say_what_is_wrong_and_what_to_do(path: Path, sql: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        run_sql(path, sql)


def test_a_hostile_store_cannot_read_files_through_its_views(own_path: Path, other: Path) -> None:
    with duckdb.connect(str(own_path)) as connection:
        connection.execute(f"CREATE VIEW harmless AS SELECT * FROM read_text('{other}')")
    with pytest.raises(QueryError, match="disabled by configuration"):
        run_sql(own_path, "FROM harmless")


def test_unsafe_lifts_the_limits(own_path: Path, other: Path) -> None:
    run_sql(own_path, "CREATE TABLE mine AS SELECT 1 AS x; UPDATE mine SET x = 2", unsafe=True)
    assert list(run_sql(own_path, f"SELECT x, secret FROM mine, read_csv('{other}')", unsafe=True)) == [(2, 1)]
    with pytest.raises(QueryError, match="syntax error"):
        run_sql(own_path, "SELEC", unsafe=True)


def test_a_missing_store_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such store"):
        run_sql(tmp_path / "none.duckdb", "SELECT 1")


def test_readers_do_not_keep_one_another_out(path: Path) -> None:
    opened = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True)"
    reader = f"{opened}; print('ready', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", reader, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other_reader:
        assert other_reader.stdout is not None
        assert other_reader.stdout.readline() == "ready\n"
        assert list(run_sql(path, "SELECT count(*) FROM claim")) == [(1,)]
        other_reader.kill()
