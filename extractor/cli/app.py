"""What all commands share: errors as one line, and the options that several of them have."""

from __future__ import annotations

import errno
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from extractor.errors import AmbiguousError, ClaimsError, UsageError

if TYPE_CHECKING:
    from extractor.settings import Settings


class ErrorGroup(TyperGroup):
    """A group of commands that prints a :class:`ClaimsError` as one line and exits with its code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line; an output that cannot be written, as on a full disk, is a line and exit code 2 too."""
        try:
            try:
                return super().main(*args, **kwargs)
            finally:
                sys.stdout.flush()
        except OSError as error:
            if error.filename is not None:  # no stream, but a file: a bug
                raise
            # What could not be written must not be tried again when the program ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if error.errno == errno.EPIPE:  # the reader has seen enough
                sys.exit(128 + signal.SIGPIPE)
            tell(UsageError(f"standard output: {error.strerror}"))
            sys.exit(UsageError.exit_code)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ClaimsError as error:
            tell(error)
            raise typer.Exit(error.exit_code) from None


def tell(error: ClaimsError) -> None:
    """Print an error as the one line that it is, and candidates each on a line of its own."""
    from extractor.cli.output import warn  # noqa: PLC0415  (rich takes its time to import)

    warn(f"claims: {error}")
    for candidate in error.candidates if isinstance(error, AmbiguousError) else ():
        warn(candidate, cut=True)


Db = Annotated[
    Path | None, typer.Option("--db", metavar="FILE", help="The store, a DuckDB file.  [default: claims.duckdb]")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV that is safe to open in a spreadsheet.")]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", metavar="NAME", help="The model, or 'embedded' for the one that needs no key."),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url", metavar="URL", help="Address of an OpenAI-compatible API, such as http://localhost:8000/v1."
    ),
]
Prompt = Annotated[
    str | None, typer.Option("--prompt", metavar="NAME", help="A shipped prompt, or the path of one of your own.")
]


def one_form(**flags: bool) -> str | None:
    """The one of these flags, named as on the command line, that says how to print; None where none is given.

    Raises UsageError where there are more.
    """
    given = [name for name, chosen in flags.items() if chosen]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(f'--{name}' for name in given)} exclude each other; give one of them")
    return given[0] if given else None


def settings(**flags: Any) -> Settings:
    """The settings in force, given a command's flags; None is a flag that was not given."""
    from extractor.settings import load_settings  # noqa: PLC0415  (takes its time to import)

    return load_settings(**flags)
