"""Connections to a store: opened for one job and closed after it, because DuckDB's writer locks out every reader."""

from __future__ import annotations

import glob
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from extractor.errors import StoreError
from extractor.papers import fold_space

Config = dict[str, str | bool | int | float | list[str]]  # DuckDB's settings by name

READ_PATIENCE = 10.0  # seconds to wait for a writer's flush
WRITE_PATIENCE = 60.0  # seconds to wait for a reader's query, longer than the default time limit of a query
_LONGEST_NAP = 0.2

# Every commit goes into the file itself, first the data and then, in one write, the header that makes it count. No
# write-ahead log stands beside it that could be lost, left behind when the file is copied, or read by others.
_WRITE_CONFIG: Config = {"checkpoint_threshold": "0B", "auto_checkpoint_skip_wal_threshold": 0}

# A store may come from somebody else: its views must not reach other files, and no statement Python's variables.
_CONFIG: Config = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}

_MAGIC = slice(8, 12)
# A holder that cannot be seen, in another container or gone by now, is "PID 0".
_HOLDER = re.compile(r"Conflicting lock is held in (?:(?P<program>.*) \(PID (?P<pid>\d+)\)|PID \d+)")


@contextmanager
def connect(
    path: Path, *, read_only: bool, patience: float, create: bool = False, config: Config | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the DuckDB file at ``path``, a new one with ``create``, closed at the end of the block.

    It reaches no other file, unless ``config`` says otherwise. While others hold the file's lock, tries again for
    ``patience`` seconds. Every DuckDB error, in the block too, becomes a StoreError that names the file.
    """
    if not create:
        _require_duckdb_file(path)
    try:
        settings = _CONFIG | ({} if read_only else _WRITE_CONFIG) | (config or {})
        with _open(path, read_only, patience, settings) as connection:
            yield connection
    except duckdb.Error as error:
        raise StoreError(f"{path}: {reason(error)}") from error


def confine(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """Let a connection that was opened with ``enable_external_access`` reach nothing but these folders from now on."""
    paths = [str(folder.absolute()) for folder in folders]
    listed = ", ".join(text_literal(path) for path in (*paths, *map(glob.escape, paths)))  # as named, as found
    connection.execute(f"SET allowed_directories = [{listed}]")
    connection.execute("SET enable_external_access = false")


def text_literal(text: str) -> str:
    """The text as SQL writes it, for where a statement takes no parameter."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One transaction: committed at the end of the block, rolled back where the block raises."""
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A failed COMMIT has rolled back already, and then there is no transaction to end.
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise


def utc(moment: datetime) -> datetime:
    """The moment as the tables hold it: in UTC, without a time zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def reason(error: Exception) -> str:
    """DuckDB's message on one line, without the excerpt of the statement and without advice for other programs."""
    message = re.split(r"\n+LINE \d+:|See also https?:|For more info, visit", str(error), maxsplit=1)[0]
    return fold_space(message).removeprefix("FATAL Error: Failed to create checkpoint because of error: ")


def _require_duckdb_file(path: Path) -> None:
    """Refuse what is no DuckDB file before DuckDB sees it: for an SQLite file it would go and fetch an extension."""
    try:
        with path.open("rb") as file:
            magic = file.read(12)[_MAGIC]
    except FileNotFoundError:
        raise StoreError(f"{path}: no such store; 'claims extract PATH… --db {path}' makes one") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot read the store: {error.strerror}") from error
    if magic != b"DUCK":
        raise StoreError(f"{path}: not a store: the file is no DuckDB database")


def _open(path: Path, read_only: bool, patience: float, config: Config) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + patience
    nap = 0.01
    while True:
        try:
            # The absolute path, since DuckDB gives some names (":memory:", "md:…") a meaning of their own.
            return duckdb.connect(str(path.absolute()), read_only=read_only, config=config)
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            holder = _HOLDER.search(str(error))
            # Within one process the lock shows as a different configuration.
            if holder is None and not isinstance(error, duckdb.ConnectionException):
                raise
            if time.monotonic() >= deadline:
                who = _name(holder) if holder else "this process"
                raise StoreError(f"{path}: the store is in use by {who}; try again when it has finished") from error
        time.sleep(nap)
        nap = min(nap * 2, _LONGEST_NAP)


def _name(holder: re.Match[str]) -> str:
    return f"process {holder['pid']} ({holder['program']})" if holder["pid"] else "another process"
