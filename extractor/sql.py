"""SQL from people and programs, run so that it can only read: this store, a bounded time, in bounded memory."""

from __future__ import annotations

import re
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import TIMEOUT_MAX, Event, Lock, Thread
from time import monotonic
from typing import Any

import duckdb
import pyarrow as pa

from extractor.errors import QueryError
from extractor.notebook import html_table
from extractor.store.database import READ_PATIENCE, WRITE_PATIENCE, Config, connect, reason
from extractor.store.migrations import prepare

TIMEOUT = 30.0  # seconds
GRACE_SECONDS = 1.0  # for a statement that was told to stop
MAX_RESULT_BYTES = 512 * 2**20

_MAX_GROWTH = 2 * 2**30  # bytes; Arrow's allocator alone takes hold of one gigabyte at a time
_one_at_a_time = Lock()  # the limit is the whole process's

# On top of what every connection to a store forbids.
_SANDBOX: Config = {"memory_limit": "512MB", "threads": 2, "max_temp_directory_size": "0GB", "lock_configuration": True}
_UNSAFE: Config = {
    "enable_external_access": True,
    "autoload_known_extensions": True,
    "autoinstall_known_extensions": True,
}
_BATCH_ROWS = 2_000
_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(?:ANALYZE\s+)?(?:\([^)]*\)\s*)?(?P<explained>.*)", re.IGNORECASE | re.DOTALL)
_TOO_BIG = "the query needs too much memory; narrow it, or run it with --unsafe"
_READ_ONLY = "only a single SELECT (or WITH, FROM, SHOW, DESCRIBE, SUMMARIZE, EXPLAIN of one) is allowed"


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a query: an Arrow table, and ways to read it. Column names may repeat. Notebooks show a table."""

    table: pa.Table

    @property
    def columns(self) -> list[str]:
        """The column names in order."""
        return list(self.table.column_names)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for batch in self.table.to_batches(max_chunksize=_BATCH_ROWS):
            yield from zip(*map(_values, self.columns, batch.columns), strict=True)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def _repr_html_(self) -> str:
        return html_table(self.columns, self, len(self))


def _values(name: str, column: pa.Array) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError) as error:  # a date or an interval for which Python has no value
        raise QueryError(f"column {name}: {error}; select it as VARCHAR") from error


def run_sql(
    path: str | Path,
    sql: str,
    *,
    timeout: float = TIMEOUT,
    unsafe: bool = False,
    as_json: bool = False,
    give_up: Callable[[QueryError], None] | None = None,
) -> Rows:
    """Run one reading statement on the store at ``path`` and return its rows; the store is free again on return.

    The connection is read-only and reaches no other file, network, extension or setting. A statement that runs longer
    than ``timeout`` seconds, yields more than half a gigabyte, or needs more than two gigabytes is stopped. ``unsafe``
    lifts all of this but the time limit: any statements, with write access.

    With ``as_json`` each row is one text, a JSON object as DuckDB's ``COPY … (FORMAT json)`` writes it: lists, structs
    and maps as arrays and objects, what JSON has no type for (dates, intervals, blobs) as DuckDB's text for it, but
    NaN and infinities bare. A column name that repeats is numbered, ``a`` and ``a_1``.

    A single call of a function, such as ``levenshtein`` of two very long texts, cannot be stopped within a program.
    ``give_up`` is then called, in another thread, :data:`GRACE_SECONDS` after the time limit; it may end the program.

    Raises QueryError, with DuckDB's reason on one line, for SQL that is wrong, refused or stopped; StoreError for a
    store that cannot be opened.
    """
    try:
        sql.encode()
    except UnicodeEncodeError:
        raise QueryError("the statement is not UTF-8 text") from None
    path = Path(path)
    prepare(path, create=False)
    if not unsafe:
        with _query_errors(timeout):
            _require_one_read(sql)
    patience = WRITE_PATIENCE if unsafe else READ_PATIENCE
    with (
        connect(path, read_only=not unsafe, patience=patience, config=_UNSAFE if unsafe else _SANDBOX) as connection,
        _query_errors(timeout, connection),
        _time_limit(connection, timeout, give_up),
        nullcontext() if unsafe else _bounded_memory(),
    ):
        return Rows(_fetch(connection, sql, None if unsafe else MAX_RESULT_BYTES, as_json))


@contextmanager
def _time_limit(
    connection: duckdb.DuckDBPyConnection, timeout: float, give_up: Callable[[QueryError], None] | None
) -> Iterator[None]:
    ended = Event()

    def watch() -> None:
        if ended.wait(min(TIMEOUT_MAX, timeout)):
            return
        deadline = monotonic() + GRACE_SECONDS
        # Again and again, since an interrupt between planning and running is forgotten.
        while not ended.wait(0.05):
            connection.interrupt()
            if give_up and monotonic() > deadline:
                give_up(_stopped(timeout))

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Let this process grow by at most ``_MAX_GROWTH`` while the block runs, where the system can tell (Linux).

    DuckDB's own limit does not see long strings and lists while it computes them; past this one its allocation fails,
    which it reports like any other lack of memory.
    """
    with _one_at_a_time:
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        used = _data_size()
        if used is None or soft != resource.RLIM_INFINITY:
            yield
            return
        resource.setrlimit(resource.RLIMIT_DATA, (used + _MAX_GROWTH, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _data_size() -> int | None:
    """The bytes of private memory that this process has mapped, which is what ``RLIMIT_DATA`` limits."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = re.search(r"^VmData:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _require_one_read(sql: str) -> None:
    statements = duckdb.extract_statements(sql)
    if not statements:
        raise QueryError("no SQL statement given")
    if len(statements) > 1:
        raise QueryError(f"{len(statements)} statements given; {_READ_ONLY}")
    kind = statements[0].type
    if kind == duckdb.StatementType.EXPLAIN and (explain := _EXPLAIN.fullmatch(statements[0].query)):
        # EXPLAIN ANALYZE runs what it explains.
        _require_one_read(explain["explained"])
    elif kind == duckdb.StatementType.MULTI:
        raise QueryError("PIVOT needs its columns listed here: PIVOT … ON column IN ('a', 'b')")
    elif kind != duckdb.StatementType.SELECT:
        raise QueryError(f"{kind.name} refused: {_READ_ONLY}; --unsafe lifts this")


def _fetch(connection: duckdb.DuckDBPyConnection, sql: str, limit: int | None, as_json: bool) -> pa.Table:
    relation = connection.sql(sql)
    if relation is None:  # a statement without rows
        return pa.table({})
    if as_json:
        relation = relation.project(f"{_json_object(relation.columns)} AS json")
    batches = []
    size = 0
    with relation.to_arrow_reader(_BATCH_ROWS) as reader:
        for batch in reader:
            batches.append(batch)
            size += batch.nbytes
            if limit is not None and size > limit:
                raise QueryError(f"the result is larger than {limit >> 20} MB; add a LIMIT, or use 'claims export'")
        return pa.Table.from_batches(batches, reader.schema)


def _json_object(columns: list[str]) -> str:
    """An expression for a row as a JSON object; its values by place, as names may repeat."""
    names = (name.replace("'", "''") for name in _distinct(columns))
    members = (f"'{name}', #{place}" for place, name in enumerate(names, 1))
    return f"json_object({', '.join(members)})"


def _distinct(names: list[str]) -> list[str]:
    """The names with each repeated one numbered as DuckDB does it, ``a`` and ``a_1``: a JSON object has a key once."""
    distinct: list[str] = []
    for name in names:
        tries = (name if number == 0 else f"{name}_{number}" for number in count())
        distinct.append(next(one for one in tries if one not in distinct))
    return distinct


def _stopped(timeout: float) -> QueryError:
    return QueryError(f"stopped after {timeout:g} s; narrow the query or raise the time limit")


@contextmanager
def _query_errors(timeout: float, connection: duckdb.DuckDBPyConnection | None = None) -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise QueryError(_TOO_BIG) from error
    except (duckdb.Error, OSError, pa.ArrowException) as error:  # the last two: DuckDB's errors through an Arrow reader
        message = reason(error)
        if message.startswith("INTERRUPT"):
            raise _stopped(timeout) from error
        if message.startswith("Out of Memory"):
            message = _TOO_BIG
        elif message.startswith("Permission"):
            message += "; --unsafe lifts this"
        elif "Table with name" in message and connection is not None:
            message += _tables_hint(connection)
        raise QueryError(message) from error


def _tables_hint(connection: duckdb.DuckDBPyConnection) -> str:
    views = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY view_name").fetchall()
    return f" The views are: {', '.join(name for (name,) in views)}"
