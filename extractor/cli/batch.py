"""``claims batch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.cli.app import BaseUrl, Csv, Db, Json, Model, Prompt, one_form, settings
from extractor.cli.extract import Paths, Rejects

if TYPE_CHECKING:
    from extractor.batches import Collection

_BATCH_HELP = "Numbers or provider's ids."
Batches = Annotated[list[str] | None, typer.Argument(metavar="BATCH", help=f"{_BATCH_HELP}  [default: all]")]

app = typer.Typer(
    no_args_is_help=True,
    help="""Extract through a provider's batch API: half the price, within a day.

    `submit` uploads the papers that are not done, `collect` stores the answers when the provider has them, and the
    store knows what is under way. No crash between any two steps loses a request or pays for it twice.

    \b
    Examples:
      claims batch submit papers.jsonl --model gpt-4.1-mini
      claims batch status
      claims batch collect --wait --reask
    """,
    short_help="Extract at half price, through a provider's batch API.",
)


@app.command()
def submit(
    paths: Paths,
    db: Db = None,
    model: Model = None,
    base_url: BaseUrl = None,
    prompt: Prompt = None,
    reasks: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=4, help="How often a faulty answer may be sent back.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", help="Write the request files there, for `vllm run-batch`."),
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Read at most so many papers.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Submit again what is done or under way already.")] = False,
    as_json: Json = False,
) -> None:
    """Submit the papers that are neither done nor under way.

    They go out in files of at most 50,000 requests and 200 MB. Interrupted, the same command goes on. With --to, run
    each requests-N.jsonl into results-N.jsonl beside it, then collect: such a batch has ended when each request has its
    line of results, or when it is cancelled.

    \b
    Examples:
      claims batch submit papers.jsonl --model gpt-4.1-mini
      claims batch submit papers.jsonl --model qwen3 --to out/
      vllm run-batch -i out/requests-0001.jsonl -o out/results-0001.jsonl \\
          --model qwen3
    """
    from dataclasses import asdict  # noqa: PLC0415

    from extractor.batches import submit_batches  # noqa: PLC0415  (imports the openai client)
    from extractor.cli.output import counted, print_json, warn  # noqa: PLC0415

    chosen = settings(db=db, model=model, base_url=base_url, prompt=prompt, reasks=reasks)
    rejects = Rejects()
    submitted = submit_batches(
        paths,
        chosen,
        folder=folder,
        limit=limit,
        force=force,
        on_reject=rejects,
        on_progress=lambda so_far: warn(f"batch {so_far.batches[-1]}: {counted(so_far.requests, 'request')} so far"),
    )
    rejects.summarise()
    if as_json:
        print_json([asdict(submitted)])
        return
    papers = f"{counted(submitted.papers, 'paper')}, {submitted.skipped:,} done or under way already"
    if not submitted.batches:
        print(f"{papers}; nothing to submit ({chosen.db})")
        return
    first, last = submitted.batches[0], submitted.batches[-1]
    numbers = f"batch {first}" if first == last else f"batches {first} to {last}"
    print(f"{papers}; submitted {counted(submitted.requests, 'request')} as {numbers} ({chosen.db})")


@app.command()
def status(
    wanted: Batches = None,
    db: Db = None,
    base_url: BaseUrl = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """List batches and how they fare.

    The provider is asked about those that have not been collected.

    \b
    Examples:
      claims batch status
      claims batch status 3 --json
    """
    from extractor.batches import BatchStatus, batch_statuses  # noqa: PLC0415
    from extractor.cli.output import print_records, print_table, warn  # noqa: PLC0415

    form = one_form(json=as_json, csv=as_csv)
    found = batch_statuses(settings(db=db, base_url=base_url), wanted or [])
    if form:
        print_records(BatchStatus, found, as_csv=form == "csv")
        return
    print_table(
        ("batch", "model", "status", "requests", "completed", "failed", "to ask again", "submitted", "provider's id"),
        (
            (
                one.batch, one.model, one.status, one.requests, one.completed, one.failed, one.again or None,
                f"{one.submitted_at:%Y-%m-%d %H:%M}", one.provider_id,
            )
            for one in found
        ),
        right=("batch", "requests", "completed", "failed", "to ask again"),
    )  # fmt: skip
    for one in found:
        if one.error:
            warn(f"batch {one.batch}: {one.error}")


@app.command()
def collect(
    wanted: Batches = None,
    reask: Annotated[
        bool, typer.Option("--reask", help="Submit again, in new batches, what is to be asked again.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Look again until no batch is pending.")] = False,
    every: Annotated[float, typer.Option(metavar="SECONDS", min=0.01, help="How often to look with --wait.")] = 60.0,
    aliases: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML: names that mean the same.")] = None,
    db: Db = None,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Store the answers of the batches that have ended.

    Answers are checked as those of `claims extract` are. The sound parts of faulty ones are stored; with --reask the
    faulty ones go back to the model with what is wrong, and with them the requests that a batch expired on.

    \b
    Examples:
      claims batch collect
      claims batch collect --wait --reask

    \b
    Exit codes:
      0  done, or some batches are still pending
      1  some papers failed, or the provider did
      2  wrong use, or a store that cannot be used
    """
    from dataclasses import asdict  # noqa: PLC0415

    from extractor.batches import collect_batches  # noqa: PLC0415  (imports the openai client)
    from extractor.cli.output import counted, print_json, warn  # noqa: PLC0415

    chosen = settings(db=db, base_url=base_url, aliases=aliases)
    collected = collect_batches(chosen, wanted or [], reask=reask, wait=every if wait else None)
    if as_json:
        print_json([asdict(collected)])
    else:
        print(_sentence(collected, chosen.db))
    for error in collected.errors:
        warn(error)
    if collected.elsewhere:
        warn(
            f"{counted(collected.elsewhere, 'batch', 'batches')} elsewhere; see `claims batch status`, then --base-url"
        )
    if collected.unreadable:
        warn(f"{counted(collected.unreadable, 'line')} of the provider's results cannot be read")
    if collected.again:
        warn(f"{counted(collected.again, 'paper')} to ask again: claims batch collect --reask --db {chosen.db}")
    if collected.failed:
        warn(f"{counted(collected.failed, 'paper')} failed; submit {'it' if collected.failed == 1 else 'them'} again")
        raise typer.Exit(1)


