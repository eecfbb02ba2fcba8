"""``claims import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from extractor.cli.app import Db, Json, settings


def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="FOLDER", help="Parts, or folders that hold some.")],
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Merge what was extracted elsewhere, in parts, into the store.

    What the store has as new or newer already is left out: parts may come twice and in any order. A part that is
    damaged or of another version is named and left out whole.

    \b
    Examples:
      claims import claims.duckdb.parts/
      claims import node1/parts node2/parts --db all.duckdb

    \b
    Exit codes:
      0  done
      1  some parts were refused
      2  wrong use, or a store that cannot be used
    """
    from dataclasses import asdict  # noqa: PLC0415

    from extractor.cli.output import counted, print_json, warn  # noqa: PLC0415
    from extractor.importing import import_parts  # noqa: PLC0415

    store = settings(db=db).db
    imported = import_parts(paths, store, on_refused=warn)
    if as_json:
        print_json([asdict(imported)])
    else:
        print(
            f"{counted(imported.parts, 'part')}: {counted(imported.papers, 'new paper')}, "
            f"{counted(imported.extractions, 'extraction')}, {counted(imported.claims, 'claim')} ({store})"
        )
    if imported.refused:
        raise typer.Exit(1)
