"""Records to rows and back. A row is a mapping by column name; the tables are those of ``schemas/migrations``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from extractor.factors import Factor
from extractor.papers import ID_LENGTH, Paper, Source, storable
from extractor.quantities import Quantity
from extractor.records import Baseline, Call, ClaimRecord, DroppedClaim, Extraction, Work
from extractor.store.database import utc

Row = dict[str, Any]
Tables = dict[str, list[Row]]  # rows by the name of their table


def extraction_id(paper_id: str, work: Work) -> str:
    """The identity of one paper's extraction under one work: a SHA-256 prefix of both."""
    parts = (paper_id, work.model, work.prompt, work.prompt_hash, work.schema_hash)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]


def paper_rows(papers: Iterable[Paper]) -> Tables:
    """The rows of ``papers`` and ``sources``."""
    rows: Tables = {"papers": [], "sources": []}
    for paper in papers:
        first = {"paper_id": paper.paper_id, "document": paper.sources[0].document if paper.sources else None}
        rows["papers"].append(first | {name: getattr(paper, name) for name in _PAPER_DETAILS})
        rows["sources"] += ({"paper_id": paper.paper_id, **_row(source)} for source in dict.fromkeys(paper.sources))
    return rows


def extraction_rows(run_id: str, extractions: Iterable[Extraction]) -> Tables:
    """The rows of every table that an extraction fills."""
    rows: Tables = {"extractions": [], "calls": [], "claims": [], "claim_baselines": [], "dropped_claims": []}
    for extraction in extractions:
        key = {"extraction_id": extraction_id(extraction.paper_id, extraction.work)}
        rows["extractions"].append(key | _extraction_row(run_id, extraction))
        for ordinal, call in enumerate(extraction.calls, start=1):
            place = key | {"run_id": run_id, "ordinal": ordinal}
            rows["calls"].append(place | _row(call) | {"started_at": utc(call.started_at)})
        for claim in extraction.claims:
            rows["claims"].append(key | _claim_row(claim))
            place = key | {"ordinal": claim.ordinal}
            rows["claim_baselines"] += (place | _row(baseline) for baseline in claim.baselines)
        rows["dropped_claims"] += (key | _row(dropped) for dropped in extraction.dropped)
    return rows


def arrow_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """The rows as an Arrow table; columns that a row lacks are null."""
    try:
        return pa.Table.from_pylist(rows, schema=schema)
    except UnicodeEncodeError:
        storable = [{name: _storable(cell) for name, cell in row.items()} for row in rows]
        return pa.Table.from_pylist(storable, schema=schema)


def fetch_rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]) -> list[Row]:
    """The rows that a query gives, with its named parameters filled in."""
    rows: list[Row] = connection.sql(sql, params=dict(parameters)).to_arrow_table().to_pylist()
    return rows


def paper_from(row: Row, sources: Iterable[Row]) -> Paper:
    """The paper of one row of ``papers`` and its rows of ``sources``."""
    details = {name: row[name] for name in _PAPER_DETAILS} | {"authors": tuple(row["authors"])}
    return Paper(**details, sources=tuple(Source(source["document"], source["position"]) for source in sources))


def extraction_from(row: Row, tables: Tables) -> Extraction:
    """The extraction of one row of ``extractions`` and its rows of the other tables."""
    baselines: dict[int, list[Baseline]] = {}
    for part in tables["claim_baselines"]:
        baselines.setdefault(part["ordinal"], []).append(Baseline(part["name"], part["key"], part["generic"]))
    return Extraction(
        paper_id=row["paper_id"],
        work=Work(**{name: row[name] for name in _names(Work)}),
        status=row["status"],
        reply=row["reply"],
        claims=tuple(_claim_from(claim, baselines.get(claim["ordinal"], [])) for claim in tables["claims"]),
        dropped=tuple(DroppedClaim(drop["claim"], drop["reason"]) for drop in tables["dropped_claims"]),
        calls=tuple(_call_from(call) for call in tables["calls"]),
        finished_at=row["finished_at"].replace(tzinfo=UTC),
        error=row["error"],
        cost=row["cost"],
    )


def _extraction_row(run_id: str, extraction: Extraction) -> Row:
    return _row(extraction.work) | {
        "paper_id": extraction.paper_id,
        "run_id": run_id,
        "status": extraction.status,
        "reply": extraction.reply,
        "error": extraction.error,
        "cost": extraction.cost,
        "finished_at": utc(extraction.finished_at),
        "n_claims": len(extraction.claims),
        "n_dropped": len(extraction.dropped),
    }


def _claim_row(claim: ClaimRecord) -> Row:
    row = {name: getattr(claim, name) for name in _CLAIM_COLUMNS}
    if claim.quantity is not None:
        row |= {f"quantity_{name}": getattr(claim.quantity, name) for name in _names(Quantity)}
    return row | {"factor_low": claim.factor.low, "factor_high": claim.factor.high}


def _call_from(row: Row) -> Call:
    return Call(**{name: row[name] for name in _names(Call)} | {"started_at": row["started_at"].replace(tzinfo=UTC)})


def quantity_from(row: Row) -> Quantity | None:
    """The quantity of one row of ``claims``; None where its words hold no readable number."""
    if row["quantity_kind"] is None:
        return None
    return Quantity(**{name: row[f"quantity_{name}"] for name in _names(Quantity)})


def _claim_from(row: Row, baselines: list[Baseline]) -> ClaimRecord:
    plain = {name: row[name] for name in _CLAIM_COLUMNS}
    factor = Factor(row["factor_low"], row["factor_high"])
    return ClaimRecord(**plain, quantity=quantity_from(row), factor=factor, baselines=tuple(baselines))


def _row(record: Any) -> Row:
    """A flat record as a row; ``dataclasses.asdict`` would copy every value deeply."""
    return {name: getattr(record, name) for name in _names(record.__class__)}


@cache
def _names(record: type) -> list[str]:
    return [field.name for field in fields(record)]


_PAPER_DETAILS = [name for name in _names(Paper) if name != "sources"]
_CLAIM_COLUMNS = [name for name in _names(ClaimRecord) if name not in ("quantity", "factor", "baselines")]


def _storable(cell: Any) -> Any:
    if isinstance(cell, str):
        return storable(cell)
    if isinstance(cell, tuple):
        return [_storable(part) for part in cell]
    return cell
