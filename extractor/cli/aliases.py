"""``claims aliases``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.cli.app import Csv, Db, Json, one_form, settings

if TYPE_CHECKING:
    from extractor.settings import Settings
    from extractor.store import Store

app = typer.Typer(
    no_args_is_help=True,
    help="""Join names that mean the same method, and metrics with their family.

    The aliases stand in a TOML file beside the store, or in the one that the setting aliases names; edit it as you
    like. New claims get them when they are extracted, stored ones by `add` and `apply`.

    \b
    Examples:
      claims aliases suggest
      claims aliases add "paged attention server" vLLM
    """,
    short_help="Join names that mean the same.",
)


@app.command("list")
def list_all(db: Db = None, as_json: Json = False, as_csv: Csv = False) -> None:
    """List the aliases in the file.

    \b
    Examples:
      claims aliases list
    """
    from extractor.aliases import Alias, list_aliases  # noqa: PLC0415
    from extractor.cli.output import print_records, print_table  # noqa: PLC0415

    form = one_form(json=as_json, csv=as_csv)
    found = list_aliases(settings(db=db).alias_file)
    if form:
        print_records(Alias, found, as_csv=form == "csv")
        return
    print_table(("section", "alias", "stands for"), ((one.section, one.alias, one.target) for one in found))


@app.command()
def add(
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="A spelling, or with --metric a metric.")],
    target: Annotated[str, typer.Argument(metavar="NAME", help="What it stands for, or with --metric a family.")],
    metric: Annotated[bool, typer.Option("--metric", help="Put a metric into a family.")] = False,
    db: Db = None,
) -> None:
    """Add an alias to the file and apply the file to the stored claims.

    A spelling that no claim has is added too, for claims to come; a line on standard error names those near it.

    \b
    Examples:
      claims aliases add "paged attention server" vLLM
      claims aliases add --metric "tokens per watt-hour" energy_efficiency
    """
    from extractor.aliases import Alias, add_alias  # noqa: PLC0415
    from extractor.cli.output import warn  # noqa: PLC0415
    from extractor.lookup import unknown_to_claims  # noqa: PLC0415

    chosen = settings(db=db)
    added = Alias("metrics" if metric else "names", alias, target)
    with _writable(chosen) as store:
        new = add_alias(chosen.alias_file, added)
        warn(f"{alias!r} stands for {target!r} {'from now on' if new else 'already'} ({chosen.alias_file})")
        if new and store:
            with store.reading() as connection:  # before the keys change
                hints = unknown_to_claims(connection, added)
            for hint in hints:
                warn(hint)
        _apply(chosen, store)


@app.command()
def apply(db: Db = None) -> None:
    """Apply the file to the stored claims, after you edited it.

    \b
    Examples:
      claims aliases apply
    """
    chosen = settings(db=db)
    with _writable(chosen) as store:
        _apply(chosen, store)


@app.command()
def suggest(
    least: Annotated[
        int, typer.Option("--least", metavar="PERCENT", min=50, max=100, help="How alike the names must be.")
    ] = 88,
    db: Db = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Propose names of different papers that may mean the same.

    Nothing is applied. The lines can be pasted into the file under [names]; behind them stand the numbers of claims.

    \b
    Examples:
      claims aliases suggest
      claims aliases suggest --least 95 --json
    """
    from extractor.cli.output import print_lines, print_records, warn  # noqa: PLC0415
    from extractor.suggestions import Suggestion, suggest_aliases  # noqa: PLC0415

    form = one_form(json=as_json, csv=as_csv)
    found = suggest_aliases(settings(db=db).db, least=least)
    if form:
        print_records(Suggestion, found, as_csv=form == "csv")
        return
    for one in found:
        print_lines(one.as_toml())
    if not found:
        warn("no two names of different papers are so alike")


@contextmanager
def _writable(chosen: Settings) -> Iterator[Store | None]:
    """The store, kept from extractions, which hold aliases of their own; None where there is none yet."""
    from extractor.store import Store  # noqa: PLC0415  (imports duckdb)

    if not chosen.db.exists():
        yield None
        return
    store = Store.open(chosen.db)
    with store.exclusive():
        yield store


def _apply(chosen: Settings, store: Store | None) -> None:
    from extractor.aliases import load_aliases  # noqa: PLC0415
    from extractor.cli.output import counted, warn  # noqa: PLC0415

    aliases = load_aliases(chosen.alias_file, missing_ok=chosen.aliases is None)
    if store is None:
        warn(f"{chosen.db}: no store yet; the aliases apply when it is filled")
    else:
        warn(f"{counted(store.rekey(aliases), 'claim')} changed in {chosen.db}")
