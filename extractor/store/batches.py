"""What a store knows of the batches at a provider: which there are, and which of their questions are still open."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pydantic import TypeAdapter

from extractor.papers import Paper
from extractor.records import Call, Extraction, Work
from extractor.store.database import utc
from extractor.store.merging import register, replace_extractions, scalar
from extractor.store.rows import Row, extraction_id, extraction_rows, fetch_rows
from extractor.store.store import papers_where

if TYPE_CHECKING:
    import duckdb

    from extractor.store.store import Store

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came back for one request: the call, and the body of the response (a chat completion) where there is one.

    ``lasting`` says of a failure that the same request would fail again.
    """

    call: Call
    body: bytes | None = None
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a store asks a batch API about one paper: how often it was ``sent``, and what came back so far."""

    extraction_id: str
    paper_id: str
    sent: int = 0
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """What request files have in common: the run that they belong to, where they go, and how they are asked."""

    run_id: str
    base_url: str
    prompt_text: str = field(repr=False)
    reasks: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One request file at a provider.

    ``status`` is ``uploaded`` until the provider has confirmed the batch, then what it said last: ``validating``,
    ``in_progress``, ``finalizing``, ``completed``, ``expired``, ``cancelling``, ``cancelled``, ``failed``; or
    ``forgotten``. ``again`` counts the questions that were in it and are to be asked again.
    """

    number: int
    run_id: str
    work: Work
    base_url: str
    file_id: str
    provider_id: str | None
    status: str
    error: str | None
    requests: int
    again: int
    submitted_at: datetime
    collected_at: datetime | None
    reasks: int
    prompt_text: str = field(repr=False)

    @property
    def upload(self) -> Upload:
        """What it has in common with the batches of its re-asks."""
        return Upload(self.run_id, self.base_url, self.prompt_text, self.reasks)


class Batches:
    """The batches of a store. Calls that write belong within :meth:`Store.exclusive`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Batch]:
        """Every batch, the first submitted first."""
        with self._store.reading() as connection:
            return [_batch(row) for row in fetch_rows(connection, f"{_BATCHES} ORDER BY batch", {})]

    def open_questions(self) -> int:
        """How many questions have no final answer yet."""
        with self._store.reading() as connection:
            return scalar(connection, "SELECT count(*) FROM batch_requests")

    def file_ids(self) -> list[str]:
        """The ids of all files that were ever uploaded."""
        with self._store.reading() as connection:
            return [file_id for (file_id,) in connection.execute("SELECT file_id FROM batches").fetchall()]

    def add(self, upload: Upload, file_id: str, questions: Sequence[Question], *, first: bool) -> Batch:
        """Note that a file with these questions is uploaded.

        They are asked for the ``first`` time, whatever was open about them, or else again.
        """
        ids = [question.extraction_id for question in questions]
        with self._store.writing() as connection:
            ((number,),) = connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM batches").fetchall()
            connection.execute(
                "INSERT INTO batches BY NAME SELECT ? AS batch, ? AS run_id, ? AS base_url, ? AS prompt_text, "
                "? AS reasks, ? AS file_id, 'uploaded' AS status, ? AS requests, ? AS submitted_at",
                [number, *astuple(upload), file_id, len(questions), utc(datetime.now(UTC))],
            )
            connection.execute("UPDATE runs SET outcome = 'submitted' WHERE run_id = ?", [upload.run_id])
            if first:
                _replace(connection, ids, questions, number)
            _register(connection, ids)
            connection.execute(
                "UPDATE batch_requests SET batch = ?, waiting = true, sent = sent + 1 "
                "WHERE extraction_id IN (FROM wanted)",
                [number],
            )
            (row,) = fetch_rows(connection, f"{_BATCHES} WHERE batch = $batch", {"batch": number})
        return _batch(row)

    def note(self, batch: Batch, status: str, *, provider_id: str | None = None, error: str | None = None) -> None:
        """Note what the provider says of a batch."""
        if (status, provider_id or batch.provider_id, error) == (batch.status, batch.provider_id, batch.error):
            return
        with self._store.writing() as connection:
            connection.execute(
                "UPDATE batches SET status = ?, provider_id = coalesce(?, provider_id), error = ? WHERE batch = ?",
                [status, provider_id, error, batch.number],
            )

    def waiting(self, batch: Batch, extraction_ids: Collection[str]) -> dict[str, tuple[Question, Paper]]:
        """Those of these questions that wait for an answer from this batch, with their papers, by their ids."""
        with self._store.reading() as connection:
            _register(connection, extraction_ids)
            rows = "FROM batch_requests WHERE extraction_id IN (FROM wanted) AND batch = $batch AND waiting"
            return _with_papers(connection, fetch_rows(connection, rows, {"batch": batch.number}))

    def to_ask_again(self, run_id: str) -> Iterator[list[tuple[Question, Paper]]]:
        """The questions of a run that are to be asked again, with their papers, some at a time."""
        page = (
            "SELECT q.* FROM batch_requests q JOIN batches USING (batch) WHERE run_id = $run AND NOT waiting "
            f"AND extraction_id > $last ORDER BY extraction_id LIMIT {_PAGE}"
        )
        last = ""
        while True:
            with self._store.reading() as connection:
                found = _with_papers(connection, fetch_rows(connection, page, {"run": run_id, "last": last}))
            if not found:
                return
            yield list(found.values())
            last = max(found)

    def save(self, batch: Batch, extractions: Sequence[Extraction], again: Sequence[Question]) -> None:
        """Store what a batch answered, and which of these questions are to be asked ``again``, in one transaction."""
        with self._store.writing() as connection:
            register(connection, extraction_rows(batch.run_id, extractions))
            replace_extractions(connection, self._store.path)
            _replace(connection, [extraction_id(one.paper_id, one.work) for one in extractions], again, batch.number)

    def close(self, batch: Batch, status: str, *, again: range = range(0), error: str | None = None) -> int:
        """Note that nothing more will come of a batch; how many questions it left unanswered.

        Those that were sent as often as ``again`` says are to be asked again, the others are given up. A run whose
        questions are all settled is completed.
        """
        values = {"batch": batch.number, "first": again.start, "limit": again.stop}
        unanswered = "FROM batch_requests WHERE batch = $batch AND waiting"
        now = utc(datetime.now(UTC))
        with self._store.writing() as connection:
            ((count,),) = connection.execute(f"SELECT count(*) {unanswered}", {"batch": batch.number}).fetchall()
            connection.execute(f"DELETE {unanswered} AND (sent < $first OR sent >= $limit)", values)
            connection.execute(
                "UPDATE batch_requests SET waiting = false WHERE batch = $batch AND waiting", {"batch": batch.number}
            )
            connection.execute(
                "UPDATE batches SET status = ?, error = ?, collected_at = ? WHERE batch = ?",
                [status, error, now, batch.number],
            )
            (totals,) = fetch_rows(connection, _TOTALS, {"run": batch.run_id})
            outcome = "submitted" if totals.pop("still_open") else "completed"
            connection.execute(
                "UPDATE runs SET outcome = ?, finished_at = ?, summary = ? WHERE run_id = ?",
                [outcome, now, json.dumps(totals), batch.run_id],
            )
        return int(count)


_TOTALS = """
SELECT count(*) FILTER (status <> 'failed') AS extracted, count(*) FILTER (status = 'failed') AS failed,
    coalesce(sum(n_claims), 0)::BIGINT AS claims, coalesce(sum(n_dropped), 0)::BIGINT AS dropped_claims,
    sum(cost) AS cost,
    (SELECT coalesce(sum(prompt_tokens), 0)::BIGINT FROM calls WHERE run_id = $run) AS prompt_tokens,
    (SELECT coalesce(sum(completion_tokens), 0)::BIGINT FROM calls WHERE run_id = $run) AS completion_tokens,
    (SELECT count(*) FROM batch_requests JOIN batches USING (batch) WHERE run_id = $run) AS still_open
