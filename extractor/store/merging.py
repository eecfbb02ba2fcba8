"""Writing new rows into the tables. They are relations of the connection that are named ``new_<table>``.

A flush registers what it holds in memory, a bulk load reads Parquet (:mod:`extractor.store.parts`); the statements are
the same. Columns that the store derives itself are no part of new rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.errors import StoreError
from extractor.store.integrity import checksums
from extractor.store.rows import Row, arrow_table

if TYPE_CHECKING:
    import duckdb

PAPER_TABLES = ("papers", "sources")
EXTRACTION_TABLES = ("extractions", "calls", "claims", "claim_baselines", "dropped_claims")

_DERIVED = {
    "extractions": "EXCLUDE (checksum, latest)",
    "claims": "EXCLUDE (method_loose)",
    "claim_baselines": "EXCLUDE (loose, method_key)",
}
_DETAILS = ("n_authors", "subject", "date", "published", "upvotes", "external_id", "url", "doi", "arxiv_id", "document")

# What is stored and better than its repetition, which failed.
_BETTER = """
CREATE OR REPLACE TEMP TABLE better AS
SELECT extraction_id FROM new_extractions new JOIN extractions stored USING (extraction_id)
WHERE new.status = 'failed' AND stored.status <> 'failed'
"""
# Where a paper of the new extractions has others, by other models or prompts, only its latest success is marked.
_MARK_LATEST = """
UPDATE extractions SET latest = NOT latest WHERE extraction_id IN (
    SELECT extraction_id FROM (
        SELECT extraction_id, latest, status IN ('ok', 'truncated') AS success, success AND row_number() OVER (
            PARTITION BY paper_id ORDER BY success DESC, finished_at DESC, extraction_id DESC
        ) = 1 AS is_latest
        FROM extractions SEMI JOIN new_extractions USING (paper_id)
    ) WHERE latest <> is_latest
)
"""


def register(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, list[Row]]) -> None:
    """Make the rows of each table readable as ``new_<table>``."""
    for table, rows in tables.items():
        schema = connection.sql(no_rows(table)).to_arrow_table().schema
        connection.register(f"new_{table}", arrow_table(rows, schema))


def no_rows(table: str) -> str:
    """A query for no rows of a table, with the columns that new rows have."""
    return f"SELECT * {_DERIVED.get(table, '')} FROM {table} LIMIT 0"


def insert_papers(connection: duckdb.DuckDBPyConnection) -> int:
    """Store papers and their sources, and return how many. Raises ConstraintException where one is known already."""
    connection.execute("INSERT INTO papers BY NAME FROM new_papers")
    connection.execute("INSERT INTO sources BY NAME FROM new_sources")
    return scalar(connection, "SELECT count(*) FROM new_papers")


def upsert_papers(connection: duckdb.DuckDBPyConnection) -> int:
    """Store papers, of which some may be known, and return how many were new.

    A known paper only gains new sources and the details that it lacked.
    """
    gained = ", ".join(f"{name} = coalesce(papers.{name}, new.{name})" for name in _DETAILS)
    gains = " OR ".join(f"(papers.{name} IS NULL AND new.{name} IS NOT NULL)" for name in _DETAILS)
    no_authors = "(len(papers.authors) = 0 AND len(new.authors) > 0)"
    connection.execute(
        f"UPDATE papers SET {gained}, authors = CASE WHEN {no_authors} THEN new.authors ELSE papers.authors END "
        f"FROM new_papers new WHERE papers.paper_id = new.paper_id AND ({gains} OR {no_authors})"
    )
    before = scalar(connection, "SELECT count(*) FROM papers")
    connection.execute("INSERT INTO papers BY NAME SELECT * FROM new_papers ANTI JOIN papers USING (paper_id)")
    connection.execute(
        "INSERT INTO sources BY NAME SELECT * FROM new_sources ANTI JOIN sources USING (paper_id, document, position)"
    )
    return scalar(connection, "SELECT count(*) FROM papers") - before


def require_papers(connection: duckdb.DuckDBPyConnection, origin: Path) -> None:
    """Raise StoreError, in the name of ``origin``, where new extractions belong to papers that are not stored."""
    strangers = scalar(connection, "SELECT count(*) FROM new_extractions ANTI JOIN papers USING (paper_id)")
    if strangers:
        raise StoreError(f"{origin}: {strangers} extractions of papers that the store does not hold")


def insert_extractions(connection: duckdb.DuckDBPyConnection, but: str = "") -> None:
    """Store extractions with all that belongs to them. Raises ConstraintException where one is stored already.

    ``but`` is a clause that leaves out new rows without claims of their own.
    """
    connection.execute(
        "INSERT INTO extractions BY NAME SELECT *, status IN ('ok', 'truncated') AS latest "
        f"FROM new_extractions JOIN ({checksums('new_extractions', 'new_claims')}) USING (extraction_id) {but}"
    )
    connection.execute(_MARK_LATEST)
    connection.execute("INSERT INTO claims BY NAME SELECT *, loose(method) AS method_loose FROM new_claims")
    connection.execute(
        "INSERT INTO claim_baselines BY NAME SELECT b.*, loose(name) AS loose, method_key "
        "FROM new_claim_baselines b JOIN new_claims USING (extraction_id, ordinal)"
    )
    for table in ("calls", "dropped_claims"):
        connection.execute(f"INSERT INTO {table} BY NAME FROM new_{table}")


def replace_extractions(connection: duckdb.DuckDBPyConnection) -> None:
    """Store extractions in place of earlier ones of the same paper and work, as :func:`insert_extractions`.

    Of one that failed where an earlier one did not, only the calls are stored. Calls of other runs stay: they were paid
    for.
    """
    connection.execute(_BETTER)
    but = "ANTI JOIN better USING (extraction_id)"
    for table in ("extractions", "claims", "claim_baselines", "dropped_claims"):
        replaced = f"SELECT extraction_id FROM new_extractions {but}"
        connection.execute(f"DELETE FROM {table} WHERE extraction_id IN ({replaced})")
    connection.execute(
        "DELETE FROM calls WHERE (extraction_id, run_id) IN (SELECT (extraction_id, run_id) FROM new_extractions)"
    )
    insert_extractions(connection, but)


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The number that a query gives."""
    ((number,),) = connection.execute(sql).fetchall()
    return int(number)
