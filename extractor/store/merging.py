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

# The known papers that gain something. Found first, in few columns: updating reads whole papers, and few gain any.
_GAINING = f"""
CREATE OR REPLACE TEMP TABLE gaining AS
SELECT paper_id FROM papers JOIN new_papers new USING (paper_id)
WHERE (len(papers.authors) = 0 AND len(new.authors) > 0)
    OR {" OR ".join(f"(papers.{name} IS NULL AND new.{name} IS NOT NULL)" for name in _DETAILS)}
"""
_GAIN = f"""
UPDATE papers
SET {", ".join(f"{name} = coalesce(papers.{name}, new.{name})" for name in _DETAILS)},
    authors = CASE WHEN len(papers.authors) = 0 THEN new.authors ELSE papers.authors END
FROM new_papers new SEMI JOIN gaining USING (paper_id)
WHERE papers.paper_id = new.paper_id
"""
# What is stored and better than its repetition, which failed.
_BETTER = """
CREATE OR REPLACE TEMP TABLE better AS
SELECT extraction_id FROM new_extractions new JOIN extractions stored USING (extraction_id)
WHERE new.status = 'failed' AND stored.status <> 'failed'
"""
# What new extractions need, by what is wrong without it.
_REQUIRED = {
    "papers that the store does not hold": "papers USING (paper_id)",
    "another model, prompt or schema than their run's": "runs USING (run_id, model, prompt, prompt_hash, schema_hash)",
}
# While all runs have the same model, prompt and schema, no paper has two extractions.
_WORKS = "SELECT count(DISTINCT (model, prompt, prompt_hash, schema_hash)) FROM runs"
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


def upsert_papers(connection: duckdb.DuckDBPyConnection) -> int:
    """Store papers, of which some may be known, and return how many were new.

    A known paper only gains new sources and the details that it lacked.
    """
    known = scalar(connection, "SELECT count(*) FROM new_papers SEMI JOIN papers USING (paper_id)")
    if known:
        connection.execute(_GAINING)
        if scalar(connection, "SELECT count(*) FROM gaining"):
            connection.execute(_GAIN)
    unless_known = "ANTI JOIN papers USING (paper_id)" if known else ""
    unless_stored = "ANTI JOIN sources USING (paper_id, document, position)" if known else ""
    connection.execute(f"INSERT INTO papers BY NAME SELECT * FROM new_papers {unless_known}")
    connection.execute(f"INSERT INTO sources BY NAME SELECT * FROM new_sources {unless_stored}")
    return scalar(connection, "SELECT count(*) FROM new_papers") - known


def replace_extractions(connection: duckdb.DuckDBPyConnection, origin: Path) -> None:
    """Store extractions with all that belongs to them, in place of earlier ones of the same paper and work.

    Of one that failed where an earlier one did not, only the calls are stored. Calls of other runs stay: they were paid
    for. Raises StoreError, in the name of ``origin``, where a paper is not stored, or a run is of another work.
    """
    for fault, known in _REQUIRED.items():
        if strangers := scalar(connection, f"SELECT count(*) FROM new_extractions ANTI JOIN {known}"):
            raise StoreError(f"{origin}: {strangers} extractions of {fault}")
    but = ""
    if scalar(connection, "SELECT count(*) FROM new_extractions SEMI JOIN extractions USING (extraction_id)"):
        connection.execute(_BETTER)
        but = "ANTI JOIN better USING (extraction_id)"
        for table in ("extractions", "claims", "claim_baselines", "dropped_claims"):
            replaced = f"SELECT extraction_id FROM new_extractions {but}"
            connection.execute(f"DELETE FROM {table} WHERE extraction_id IN ({replaced})")
        connection.execute(
            "DELETE FROM calls WHERE (extraction_id, run_id) IN (SELECT (extraction_id, run_id) FROM new_extractions)"
        )
    connection.execute(
        "INSERT INTO extractions BY NAME SELECT *, status IN ('ok', 'truncated') AS latest "
        f"FROM new_extractions JOIN ({checksums('new_extractions', 'new_claims')}) USING (extraction_id) {but}"
    )
    if scalar(connection, _WORKS) > 1:
        connection.execute(_MARK_LATEST)
    connection.execute(f"INSERT INTO claims BY NAME SELECT *, loose(method) AS method_loose FROM new_claims {but}")
    connection.execute(
        "INSERT INTO claim_baselines BY NAME SELECT b.*, loose(name) AS loose, method_key "
        f"FROM new_claim_baselines b JOIN new_claims USING (extraction_id, ordinal) {but}"
    )
    connection.execute(f"INSERT INTO dropped_claims BY NAME FROM new_dropped_claims {but}")
    connection.execute("INSERT INTO calls BY NAME FROM new_calls")


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The number that a query gives."""
    ((number,),) = connection.execute(sql).fetchall()
    return int(number)
