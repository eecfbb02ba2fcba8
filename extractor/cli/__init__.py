"""The command ``claims``. Commands parse arguments, make one call into the package and print what it returns."""

from __future__ import annotations

import io
import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from extractor.cli import aliases, batch, check, compare, data, extract, importing, models, papers, query, report
from extractor.cli.app import ErrorGroup

app = typer.Typer(
    cls=ErrorGroup,
    name="claims",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"claims {version('claim-extractor')}")
        raise typer.Exit


@app.callback()
def claims(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Measured claims from abstracts, as SQL: extract them, query them, compare methods against shared baselines.

    \b
    Examples:
      claims extract seeds/
      claims compare --baseline vLLM
    """


app.command("extract")(extract.extract)
app.add_typer(batch.app, name="batch")
app.command("import")(importing.import_)
app.command("papers")(papers.papers)
app.command("compare")(compare.compare)
app.command("leaderboard")(compare.leaderboard)
app.command("baselines")(compare.baselines)
app.add_typer(aliases.app, name="aliases")
app.command("sql")(query.sql)
app.command("show")(papers.show)
app.command("report")(report.report)
app.command("export")(data.export)
app.command("eval")(data.evaluate)
app.command("check")(check.check)
app.command("models")(models.models)


def main() -> None:
    """The console script."""
    _open_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Better a question mark than an end in the middle, where the terminal's encoding lacks a character.
            stream.reconfigure(errors="replace")
    app()


def _open_standard_streams() -> None:
    """Let a standard stream that the caller closed lead nowhere.

    The store would get its number when it is opened, and whatever is printed would be written into it.
    """
    while (spare := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(spare)
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)
