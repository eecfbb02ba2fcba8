from reading import Reader

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


def test_an_abstract_line(read: Reader) -> None:
    (paper,) = read("a.txt", "Fast Trees\n\nAbstract\n\nThey are fast\n").papers
    assert (paper.title, paper.abstract) == ("Fast Trees", "They are fast")


def test_wrapped_lines_are_joined(read: Reader) -> None:
    wrapped = FAST.replace("rule, ", "rule,\n").replace("memory ", "memory\n")
    (paper,) = read("a.txt", f"Fast Trees\n\n{wrapped}\n").papers
    assert paper.abstract == FAST


def test_a_title_line_right_above_its_abstract(read: Reader) -> None:
    found = read("a.txt", f"Fast Trees\n{FAST}\n\nSlow Trees\n{SLOW}\n")
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Fast Trees", FAST), ("Slow Trees", SLOW)]


def test_an_abstract_alone_gets_its_opening_words_as_title(read: Reader) -> None:
    (paper,) = read("a.txt", FAST).papers
    assert (paper.title, paper.abstract) == (
        "We make trees fast by a new split rule, which needs 41% less memory than the …",
        FAST,
    )
