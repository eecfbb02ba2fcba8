import pytest
from reading import Reader

from extractor.ingest.names import author_names

FAST = "We make trees fast by a new split rule, which needs 41% less memory than the best library known."
SLOW = "Trees are slow by 3x on small data. A study of nine data sets shows why."


def test_titles_and_abstracts_in_turn(read: Reader) -> None:
    found = read(
        "a.txt", f"Fast Trees\n\n{FAST}\n\n{SLOW}\n\n\nSlow Trees\n\nAnn Doe, Bo Roe\n\nJan 16, 2025\n\n{SLOW}\n"
    )
    assert [(paper.title, paper.abstract) for paper in found.papers] == [
        ("Fast Trees", f"{FAST} {SLOW}"),
        ("Slow Trees", SLOW),
    ]
    assert (found.papers[1].authors, found.papers[1].date) == (("Ann Doe", "Bo Roe"), "Jan 16, 2025")


def test_labels(read: Reader) -> None:
    document = (
        f"Title: Fast\n  Trees\nAuthors: Ann Doe\nAbstract: {FAST}\n\nTitle: Short\nAbstract: It is.\n\nTitle: None\n"
    )
    found = read("a.txt", document)
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Fast Trees", FAST), ("Short", "It is.")]
    assert found.rejects == ["a.txt:9: entry has no abstract"]


@pytest.mark.parametrize("first", ["Title: {}\nAuthors: Ann Doe\n", "Authors: Ann Doe\nTitle: {}\n"])
def test_labelled_records_without_a_blank_line_between_them(read: Reader, first: str) -> None:
    records = [("Fast Trees", FAST), ("Slow Trees", SLOW), ("Old Trees", FAST)]
    document = "".join(f"{first.format(title)}Abstract: {abstract}\n" for title, abstract in records)
    found = read("a.txt", document)
    assert [(paper.title, paper.abstract) for paper in found.papers] == records
    assert {paper.authors for paper in found.papers} == {("Ann Doe",)}


def test_a_detail_that_is_given_again_belongs_to_the_next_paper(read: Reader) -> None:
    fast, slow = read(
        "a.txt", f"arXiv: 2501.00001\n\nFast Trees\n\n{FAST}\n\narXiv: 2501.00002\n\nSlow Trees\n\n{SLOW}\n"
    ).papers
    assert (fast.title, fast.arxiv_id) == ("Fast Trees", "2501.00001")
    assert (slow.title, slow.arxiv_id) == ("Slow Trees", "2501.00002")


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_labelled_title_without_an_abstract_is_named(read: Reader, gap: str) -> None:
    found = read("a.txt", f"Title: Nothing{gap}Title: Fast Trees\nAbstract: {FAST}\n")
    assert found.titles == ["Fast Trees"]
    assert found.rejects == ["a.txt:1: entry has no abstract"]


@pytest.mark.parametrize(
    "note",
    [
        "Keywords: serving, LLM, latency",
        "KEY WORDS: Trees",
        "Keywords\ntrees, cache",
        "Index Terms—Decision trees, caches",
        "Comments: 12 pages, 5 figures",
        "Project page: example.org/trees",
        "Journal: Trees 7 (2024)",
        "Journal-ref: Trees 7 (2024)",
        "Code: github.com/doe/trees",
        "Code: available soon",
        "Code is at https://example.org/trees",
        "www.example.org/trees",
        "DOI: 10.1/7",
    ],
)
def test_notes_are_no_titles(read: Reader, note: str) -> None:
    found = read("a.txt", f"Fast Trees\n\n{FAST}\n\n{note}\n\nTREE: Slow\n\n{note}\n\n{SLOW}\n\n{note}\n")
    assert [(paper.title, paper.abstract, paper.authors) for paper in found.papers] == [
        ("Fast Trees", FAST, ()),
        ("TREE: Slow", SLOW, ()),
    ]


def test_what_only_begins_like_a_note(read: Reader) -> None:
    abstract = "We look at what the users of trees write in their\ncomments: most say that they are slow."
    found = read("a.txt", f"Title: Trees\nAbstract: {abstract}\n\nCODE: Editing with Trees\n\n{SLOW}\n")
    assert [(paper.title, paper.abstract) for paper in found.papers] == [
        ("Trees", abstract.replace("\n", " ")),
        ("CODE: Editing with Trees", SLOW),
    ]


