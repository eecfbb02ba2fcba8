"""Plain text in which addresses, venues, dates, labels and numbers stand around title, authors and abstract."""

import pytest
from reading import Reader

FAST = "FastTrees splits nodes of decision trees in a new way. It is 2x faster than CART on nine data sets."
SLOW = "Trees are slow by 3x on small data. A study of nine data sets with many features shows why that is."
ANN, BO = "Ann Doe, Bo Roe", "Cy Poe, Di Moe"


def papers(read: Reader, document: str) -> list[tuple[str, list[str], str]]:
    found = read("a.txt", document)
    assert found.rejects == []
    return [(paper.title, list(paper.authors), paper.abstract) for paper in found.papers]


@pytest.mark.parametrize(
    "layout",
    [
        "{title}\nhttps://arxiv.org/abs/2309.00180\n\n{abstract}",
        "{title} - https://arxiv.org/abs/2309.00180\n\n{abstract}",
        "{title} (https://arxiv.org/abs/2309.00180)\n\n{abstract}",
        "[{title}](https://arxiv.org/abs/2309.00180)\n\n{abstract}",
        "{title}\n\n{abstract}\nhttps://arxiv.org/abs/2309.00180",
    ],
)
def test_an_address_beside_a_title_or_below_an_abstract_is_left_out(read: Reader, layout: str) -> None:
    documents = [("Fast Trees for Data", FAST), ("Slow Trees in Detail", SLOW)]
    text = "\n\n".join(layout.format(title=title, abstract=abstract) for title, abstract in documents)
    assert papers(read, text) == [(title, [], abstract) for title, abstract in documents]


@pytest.mark.parametrize(
    "line",
    [
        "Code: https://example.org/trees",
        "Code and models (https://example.org/trees)",
        "The source code is available at https://example.org/trees",
        "[Project page with code](https://example.org/trees)",
    ],
)
def test_an_address_of_something_else_is_no_title(read: Reader, line: str) -> None:
    assert papers(read, f"Fast Trees\n\n{FAST}\n\n{line}\n\nSlow Trees\n\n{SLOW}\n") == [
        ("Fast Trees", [], FAST), ("Slow Trees", [], SLOW),
    ]  # fmt: skip


def test_a_sentence_may_go_on_with_an_address(read: Reader) -> None:
    assert papers(read, f"Fast Trees\n\n{FAST} {SLOW} See\nhttps://example.org/trees\n") == [
        ("Fast Trees", [], f"{FAST} {SLOW} See https://example.org/trees")
    ]


@pytest.mark.parametrize(
    "detail",
    [
        "SOSP 2023",
        "OSDI 2022, Carlsbad, CA",
        "arXiv preprint arXiv:2210.17323 (2022)",
        "ICML (2023)",
        "SOSP 2023. doi:10.1145/3600000",
        "Department of Computer Science, UC Berkeley",
        "Submitted on 30 Nov 2022",
        "https://arxiv.org/abs/2309.00180",
    ],
)
@pytest.mark.parametrize(
    "layout", ["{title}\n\n{authors}\n\n{detail}\n\n{abstract}", "{title}\n{authors}\n{detail}\n\n{abstract}",
               "{title}\n{authors}\n{detail}\n{abstract}"],
)  # fmt: skip
def test_venues_dates_and_affiliations_are_no_titles(read: Reader, layout: str, detail: str) -> None:
    documents = [("Fast Trees for Data", ANN, FAST), ("Slow Trees in Detail", BO, SLOW)]
    text = "\n\n".join(
        layout.format(title=title, authors=authors, detail=detail, abstract=abstract)
        for title, authors, abstract in documents
    )
    assert papers(read, text) == [(title, authors.split(", "), abstract) for title, authors, abstract in documents]


def test_a_title_with_a_year_is_one(read: Reader) -> None:
    title = "A Survey of Trees and Forests until 2023"
    assert papers(read, f"To read\n\n{title}\n\n{FAST}\n") == [(title, [], FAST)]


@pytest.mark.parametrize("title", ["Fast Trees", "Fast Trees on GPUs", "What Are Trees?", "Fast Trees and\nForests"])
@pytest.mark.parametrize("layout", ["{title} (2023)\n\n{abstract}", "{title} (2023)\n{authors}\n{abstract}"])
def test_a_year_in_brackets_behind_a_title_is_its_date(read: Reader, title: str, layout: str) -> None:
    text = layout.format(title=title, authors=ANN, abstract=FAST)
    found = read("a.txt", f"To read\n\n{text}\n\nSlow Trees\n\n{SLOW}\n")
    assert [(paper.title, paper.date, paper.abstract) for paper in found.papers] == [
        (title.replace("\n", " "), "2023", FAST), ("Slow Trees", None, SLOW),
    ]  # fmt: skip


