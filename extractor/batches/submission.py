"""Submitting: papers into request files, request files to the provider, and every step into the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from extractor.backlog import Backlog
from extractor.batches.api import BatchApi, RemoteBatch
from extractor.batches.lines import BYTES_A_FILE, REQUESTS_A_FILE, request_files, request_line
from extractor.batches.places import api_of, in_folder
from extractor.client import Client
from extractor.contract import schema_hash
from extractor.conversation import MAX_CALLS
from extractor.errors import RejectedError, UsageError
from extractor.ingest import Reject, papers_in
from extractor.prompts import load_prompt
from extractor.records import Work
from extractor.settings import Settings
from extractor.store import Store
from extractor.store.batches import Batch, Batches, Question, Upload
from extractor.store.rows import extraction_id


@dataclass
class Submission:
    """What was submitted: ``papers`` were read, ``skipped`` of them were done or under way already."""

    model: str
    papers: int = 0
    skipped: int = 0
    requests: int = 0
    batches: list[int] = field(default_factory=list)


def submit_batches(
    paths: Sequence[str | Path],
    settings: Settings,
    *,
    folder: Path | None = None,
    limit: int | None = None,
    force: bool = False,
    requests_a_file: int = REQUESTS_A_FILE,
    bytes_a_file: int = BYTES_A_FILE,
    on_reject: Callable[[Reject], None] = lambda _: None,
    on_progress: Callable[[Submission], None] = lambda _: None,
) -> Submission:
    """Submit the papers in documents that are not done and not under way to the batch API that the settings name.

    With a ``folder`` the request files are written there instead, for a program that runs such files. What an earlier,
    interrupted call has uploaded is submitted first. Raises :class:`DocumentError` where no document holds a paper,
    :class:`UsageError` for the embedded model, and ModelError where the provider does not take a file; what was
    submitted by then stays so, and the same call goes on from there.
    """
    papers = papers_in(paths, on_reject)
    settings = in_folder(settings, folder) if folder else settings
    if settings.uses_embedded_model:
        raise UsageError("the embedded model has no batch API; give --model and a key, or use `claims extract`")
    endpoint = settings.endpoint()
    prompt = load_prompt(settings.prompt_name)
    work = Work(endpoint.model, prompt.name, prompt.hash, schema_hash())
    client = Client(endpoint)
    store = Store.open(settings.db, create=True)
    submission = Submission(endpoint.model)
    lines = (
        (
            question := Question(extraction_id(paper.paper_id, work), paper.paper_id),
            request_line(question.extraction_id, client.body(prompt.messages(paper))),
        )
        for paper in Backlog(papers, store, work, submission, limit=limit, force=force)
    )
    batches = Batches(store)
    with store.exclusive(), api_of(endpoint) as api:
        for batch in batches.all():
            if batch.base_url == api.base_url and not (batch.provider_id or batch.collected_at):
                confirm(batches, api, batch)
        run_id = ""
        for file, questions in request_files(lines, requests=requests_a_file, size=bytes_a_file):
            run_id = run_id or store.start_run(work, options={"batch_api": api.base_url, "force": force})
            upload = Upload(run_id, api.base_url, prompt.text, endpoint.reasks)
            batch = send(batches, api, upload, file, questions, first=True)
            submission.requests += batch.requests
            submission.batches.append(batch.number)
            on_progress(submission)
    return submission


def send(
    batches: Batches, api: BatchApi, upload: Upload, file: IO[bytes], questions: Sequence[Question], *, first: bool
) -> Batch:
    """Upload a request file and have its questions answered, for the ``first`` time or again.

    A crash leaves nothing behind that was paid for and is not in the store: a file that is uploaded and not noted costs
    nothing, and a batch that is not noted is found by its file, see :func:`confirm`.
    """
    batch = batches.add(upload, api.upload(file, batches.file_ids()), questions, first=first)
    _note(batches, batch, _created(batches, api, batch))
    return batch


def confirm(batches: Batches, api: BatchApi, batch: Batch) -> RemoteBatch:
    """Have an uploaded file answered, unless an earlier call had that done and did not live to note it."""
    remote = api.find(batch.file_id, batch.submitted_at) or _created(batches, api, batch)
    _note(batches, batch, remote)
    return remote


def asked_again(status: str) -> range:
    """How often a question was sent that is to be asked again, where its batch ended so and did not answer it.

    What was cancelled nobody wants to see submitted again without being asked. Nor what was refused as a whole; but of
    that only first questions can be given up, for `submit` passes over the papers of re-asks.
    """
    first = {"completed": 1, "expired": 1, "failed": 2}.get(status, MAX_CALLS)
    return range(first, MAX_CALLS)


def _created(batches: Batches, api: BatchApi, batch: Batch) -> RemoteBatch:
    try:
        return api.create(batch.file_id)
    except RejectedError as error:
        batches.close(batch, "failed", again=asked_again("failed"), error=str(error))
        raise


def _note(batches: Batches, batch: Batch, remote: RemoteBatch) -> None:
    batches.note(batch, remote.status, provider_id=remote.provider_id, error=remote.error)
