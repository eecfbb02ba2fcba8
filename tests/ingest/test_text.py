"""Encodings, compression and damage below the level of formats."""

import gzip
import json

import pytest
from reading import Reader

from extractor.ingest.text import clean

TITLE = "Schnelle Bäume – 3× “faster”"
ABSTRACT = "We make trees 3× faster than Müller’s library, which is the best one known."
TEXT = f"{TITLE}\n\n{ABSTRACT}\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(read: Reader, encoding: str, line_end: str) -> None:
    (paper,) = read("a.txt", TEXT.replace("\n", line_end).encode(encoding)).papers
    assert (paper.title, paper.abstract) == (TITLE, ABSTRACT)


def test_mixed_encodings_in_one_file(read: Reader) -> None:
    (paper,) = read("a.txt", TITLE.encode("cp1252") + b"\n\n" + ABSTRACT.encode()).papers
    assert (paper.title, paper.abstract) == (TITLE, ABSTRACT)


def test_bytes_that_are_no_character_are_replaced(read: Reader) -> None:
    (paper,) = read("a.txt", b"A\x81B\n\n" + ABSTRACT.encode()).papers
    assert paper.title == "A\ufffdB"


def test_control_characters_are_removed(read: Reader) -> None:
    (paper,) = read("a.txt", f"Fa\x00st\x1b Tr\x7fe\x9be\u202es\x0cNow\n\n{ABSTRACT}{'x' * 60}.").papers
    assert paper.title == "Fast Trees Now"


def test_letters_and_joiners_are_kept() -> None:
    assert clean("می‌خواهم 漢字 \U0001f600 e\u0301") == "می‌خواهم 漢字 \U0001f600 e\u0301"


@pytest.mark.parametrize("name", ["a.gz", "a.txt.gz", "a.txt"])
def test_compressed_text(read: Reader, name: str) -> None:
    assert read(name, gzip.compress(TEXT.encode())).titles == [TITLE]


def test_a_damaged_archive_gives_what_precedes_the_damage(read: Reader) -> None:
    lines = [json.dumps({"title": f"Title {i}", "abstract": ABSTRACT * 20}) + "\n" for i in range(200)]
    packed = gzip.compress("".join(lines).encode(), compresslevel=0)
    found = read("a.jsonl.gz", packed[: len(packed) // 2])
    assert 80 < len(found.papers) < 110
    assert found.rejects[-1].startswith("a.jsonl.gz: reading stopped early: ")


def test_a_decompression_bomb_is_refused(read: Reader) -> None:
    bomb = gzip.compress(b"a" * (17 * 2**20), compresslevel=1)
    assert read("a.txt.gz", bomb).rejects == [
        "a.txt.gz: is larger than 16 million characters; split it, or convert it to JSON Lines"
    ]