@app.command()
def cancel(
    wanted: Annotated[list[str] | None, typer.Argument(metavar="BATCH", help=_BATCH_HELP)] = None,
    every: Annotated[bool, typer.Option("--all", help="All that have not been collected.")] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Drop the batch without asking the provider; nothing will be collected.")
    ] = False,
    db: Db = None,
    base_url: BaseUrl = None,
) -> None:
    """End batches early. What is answered by then can be collected; the other papers can be submitted again.

    \b
    Examples:
      claims batch cancel 3
      claims batch cancel batch_68f1c0 --forget
    """
    from extractor.batches import cancel_batches  # noqa: PLC0415
    from extractor.errors import UsageError  # noqa: PLC0415

    if bool(wanted) == every:
        raise UsageError("which batches? give their numbers or --all")
    for batch in cancel_batches(settings(db=db, base_url=base_url), wanted or [], forget=forget):
        print(f"batch {batch.number}: {batch.status}")


def _sentence(collected: Collection, db: Path) -> str:
    from extractor.cli.output import counted, dollars  # noqa: PLC0415

    cost = f", {dollars(collected.cost)}" if collected.cost else ""
    unanswered = f"unanswered {collected.unanswered:,}, " if collected.unanswered else ""
    submitted = f", submitted {collected.submitted:,} again" if collected.submitted else ""
    return (
        f"{counted(collected.batches, 'batch', 'batches')} collected, {collected.pending:,} pending{submitted}; "
        f"extracted {collected.extracted:,}, {unanswered}failed {collected.failed:,}: "
        f"{counted(collected.claims, 'claim')}, {collected.dropped_claims:,} dropped, "
        f"{collected.prompt_tokens:,} + {collected.completion_tokens:,} tokens{cost} ({db})"
    )
