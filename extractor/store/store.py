"""Writing to and reading from a store. No method leaves a connection open: between them the file is free for others."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from weakref import WeakValueDictionary

import duckdb
import pyarrow as pa

from extractor.errors import AmbiguousError, StoreError, UsageError
from extractor.papers import Paper, merge_papers
from extractor.records import Extraction, Work
from extractor.store.database import READ_PATIENCE, WRITE_PATIENCE, Config, confine, connect, transaction, utc
from extractor.store.integrity import counted, row_counts
from extractor.store.lock import exclusive
from extractor.store.merging import (
    locate,
    register,
    replace_extractions,
    scalar,
    upsert_papers,
)
from extractor.store.migrations import prepare
from extractor.store.parts import Loaded, merge_parts
from extractor.store.rekey import rekey
from extractor.store.rows import Row, Tables, extraction_from, extraction_rows, fetch_rows, paper_from, paper_rows

if TYPE_CHECKING:
    from extractor.aliases import Aliases

T = TypeVar("T")
Outcome = Literal["completed", "interrupted", "out of budget", "failed", "submitted"]

_FILES_TOO: Config = {"enable_external_access": True}
# A flush takes little, but at times DuckDB merges what earlier ones appended, for which it would take all it can get.
_LITTLE_MEMORY: Config = {"memory_limit": "200MB"}
_OUT_OF_MEMORY = "Out of Memory Error"
_PAPERS_A_FLUSH = 5_000
_CANDIDATES_SHOWN = 20
# One process cannot hold a DuckDB file for reading and for writing at once, nor write to it in two transactions.
_turns: WeakValueDictionary[Path, RLock] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows a store holds. ``extracted`` counts the papers that at least one model read with success."""

    papers: int
    extracted: int
    extractions: int
    claims: int
    dropped_claims: int


@dataclass(frozen=True, slots=True)
class WorkSummary:
    """What one model, prompt and schema have done in a store: papers by status, claims, tokens, US dollars."""

    work: Work
    ok: int
    truncated: int
    refused: int
    failed: int
    claims: int
    dropped_claims: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    last_at: datetime


