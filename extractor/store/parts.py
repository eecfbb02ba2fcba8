"""Parts: what an extraction elsewhere left as Parquet, read straight into the tables.

A part is a folder with a file ``<table>.parquet`` for each table that it has rows for, with the columns that
:mod:`extractor.store.rows` gives them. Its papers stand in it or in the store. Its manifest says which version wrote it
and what every file holds; it is written last, and the folder gets its name when all is there.
"""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from extractor import names
from extractor.errors import StoreError
from extractor.papers import Paper, fold_space, merge_papers
from extractor.store.database import text_literal
from extractor.store.merging import (
    EXTRACTION_TABLES,
    PAPER_TABLES,
    no_rows,
    replace_extractions,
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
    "sources stand in it twice": """
        SELECT count(*) - count(DISTINCT (paper_id, document, position)) FROM new_sources""",
    "extractions stand in it twice": "SELECT count(*) - count(DISTINCT extraction_id) FROM new_extractions",
    "claims too few or many": """
        SELECT abs(coalesce(sum(n_claims), 0) - (SELECT count(*) FROM new_claims)) FROM new_extractions""",
    "dropped claims too few or many": """
        SELECT abs(coalesce(sum(n_dropped), 0) - (SELECT count(*) FROM new_dropped_claims)) FROM new_extractions""",
}
_STORED = """
CREATE OR REPLACE TEMP TABLE stored AS
SELECT extraction_id FROM new_extractions new JOIN extractions stored USING (extraction_id)
WHERE stored.finished_at >= new.finished_at AND NOT (stored.status = 'failed' AND new.status <> 'failed')
"""
# Claims of papers that the store has in another spelling, which is how a paper may be known already.
_ELSEWHERE = """
SELECT count(*) FROM new_claims JOIN new_extractions USING (extraction_id) JOIN papers stored USING (paper_id)
JOIN new_papers new USING (paper_id)
WHERE stored.abstract <> new.abstract AND stored.abstract[evidence_start + 1 : evidence_end] <> improvement
"""
# Calls of what is left out were paid for as well, in whichever order parts come.
_OTHER_CALLS = """
INSERT INTO calls BY NAME
FROM new_calls SEMI JOIN stored USING (extraction_id) ANTI JOIN calls USING (extraction_id, run_id)
"""
# A run elsewhere, as far as its extractions tell of it; runs of this store know more of themselves.
_RUNS = """
INSERT INTO runs (run_id, model, prompt, prompt_hash, schema_hash, options, started_at, finished_at, outcome)
SELECT run_id, any_value(model), any_value(prompt), any_value(prompt_hash), any_value(schema_hash), '{}',
    min(finished_at), max(finished_at), 'imported'
FROM new_extractions GROUP BY run_id
ON CONFLICT (run_id) DO UPDATE SET
    started_at = least(started_at, excluded.started_at), finished_at = greatest(finished_at, excluded.finished_at)
WHERE outcome = 'imported'
"""
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What parts brought that a store lacked."""

    papers: int
    extractions: int
    claims: int

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(self.papers + other.papers, self.extractions + other.extractions, self.claims + other.claims)


class _Manifest(NamedTuple):
    version: str  # of the program that wrote the part
    columns: str  # as _columns
    naming_rules: int | None  # by which its keys were made; None in older parts
    files: dict[str, str]  # digests by name


def write_part(folder: Path, papers: Iterable[Paper], run_id: str, extractions: Iterable[Extraction]) -> None:
    """Write papers and extractions as a part into ``folder``, which must not exist. Raises OSError."""
    rows = paper_rows(merge_papers(papers)) | extraction_rows(run_id, extractions)
    with TemporaryDirectory(dir=folder.parent, prefix=".part-") as draft:
        for table, schema in _schemas().items():
            file = Path(draft) / f"{table}.parquet"
            pq.write_table(arrow_table(rows[table], schema), file, compression="zstd")
        write_manifest(Path(draft))
        folder.mkdir()  # never into one that is there; an empty one is replaced
        Path(draft).chmod(0o700)
        Path(draft).replace(folder)


def write_manifest(part: Path) -> None:
    """Describe the files of a part, which are all there, in its manifest. Raises OSError."""
    files = {file.name: _digest(file) for file in sorted(part.iterdir())}
    manifest = _Manifest(version("claim-extractor"), _columns(), names.RULES, files)
    (part / MANIFEST).write_text(json.dumps(manifest._asdict(), indent=1), encoding="utf-8")


def verify_part(part: Path) -> None:
    """Make sure that a part is of this version, and that its files are those that were written.

    Raises StoreError with one line that names the part and what is wrong with it.
    """
    manifest = _manifest(part)
    if manifest.columns != _columns():
        raise StoreError(
            f"{part}: written by version {manifest.version}, whose tables are others than those of this one, "
            f"{version('claim-extractor')}; import it with that version, or extract it anew"
        )
    if unlisted := sorted(file.name for file in part.glob("*.parquet") if file.name not in manifest.files):
        raise StoreError(f"{part}: {unlisted[0]} is none of the files that its {MANIFEST} lists")
    for name, digest in manifest.files.items():
        file = part / Path(name).name
        if not file.is_file():
            raise StoreError(f"{part}: damaged: {name} is missing")
        if _digest(file) != digest:
            raise StoreError(f"{part}: damaged: {name} is not what was written")


def _manifest(part: Path) -> _Manifest:
    try:
        noted = json.loads((part / MANIFEST).read_text(encoding="utf-8"))
        return _Manifest(str(noted["version"]), noted["columns"], noted.get("naming_rules"), dict(noted["files"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise StoreError(f"{part}: {MANIFEST} cannot be read: {fold_space(str(error))}") from None


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@cache
def _columns() -> str:
    """The hash of all columns with their types: parts fit where it is the same."""
    described = "\n".join(f"{table}: {schema.names} {schema.types}" for table, schema in _schemas().items())
    return hashlib.sha256(described.encode()).hexdigest()[:12]


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
    try:
        return _merge(connection, parts)  # as one, which costs little more than the largest of them
    except StoreError:
        if len(parts) == 1:
            raise
        # They overlap, or one of them is at fault. DuckDB now and then misses rows at known places in tables that hold
        # rows of the same transaction too, unless it looks at all of them.
        connection.execute("SET disabled_optimizers = 'join_filter_pushdown'")
        return sum((_merge(connection, [part]) for part in parts), Loaded(0, 0, 0))


def _merge(connection: duckdb.DuckDBPyConnection, parts: Sequence[Path]) -> Loaded:
    _scan(connection, parts)
    for fault, query in _FAULTS.items():
        if rows := scalar(connection, query):
            raise StoreError(f"{parts[0]}: not a whole part: {rows} {fault}")
    papers = upsert_papers(connection)
    if papers < scalar(connection, "SELECT count(*) FROM new_papers") and (rows := scalar(connection, _ELSEWHERE)):
        raise StoreError(f"{parts[0]}: {rows} claims do not stand in their abstract as the store has it")
    connection.execute(_RUNS)
    connection.execute(_STORED)
    if scalar(connection, "SELECT count(*) FROM stored"):
        connection.execute(_OTHER_CALLS)
        _scan(connection, parts, "ANTI JOIN stored USING (extraction_id)")
    replace_extractions(connection, parts[0])
    if any(_manifest(part).naming_rules != names.RULES for part in parts):
        connection.execute("DELETE FROM meta WHERE key = 'naming_rules'")  # the next opening computes all keys anew
    extractions, claims = (
        scalar(connection, f"SELECT count(*) FROM new_{table}") for table in ("extractions", "claims")
    )
    return Loaded(papers, extractions, claims)


def _scan(connection: duckdb.DuckDBPyConnection, parts: Sequence[Path], but: str = "") -> None:
    """Make the rows of parts readable as ``new_<table>``, those of extractions filtered by the clause ``but``."""
    for table in TABLES:
        files = [file for part in parts if (file := part.absolute() / f"{table}.parquet").exists()]
        listed = ", ".join(text_literal(glob.escape(str(file))) for file in files)
        rows = f"read_parquet([{listed}])" if files else f"({no_rows(table)})"
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW new_{table} AS FROM {rows} {but if table in EXTRACTION_TABLES else ''}"
        )