def test_a_line_that_begins_with_a_number_sign(read: Reader) -> None:
    wrapped = "A study of nine data sets shows how trees minimise the\n# of GPUs needed."
    found = read("a.txt", f"Fast Trees\n\n{FAST}\n\nFew GPUs\n\n{wrapped}\n\nSlow Trees\n\n{SLOW}\n")
    assert [(paper.title, paper.abstract) for paper in found.papers] == [
        ("Fast Trees", FAST),
        ("Few GPUs", wrapped.replace("\n", " ")),
        ("Slow Trees", SLOW),
    ]


def test_an_abstract_line(read: Reader) -> None:
    (paper,) = read("a.txt", "Fast Trees\n\nAbstract\n\nThey are fast\n").papers
    assert (paper.title, paper.abstract) == ("Fast Trees", "They are fast")


@pytest.mark.parametrize("label", ["ABSTRACT. ", "Abstract - ", "Abstract- ", "Abstract. ", "Abstract ", "ABSTRACT "])
@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_a_label_on_the_line_of_the_abstract(read: Reader, gap: str, label: str) -> None:
    found = read("a.txt", f"Fast Trees{gap}{label}{FAST}\n\nSlow Trees{gap}{label}{SLOW}\n")
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Fast Trees", FAST), ("Slow Trees", SLOW)]


@pytest.mark.parametrize(
    "abstract",
    [
        "Abstract Meaning Representations are slow on small data.",
        "Abstract interpretation is slow on small data, as we show.",
        "Abstract Interpretation is slow. We make abstract domains fast.",
        "A study of nine data sets shows why the most\nabstract. We make them fast.",
    ],
)
def test_what_only_begins_like_that_label(read: Reader, abstract: str) -> None:
    (paper,) = read("a.txt", f"Fast Trees\n\n{abstract}\n").papers
    assert paper.abstract == abstract.replace("\n", " ")


def test_a_long_numbered_title_is_no_prose(read: Reader) -> None:
    title = "2. DepTree: A Library of Decision Trees That Splits Data by a New Rule of Low Rank and "
    title += "Needs Less Memory on Nine Large Data Sets"
    found = read("a.txt", f"1. Slow Trees\n\n{SLOW}\n\n{title}\n\n{FAST}\n")
    assert [(paper.title, paper.abstract) for paper in found.papers] == [
        ("Slow Trees", SLOW),
        (title.removeprefix("2. "), FAST),
    ]


def test_wrapped_lines_are_joined(read: Reader) -> None:
    wrapped = FAST.replace("rule, ", "rule,\n").replace("memory ", "memory\n")
    (paper,) = read("a.txt", f"Fast Trees\n\n{wrapped}\n").papers
    assert paper.abstract == FAST


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        ("a low-\nrank rule", "a low-rank rule"),
        ("state-of-the-  \n  art trees", "state-of-the-art trees"),
        ("faster by 2-\n3x", "faster by 2-3x"),
        ("faster by 20%–\n30%", "faster by 20%–30%"),
        ("an end-\nto-end rule", "an end-to-end rule"),
        ("pre-\nand post-training", "pre- and post-training"),
        ("4-\nto 8-bit trees", "4- to 8-bit trees"),
        ("fast -\nthree times", "fast - three times"),
        ("fast --\nthree times", "fast -- three times"),
    ],
)
@pytest.mark.parametrize("label", ["", "Abstract: "])
def test_words_broken_at_a_hyphen_are_joined(read: Reader, label: str, lines: str, joined: str) -> None:
    (paper,) = read("a.txt", f"Fast Trees\n\n{label}{FAST} We study\n{lines} of all kinds.\n").papers
    assert paper.abstract == f"{FAST} We study {joined} of all kinds."


def test_a_title_line_right_above_its_abstract(read: Reader) -> None:
    found = read("a.txt", f"Fast Trees\n{FAST}\n\nSlow Trees\n{SLOW}\n")
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Fast Trees", FAST), ("Slow Trees", SLOW)]


