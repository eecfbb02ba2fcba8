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


def show_paper(page: Page, paper: Paper) -> None:
    """Go to the address of a paper, and on once the page has followed it."""
    page.evaluate(
        """id => new Promise((done) => {
            addEventListener("hashchange", done, { once: true });  // after the page's own listener
            location.hash = "paper-" + id;
        })""",
        paper.paper_id,
    )