FROM extractions WHERE run_id = $run
"""
_BATCHES = """
SELECT b.*, r.model, r.prompt, r.prompt_hash, r.schema_hash,
    (SELECT count(*) FROM batch_requests q WHERE q.batch = b.batch AND NOT waiting) AS again
FROM batches b JOIN runs r USING (run_id)
"""
_EXCHANGES = TypeAdapter(tuple[Exchange, ...])
_WORK = ("model", "prompt", "prompt_hash", "schema_hash")


def _register(connection: duckdb.DuckDBPyConnection, extraction_ids: Collection[str]) -> None:
    connection.register("wanted", pa.table({"extraction_id": pa.array(list(extraction_ids), pa.string())}))


def _replace(connection: duckdb.DuckDBPyConnection, old: Collection[str], new: Sequence[Question], batch: int) -> None:
    """Put the ``new`` open questions, not waiting for anything, in place of the ``old`` ones."""
    _register(connection, old)
    connection.execute("DELETE FROM batch_requests WHERE extraction_id IN (FROM wanted)")
    rows = pa.table(
        {
            "extraction_id": pa.array([one.extraction_id for one in new], pa.string()),
            "paper_id": pa.array([one.paper_id for one in new], pa.string()),
            "batch": pa.array([batch] * len(new), pa.int32()),
            "waiting": pa.array([False] * len(new), pa.bool_()),
            "sent": pa.array([one.sent for one in new], pa.int32()),
            "exchanges": pa.array([_EXCHANGES.dump_json(one.exchanges).decode() for one in new], pa.string()),
        }
    )
    connection.register("new_requests", rows)
    connection.execute("INSERT INTO batch_requests BY NAME FROM new_requests")


def _with_papers(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> dict[str, tuple[Question, Paper]]:
    wanted = "WHERE paper_id IN (SELECT unnest($ids))"
    papers = {
        paper.paper_id: paper for paper in papers_where(connection, wanted, {"ids": [row["paper_id"] for row in rows]})
    }
    return {row["extraction_id"]: (_question(row), papers[row["paper_id"]]) for row in rows}


def _question(row: Row) -> Question:
    exchanges = _EXCHANGES.validate_json(row["exchanges"])
    return Question(row["extraction_id"], row["paper_id"], row["sent"], exchanges)


def _batch(row: dict[str, Any]) -> Batch:
    return Batch(
        number=row.pop("batch"),
        work=Work(**{name: row.pop(name) for name in _WORK}),
        submitted_at=row.pop("submitted_at").replace(tzinfo=UTC),
        collected_at=(collected := row.pop("collected_at")) and collected.replace(tzinfo=UTC),
        **row,
    )
