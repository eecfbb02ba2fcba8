"""Claims for other programs: Parquet, CSV and JSON Lines, of the view ``claim``, and BibTeX of their papers."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from extractor.citations import bibtex
from extractor.errors import UsageError
from extractor.files import output
from extractor.store.database import READ_PATIENCE, connect
from extractor.store.migrations import prepare
from extractor.untrusted import csv_cell, json_line

Format = Literal["parquet", "csv", "jsonl", "bibtex"]

_BATCH_ROWS = 10_000
_QUERY = "FROM claim ORDER BY paper_id, ordinal"
_GROUPS = {
    "quantity": ("kind", "low", "high", "unit", "bound", "descending"),
    "factor": ("low", "high"),
}


def export_claims(store: str | Path, out: str | Path, format: Format) -> int:  # noqa: A002 - the option's name
    """Write every claim of the view ``claim`` to the file ``out`` and return how many; ``-`` is standard output.

    A file appears whole or not at all: it is written aside and then renamed. Parquet and CSV have the columns of the
    view. In CSV, text that a spreadsheet would take for a formula gets an apostrophe in front, numbers stay as they
    are, and control characters are left out. JSON Lines has one object a claim, with ``quantity`` and ``factor`` as
    objects. BibTeX has the papers with claims, and how many these are is returned. Raises UsageError where ``out``
    cannot be written, or for Parquet on standard output.
    """
    store = Path(store)
    prepare(store, create=False)
    if str(out) == "-" and format == "parquet":
        raise UsageError("Parquet cannot go to standard output; name a file")
    with output(out, store, binary=format == "parquet") as file:
        return _write_bibtex(store, file) if format == "bibtex" else _write(store, file, format)


def _write(store: Path, file: IO[Any], format: Format) -> int:  # noqa: A002
    writers: dict[Format, Callable[[IO[Any], pa.Schema, Iterable[pa.RecordBatch]], None]] = {
        "parquet": _write_parquet,
        "csv": _write_csv,
        "jsonl": _write_jsonl,
    }
    count = 0

    def counted(batches: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        nonlocal count
        for batch in batches:
            count += batch.num_rows
            yield batch

    with (
        connect(store, read_only=True, patience=READ_PATIENCE) as connection,
        connection.sql(_QUERY).to_arrow_reader(_BATCH_ROWS) as reader,
    ):
        writers[format](file, reader.schema, counted(reader))
    return count


def _write_bibtex(store: Path, file: IO[str]) -> int:
    with connect(store, read_only=True, patience=READ_PATIENCE) as connection:
        ids = {paper_id for (paper_id,) in connection.execute("SELECT DISTINCT paper_id FROM claim").fetchall()}
    file.write(bibtex(store, ids))
    return len(ids)


def _write_parquet(file: IO[bytes], schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _write_csv(file: IO[str], schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(schema.names)
    for batch in batches:
        columns = [[csv_cell(value) for value in column.to_pylist()] for column in batch.columns]
        writer.writerows(zip(*columns, strict=True))


def _write_jsonl(file: IO[str], _: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    for batch in batches:
        for row in batch.to_pylist():
            file.write(json_line(_record(row)) + "\n")


def _record(row: dict[str, Any]) -> dict[str, Any]:
    """The row as other programs get it: quantity (null where no number can be read) and factor as objects."""
    record = dict(row)
    record["family"] = record.pop("metric_family")
    for group, names in _GROUPS.items():
        record[group] = {name: record.pop(f"{group}_{name}") for name in names}
    if record["quantity"]["kind"] is None:
        record["quantity"] = None
    return record
