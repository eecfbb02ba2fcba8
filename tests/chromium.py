"""A headless Chromium of the system, for whatever must be seen as a browser shows it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

EXECUTABLE = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = (
    "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-lcd-text",
)  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for the block, which keeps to itself: it fetches nothing that no page asks for."""
    if EXECUTABLE is None:
        raise FileNotFoundError("no chromium: apt-get install chromium")
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(_FLAGS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=flags)
        try:
            yield browser
        finally:
            browser.close()
