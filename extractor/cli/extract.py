"""``claims extract``."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.cli.app import BaseUrl, Db, Json, Model, Prompt, settings
from extractor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor.extraction import Summary
    from extractor.ingest import Reject
    from extractor.settings import Settings

Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Documents, folders, globs (quoted), .gz files, or - for standard input."),
]
REJECTS_SHOWN = 20


class Engine(StrEnum):
    """Where the asking is done."""

    local = "local"
    ray = "ray"


def extract(
    paths: Paths,
    db: Db = None,
    model: Model = None,
    base_url: BaseUrl = None,
    prompt: Prompt = None,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", "-c", metavar="N", min=1, help="Requests at once.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0.001, help="How long to wait for an answer.")
    ] = None,
    reasks: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=4, help="How often a faulty answer is sent back.")
    ] = None,
    rpm: Annotated[int | None, typer.Option(metavar="N", min=1, help="Requests a minute at most.")] = None,
    tpm: Annotated[int | None, typer.Option(metavar="N", min=1, help="Tokens a minute at most.")] = None,
    max_cost: Annotated[
        float | None, typer.Option(metavar="DOLLARS", min=0.000001, help="Stop before this run costs more.")
    ] = None,
    aliases: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML: names that mean the same.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Read at most so many papers.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Extract again what is done already.")] = False,
    engine: Annotated[Engine, typer.Option(help="Here, or by workers on a Ray cluster.")] = Engine.local,
    ray_address: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of the cluster: auto, ray://…  [default: start one here]")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="On the cluster.  [default: its CPUs]")
    ] = None,
    parts: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep there, as parts, what the workers give back.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: Json = False,
) -> None:
    """Read papers from documents and store their claims.

    What is done already is skipped, so an interrupted run is continued by the same command. Without a key the
    embedded model is used.

    \b
    Examples:
      claims extract seeds/
      claims extract papers.jsonl.gz --model gpt-4.1-mini --concurrency 64
      claims extract papers.jsonl.gz --model gpt-4.1-mini --max-cost 5 --rpm 500
      claims extract '*.bib' --base-url http://localhost:8000/v1 --model qwen3
      claims extract papers.jsonl.gz --model gpt-4.1-mini --engine ray --workers 8
      curl -s "$FEED" | claims extract - --dry-run

    \b
    Exit codes:
      0    done
      1    some papers failed, or the model or its server did
      2    wrong use, unreadable input, or a store that cannot be used
      4    stopped at --max-cost; what was answered is stored
      130  interrupted by Ctrl-C (143 by SIGTERM); what was answered is stored
    """
    chosen = settings(
        db=db, model=model, base_url=base_url, prompt=prompt, concurrency=concurrency, timeout=timeout,
        reasks=reasks, rpm=rpm, tpm=tpm, max_cost=max_cost, aliases=aliases,
    )  # fmt: skip
    rejects = Rejects()
    if dry_run:
        _estimate(paths, chosen, rejects, limit=limit, force=force, as_json=as_json)
        return
    run = _engine(engine, ray_address, workers, parts)
    _run(run, paths, chosen, rejects, limit=limit, force=force, as_json=as_json)


def _engine(engine: Engine, address: str | None, workers: int | None, parts: Path | None) -> Callable[..., Summary]:
    """The function that extracts where it is wanted."""
    if engine is Engine.local:
        from extractor.batch import extract_documents  # noqa: PLC0415  (takes its time to import)

        if address or workers or parts:
            raise UsageError("--ray-address, --workers and --parts are for --engine ray")
        return extract_documents
    from extractor.cli.output import warn  # noqa: PLC0415
    from extractor.cluster import extract_on_cluster  # noqa: PLC0415
    from extractor.ray_session import Cluster  # noqa: PLC0415

    return partial(extract_on_cluster, cluster=Cluster(address, workers, parts), on_warning=warn)


def _estimate(
    paths: list[str], chosen: Settings, rejects: Rejects, *, limit: int | None, force: bool, as_json: bool
) -> None:
    from dataclasses import asdict  # noqa: PLC0415

    from extractor.cli.output import counted, dollars, print_json  # noqa: PLC0415
    from extractor.estimation import estimate_documents  # noqa: PLC0415  (takes its time to import)

    estimate = estimate_documents(paths, chosen, limit=limit, force=force, on_reject=rejects)
    rejects.summarise()
    if as_json:
        print_json([asdict(estimate)])
        return
    if estimate.cost_low is None or estimate.cost_high is None:
        cost = "at a price that is unknown"
    elif estimate.cost_high:
        cost = f"{dollars(estimate.cost_low)} to {dollars(estimate.cost_high)} ({estimate.prices})"
    else:
        cost = "at no cost"
    print(
        f"{counted(estimate.papers, 'paper')}, {estimate.skipped:,} done already: "
        f"{counted(estimate.calls, 'call')} of {estimate.model}, "
        f"about {estimate.prompt_tokens:,} prompt tokens and {estimate.completion_tokens:,} answer tokens, {cost}"
    )


def _run(
    run: Callable[..., Summary],
    paths: list[str],
    chosen: Settings,
    rejects: Rejects,
    *,
    limit: int | None,
    force: bool,
    as_json: bool,
) -> None:
    from rich.console import Console  # noqa: PLC0415

    from extractor.cli.output import counted, dollars, print_json, progress, warn  # noqa: PLC0415

    received: list[int] = []

    def stopping(number: int) -> None:
        received.append(number)
        Console(stderr=True).show_cursor()  # a second signal leaves the progress bar no time for it
        warn("stopping: waiting for the answers under way; press Ctrl-C again to end at once")

    if chosen.uses_embedded_model:
        warn("no key: using the embedded model" if chosen.model is None else "using the embedded model")
    with progress() as show:
        summary = run(paths, chosen, limit=limit, force=force, on_reject=rejects, on_progress=show, on_signal=stopping)
    rejects.summarise()
    if as_json:
        print_json([summary.as_json()])
    else:
        print(_sentence(summary, chosen))
    if summary.skipped:
        _mention_batches(chosen)
    to_go = f"{'' if summary.all_read else 'at least '}{counted(summary.pending, 'paper')} to go"
    if received and summary.interrupted:
        warn(f"interrupted with {to_go}; the same command continues")
        raise typer.Exit(128 + received[0])
    if summary.out_of_budget and chosen.max_cost and (summary.pending or not summary.all_read):
        budget = dollars(chosen.max_cost)
        if not summary.extracted + summary.failed:
            warn(f"a paper may cost more than --max-cost {budget}; --dry-run says how much")
            raise typer.Exit(4)
        warn(
            f"stopped at {dollars(summary.cost or 0)} of --max-cost {budget} with {to_go}; "
            f"the same command continues with another {budget}"
        )
        raise typer.Exit(4)
    if summary.failed:
        reasons = "SELECT paper_id, error FROM extractions WHERE status = 'failed'"
        warn(
            f"{counted(summary.failed, 'paper')} failed; the same command tries again. "
            f'Reasons: claims sql --db {chosen.db} "{reasons}"'
        )
        raise typer.Exit(1)


def _mention_batches(chosen: Settings) -> None:
    """Papers that wait in a batch count as done, and somebody may wonder where their claims are."""
    from extractor.cli.output import counted, warn  # noqa: PLC0415
    from extractor.store import Store  # noqa: PLC0415
    from extractor.store.batches import Batches  # noqa: PLC0415

    waiting = Batches(Store.open(chosen.db)).open_questions()
    if waiting:
        warn(f"{counted(waiting, 'paper')} of the store under way in a batch: claims batch collect --db {chosen.db}")


class Rejects:
    """Prints what could not be read, the first ones in full, and counts."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, reject: Reject) -> None:
        """Print the reject, if it is one of the first."""
        from extractor.cli.output import warn  # noqa: PLC0415

        self._count += 1
        if self._count <= REJECTS_SHOWN:
            warn(f"skipped {reject}")

    def summarise(self) -> None:
        """Say how many were skipped beyond those that were shown."""
        from extractor.cli.output import warn  # noqa: PLC0415

        if self._count > REJECTS_SHOWN:
            warn(f"skipped {self._count} records or documents in all")


def _sentence(summary: Summary, chosen: Settings) -> str:
    from extractor.cli.output import counted, dollars  # noqa: PLC0415

    papers = counted(summary.papers, "paper")
    if summary.papers == summary.skipped and summary.all_read:
        return f"{papers}, all done already; nothing left to do ({chosen.db})"
    cost = f", {dollars(summary.cost)}" if summary.cost else ""
    return (
        f"{papers}, {summary.skipped:,} done already; extracted {summary.extracted:,}, failed {summary.failed:,}: "
        f"{counted(summary.claims, 'claim')}, {summary.dropped_claims:,} dropped, "
        f"{summary.prompt_tokens:,} + {summary.completion_tokens:,} tokens{cost}, {summary.seconds:.1f} s ({chosen.db})"
    )
