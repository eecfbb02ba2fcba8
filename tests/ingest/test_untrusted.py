"""No bytes make ingest raise anything but ``DocumentError``."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor.errors import DocumentError
from extractor.ingest import Reject, read_papers
from extractor.papers import Paper

SEEDS = [path.read_bytes()[:12_000] for path in sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))]
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
PIECES = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [*STARTS, b"\n", b"\n\n", b'"', b",", b"}", b"ER  - \n", b"</summary></entry>", b"</p>", b"<entry>"]
    ),
)
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        found = list(read_papers([path]))
    except DocumentError:
        return
    assert found
    for item in found:
        assert isinstance(item, Paper | Reject)
        if isinstance(item, Reject):
            assert len(str(item).splitlines()) == 1
        else:
            assert item.title.strip()
            assert item.abstract.strip()
            for text in (item.title, item.abstract, *item.authors):
                assert text == " ".join(text.split())
                text.encode()


@MANY
@given(start=st.sampled_from(STARTS), pieces=st.lists(PIECES, max_size=8), suffix=st.sampled_from(SUFFIXES))
def test_arbitrary_bytes(tmp_path: Path, start: bytes, pieces: list[bytes], suffix: str) -> None:
    check(tmp_path / f"a.{suffix}", start + b"".join(pieces))


@MANY
@given(
    seed=st.sampled_from(SEEDS),
    cuts=st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 400), PIECES), min_size=1, max_size=5),
)
def test_mutated_seeds(tmp_path: Path, seed: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    for start, length, inserted in cuts:
        seed = seed[:start] + inserted + seed[start + length :]
    check(tmp_path / "a.txt", seed)
