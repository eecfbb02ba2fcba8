"""Looking a store over: damage that DuckDB notices, and losses that it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from extractor.errors import StoreError
from extractor.store.database import READ_PATIENCE, connect, reason
from extractor.store.store import TABLES, Store, row_counts

_NEVER_SHRINK = ("papers", "sources", "runs", "extractions", "calls")

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
    "extractions belong to no paper": "SELECT count(*) FROM extractions ANTI JOIN papers USING (paper_id)",
    "claims belong to no extraction": "SELECT count(*) FROM claims ANTI JOIN extractions USING (extraction_id)",
    "claims do not stand in their abstract where they should": """
        SELECT count(*) FROM claims JOIN extractions USING (extraction_id) JOIN papers USING (paper_id)
        WHERE abstract[evidence_start + 1 : evidence_end] <> improvement""",
}


def check(path: str | Path) -> list[str]:
    """What is wrong with the store at ``path``, one line a problem; an empty list for a sound store.

    Reads every block of the file, so that DuckDB compares its checksums; then looks for rows that a lost or damaged
    write-ahead log (``.wal`` beside the file) took away, and for rows that contradict one another.
    """
    try:
        store = Store.open(path)
        with connect(store.path, read_only=True, patience=READ_PATIENCE) as connection:
            return list(_problems(connection))
    except StoreError as error:
        return [str(error)]


def _problems(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for table in TABLES:
        try:
            connection.execute(f"SELECT bit_xor(hash({table})) FROM {table}").fetchall()
        except duckdb.Error as error:
            yield f"table {table} cannot be read: {reason(error)}"
            return
    last = "SELECT run_id, row_counts FROM runs WHERE row_counts IS NOT NULL ORDER BY finished_at DESC LIMIT 1"
    now = row_counts(connection)
    for run_id, counted in connection.execute(last).fetchall():
        counts = json.loads(counted)
        for table in _NEVER_SHRINK:
            if now[table] < counts[table]:
                yield f"table {table} has {now[table]} rows, but had {counts[table]} at the end of run {run_id}"
    for problem, query in _CONTRADICTIONS.items():
        ((count,),) = connection.execute(query).fetchall()
        if count:
            yield f"{count} {problem}"
