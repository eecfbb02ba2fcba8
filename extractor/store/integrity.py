"""What a store keeps of its own contents, so that a loss or a change from outside can be told: counts and checksums."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

TABLES = ("papers", "sources", "runs", "extractions", "calls", "claims", "claim_baselines", "dropped_claims")


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The number of rows of every table."""
    counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in TABLES)
    return dict(connection.execute(counts).fetchall())


@contextmanager
def counted(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Note by how many rows the tables grow or shrink in the block; call it within a transaction.

    The growth is noted, not the new number: a loss before stays a difference, which a check finds.
    """
    before = row_counts(connection)
    yield
    growth = {table: number - before[table] for table, number in row_counts(connection).items()}
    changed = {table: number for table, number in growth.items() if number}
    if changed:
        connection.register("growth", pa.table({"table_name": list(changed), "n_rows": list(changed.values())}))
        connection.execute(
            "UPDATE row_counts SET n_rows = row_counts.n_rows + growth.n_rows FROM growth "
            "WHERE row_counts.table_name = growth.table_name"
        )


def checksums(extractions: str, claims: str) -> str:
    """SQL for the checksums of all answers in ``extractions`` with their rows in ``claims``, by ``extraction_id``.

    Covered is what the model said and where it stands, not what can be derived anew: keys, families, factors. MD5 of
    JSON, since it has to be the same under every version of DuckDB.
    """
    return f"""
        SELECT extraction_id, xor(md5_number_lower(json_array(extraction_id, status, reply, error)::VARCHAR),
            coalesce(of_claims, 0)) AS checksum
        FROM {extractions} LEFT JOIN (
            SELECT extraction_id, bit_xor(md5_number_lower(json_array(ordinal, improvement, metric, direction, effect,
                method, baseline, hardware, setting, evidence_start, evidence_end)::VARCHAR)) AS of_claims
            FROM {claims} GROUP BY extraction_id
        ) USING (extraction_id)"""
