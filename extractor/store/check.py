"""Looking a store over: damage that DuckDB notices, and losses that it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from extractor.papers import paper_id
from extractor.store.database import READ_PATIENCE, connect, reason
from extractor.store.integrity import TABLES, checksums, row_counts
from extractor.store.merging import PAPER_HASH
from extractor.store.migrations import version_of

_COUNTS_SINCE = 2  # the migration that brought counts and checksums
_LOOKUPS_SINCE = 9  # the migration that brought paper_hash
_BATCH_ROWS = 10_000

# Each query counts rows that contradict one another.
_CONTRADICTIONS = {
    "extractions lack claims that they had, or have more": """
        SELECT count(*) FROM extractions LEFT JOIN
            (SELECT extraction_id, count(*) AS n FROM claims GROUP BY extraction_id) USING (extraction_id)
        WHERE n_claims <> coalesce(n, 0)""",
    "extractions lack dropped claims that they had, or have more": """
        SELECT count(*) FROM extractions LEFT JOIN
            (SELECT extraction_id, count(*) AS n FROM dropped_claims GROUP BY extraction_id) USING (extraction_id)
        WHERE n_dropped <> coalesce(n, 0)""",
    "papers stand in it twice": "SELECT count(*) - count(DISTINCT paper_id) FROM papers",
    "extractions stand in it twice": "SELECT count(*) - count(DISTINCT extraction_id) FROM extractions",
    "extractions belong to no paper": "SELECT count(*) FROM extractions ANTI JOIN papers USING (paper_id)",
    "claims belong to no extraction": "SELECT count(*) FROM claims ANTI JOIN extractions USING (extraction_id)",
    "claims do not stand in their abstract where they should": """
        SELECT count(*) FROM claims JOIN extractions USING (extraction_id) JOIN papers USING (paper_id)
        WHERE abstract[evidence_start + 1 : evidence_end] <> improvement""",
}
_WRONG_LOOKUPS = {
    "papers and extractions have a hash that does not fit their id": f"""
        SELECT count(*)
        FROM (SELECT paper_id, paper_hash FROM papers UNION ALL SELECT paper_id, paper_hash FROM extractions)
        WHERE paper_hash IS DISTINCT FROM {PAPER_HASH}""",
    "papers have several latest extractions": """
        SELECT count(*) FROM (SELECT 1 FROM extractions WHERE latest GROUP BY paper_id HAVING count(*) > 1)""",
}
_CHANGED = f"""
    SELECT count(*) FROM extractions e JOIN ({checksums("extractions", "claims")}) now USING (extraction_id)
    WHERE e.checksum <> now.checksum"""


def check_store(path: str | Path) -> list[str]:
    """What is wrong with the store at ``path``, one line a problem; an empty list for a sound store.

    Reads every block of the tables, so that DuckDB compares its checksums; then compares the rows with what the program
    noted when it wrote them, papers with their ids, and rows with one another. Nothing is written, not even to bring an
    older store up to date. Raises StoreError for a file that cannot be opened as a store at all.
    """
    path = Path(path)
    with connect(path, read_only=True, patience=READ_PATIENCE) as connection:
        version = version_of(connection, path)
        return _unreadable(connection) or list(_problems(connection, version))


def _unreadable(connection: duckdb.DuckDBPyConnection) -> list[str]:
    problems = []
    for table in TABLES:
        try:
            connection.execute(f"SELECT bit_xor(hash({table})) FROM {table}").fetchall()
        except duckdb.Error as error:
            problems.append(f"table {table} cannot be read: {reason(error)}")
    return problems


def _problems(connection: duckdb.DuckDBPyConnection, version: int) -> Iterator[str]:
    contradictions = dict(_CONTRADICTIONS)
    if version >= _COUNTS_SINCE:
        contradictions["extractions are not as the program wrote them"] = _CHANGED
        now = row_counts(connection)
        for table, written in connection.execute("SELECT table_name, n_rows FROM row_counts").fetchall():
            if table in now and now[table] != written:
                yield f"table {table} has {now[table]:,} rows where the program wrote {written:,}"
    if version >= _LOOKUPS_SINCE:
        contradictions |= _WRONG_LOOKUPS
    for problem, query in contradictions.items():
        ((count,),) = connection.execute(query).fetchall()
        if count:
            yield f"{count:,} {problem}"
    if changed := _papers_unlike_their_ids(connection):
        yield f"{changed:,} papers have a title or an abstract that does not fit their id"


def _papers_unlike_their_ids(connection: duckdb.DuckDBPyConnection) -> int:
    rows = connection.execute("SELECT paper_id, title, abstract FROM papers")
    changed = 0
    while batch := rows.fetchmany(_BATCH_ROWS):
        changed += sum(paper_id(title, abstract) != known for known, title, abstract in batch)
    return changed
