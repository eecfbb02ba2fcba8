"""``claims check``."""

from __future__ import annotations

import typer

from extractor.cli.app import Db, Json, settings


def check(db: Db = None, as_json: Json = False) -> None:
    """Look for damage in the store; nothing is written.

    Every block is read and compared with its checksum, every row with what the program noted when it wrote it, papers
    with their ids, and claims with their abstracts. Exits with 1 where something is wrong.

    \b
    Examples:
      claims check
      claims check --db copy.duckdb --json
    """
    from extractor.cli.output import counted, print_json, print_text, warn  # noqa: PLC0415
    from extractor.store import check_store  # noqa: PLC0415  (imports duckdb)

    path = settings(db=db).db
    problems = check_store(path)
    if as_json:
        print_json({"problem": problem} for problem in problems)
    else:
        for line in problems or [f"{path}: no problems"]:
            print_text(line)
    if problems:
        found = counted(len(problems), "problem")
        warn(f"{path}: {found}, nothing was changed; go back to a copy, or extract into another --db")
        raise typer.Exit(1)
