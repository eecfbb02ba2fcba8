"""Writes ``docs/sql.md`` from the comments that a store carries: ``python docs/sql_reference.py``."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from extractor.resources import resource
from extractor.store import Store

PAGE = Path(__file__).with_name("sql.md")

_START = """\
# SQL

Generated from the comments in `schemas/views.sql` and `schemas/macros.sql` by `make docs`; any DuckDB client shows
them too. Query with `claims sql "…"`, or open the file:

```sql
SELECT method, improvement, baseline FROM claim WHERE factor > 2 ORDER BY factor DESC;
FROM compared_with('vLLM', family := 'latency', on_hardware := 'A100', since := 2024);
FROM leaderboard('throughput');
FROM compare_methods('FastSwitch', 'vLLM');
```

The tables beneath (`papers`, `extractions`, `claims` …) may change between versions; views and macros are kept.
"""
_MACRO = re.compile(r"^CREATE OR REPLACE MACRO (?P<signature>(?P<name>\w+)\(.*?\)) AS", re.MULTILINE)


def reference() -> str:
    """The page, as an empty store of this version tells it."""
    with TemporaryDirectory() as folder:
        path = Store.open(Path(folder) / "claims.duckdb", create=True).path
        with duckdb.connect(str(path), read_only=True) as connection:
            return "\n".join([_START, "## Views\n", *_views(connection), "## Macros\n", *_macros(connection)])


def _views(connection: duckdb.DuckDBPyConnection) -> list[str]:
    views = "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY view_name <> 'claim', view_name"
    columns = (
        "SELECT column_name, data_type, comment FROM duckdb_columns() "
        "WHERE table_name = $view AND comment IS NOT NULL ORDER BY column_index"
    )
    parts = []
    for name, comment in connection.execute(views).fetchall():
        rows = connection.execute(columns, {"view": name}).fetchall()
        table = ["| column | type | |", "| --- | --- | --- |"] if rows else []
        table += [f"| `{column}` | {kind} | {_text(meaning)} |" for column, kind, meaning in rows]
        parts.append("\n".join([f"### `{name}`\n", f"{_text(comment)}\n", *table, *([""] if table else [])]))
    return parts


def _macros(connection: duckdb.DuckDBPyConnection) -> list[str]:
    functions = "SELECT function_name, function_type, parameters, comment FROM duckdb_functions() WHERE NOT internal"
    views = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    of_views = [_columns(connection, view) for (view,) in views]
    known = {name: details for name, *details in connection.execute(functions).fetchall()}
    parts = []
    for macro in _MACRO.finditer(resource("schemas/macros.sql").read_text(encoding="utf-8")):
        kind, parameters, comment = known[macro["name"]]
        part = f"### `{macro['signature']}`\n\n{_text(comment)}\n"
        if kind == "table_macro":
            columns = _columns(connection, f"{macro['name']}({', '.join(['NULL'] * len(parameters))})")
            if columns not in of_views:
                part += f"\nColumns: {', '.join(f'`{name}`' for name in columns)}.\n"
        parts.append(part)
    return parts


def _columns(connection: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    return [name for name, *_ in connection.execute(f"DESCRIBE FROM {source}").fetchall()]


def _text(comment: str) -> str:
    return comment.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
