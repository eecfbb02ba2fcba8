"""Papers with their claims, put into stores, and what the fixtures of these tests are."""

from collections.abc import Callable

from factories import WORK, make_extraction
from playwright.sync_api import Page

from extractor.papers import Paper
from extractor.records import ClaimRecord
from extractor.store import Store

PaperClaims = tuple[Paper, list[ClaimRecord]]
Fill = Callable[..., None]
Open = Callable[..., Page]


def save(store: Store, *papers: PaperClaims) -> None:
    """Put papers and their claims into a store."""
    store.add_papers([paper for paper, _ in papers])
    extractions = [make_extraction(paper, *claims) for paper, claims in papers]
    store.save(store.start_run(WORK, options={}), extractions)
