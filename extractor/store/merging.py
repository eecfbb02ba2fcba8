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
    "papers": "EXCLUDE (paper_hash)",
    "extractions": "EXCLUDE (checksum, latest, paper_hash)",
    "claims": "EXCLUDE (method_loose)",
    "claim_baselines": "EXCLUDE (loose, method_key)",
}
_DETAILS = ("n_authors", "subject", "date", "published", "upvotes", "external_id", "url", "doi", "arxiv_id", "document")

PAPER_HASH = "md5_number_lower(paper_id)"
"""What ``paper_hash`` is, in SQL."""
# The places of rows about the papers of new rows. Numbers are compared faster than ids, and at known places few blocks
# are read. To be used before the table gets rows of its own in the transaction; see parts.merge_parts.
_LOCATED = f"""
CREATE OR REPLACE TEMP TABLE located AS
SELECT {{table}}.rowid AS place
FROM {{table}} SEMI JOIN (SELECT {PAPER_HASH} AS paper_hash FROM {{new}}) USING (paper_hash)
"""
_KNOWN = "FROM papers JOIN located ON papers.rowid = place"
# Those of the new sources that are stored: other than an anti join, a semi join reads only blocks that may hold some.
_SOURCE = "paper_id, document, position"
_STORED_SOURCES = f"FROM sources SEMI JOIN new_sources USING ({_SOURCE})"
# The known papers that gain something. Found first, in few columns: updating reads whole papers, and few gain any.
_GAINING = f"""
CREATE OR REPLACE TEMP TABLE gaining AS
SELECT place, new.* {_KNOWN} JOIN new_papers new USING (paper_id)
WHERE (len(papers.authors) = 0 AND len(new.authors) > 0)
    OR {" OR ".join(f"(papers.{name} IS NULL AND new.{name} IS NOT NULL)" for name in _DETAILS)}
"""
_GAIN = f"""
UPDATE papers
SET {", ".join(f"{name} = coalesce(papers.{name}, new.{name})" for name in _DETAILS)},
    authors = CASE WHEN len(papers.authors) = 0 THEN new.authors ELSE papers.authors END
FROM gaining new WHERE papers.rowid = place
"""
# What is stored and better than its repetition, which failed.
_BETTER = """
CREATE OR REPLACE TEMP TABLE better AS
SELECT extraction_id
FROM extractions stored JOIN located ON stored.rowid = place JOIN new_extractions new USING (extraction_id)
WHERE new.status = 'failed' AND stored.status <> 'failed'
"""
# What new extractions need, by what is wrong without it.
_REQUIRED = {
    "papers that the store does not hold": f"(SELECT paper_hash FROM papers) ON paper_hash = {PAPER_HASH}",
    "another model, prompt or schema than their run's": "runs USING (run_id, model, prompt, prompt_hash, schema_hash)",
}
_REPEATED = """
SELECT count(*)
FROM extractions JOIN located ON extractions.rowid = place SEMI JOIN new_extractions USING (extraction_id)
"""
# Parts may bring extractions of one paper by several models.
_SEVERAL = "SELECT count(*) - count(DISTINCT paper_id) FROM new_extractions"
# Where papers of the new extractions have others, by other models or prompts, only the latest success of each leads.
_LEADERS = """
CREATE OR REPLACE TEMP TABLE leaders AS
SELECT arg_max(extraction_id, (finished_at, extraction_id)) AS extraction_id
FROM (
    SELECT paper_id, extraction_id, finished_at, status FROM extractions JOIN located ON extractions.rowid = place
    UNION ALL SELECT paper_id, extraction_id, finished_at, status FROM new_extractions {but}
)
WHERE status IN ('ok', 'truncated') GROUP BY paper_id
"""
_MARK_LATEST = """
UPDATE extractions SET latest = NOT latest WHERE rowid IN (
    SELECT place FROM extractions JOIN located ON extractions.rowid = place
    WHERE latest <> (extraction_id IN (FROM leaders))
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
    known = locate(connection, "papers", "new_papers")
    unless_known = unless_stored = ""
    if known:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE known AS SELECT paper_id {_KNOWN}")
        connection.execute(_GAINING)
        if scalar(connection, "SELECT count(*) FROM gaining"):
            connection.execute(_GAIN)  # which may move papers
        unless_known = "ANTI JOIN known USING (paper_id)"
        unless_stored = f"ANTI JOIN ({_STORED_SOURCES}) USING ({_SOURCE})"
    connection.execute(
        f"INSERT INTO papers BY NAME SELECT *, {PAPER_HASH} AS paper_hash FROM new_papers {unless_known}"
    )
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
    others = locate(connection, "extractions", "new_extractions")
    if others and scalar(connection, _REPEATED):
        connection.execute(_BETTER)
        but = "ANTI JOIN better USING (extraction_id)"
        for table in ("extractions", "claims", "claim_baselines", "dropped_claims"):
            replaced = f"SELECT extraction_id FROM new_extractions {but}"
            connection.execute(f"DELETE FROM {table} WHERE extraction_id IN ({replaced})")
        connection.execute(
            "DELETE FROM calls WHERE (extraction_id, run_id) IN (SELECT (extraction_id, run_id) FROM new_extractions)"
        )
    latest = "status IN ('ok', 'truncated')"
    if others or scalar(connection, _SEVERAL):
        connection.execute(_LEADERS.format(but=but))
        connection.execute(_MARK_LATEST)  # before the insert; see located
        latest += " AND extraction_id IN (FROM leaders)"
    connection.execute(
        f"INSERT INTO extractions BY NAME SELECT *, {latest} AS latest, {PAPER_HASH} AS paper_hash "
        f"FROM new_extractions JOIN ({checksums('new_extractions', 'new_claims')}) USING (extraction_id) {but}"
    )
    connection.execute(f"INSERT INTO claims BY NAME SELECT *, loose(method) AS method_loose FROM new_claims {but}")
    # Two joins do not keep the order of a claim's baselines, one does.
    baselines, columns, in_order = "new_claim_baselines", "b.*", ""
    if but:
        baselines = "(SELECT *, row_number() OVER () AS place FROM new_claim_baselines)"
        columns, in_order = "b.* EXCLUDE (place)", "ORDER BY place"
    connection.execute(
        f"INSERT INTO claim_baselines BY NAME SELECT {columns}, loose(name) AS loose, method_key "
        f"FROM {baselines} b JOIN new_claims USING (extraction_id, ordinal) {but} {in_order}"
    )
    connection.execute(f"INSERT INTO dropped_claims BY NAME FROM new_dropped_claims {but}")
    connection.execute("INSERT INTO calls BY NAME FROM new_calls")


def locate(connection: duckdb.DuckDBPyConnection, table: str, new: str) -> int:
    """Note where a table has rows about the papers of ``new``, as ``located`` (``place``); how many there are."""
    connection.execute(_LOCATED.format(table=table, new=new))
    return scalar(connection, "SELECT count(*) FROM located")


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The number that a query gives."""
    ((number,),) = connection.execute(sql).fetchall()
    return int(number)