@pytest.mark.parametrize(
    "wrapped",
    [
        "We make trees fast by a new rule of low rank\nthat needs 41% less memory than the best library known.",
        "With the growth of decision trees and of forests\n(RFs), many methods were developed, which are rather slow.",
    ],
)
def test_the_first_line_of_a_ragged_text_is_no_title(read: Reader, wrapped: str) -> None:
    (paper,) = read("a.txt", f"Fast Trees\n\n{wrapped}\n").papers
    assert (paper.title, paper.abstract) == ("Fast Trees", wrapped.replace("\n", " "))


def test_a_long_title_line_right_above_a_wrapped_abstract(read: Reader) -> None:
    wrapped = FAST.replace("rule, ", "rule,\n").replace("memory ", "memory\n")
    title = "TreeFast: A Library of Decision Trees That Splits Data by a New Rule of Low Rank"
    found = read("a.txt", f"Slow Trees\n\n{SLOW}\n\n{title}\n{wrapped}\n")
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Slow Trees", SLOW), (title, FAST)]


@pytest.mark.parametrize("above", ["Papers to read\n\n", "ICML 2024\n\n", "1\n\n", "* * *\n\n"])
def test_a_title_in_capitals_below_another_line_is_no_author(read: Reader, above: str) -> None:
    records = [("Fast Split Rule", FAST), ("Slow Trees", SLOW), ("Benchmarking Fast Decision Tree Algorithms", FAST)]
    found = read("a.txt", "\n\n".join(f"{above}{title}\n\n{abstract}" for title, abstract in records))
    assert [(paper.title, paper.abstract, paper.authors) for paper in found.papers] == [
        (*record, ()) for record in records
    ]


MANY = ", ".join(
    f"{first} {last}" for first in ("Ann", "Bo", "Cy", "Di") for last in ("Doe", "Roe", "Poe", "Moe", "Noe")
)


@pytest.mark.parametrize("gap", ["\n\n", "\n", "\nAbstract: ", "\n\nAbstract\n", "\n\nJan 16, 2025\n\n"])
@pytest.mark.parametrize("title", ["Fast Trees", "TreeFast: A Library of Fast and Small Trees for\nLarge Data Sets"])
@pytest.mark.parametrize(
    "authors",
    ["Ann Doe, Bo Roe", "Ann Doe, Jan van der Berg,\nCy Poe and Di Moe", "Ann Doe and Bo Roe et al.", MANY * 3],
)
def test_authors_right_below_the_title(read: Reader, title: str, authors: str, gap: str) -> None:
    found = read("a.txt", f"{title}\n{authors}{gap}{FAST}\n\nSlow Trees\n{authors}{gap}{SLOW}\n")
    assert [(paper.title, paper.abstract) for paper in found.papers] == [
        (title.replace("\n", " "), FAST),
        ("Slow Trees", SLOW),
    ]
    assert {paper.authors for paper in found.papers} == {author_names(authors.replace("\n", " "))}


def test_a_second_line_of_a_title_is_no_author(read: Reader) -> None:
    first, second = "A Study of Small Data and", "Slow Trees, Nine Data Sets"
    (paper,) = read("a.txt", f"{first}\n{second}\n\n{SLOW}\n").papers
    assert (paper.title, paper.authors) == (f"{first} {second}", ())


def test_names_in_a_wrapped_abstract_are_no_authors(read: Reader) -> None:
    wrapped = "We measure how fast trees are on the systems\nGreen Forest, Old Forest, Tall Forest\nand on the library."
    (paper,) = read("a.txt", f"Fast Trees\n\n{wrapped}\n").papers
    assert (paper.title, paper.abstract) == ("Fast Trees", wrapped.replace("\n", " "))


def test_rules_between_papers(read: Reader) -> None:
    found = read("a.txt", f"---\n\nFast Trees\n\n{FAST}\n\n----\n\nTreeFast\n\n{SLOW}\n\n====\n\n{FAST}\n\n***\n")
    assert [(paper.title[:8], paper.abstract, paper.authors) for paper in found.papers] == [
        ("Fast Tre", FAST, ()),
        ("TreeFast", SLOW, ()),
        ("We make ", FAST, ()),
    ]


def test_an_abstract_alone_gets_its_opening_words_as_title(read: Reader) -> None:
    (paper,) = read("a.txt", FAST).papers
    assert (paper.title, paper.abstract) == (
        "We make trees fast by a new split rule, which needs 41% less memory than the …",
        FAST,
    )
