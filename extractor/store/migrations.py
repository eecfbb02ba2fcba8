"""Creating a store and bringing an older one up to date: numbered migrations, then views and macros."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from extractor.errors import StoreError
from extractor.resources import resource
from extractor.store.database import READ_PATIENCE, connect, transaction, utc


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the tables' history: ``schemas/migrations/0001_tables.sql`` is number 1, name ``tables``."""

    number: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """All migrations that this version knows, in order."""
    files = sorted(resource("schemas/migrations").glob("*.sql"))
    return [Migration(int(file.stem[:4]), file.stem[5:], file.read_text(encoding="utf-8")) for file in files]


def prepare(path: Path, *, create: bool) -> None:
    """Make sure that ``path`` is a store of this version: create it, upgrade an older one, refuse anything else.

    A store that is up to date is only read. Raises StoreError with the file untouched.
    """
    if create and not path.exists():
        _create(path)
        return
    known = migrations()
    with connect(path, read_only=True, patience=READ_PATIENCE) as connection:
        applied, views = _state(connection, path)
    if applied > known[-1].number:
        raise StoreError(
            f"{path}: written by a newer version (its tables are at {applied}, this one knows {known[-1].number}); "
            "upgrade with 'pip install --upgrade claim-extractor'"
        )
    if applied < known[-1].number or views != _views_hash():
        with connect(path, read_only=False, patience=READ_PATIENCE) as connection:
            _upgrade(connection, known[applied:])


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the store at ``path``, brought up to this version; raises as :func:`prepare` does."""
    prepare(path, create=False)
    with connect(path, read_only=True, patience=READ_PATIENCE) as connection:
        yield connection


def _create(path: Path) -> None:
    """Build the new store aside and link it into place, so that nobody meets half a store or one open to others."""
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".claims-") as folder:
            draft = Path(folder) / path.name
            with connect(draft, read_only=False, patience=0, create=True) as connection:
                _upgrade(connection, migrations())
            draft.chmod(0o600)
            with suppress(FileExistsError):  # another process was faster
                path.hardlink_to(draft)
    except OSError as error:
        raise StoreError(f"{path}: cannot create the store: {error.strerror}") from error


def _state(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[int, str | None]:
    """The number of the last migration applied, and the hash of the views."""
    try:
        meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        ((last,),) = connection.execute("SELECT max(number) FROM migrations").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        meta, last = {}, None
    if meta.get("application") != "claim-extractor" or last is None:
        raise StoreError(f"{path}: a DuckDB database, but not a store of claims; name another file")
    return int(last), meta.get("views")


def _upgrade(connection: duckdb.DuckDBPyConnection, pending: list[Migration]) -> None:
    for migration in pending:
        with transaction(connection):
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO migrations VALUES (?, ?, ?)", [migration.number, migration.name, utc(datetime.now(UTC))]
            )
    with transaction(connection):
        connection.execute(_views_sql())
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('views', ?)", [_views_hash()])


def _views_sql() -> str:
    return "\n".join(resource(f"schemas/{name}.sql").read_text(encoding="utf-8") for name in ("views", "macros"))


def _views_hash() -> str:
    return hashlib.sha256(_views_sql().encode()).hexdigest()
