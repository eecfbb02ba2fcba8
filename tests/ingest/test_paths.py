"""What the arguments name: files, directories, globs, standard input."""

import gzip
import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from reading import Reader, read_all

from extractor.errors import DocumentError
from extractor.ingest import read_papers
from extractor.papers import Source

TEXT = "Fast Trees\n\nWe make trees 3x faster than the best library known, on all machines."


def write(*names: str) -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT)


def documents(found: object) -> list[str]:
    return [paper.sources[0].document for paper in found.papers]


@pytest.mark.parametrize(
    ("argument", "labels"),
    [
        ("in/b.txt", ["b.txt"]),
        ("in", ["a/z.txt", "b.txt", "c.txt"]),
        ("in/", ["a/z.txt", "b.txt", "c.txt"]),
        ("in/*.txt", ["b.txt", "c.txt"]),
        ("in/**/*.txt", ["a/z.txt", "b.txt", "c.txt"]),
        ("i?/a/*", ["in/a/z.txt"]),
        ("./in/[bc].txt", ["b.txt", "c.txt"]),
    ],
)
def test_labels_are_relative_sorted_and_pass_over_hidden_files(
    read_paths: Reader, argument: str, labels: list[str]
) -> None:
    write("in/c.txt", "in/b.txt", "in/a/z.txt", "in/.hidden.txt", "in/.git/x.txt")
    assert documents(read_paths(argument)) == labels
    assert documents(read_paths(str(Path.cwd() / argument))) == (labels if argument != "i?/a/*" else ["in/a/z.txt"])


def test_a_document_named_twice_is_read_once(read_paths: Reader) -> None:
    write("in/a.txt")
    assert documents(read_paths("in", "in/a.txt", "in/*.txt")) == ["a.txt"]


def test_a_file_whose_name_looks_like_a_glob(read_paths: Reader) -> None:
    write("a[1].txt")
    assert documents(read_paths("a[1].txt")) == ["a[1].txt"]


def test_circular_and_broken_links(read_paths: Reader) -> None:
    write("in/a.txt")
    Path("in/loop").symlink_to("..")
    Path("in/other").symlink_to(".")
    Path("in/broken").symlink_to("nowhere")
    for argument in ("in", "in/**/*"):
        found = read_paths(argument)
        assert documents(found) == ["a.txt"]
        assert found.rejects == ["in/broken: cannot be read: No such file or directory"]


def test_names_that_are_not_printable(read_paths: Reader) -> None:
    write("in/a\n\x1b.txt", os.fsdecode(b"in/\xff.txt"))
    assert documents(read_paths("in")) == [r"a\n\x1b.txt", r"\udcff.txt"]


def test_unsupported_files_among_others_are_rejected_one_by_one(read_paths: Reader) -> None:
    write("in/a.txt", "in/z.txt")
    Path("in/b.pdf").write_bytes(b"%PDF-1.7 ...")
    Path("in/c.bin").write_bytes(bytes(range(256)) * 9)
    Path("in/d.txt").touch()
    found = read_paths("in")
    assert documents(found) == ["a.txt", "z.txt"]
    assert found.rejects == ["in/b.pdf: is a PDF", "in/c.bin: is a binary file", "in/d.txt: is empty"]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("missing.txt", "missing.txt: no such file or directory"),
        ("in/*.bib", "in/*.bib: no file matches"),
        ("nowhere/*.bib", "nowhere/*.bib: no file matches"),
        ("in/**.bib", "in/**.bib: "),
        ("empty", "empty: the directory holds no documents"),
        ("in/empty.txt", "in/empty.txt is empty"),
        ("in/blank.txt", "in/blank.txt is empty"),
        ("in/a.pdf", "in/a.pdf is a PDF"),
        ("in/a.pdf.gz", "in/a.pdf.gz is a PDF"),
        ("in/a.bin", "in/a.bin is a binary file"),
        ("in/a.docx", "in/a.docx is a ZIP archive or an office document"),
        ("in/cut.gz", "in/cut.gz cannot be read: "),
        ("a\0b", r"a\x00b: "),
        ("x" * 5000, "x" * 5000 + ": "),
    ],
)
def test_wrong_arguments_fail_before_anything_is_read(read_paths: Reader, argument: str, message: str) -> None:
    write("in/good.txt")
    Path("empty").mkdir()
    contents = {
        "empty.txt": b"",
        "blank.txt": b"\xef\xbb\xbf \r\n",
        "a.pdf": b"%PDF-1.7",
        "a.pdf.gz": gzip.compress(b"%PDF-1.7"),
        "a.bin": bytes(1000),
        "a.docx": b"PK\x03\x04word",
        "cut.gz": gzip.compress(b"x")[:5],
    }
    for name, content in contents.items():
        Path("in", name).write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        read_papers(["in/good.txt", argument])
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert argument.startswith(("in/**.", "a\0", "xxx")) or "BibTeX" in str(caught.value)


def test_a_document_without_a_paper(read_paths: Reader) -> None:
    Path("a.txt").write_text("Only a title")
    (reject,) = read_papers(["a.txt"])
    assert (str(reject), reject.whole) == ("a.txt: no paper with an abstract found", True)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(gzip.compress(TEXT.encode()))))
    (paper,) = read_all(["-"]).papers
    assert paper.sources == (Source("stdin", 1),)


def test_standard_input_through_a_real_pipe() -> None:
    program = "from extractor.ingest import read_papers\nfor found in read_papers(['-', '-']): print(found.title)"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], input=TEXT, text=True, capture_output=True, cwd=root, check=True
    )
    assert done.stdout == "Fast Trees\n"


def test_empty_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"")))
    with pytest.raises(DocumentError, match="stdin is empty"):
        read_papers(["-"])
