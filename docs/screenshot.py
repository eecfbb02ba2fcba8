"""Takes the README's picture of a report: ``PYTHONPATH=tests python docs/screenshot.py claims.duckdb``."""

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from chromium import chromium
from PIL import Image

from extractor import write_report

PICTURE = Path(__file__).with_name("report.png")


def take(store: str) -> None:
    """The beginning of the store's report, with the paper of the first claim that a plot shows open beside it."""
    with TemporaryDirectory() as folder, chromium() as browser:
        out = Path(folder) / "report.html"
        write_report(store, out)
        page = browser.new_page(viewport={"width": 1560, "height": 960}, color_scheme="light")
        page.goto(out.as_uri())
        drawn = page.locator("#baselines a.line", has=page.locator(".factor", has_text="×"))
        if drawn.count():
            page.evaluate("place => { location.hash = place }", drawn.first.get_attribute("href"))
        picture = Image.open(BytesIO(page.screenshot()))
    picture.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


if __name__ == "__main__":
    take(sys.argv[1])
