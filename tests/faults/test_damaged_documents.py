"""Fault 11: damaged documents. No bytes make reading raise anything but ``DocumentError``; only the damage is lost."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from figures import Figures
from formats import DOCUMENTS, SEEDS, abstract, title
from fuzz_documents import read_safely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor.ingest import Reject, read_papers
from extractor.papers import Paper

SUFFIXES = ["txt", "md", "jsonl", "json", "csv", "bib", "ris", "xml", "html"]
STARTS = [
    b"",
    b"\xff\xfe",
    b"\x1f\x8b\x08",
    b"{",
    b"[{",
    b'{"title": "t", "abstract": ',
    b"title,abstract\n",
    b"@article{a, title={t}, abstract={",
    b"@article{a, title={$\\frac{, author={and and , and},\nabstract={a}}\n",
    b"TY  - JOUR\nTI  - t\nAB  - ",
    b"TY  - JOUR\n",
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>t</title><summary>',
    b"<!DOCTYPE html><h1>T</h1><p>",
    b"<?xml encoding='utf-7'?><html>",
    b"# Title\n\n",
    b"---\n",
    b"LGJan 16, 2025\n",
    b"  \xe2\x80\xa2 12 authors\n",
    b"Title: ",
    b"Abstract\n",
]
ODD = [
    *(b'"', b"'", b"{", b"}", b"[", b"]", b"<", b"</", b"<!--", b"<![CDATA[", b"&", b"&#x0;", b"\\", b"@", b"%", b","),
    *(b"\0", b"\xff\xfe", b"\xe2\x80", b"\r", b"\n", b"\n\n", b"ER  - ", b"--", b"x" * 300),
]
PIECES = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([*STARTS, *ODD, b"</summary></entry>", b"</p>", b"<entry>"]),
)
SOUND = {name: parts.text.encode() for name, parts in DOCUMENTS.items()} | {
    f"seed {n}.txt": seed for n, seed in enumerate(SEEDS)
}
MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(start=st.sampled_from(STARTS), pieces=st.lists(PIECES, max_size=8), suffix=st.sampled_from(SUFFIXES))
def test_arbitrary_bytes_are_read_or_refused(tmp_path: Path, start: bytes, pieces: list[bytes], suffix: str) -> None:
    read_safely(tmp_path / f"a.{suffix}", start + b"".join(pieces))


@MANY
@given(
    name=st.sampled_from(list(SOUND)),
    cuts=st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 400), PIECES), min_size=1, max_size=5),
)
def test_mutated_documents_are_read_or_refused(tmp_path: Path, name: str, cuts: list[tuple[int, int, bytes]]) -> None:
    content = SOUND[name]
    for start, length, inserted in cuts:
        at = start % (len(content) + 1)
        content = content[:at] + inserted + content[at + length :]
    read_safely(tmp_path / name, content)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_sound_document_loses_nothing(name: str) -> None:
    path = Path(name)
    path.write_text(DOCUMENTS[name].text, encoding="utf-8")
    papers = [paper for paper in read_papers([path]) if isinstance(paper, Paper)]
    assert [paper.title for paper in papers] == [title(n) for n in range(1, 13)]


def damaged(text: bytes, random: Random) -> bytes:
    """The bytes with one to three of them flipped, cut out or surrounded by something odd."""
    record = bytearray(text)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(record) or 1)
        match random.randrange(3):
            case 0 if record:
                record[at] ^= 1 << random.randrange(8)
            case 1:
                del record[at : at + random.randrange(40)]
            case _:
                record[at:at] = random.choice(ODD)
    return bytes(record)


# To a parser of HTML a page is one thing: an open comment or tag swallows what follows it.
@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "a.html"])
def test_damage_in_one_record_costs_no_other(name: str, often: Callable[[int, int], int], figures: Figures) -> None:
    mutations, random = often(50, 500), Random(1)
    head, records, tail = DOCUMENTS[name]
    path, named = Path(name), 0
    for _ in range(mutations):
        n = random.randrange(2, len(records))
        before, text, after = records[n - 1].encode().partition(abstract(n).encode())
        others = "".join(records[: n - 1]), "".join(records[n:])
        document = [head, others[0], before, damaged(text, random), after, others[1], tail]
        path.write_bytes(b"".join(part.encode() if isinstance(part, str) else part for part in document))
        found = list(read_papers([path]))
        kept = {paper.title for paper in found if isinstance(paper, Paper)}
        assert kept >= {title(other) for other in range(1, len(records) + 1) if other != n}
        rejects = [str(reject) for reject in found if isinstance(reject, Reject) and "{}" not in reject.reason]
        for reject in rejects:
            assert re.match(rf"{name}(:\d+)?: ", reject)
        named += bool(rejects)
    figures.note(
        f"11: {name}, damaged in one of 12 records",
        mutations,
        f"no other record lost; {named} named with file and line",
    )


@pytest.mark.long
def test_a_minute_of_coverage_guided_fuzzing_finds_no_traceback(figures: Figures) -> None:
    pytest.importorskip("atheris", reason="the extra [fuzz] is not installed")
    corpus = Path("corpus")
    corpus.mkdir()
    for number, content in enumerate(SOUND.values()):
        (corpus / str(number)).write_bytes(content)
    fuzzer = [sys.executable, Path(__file__).with_name("fuzz_documents.py"), corpus]
    done = subprocess.run(
        [*fuzzer, "-max_total_time=60", "-max_len=20000"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    runs = re.findall(r"Done (\d+) runs", done.stderr)
    figures.note("11: coverage-guided fuzzing for a minute", int(runs[-1]), "no traceback")
