"""Fault 12: inputs far larger than any document of papers. Memory stays bounded, and what is refused says why."""

import gzip
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command import write_papers
from figures import Figures
from measured import MB, Ended, measured

BOUND = 1000 * MB
CHUNK = 100_000  # lines that are written at a time

# What a document begins with, and the line that then comes again and again.
LINES = {
    "lines.txt": (b"", b"x\n"),
    "blank.txt": (b"x", b"\n"),
    "prose.txt": (b"", b"It is 2x faster than the best library that is known today, on all of the machines.\n"),
    "headings.md": (b"", b"# x\n"),
    "objects.jsonl": (b"", b"{}\n"),
    "broken.jsonl": (b"", b'{"title\n'),
    "rows.csv": (b"title,abstract\n", b"a\n"),
    "quotes.csv": (b"title,abstract\n", b'"\n'),
    "records.ris": (b"", b"TY  - JOUR\n"),
    "endless.ris": (b"TY  - JOUR\n", b"AB  - x\n"),
    "objects.json": (b"[\n", b"{},\n"),
    "in one object.json": (b'{"papers": [\n', b"{},\n"),
    "tags.html": (b"<!doctype html>\n", b"<p>x\n"),
    "page.html": (b"<!doctype html>\n<p>", b"It is 2x faster than the best library that is known today.\n"),
    "author page.txt": (b"", b"LGJan 16, 2025\n"),
    "daily papers.txt": (b"", "  • 12 authors\n".encode()),
}
# Their parsers take so long for a line that a hundredth must do.
SLOW_LINES = {
    "entries.bib": (b"", b"@a{x,\n"),
    "open.bib": (b"", b"@article{a, title={b}, abstract={\n"),
    "endless.bib": (b"@article{a, abstract={\n", b"It is 2x faster than the best library that is known today.\n"),
    "entries.xml": (b'<feed xmlns="http://www.w3.org/2005/Atom">\n', b"<entry>\n"),
}
NESTED = {
    "nested.html": b"<!doctype html>" + b"<div>" * 190_000 + b"It is 2x faster. " * 20,
    "self-closed.html": b"<!doctype html>" + b"<div/>" * 190_000 + b"It is 2x faster. " * 20,
    "nested.json": b'[{"title": ' + b"[" * 1_000_000,
    "nested.jsonl": b'{"title": ' + b"[" * 1_000_000,
    "nested.bib": b"@article{a, title = " + b"{" * 500_000,
    "nested.xml": b'<feed xmlns="http://www.w3.org/2005/Atom"><entry>' + b"<a>" * 30_000,
    "nested.md": b">" * 500_000 + b" # x\n",
    "nested.txt": b"\\emph{" * 200_000,
}
STARTS = {
    "a.txt": b"",
    "a.md": b"# Title\n\n",
    "a.jsonl": b'{"title": "',
    "a.csv": b'title,abstract\n"',
    "a.bib": b"@article{a, title = {",
    "a.ris": b"TY  - JOUR\nTI  - ",
    "a.json": b'[{"title": "',
    "a.xml": b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>',
    "a.html": b"<!doctype html><h1>",
}


def dry_run(*paths: str) -> Ended:
    """Reading all of these and, to be told from a crash, a document of one paper."""
    model = ["--base-url", "http://127.0.0.1:1/v1", "--model", "m"]
    return measured("extract", *paths, write_papers(1, "sound.jsonl"), "--dry-run", *model)


def assert_survived(ended: Ended, found: str = "1 paper,") -> None:
    assert ended.code == 0, ended.err[-2000:]
    assert ended.out.splitlines()[-1].startswith(found)
    assert all(line.startswith("skipped ") for line in ended.err.splitlines())
    assert ended.peak < BOUND


def repeated(name: str, head: bytes, line: bytes, lines: int) -> str:
    with Path(name).open("wb") as file:
        file.write(head)
        for start in range(0, lines, CHUNK):
            file.write(line * min(CHUNK, lines - start))
    return name


