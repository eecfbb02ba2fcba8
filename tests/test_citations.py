"""BibTeX of papers: keys that stay, and text that stays text."""

import re
from datetime import date
from pathlib import Path

import bibtexparser
import pytest
from factories import make_paper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor.citations import bibtex, citation_keys, web_address
from extractor.ingest import read_papers
from extractor.papers import Paper
from extractor.store import Store


def key(**details: object) -> str:
    (found,) = citation_keys([make_paper(**details)]).values()
    return found


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"title": "FastSwitch: Fair", "authors": ("Ao Shen", "Bo Li"), "date": "Nov 27, 2024"}, "shen2024fastswitch"),
        ({"title": "On the Fly", "authors": ("Müller, Jörg",), "published": date(2025, 1, 2)}, "muller2025fly"),
        ({"title": "Semi-PD", "authors": (), "date": "2025"}, "semi2025"),
        ({"title": "Attention", "authors": ("Ludwig van Beethoven", "et al.")}, "beethovenattention"),
        ({"title": "2-bit Weights"}, "paper2"),
        ({"title": "学习", "authors": ("李明",)}, "paper"),
        ({"title": r"$O(n^2)$ {is}   extbf{Enough}"}, "on2"),
    ],
)  # fmt: skip
def test_a_key_is_author_year_and_word(details: dict[str, object], expected: str) -> None:
    assert key(**details) == expected


@pytest.mark.parametrize(
    ("details", "address"),
    [
        ({"url": "https://example.org:8080/a?b#c"}, "https://example.org:8080/a?b#c"),
        ({"url": "https://doi.org:10.1145/12", "doi": "10.1145/12"}, "https://doi.org/10.1145/12"),
        ({"url": "https://[x", "arxiv_id": "2501.00001"}, "https://arxiv.org/abs/2501.00001"),
        ({"url": "https:///a"}, None),
        ({"doi": "10.1000/a#b?c"}, "https://doi.org/10.1000/a%23b%3Fc"),
    ],
)
def test_where_the_web_has_a_paper(details: dict[str, str], address: str | None) -> None:
    assert web_address(make_paper(**details)) == address


def test_a_shared_key_gets_letters_and_the_first_keeps_it() -> None:
    papers = [make_paper(number, title=title) for number, title in enumerate(("A Fast", "Fast", "Fastb", "The Fast"))]
    keys = list(citation_keys(papers).values())
    assert keys == ["fast", "fastb", "fastbb", "fastc"]
    assert list(citation_keys(papers[:2]).values()) == keys[:2]


@given(st.lists(st.builds(Paper, title=st.text(), abstract=st.text(), authors=st.tuples(st.text())), unique=True))
def test_keys_are_simple_and_of_one_paper(papers: list[Paper]) -> None:
    keys = citation_keys(papers)
    assert len(set(keys.values())) == len(keys)
    assert all(re.fullmatch(r"[a-z][a-z0-9]*", key) for key in keys.values())


def written(store: Store, *papers: Paper) -> str:
    store.add_papers(papers)
    return bibtex(store.path, {paper.paper_id for paper in papers})


def test_an_entry_has_what_is_known(store: Store) -> None:
    paper = make_paper(
        title="Fast & 10% Better: $O(n)$ in C#_1", authors=("Ada Ash", "Fire and Ice Lab", "et al."), date="2025",
        url="https://example.org/a_b%20c", doi="10.1000/a_b", arxiv_id="2501.00001",
    )  # fmt: skip
    assert written(store, paper) == (
        "@misc{ash2025fast,\n"
        "  title = {{Fast \\& 10\\% Better: O(n) in C\\#\\_1}},\n"
        "  author = {Ada Ash and {Fire and Ice Lab} and others},\n"
        "  year = {2025},\n"
        "  url = {https://example.org/a_b%20c},\n"
        "  doi = {10.1000/a_b},\n"
        "  eprint = {2501.00001},\n"
        "  archiveprefix = {arXiv}\n"
        "}\n"
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a}@misc{b", "https://a\\input{x}", "x"])
def test_an_odd_address_is_left_out(store: Store, url: str) -> None:
    text = written(store, make_paper(url=url, doi=url, arxiv_id=f"{{{url}"))
    assert "url" not in text
    assert "doi" not in text
    assert "eprint" not in text


def test_only_the_asked_papers_with_the_keys_of_the_whole_store(store: Store) -> None:
    first, second = make_paper(1, title="Same"), make_paper(2, title="Same")
    store.add_papers([first, second])
    assert re.findall("@.*", bibtex(store.path, [second.paper_id])) == ["@misc{sameb,"]
    assert bibtex(store.path, []) == ""


HOSTILE = st.text(st.sampled_from('ab{}\\"@%,=#$~^&_\n\t\x1b\u202e é'), min_size=1, max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(titles=st.lists(HOSTILE, min_size=1, max_size=3), author=HOSTILE)
def test_no_text_breaks_out_of_its_entry(titles: list[str], author: str, store: Store) -> None:
    papers = [make_paper(number, title=title, authors=(author,)) for number, title in enumerate(titles)]
    text = written(store, *papers)
    assert all(c.isprintable() or c in "\n" for c in text)
    library = bibtexparser.parse_string(text)
    assert library.failed_blocks == []
    assert len(library.entries) == len({paper.paper_id for paper in papers})
    assert all(set(entry.fields_dict) <= {"title", "author"} for entry in library.entries)
    assert text.count("{") == text.count("}")


def test_other_programs_read_the_names_and_titles_back(store: Store, tmp_path: Path) -> None:
    paper = make_paper(title="50% of Müller & Söhne: C# at 3 ~ 4", authors=("Ada Ash", "Bo Birch"), date="2025")
    text = written(store, paper).replace("  year", "  abstract = {It is 2x faster.},\n  year")
    (tmp_path / "back.bib").write_text(text, encoding="utf-8")
    (back,) = read_papers([tmp_path / "back.bib"])
    assert isinstance(back, Paper)
    assert (back.title, back.authors) == (paper.title, paper.authors)
