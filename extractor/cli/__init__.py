"""The command ``claims``. Commands parse arguments, make one call into the package and print what it returns."""

from __future__ import annotations

import typer

from extractor.cli import data, extract, models, papers, query
from extractor.cli.app import ErrorGroup

app = typer.Typer(
    cls=ErrorGroup,
    name="claims",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Measured claims from abstracts, as SQL: extract them, query them, compare methods against shared baselines.",
)

app.command("extract")(extract.extract)
app.command("papers")(papers.papers)
app.command("compare")(query.compare)
app.command("baselines")(query.baselines)
app.command("sql")(query.sql)
app.command("show")(papers.show)
app.command("export")(data.export)
app.command("eval")(data.evaluate)
app.command("models")(models.models)


def main() -> None:
    """The console script."""
    app()