def test_a_label_inside_a_paragraph_ends_what_stands_above_it(read: Reader) -> None:
    text = f"Fast Trees\nPublished on Sep 12, 2023\nAuthors:\n{ANN}\nAbstract\n{FAST}\n\n"
    text += f"Slow Trees\n{BO}\nAbstract\n{SLOW}\n"
    assert papers(read, text) == [
        ("Fast Trees", ["Ann Doe", "Bo Roe"], FAST), ("Slow Trees", ["Cy Poe", "Di Moe"], SLOW),
    ]  # fmt: skip


def test_an_identifier_on_the_first_line_does_not_take_the_title(read: Reader) -> None:
    text = f"DOI:10.1145/3600006\nCorpus ID: 261697361\nFast Trees\n{ANN}\nAbstract\n{FAST}\n"
    (paper,) = read("a.txt", text).papers
    assert (paper.title, paper.authors, paper.abstract, paper.doi) == (
        "Fast Trees", ("Ann Doe", "Bo Roe"), FAST, "10.1145/3600006",
    )  # fmt: skip


def test_labels_of_no_field_end_the_one_above(read: Reader) -> None:
    text = f"Title: Fast Trees\nAuthors: {ANN}\nVenue: MLSys\nYear: 2023\nAbstract: {FAST}\n"
    text += "Notes: read again\nRating: 4/5\n"
    (paper,) = read("a.txt", text).papers
    assert (paper.authors, paper.abstract, paper.date) == (("Ann Doe", "Bo Roe"), FAST, "2023")


@pytest.mark.parametrize("label", ["TL;DR: ", "TLDR: ", "TL;DR ", "TL;DR\n"])
def test_a_summary_for_readers_in_a_hurry_is_not_the_abstract(read: Reader, label: str) -> None:
    text = f"Fast Trees\n\n{ANN}\n\n{label}Trees can be split in a new way, at 2x the speed.\n\nAbstract: {FAST}\n"
    assert papers(read, text) == [("Fast Trees", ["Ann Doe", "Bo Roe"], FAST)]


@pytest.mark.parametrize("title", ["TL;DR Summaries of Papers", "TLDR Generation for Abstracts"])
def test_a_title_may_begin_like_that_summary(read: Reader, title: str) -> None:
    assert papers(read, f"{title}\n\n{FAST}\n") == [(title, [], FAST)]


def test_an_abstract_goes_on_with_the_list_that_it_announced(read: Reader) -> None:
    opening = "We split nodes of trees anew. Our contributions are:"
    items = "• A rule\n• A library of it"
    text = f"Fast Trees\n\n{opening}\n\n{items}\n\nThe code is free.\n\nSlow Trees\n\n{SLOW}\n"
    assert papers(read, text) == [
        ("Fast Trees", [], f"{opening} • A rule • A library of it The code is free."), ("Slow Trees", [], SLOW),
    ]  # fmt: skip


def test_numbers_of_a_list_are_no_part_of_titles(read: Reader) -> None:
    text = f"[1] Fast Trees\n\n{FAST}\n\n[2] Slow Trees\n\n{SLOW}\n"
    assert papers(read, text) == [("Fast Trees", [], FAST), ("Slow Trees", [], SLOW)]
    assert papers(read, f"3. Fast Trees\n\n{FAST}\n") == [("3. Fast Trees", [], FAST)], "nothing counts up to it"


def test_a_quoted_mail_is_read_without_its_marks(read: Reader) -> None:
    first, second = FAST.split(". ")
    text = f"> Fast Trees\n> {ANN}\n>\n> {first}.\n> {second}\n"
    assert papers(read, text) == [("Fast Trees", ["Ann Doe", "Bo Roe"], FAST)]


def test_names_below_the_authors_are_no_title(read: Reader) -> None:
    for place in ("Google Research, Mountain View", "UC Berkeley"):
        text = f"Fast Trees\n{ANN}\n{place}\n\n{FAST}\n\nSlow Trees\n\n{BO}\n\n{place}\n\n{SLOW}\n"
        assert papers(read, text) == [
            ("Fast Trees", ["Ann Doe", "Bo Roe"], FAST), ("Slow Trees", ["Cy Poe", "Di Moe"], SLOW),
        ]  # fmt: skip


def test_authors_with_dots_between_them(read: Reader) -> None:
    assert papers(read, f"Fast Trees\n\nAnn Doe · Bo Roe\n\n{FAST}\n") == [("Fast Trees", ["Ann Doe", "Bo Roe"], FAST)]


def test_a_word_broken_at_a_hyphen_is_whole_where_the_text_has_it_elsewhere(read: Reader) -> None:
    broken = "Trees need memory. We halve the mem-\nory of trees and keep a low-\nrank table, on nine data sets."
    whole = "Trees need memory. We halve the memory of trees and keep a low-rank table, on nine data sets."
    assert papers(read, f"Fast Trees\n\n{broken}\n") == [("Fast Trees", [], whole)]


def test_a_summary_at_the_end_of_an_abstract_is_part_of_it(read: Reader) -> None:
    text = f"{SLOW}\nSummary: they are slow."
    assert papers(read, f"Slow Trees\n\n{text}\n") == [("Slow Trees", [], text.replace("\n", " "))]