class Store:
    """A store at ``path``. Get one through :meth:`open`.

    A method that meets the file locked by another process waits for it, and raises StoreError that names the holder
    when it stays locked. Methods may be called from several threads, on several stores of one file too. DuckDB's errors
    (damage, full disk) are raised as StoreError; a failed write leaves the store as it was.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._turn = _turns.setdefault(self.path.resolve(), RLock())

    @classmethod
    def open(cls, path: str | Path, create: bool = False) -> Store:
        """The store at ``path``, brought up to this version; a new one with ``create`` where there is no file.

        Raises StoreError, and leaves the file as it is, where it is missing, no store, written by a newer version,
        locked, or cannot be read.
        """
        prepare(Path(path), create=create)
        return cls(path)

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep other extractions off the store for a block; see :func:`extractor.store.lock.exclusive`."""
        return exclusive(self.path)

    # Writing

    def add_papers(self, papers: Iterable[Paper]) -> int:
        """Store papers and return how many of them were new.

        A paper that is known already only gains new sources and the details that it lacked.
        """
        remaining = iter(papers)
        new = 0
        while batch := list(islice(remaining, _PAPERS_A_FLUSH)):
            new += self._flush(paper_rows(merge_papers(batch)), upsert_papers)
        return new

    def start_run(self, work: Work, *, options: Mapping[str, Any]) -> str:
        """Note that a run begins and return its id. Runs that never finished are marked as interrupted.

        Call it within :meth:`exclusive`.
        """
        now = datetime.now(UTC)
        run_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        with self.writing() as connection:
            connection.execute("UPDATE runs SET outcome = 'interrupted' WHERE outcome IS NULL")
            connection.execute(
                "INSERT INTO runs (run_id, model, prompt, prompt_hash, schema_hash, options, started_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [run_id, *_key(work), json.dumps(options, default=str), utc(now)],
            )
        return run_id

    def finish_run(self, run_id: str, *, outcome: Outcome, summary: Mapping[str, Any]) -> None:
        """Note how a run ended."""
        with self.writing() as connection:
            connection.execute(
                "UPDATE runs SET finished_at = ?, outcome = ?, summary = ? WHERE run_id = ?",
                [utc(datetime.now(UTC)), outcome, json.dumps(summary, default=str), run_id],
            )

    def save(self, run_id: str, extractions: Sequence[Extraction]) -> None:
        """Store extractions in one transaction, each in place of an earlier one of the same paper and work.

        The papers must be in the store; otherwise StoreError, and nothing is written. Calls of an earlier run stay.
        """
        latest = {(extraction.paper_id, extraction.work): extraction for extraction in extractions}
        tables = extraction_rows(run_id, latest.values())
        self._flush(tables, lambda connection: replace_extractions(connection, self.path))

    def _flush(self, tables: Tables, write: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Write new rows in one transaction, in little memory, or, where they are huge, in as much as they need."""
        try:
            with self.writing(_LITTLE_MEMORY) as connection:
                register(connection, tables)
                return write(connection)
        except StoreError as error:
            if _OUT_OF_MEMORY not in str(error):
                raise
        with self.writing() as connection:
            register(connection, tables)
            return write(connection)

    def load(self, parts: Sequence[Path]) -> Loaded:
        """Merge parts, folders of Parquet files, in one transaction; see :mod:`extractor.store.parts`.

        An extraction that the store has as new or newer is left out, so loading twice stores once. A million papers at
        a time are fast, single small parts are not. Raises StoreError, and nothing is written, where a part is damaged
        or not whole, or the store lacks a paper.
        """
        with self.writing(_FILES_TOO) as connection:
            confine(connection, parts)
            return merge_parts(connection, parts)

    def rekey(self, aliases: Aliases) -> int:
        """Give every stored claim the keys and the metric family that it would get today, with these aliases.

        Returns how many claims changed; a second time none does. Aliases that are gone lose their effect. Call it
        within :meth:`exclusive`, or a running extraction stores claims with the aliases that it began with.
        """
        with self.writing() as connection:
            return rekey(connection, aliases)

    # Reading

    def done(self, work: Work, paper_ids: Collection[str]) -> set[str]:
        """Those of ``paper_ids`` that are extracted under ``work`` with any status but failed, or wait in a batch."""
        with self.reading() as connection:
            connection.register("wanted", pa.table({"paper_id": pa.array(list(paper_ids), pa.string())}))
            locate(connection, "extractions", "wanted")
            found = connection.execute(
                "SELECT paper_id FROM extractions JOIN located ON extractions.rowid = place WHERE status <> 'failed' "
                "AND (model, prompt, prompt_hash, schema_hash) = (?, ?, ?, ?) "
                "UNION SELECT paper_id FROM batch_requests SEMI JOIN wanted USING (paper_id) "
                "JOIN batches USING (batch) JOIN runs USING (run_id) "
                "WHERE (model, prompt, prompt_hash, schema_hash) = (?, ?, ?, ?)",
                _key(work) * 2,
            ).fetchall()
        return {paper_id for (paper_id,) in found}

    def as_stored(self, papers: Sequence[Paper]) -> list[Paper]:
        """The papers with title and abstract as the store has them.

        The same paper may be written otherwise elsewhere, with a ligature or in another case; claims are located in the
        text that is stored.
        """
        wanted = pa.table(
            {name: [getattr(paper, name) for paper in papers] for name in ("paper_id", "title", "abstract")}
        )
        with self.reading() as connection:
            connection.register("wanted", wanted)
            locate(connection, "papers", "wanted")
            texts = fetch_rows(
                connection,
                "SELECT paper_id, p.title, p.abstract "
                "FROM papers p JOIN located ON p.rowid = place JOIN wanted w USING (paper_id) "
                "WHERE (p.title, p.abstract) <> (w.title, w.abstract)",
                {},
            )
        stored = {text.pop("paper_id"): text for text in texts}
        return [replace(paper, **stored[paper.paper_id]) if paper.paper_id in stored else paper for paper in papers]

    def papers(self, *, document: str | None = None) -> list[Paper]:
        """All papers in the order in which they were stored, or those found in one document."""
        with self.reading() as connection:
            if document is None:
                return papers_where(connection, "", {})
            where = "WHERE paper_id IN (SELECT paper_id FROM sources WHERE document = $document)"
            return papers_where(connection, where, {"document": document})

    def paper(self, wanted: str) -> Paper:
        """The one paper whose id begins with ``wanted``, or else whose title holds it, case aside.

        Raises UsageError where there is none, AmbiguousError with the first ones where there are more.
        """
        with self.reading() as connection:
            for where in (
                "WHERE starts_with(paper_id, lower($wanted)) AND $wanted <> ''",
                "WHERE lower(title) = lower($wanted)",
                "WHERE contains(lower(title), lower($wanted))",
            ):
                found = papers_where(connection, where, {"wanted": wanted})
                if found:
                    break
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(f"no paper in {self.path} has the id or title {wanted!r}")
        candidates = [f"{paper.paper_id} {paper.title}" for paper in found[:_CANDIDATES_SHOWN]]
        if len(found) > _CANDIDATES_SHOWN:
            candidates.append(f"and {len(found) - _CANDIDATES_SHOWN} more")
        raise AmbiguousError(f"{wanted!r} means {len(found)} papers; give one's id", candidates=candidates)

    def extractions(self, paper_id: str) -> list[Extraction]:
        """Every extraction of a paper, the latest first, with claims, drops and calls."""
        with self.reading() as connection:
            latest_first = "FROM extractions WHERE paper_id = $id ORDER BY finished_at DESC, extraction_id"
            rows = fetch_rows(connection, latest_first, {"id": paper_id})
            return [_extraction(connection, row) for row in rows]

    def counts(self) -> Counts:
        """How much the store holds."""
        with self.reading() as connection:
            rows = row_counts(connection)
            extracted = scalar(
                connection, "SELECT count(DISTINCT paper_id) FROM extractions WHERE status IN ('ok', 'truncated')"
            )
        return Counts(rows["papers"], extracted, rows["extractions"], rows["claims"], rows["dropped_claims"])

    def works(self) -> list[WorkSummary]:
        """What each model, prompt and schema have done in this store, the latest first; the view ``model`` in SQL."""
        with self.reading() as connection:
            rows = fetch_rows(connection, "FROM model ORDER BY last_at DESC", {})
        names = ("model", "prompt", "prompt_hash", "schema_hash")
        return [
            WorkSummary(
                work=Work(**{name: row.pop(name) for name in names}),
                last_at=row.pop("last_at").replace(tzinfo=UTC),
                **row,
            )
            for row in rows
        ]

    @contextmanager
    def writing(self, config: Config | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one transaction; for the modules of this package."""
        with (
            self._turn,
            connect(self.path, read_only=False, patience=WRITE_PATIENCE, config=config) as connection,
            transaction(connection),
            counted(connection),
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that only reads; for the modules of this package."""
        with self._turn, connect(self.path, read_only=True, patience=READ_PATIENCE) as connection:
            yield connection


def papers_where(connection: duckdb.DuckDBPyConnection, where: str, parameters: Mapping[str, object]) -> list[Paper]:
    """The papers that a WHERE clause chooses, in the order in which they were stored."""
    rows = fetch_rows(connection, f"FROM papers {where} ORDER BY rowid", parameters)
    sources: dict[str, list[Row]] = {}
    for source in fetch_rows(
        connection, f"FROM sources WHERE paper_id IN (SELECT paper_id FROM papers {where}) ORDER BY rowid", parameters
    ):
        sources.setdefault(source["paper_id"], []).append(source)
    return [paper_from(row, sources.get(row["paper_id"], [])) for row in rows]


def _extraction(connection: duckdb.DuckDBPyConnection, row: Row) -> Extraction:
    key = {"id": row["extraction_id"]}
    tables = {
        table: fetch_rows(connection, f"FROM {table} WHERE extraction_id = $id ORDER BY rowid", key)
        for table in ("claims", "claim_baselines", "dropped_claims")
    }
    tables["calls"] = fetch_rows(
        connection,
        "FROM calls WHERE extraction_id = $id AND run_id = $run ORDER BY ordinal",
        key | {"run": row["run_id"]},
    )
    return extraction_from(row, tables)


def _key(work: Work) -> list[str]:
    return [work.model, work.prompt, work.prompt_hash, work.schema_hash]
