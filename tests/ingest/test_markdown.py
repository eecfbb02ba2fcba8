import pytest
from reading import Reader

FAST = "We make trees **3x** faster than [others](https://example.org) on `A100` machines, as *all* tests show."
FAST_PLAIN = "We make trees 3x faster than others on A100 machines, as all tests show."
SLOW = "Trees are slow on small data, and this study of nine data sets says why."


def test_headings_are_titles_and_prose_is_the_abstract(read: Reader) -> None:
    document = f"""---
title: My list
---
# Reading list

An introduction that belongs to no paper, although it is long.

## Fast Trees

- **Authors:** Ann Doe, Bo Roe
- Date: Jan 16, 2025
- a note

{FAST}

```bib
# not a heading
```

Slow Trees
----------
> {SLOW[:30]}
> {SLOW[30:]}

| a | table |

## Empty section
"""
    found = read("list.md", document)
    assert found.titles[-2:] == ["Fast Trees", "Slow Trees"]
    fast, slow = found.papers[-2:]
    assert (fast.abstract, fast.authors, fast.date) == (FAST_PLAIN, ("Ann Doe", "Bo Roe"), "Jan 16, 2025")
    assert slow.abstract == SLOW


def test_an_abstract_heading_belongs_to_the_title_above(read: Reader) -> None:
    document = (
        f"# Fast Trees\n\nAnn Doe\n\n## Abstract\n\n{SLOW}\n\n## 1 Introduction\n\n{SLOW * 2}\n\n### More\n\n{SLOW}\n"
    )
    (paper,) = read("paper.md", document).papers
    assert (paper.title, paper.abstract, paper.authors) == ("Fast Trees", SLOW, ("Ann Doe",))


@pytest.mark.parametrize("start", ["", "\n", "My notes\n\n", "My notes\n  \n"])
def test_recognised_without_the_name(read: Reader, start: str) -> None:
    assert read("notes.txt", f"{start}# One\n\n{SLOW}\n\n# Two\n\n{SLOW}\n").titles == ["One", "Two"]


def test_only_a_sign_that_begins_a_line_is_a_quote(read: Reader) -> None:
    lines = "We reach accuracy >90% and so x -> y needs a\n>2x longer run than > 5 of the nine data sets."
    (paper,) = read("a.md", f"# Fast Trees\n\n{lines}\n").papers
    assert paper.abstract == lines.replace("\n", " ")


@pytest.mark.parametrize(
    ("lines", "abstract"),
    [
        (
            "Trees are slow on nine sets, by\n30. The cost falls as well.",
            "Trees are slow on nine sets, by 30. The cost falls as well.",
        ),
        (
            "Two kinds of trees are known:\n1) fast ones, and\n2) slow ones.",
            "Two kinds of trees are known: 1) fast ones, and 2) slow ones.",
        ),
        (
            "Trees are fast, as we show:\n- by *2x*,\n* by 3x.\nThey are small.",
            "Trees are fast, as we show: by 2x, by 3x. They are small.",
        ),
        (
            "Trees are now slower by some 20\n- 30% on nine data sets.",
            "Trees are now slower by some 20 - 30% on nine data sets.",
        ),
        ("**Abstract:** Trees are slow by\n3. It is so.\n1. Authors: Ann Doe", "Trees are slow by 3. It is so."),
        ("> Trees are slow by\n> 3. We say why this is so.", "Trees are slow by 3. We say why this is so."),
    ],
)
def test_lines_of_a_text_that_look_like_items_stay(read: Reader, lines: str, abstract: str) -> None:
    found = read("a.md", f"# Slow Trees\n\n{lines}\n\n# Fast Trees\n\n{FAST}\n")
    assert [paper.abstract for paper in found.papers] == [abstract, FAST_PLAIN]


def test_lists_that_stand_alone_are_passed_over(read: Reader) -> None:
    item = "- a note on trees, which is\n  long enough to go on with what reads as a sentence.\n"
    notes = f"{item}- another note\n- Date: Jan 16, 2025\n1. a third\n"
    found = read("a.md", f"# Slow Trees\n{notes}\n{SLOW}\n***\n{notes}\n> {SLOW}\n>\n> - a note\n\n{notes}")
    (paper,) = found.papers
    assert (paper.abstract, paper.date, paper.authors) == (f"{SLOW} {SLOW}", "Jan 16, 2025", ())


ASIDE = "A long note on trees, in two sentences. It is not the abstract of a paper."


@pytest.mark.parametrize("heading", ["TL;DR", "Links", "Keywords", "Code", "Notes", "**My notes:**", "Index Terms"])
@pytest.mark.parametrize("abstract", ["{}", "### Abstract\n\n{}"])
def test_sections_on_a_paper_are_no_papers(read: Reader, heading: str, abstract: str) -> None:
    aside = f"### {heading}\n\n{ASIDE}\n\n"
    above = aside if abstract.startswith("#") else ""
    paper = f"{above}{abstract}\n\n{aside}"
    found = read("a.md", f"# Slow Trees\n\n{paper.format(SLOW)}# Fast Trees\n\n{paper.format(FAST)}")
    assert [(paper.title, paper.abstract) for paper in found.papers] == [
        ("Slow Trees", SLOW),
        ("Fast Trees", FAST_PLAIN),
    ]


@pytest.mark.parametrize(
    "sections",
    [
        f"### Authors\nAnn Doe,\nBo Roe\n\n### Date:\nJan 16, 2025\n### Abstract\n{SLOW}",
        f"{SLOW}\n\n### Authors\n\nAnn Doe, Bo Roe\n\n{ASIDE}\n\n### Published\n\nJan 16, 2025",
    ],
)
def test_headings_below_a_title_are_labels(read: Reader, sections: str) -> None:
    (paper,) = read("a.md", f"# Slow Trees\n\n{sections}\n\n# Empty\n").papers
    assert (paper.title, paper.abstract, paper.date, paper.authors) == (
        "Slow Trees",
        SLOW,
        "Jan 16, 2025",
        ("Ann Doe", "Bo Roe"),
    )


def test_a_heading_that_groups_papers_is_no_label(read: Reader) -> None:
    found = read("a.md", f"# My list\n\n## Code\n\n### Slow Trees\n\n{SLOW}\n\n### Fast Trees\n\n{FAST}\n")
    assert [(paper.title, paper.abstract) for paper in found.papers] == [
        ("Slow Trees", SLOW),
        ("Fast Trees", FAST_PLAIN),
    ]
