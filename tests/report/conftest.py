"""Reports as a browser shows them. A page that fetches, complains or breaks its own policy fails its test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import EXECUTABLE, chromium
from playwright.sync_api import Browser, Page
from reports import Fill, Open, PaperClaims, save

from extractor.report import write_report
from extractor.store import Store

_TELL = "addEventListener('securitypolicyviolation', (event) => console.error('broken: ' + event.violatedDirective))"


@pytest.fixture(scope="module")  # not for longer: while Playwright runs, no other test could use asyncio
def browser() -> Iterator[Browser]:
    if EXECUTABLE is None and not os.environ.get("REQUIRE_BROWSER"):
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def shared_report(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes a report of papers with their claims that several tests look at."""

    def written(*papers: PaperClaims) -> Path:
        folder = tmp_path_factory.mktemp("report")
        store = Store.open(folder / "claims.duckdb", create=True)
        save(store, *papers)
        write_report(store.path, folder / "report.html")
        return folder / "report.html"

    return written


@pytest.fixture
def fill(store: Store) -> Fill:
    """Puts papers, each given with its claims, into the store."""
    return lambda *papers: save(store, *papers)


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Callable[..., Page]:
    """A tab with these options of a browser context, the same one each time: new ones take longer than most tests."""
    tabs: dict[str, Page] = {}

    def opened(**options: Any) -> Page:
        key = repr(options)
        if key not in tabs:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
            context.add_init_script(_TELL)
            tabs[key] = context.new_page()
        return tabs[key]

    return opened


@pytest.fixture
def open_page(tab: Callable[..., Page]) -> Iterator[Open]:
    """Opens a file, at the place that a fragment names, in a tab with these options.

    In the end nothing may have been requested but the file itself, and the console must be empty.
    """
    noise: list[str] = []
    listeners = {
        "console": lambda message: noise.append(f"console: {message.text}"),
        "pageerror": lambda error: noise.append(f"error: {error}"),
        "dialog": lambda dialog: noise.append(f"dialog: {dialog.message}"),
        "request": lambda request: noise.append(request.url),
    }
    pages = []

    def opened(file: Path, place: str = "", **options: Any) -> Page:
        page = tab(**options)
        page.goto("about:blank")
        if page not in pages:
            pages.append(page)
            for event, listener in listeners.items():
                page.on(event, listener)
        page.goto(f"{file.as_uri()}{place}")
        noise.remove(file.as_uri())
        return page

    yield opened
    for page in pages:
        page.emulate_media(media="null")
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
    assert noise == []


@pytest.fixture
def report(store: Store, open_page: Open) -> Open:
    """Writes the report of the store, with these filters, and opens it."""

    def written(place: str = "", filters: dict[str, Any] | None = None, **options: Any) -> Page:
        out = store.path.with_name("report.html")
        write_report(store.path, out, **(filters or {}))
        return open_page(out, place, **options)

    return written
