"""Fault 9: SQL that would write, reach other files, change settings, or never end."""

import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from command import fault
from figures import Figures
from measured import MB, measured

from extractor.errors import QueryError
from extractor.sql import run_sql

HOSTILE = [
    # writing
    "INSERT INTO papers SELECT * FROM papers",
    "INSERT INTO meta VALUES ('a', 'b') RETURNING *",
    "WITH x AS (INSERT INTO meta VALUES ('a', 'b') RETURNING *) SELECT * FROM x",
    "UPDATE claims SET improvement = '9x'",
    "DELETE FROM claims",
    "TRUNCATE claims",
    "MERGE INTO meta USING meta AS m ON false WHEN NOT MATCHED THEN INSERT",
    "DROP TABLE claims",
    "DROP VIEW claim",
    "ALTER TABLE claims ADD COLUMN x INTEGER",
    "CREATE TABLE x (i INTEGER)",
    "CREATE TEMP TABLE x (i INTEGER)",
    "CREATE OR REPLACE VIEW claim AS SELECT 1",
    "CREATE MACRO f(x) AS x",
    "COMMENT ON TABLE claims IS 'x'",
    "VACUUM",
    "EXPLAIN ANALYZE DELETE FROM claims",
    "/* x */ EXPLAIN ANALYZE CREATE TEMP TABLE x (i INTEGER)",
    "EXPLAIN (FORMAT json) EXPLAIN ANALYZE DROP TABLE claims",
    # other files
    "SELECT * FROM read_text('{other}')",
    "SELECT * FROM read_blob('{other}')",
    "SELECT * FROM read_csv('{other}')",
    "SELECT * FROM read_json('{other}')",
    "SELECT * FROM read_parquet('{other}')",
    "SELECT * FROM sniff_csv('{other}')",
    "SELECT * FROM read_duckdb('{other}')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM '{other}'",
    "SELECT * FROM 'https://example.org/x.csv'",
    "ATTACH '{other}'",
    "DETACH claims",
    "COPY claims TO '{other}.out'",
    "COPY claims FROM '{other}'",
    "EXPORT DATABASE '{other}.out'",
    "IMPORT DATABASE '{other}'",
    # the environment
    "SELECT getenv('HOME')",
    "SELECT * FROM python_variable",
    "SELECT * FROM duckdb_secrets()",
    "CREATE SECRET s (TYPE s3)",
    # extensions and settings
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 64",
    "SET enable_external_access = true",
    "RESET memory_limit",
    "PRAGMA threads = 64",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "FROM enable_logging()",
    "USE memory",
    # several statements, and none
    "SELECT 1; DROP TABLE claims",
    "SELECT 1; SELECT 2",
    "BEGIN; DELETE FROM claims; COMMIT",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "CHECKPOINT",
    "BEGIN",
    "",
    " ;; -- nothing",
    "SELEC 1",
    "SELECT 'unfinished",
    "SELECT '\0'; DROP TABLE claims",
]

RUNAWAY = {
    "a cross join": "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range = 7",
    "an endless recursion": "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT max(x) FROM t",
    "a sorted cross join": "SELECT * FROM range(1000000) a, range(1000000) b ORDER BY random() LIMIT 5",
    "a wide window": "SELECT quantile_cont(range, 0.5) OVER (ORDER BY range ROWS 50000 PRECEDING) FROM range(1000000)",
    "sleeping": "SELECT sleep_ms(1000000)",
}
# Single calls, and plans, which DuckDB cannot interrupt.
STUCK = {
    "300 joined tables": f"SELECT * FROM {', '.join(f'range(10) t{n}' for n in range(300))}",
    "the distance of long texts": "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))",
    "a list sorted": "SELECT list_sort(list_transform(range(50000000), lambda x: hash(x)))[1]",
    "a list reduced": "SELECT list_reduce(range(100000000), lambda a, b: a + b)",
}
HUGE = {
    "a billion rows": "SELECT range FROM range(1000000000)",
    "an endless list": "SELECT list(range) FROM range(10000000000)",
    "an unnested list": "SELECT unnest(range(1000000000))",
    "long texts": "SELECT repeat('x', 1000000) FROM range(100000)",
    "one long text": "SELECT length(repeat('a', 2000000000))",
    "texts joined": "SELECT string_agg(repeat('x', 100000), '') FROM range(100000)",
    "lists in a window": "SELECT array_agg(range) OVER (ORDER BY range) FROM range(100000)",
}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Path]:
    """A file that nobody may touch; its folder must be as before afterwards."""
    folder = tmp_path / "other"
    folder.mkdir()
    file = folder / "secret.csv"
    file.write_text("secret\n1\n")
    yield file
    assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize("sql", HOSTILE)
def test_what_is_no_single_read_of_the_store_is_refused_on_one_line_and_changes_nothing(
    filled: Path, other: Path, sql: str, figures: Figures
) -> None:
    python_variable = pa.table({"secret": [1]})
    before = filled.read_bytes()
    assert fault("sql", sql.replace("{other}", str(other)))
    assert python_variable.num_rows == 1
    assert filled.read_bytes() == before
    figures.note("9: hostile SQL", 1, "all refused on one line with exit 2; the store is as before")


@pytest.mark.parametrize("name", RUNAWAY)
def test_a_runaway_query_is_stopped_at_its_time_limit(filled: Path, name: str, figures: Figures) -> None:
    before = time.monotonic()
    with pytest.raises(QueryError, match=r"^stopped after 0\.2 s; narrow the query or raise the time limit$"):
        run_sql(filled, RUNAWAY[name], timeout=0.2)
    figures.note_seconds(f"9: {name}", [time.monotonic() - before], limit=0.7)
    assert list(run_sql(filled, "SELECT 1")) == [(1,)]


@pytest.mark.parametrize("name", STUCK)
def test_what_cannot_be_interrupted_ends_with_the_program(filled: Path, name: str, figures: Figures) -> None:
    ended = measured("sql", STUCK[name], "--timeout", "0.2")
    assert ended.code == 2
    assert ended.err == "claims: stopped after 0.2 s; narrow the query or raise the time limit\n"
    figures.note(f"9: {name}", 1, "stopped a second after its time limit at the latest")


@pytest.mark.parametrize("name", HUGE)
def test_a_query_too_big_for_memory_is_stopped(filled: Path, name: str) -> None:
    with pytest.raises(QueryError, match=r"^(the query needs too much memory|the result is larger than 512 MB)"):
        run_sql(filled, HUGE[name], timeout=600)
    assert list(run_sql(filled, "SELECT 1")) == [(1,)]


def test_the_memory_of_a_hostile_query_is_bounded(filled: Path, figures: Figures) -> None:
    ended = [measured("sql", HUGE[name], "--timeout", "20") for name in ("a billion rows", "an unnested list")]
    assert [one.code for one in ended] == [2, 2]
    assert max(one.peak for one in ended) < 2500 * MB
    figures.note("9: too big for memory", len(HUGE), f"all stopped; {max(one.peak for one in ended) // MB} MB at most")
