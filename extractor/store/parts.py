"""Parts: what an extraction elsewhere left as Parquet, read straight into the tables.

A part is a folder with a file ``<table>.parquet`` for each table that it has rows for, with the columns that
:mod:`extractor.store.rows` gives them. Its papers stand in it or in the store.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from extractor.errors import StoreError
from extractor.papers import Paper, merge_papers
from extractor.store.database import text_literal
from extractor.store.merging import (
    EXTRACTION_TABLES,
    PAPER_TABLES,
    no_rows,
    replace_extractions,
    require_papers,
    scalar,
    upsert_papers,
)
from extractor.store.migrations import migrations
from extractor.store.rows import arrow_table, extraction_rows, paper_rows

if TYPE_CHECKING:
    from extractor.records import Extraction

TABLES = (*PAPER_TABLES, *EXTRACTION_TABLES)

# Each query counts rows that a whole part does not have.
_FAULTS = {
    "papers stand in it twice": "SELECT count(*) - count(DISTINCT paper_id) FROM new_papers",
    "extractions stand in it twice": "SELECT count(*) - count(DISTINCT extraction_id) FROM new_extractions",
    "claims too few or many": """
        SELECT abs(coalesce(sum(n_claims), 0) - (SELECT count(*) FROM new_claims)) FROM new_extractions""",
    "dropped claims too few or many": """
        SELECT abs(coalesce(sum(n_dropped), 0) - (SELECT count(*) FROM new_dropped_claims)) FROM new_extractions""",
}
_STORED = """
CREATE OR REPLACE TEMP TABLE stored AS
SELECT extraction_id FROM new_extractions JOIN extractions USING (extraction_id)
WHERE extractions.finished_at >= new_extractions.finished_at
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What parts brought that a store lacked."""

    papers: int
    extractions: int
    claims: int

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(self.papers + other.papers, self.extractions + other.extractions, self.claims + other.claims)


def write_part(folder: Path, papers: Iterable[Paper], run_id: str, extractions: Iterable[Extraction]) -> None:
    """Write papers and extractions as a part into ``folder``, which must not exist. Raises OSError."""
    rows = paper_rows(merge_papers(papers)) | extraction_rows(run_id, extractions)
    folder.mkdir()
    for table, schema in _schemas().items():
        pq.write_table(arrow_table(rows[table], schema), folder / f"{table}.parquet", compression="zstd")


@cache
def _schemas() -> dict[str, pa.Schema]:
    with duckdb.connect() as connection:
        for migration in migrations():
            connection.execute(migration.sql)
        return {table: connection.sql(no_rows(table)).to_arrow_table().schema for table in TABLES}


def merge_parts(connection: duckdb.DuckDBPyConnection, parts: Sequence[Path]) -> Loaded:
    """Merge parts; an extraction that the store holds already, finished at the same time or later, is left out.

    So parts may come in any order, overlap, and come again. Raises StoreError for a part that is not whole: it holds a
    paper or an extraction twice, or not as many claims as its extractions had; or where a paper is missing.
    """
    return sum((_merge(connection, part) for part in parts), Loaded(0, 0, 0))


def _merge(connection: duckdb.DuckDBPyConnection, part: Path) -> Loaded:
    _scan(connection, part)
    for fault, query in _FAULTS.items():
        if rows := scalar(connection, query):
            raise StoreError(f"{part}: not a whole part: {rows} {fault}")
    papers = upsert_papers(connection)
    require_papers(connection, part)
    connection.execute(_STORED)
    if scalar(connection, "SELECT count(*) FROM stored"):
        _scan(connection, part, "ANTI JOIN stored USING (extraction_id)")
    replace_extractions(connection)
    extractions, claims = (
        scalar(connection, f"SELECT count(*) FROM new_{table}") for table in ("extractions", "claims")
    )
    return Loaded(papers, extractions, claims)


def _scan(connection: duckdb.DuckDBPyConnection, part: Path, but: str = "") -> None:
    """Make the part's rows readable as ``new_<table>``, those of extractions filtered by the clause ``but``."""
    for table in TABLES:
        file = part.absolute() / f"{table}.parquet"
        rows = f"read_parquet({text_literal(glob.escape(str(file)))})" if file.exists() else f"({no_rows(table)})"
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW new_{table} AS FROM {rows} {but if table in EXTRACTION_TABLES else ''}"
        )