def test_millions_of_lines_are_read_in_bounded_memory(often: Callable[[int, int], int], figures: Figures) -> None:
    lines = often(20_000, 10_000_000)
    documents = [repeated(name, *parts, lines) for name, parts in LINES.items()]
    documents += [repeated(name, *parts, lines // 100) for name, parts in SLOW_LINES.items()]
    ended = dry_run(*documents)
    assert_survived(ended)
    figures.note("12: documents of ten million lines", len(documents), f"{ended.peak // MB} MB at most")


def test_one_long_line_is_cut_off_in_bounded_memory(often: Callable[[int, int], int], figures: Figures) -> None:
    size = often(17, 100) * MB
    for name, start in STARTS.items():
        with Path(name).open("wb") as file:
            file.write(start)
            for _ in range(size // MB):
                file.write(b"x" * MB)
    ended = dry_run(*STARTS)
    assert_survived(ended)
    limits = re.findall(r"skipped (a\.\w+)(?::\d+)?: .*(?:than \d+ million characters|more than [\d,]+)", ended.err)
    assert set(STARTS) - set(limits) <= {"a.csv", "a.json", "a.xml"}, "these are told as broken rather than long"
    figures.note(f"12: one line of {size // MB} MB", len(STARTS), f"each told in a line; {ended.peak // MB} MB at most")


def test_deep_nesting_breaks_no_reader(figures: Figures) -> None:
    for name, content in NESTED.items():
        Path(name).write_bytes(content)
    ended = dry_run(*NESTED)
    assert_survived(ended)
    figures.note("12: deep nesting", len(NESTED), f"each told in a line; {ended.peak // MB} MB at most")


def test_a_decompression_bomb_is_refused(often: Callable[[int, int], int], figures: Figures) -> None:
    size = often(40, 2000) * MB
    record = b'{"title": "Paper 2", "abstract": "It is 2x faster."}\n'
    contents = {"letters.txt.gz": b"a", "letters.jsonl.gz": b"a", "lines.jsonl.gz": b"\n", "papers.jsonl.gz": record}
    for name, content in contents.items():
        with gzip.open(name, "wb", compresslevel=9) as file:
            for _ in range(size // MB):
                file.write(content * (MB // len(content)))
    packed = max(Path(name).stat().st_size for name in contents)
    ended = dry_run(*contents)
    assert_survived(ended, "2 papers,")
    for name in ("letters.jsonl.gz", "lines.jsonl.gz", "papers.jsonl.gz"):
        assert f"skipped {name}: grows more than 100-fold when it is decompressed; is it a bomb?" in ended.err
    assert "skipped letters.txt.gz: is larger than 16 million characters" in ended.err
    figures.note(
        f"12: decompression bomb of {size // MB} MB in {packed / MB:.1f}", len(contents),
        f"each refused with its reason; {ended.peak // MB} MB at most",
    )  # fmt: skip


@pytest.fixture
def deep() -> Iterator[Path]:
    """A folder 1,500 deep with a paper at its end, which no path can name."""
    root = Path.cwd()
    top = root / "deep"
    top.mkdir()
    os.chdir(top)
    for _ in range(1500):
        Path("d").mkdir()
        os.chdir("d")
    write_papers(1)
    yield top
    Path("papers.jsonl").unlink()
    for _ in range(1500):
        os.chdir("..")
        Path("d").rmdir()
    os.chdir(root)


def test_folders_nested_deeply_are_read(deep: Path) -> None:
    ended = measured("papers", top := str(deep))
    assert (ended.code, ended.out.count("Paper 1")) == (0, 1)
    assert "nested too deeply" in measured("papers", f"{top}/**/*.jsonl").err


def test_links_in_circles_and_many_files_are_each_read_once(often: Callable[[int, int], int], figures: Figures) -> None:
    files = often(1000, 20_000)
    for number in range(files):
        folder = Path("many", str(number % 100))
        if number < 100:
            folder.mkdir(parents=True)
            (folder / "loop").symlink_to("..")
            (folder / "self").symlink_to("self")
        write_papers(1, str(folder / f"{number}.jsonl"), start_at=number + 1)
    ended = measured("extract", "many", "--dry-run", "--base-url", "http://127.0.0.1:1/v1", "--model", "m")
    assert ended.code == 0
    assert ended.out.startswith(f"{files:,} papers, ")
    assert ended.err.splitlines()[-1] == "skipped 100 records or documents in all"
    assert ended.peak < BOUND
    figures.note("12: files among links in circles", files, f"each read once; {ended.peak // MB} MB at most")
