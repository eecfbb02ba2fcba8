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

from extractor import names
from extractor.aliases import alias_file_of, load_aliases
from extractor.errors import StoreError
from extractor.resources import resource
from extractor.store.database import READ_PATIENCE, WRITE_PATIENCE, connect, transaction, utc
from extractor.store.rekey import rekey


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
    with connect(path, read_only=True, patience=READ_PATIENCE) as connection:
        current = _is_current(connection, path)
    if not current:
        with connect(path, read_only=False, patience=WRITE_PATIENCE) as connection:
            # Asked again under the lock: another process may have been faster.
            if not _is_current(connection, path):
                _upgrade(connection, path, migrations()[version_of(connection, path) :])


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
                _upgrade(connection, path, migrations())
            draft.chmod(0o600)
            with suppress(FileExistsError):  # another process was faster
                path.hardlink_to(draft)
    except OSError as error:
        raise StoreError(f"{path}: cannot create the store: {error.strerror}") from error


def version_of(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The number of the last migration that the store at ``path`` has seen.

    Raises StoreError for what is no store, or one of a newer version.
    """
    try:
        ((last,),) = connection.execute(
            "SELECT (SELECT max(number) FROM migrations) FROM meta "
            "WHERE (key, value) = ('application', 'claim-extractor')"
        ).fetchall()
        version = int(last)
    except (duckdb.CatalogException, duckdb.BinderException, ValueError, TypeError):
        raise StoreError(f"{path}: a DuckDB database, but not a store of claims; name another file") from None
    newest = migrations()[-1].number
    if version > newest:
        raise StoreError(
            f"{path}: written by a newer version (its tables are at {version}, this one knows {newest}); "
            "upgrade with 'pip install --upgrade claim-extractor'"
        )
    return version


def _is_current(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    if version_of(connection, path) < migrations()[-1].number:
        return False
    return _noted(connection, "views") == _views_hash() and _noted(connection, "naming_rules") == str(names.RULES)


def _noted(connection: duckdb.DuckDBPyConnection, key: str) -> str | None:
    values: list[tuple[str]] = connection.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchall()
    return values[0][0] if values else None


def _upgrade(connection: duckdb.DuckDBPyConnection, path: Path, pending: list[Migration]) -> None:
    """Bring tables, views, macros, and the keys of names up to this version, with the aliases beside the store."""
    aliases = load_aliases(alias_file_of(path), missing_ok=True)
    for migration in pending:
        with transaction(connection):
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO migrations VALUES (?, ?, ?)", [migration.number, migration.name, utc(datetime.now(UTC))]
            )
    with transaction(connection):
        connection.execute(_views_sql())
        if _noted(connection, "naming_rules") != str(names.RULES):
            rekey(connection, aliases)
        noted = [("views", _views_hash()), ("naming_rules", str(names.RULES))]
        connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", noted)


def _views_sql() -> str:
    return "\n".join(resource(f"schemas/{name}.sql").read_text(encoding="utf-8") for name in ("views", "macros"))


def _views_hash() -> str:
    return hashlib.sha256(_views_sql().encode()).hexdigest()
