from datetime import date

import pytest
from reading import Reader

ENTRIES = r"""% my references
@string{venue = "NeurIPS"}
@article{doe2025,
  title = {{FlashTrees}: {\"U}ber-fast $O(n)$ Trees \& More},
  author = {Doe, Ann and M{\"u}ller, J{\'e}r{\^o}me and {van der Berg}, Jan},
  abstract = {It is 2$\times$ faster and 30\% smaller.},
  year = 2025, month = jan, day = 16, journal = venue, doi = {10.1/2},
  eprint = {2501.00001}, archivePrefix = {arXiv}, primaryClass = {cs.LG}
}
@misc{no-abstract, title = {Nothing}}
@article{broken, title = {Broken,
  abstract = {x}
@article{doe2025, title = "Same key", author = "Roe, Bo and others",
  abstract = {Second abstract.}, note={x}, note={y}, year = 2024}
"""


def test_fields(read: Reader) -> None:
    paper = read("a.bib", ENTRIES).papers[0]
    assert paper.title == "FlashTrees: Über-fast $O(n)$ Trees & More"
    assert paper.abstract == r"It is 2$\times$ faster and 30% smaller."
    assert paper.authors == ("Ann Doe", "Jérôme Müller", "Jan van der Berg")
    assert (paper.n_authors, paper.date, paper.published) == (3, "16 Jan 2025", date(2025, 1, 16))
    assert (paper.external_id, paper.doi, paper.arxiv_id, paper.subject) == ("doe2025", "10.1/2", "2501.00001", "cs.LG")


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("In 50% of cases: 100% recall", "In 50% of cases: 100% recall"),
        (r"In 50\% of cases", "In 50% of cases"),
        (r"Cases:\\% of all", "Cases: % of all"),
    ],
)
def test_a_percent_sign_cuts_no_title(read: Reader, source: str, title: str) -> None:
    assert read("a.bib", f"@misc{{x, title = {{{source}}}, abstract = {{It is fast.}}}}").titles == [title]


def test_bad_entries_are_named_and_the_others_kept(read: Reader) -> None:
    found = read("a.bib", ENTRIES)
    assert found.titles[1:] == ["Same key"]
    assert (found.papers[1].authors, found.papers[1].n_authors) == (("Bo Roe", "et al."), None)
    assert found.rejects == [
        "a.bib:10: entry has no abstract",
        "a.bib:11: damaged BibTeX entry: Unexpected block start: `@article`."
        " Was still looking for field-value closing `}`",
    ]


def test_recognised_without_the_name(read: Reader) -> None:
    assert len(read("references.txt", ENTRIES).papers) == 2


FAST = "We make trees fast by a new split rule, which reaches a pass@1 (in %) of 41 on the nine largest data sets."
ENTRY = "@article{{doe{0},\n  title = {{Bib Trees {0}}},\n  abstract = {{It is 2x faster.\n\n  So it is.}}\n}}\n"


def test_papers_in_other_words_around_entries(read: Reader) -> None:
    around = [f"To read this week:\n\nOld Trees\nAnn Doe, Bo Roe\n\n{FAST}\n\n", f"\nNew Trees\n{FAST}\n\n", "% seen\n"]
    entries = [ENTRY.format(number) for number in range(3)]
    text = "".join(part for pair in zip(around, entries, strict=True) for part in pair) + f"Last Trees\n\n{FAST}\n"
    found = read("notes.txt", text)
    assert found.titles == ["Old Trees", "Bib Trees 0", "New Trees", "Bib Trees 1", "Bib Trees 2", "Last Trees"]
    assert {paper.abstract for paper in found.papers} == {FAST, "It is 2x faster. So it is."}
    assert found.papers[0].authors == ("Ann Doe", "Bo Roe")
    assert found.rejects == []


def test_papers_below_entries_that_begin_the_text(read: Reader) -> None:
    entries = ENTRY.format(1) + "@misc(doe, title = {Round}, abstract = {It is.}\n)\n"
    assert read("notes.txt", f"% references\n{entries}\nNew Trees\n\n{FAST}\n").titles == [
        "Bib Trees 1",
        "Round",
        "New Trees",
    ]


def test_what_stands_around_the_entries_of_a_bibtex_file_is_comment(read: Reader) -> None:
    assert read("a.bib", f"New Trees\n\n{FAST}\n\n{ENTRY.format(1)}\n{FAST}\n").titles == ["Bib Trees 1"]
