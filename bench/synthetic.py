"""Synthetic papers and claims with the proportions of real ones, as parts that a store can load.

A paper has none to six claims, three on average. Two thirds of the claims name a baseline, a third of these a class
("existing systems"). Four of five claims are about a name of the paper's own. Names that papers share are a third as
many as papers and follow the law of Zipf and Mandelbrot, P(rank) ~ 1 / (rank + 20): of 2,200 baselines in hand-labelled
abstracts the most usual one has half a percent, where Zipf's law alone would give it a tenth.

Every row is a function of its number, so two runs write the same rows.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from extractor.records import Work
from extractor.store.parts import write_manifest

WORK = Work("bench-model", "bench", "0" * 20, "0" * 20)
PAPERS_A_PART = 50_000

_TABLES = ("papers", "sources", "extractions", "calls", "claims", "claim_baselines")
_SQL = Path(__file__).with_suffix(".sql")


def write_parts(folder: Path, papers: int) -> list[Path]:
    """Write so many papers with their claims into parts below ``folder``, a new one, and return these."""
    folder.mkdir()
    parts = [folder / f"part-{number:04}" for number in range(-(-papers // PAPERS_A_PART))]
    variables = {name: getattr(WORK, name) for name in ("model", "prompt", "prompt_hash", "schema_hash")}
    variables |= {"run_id": "bench", "shared": papers // 3, "first": 0, "stop": 0}
    with duckdb.connect(config={"threads": 1, "memory_limit": "1GB"}) as connection:
        for name, value in variables.items():
            connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
        connection.execute(_SQL.read_text())
        for number, part in enumerate(parts):
            part.mkdir()
            first = number * PAPERS_A_PART
            connection.execute(f"SET VARIABLE first = {first}")
            connection.execute(f"SET VARIABLE stop = {min(first + PAPERS_A_PART, papers)}")
            connection.execute("CREATE OR REPLACE TEMP TABLE this_claim AS FROM claim")
            connection.execute("CREATE OR REPLACE TEMP TABLE this_paper AS FROM paper")
            for table in _TABLES:
                connection.execute(f"COPY (FROM {table}) TO '{part / table}.parquet' (COMPRESSION zstd)")
            write_manifest(part)
    return parts
