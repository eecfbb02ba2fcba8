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


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("**Slow Trees**\nAnn Doe, Bo Roe\n\n{slow}", "**Fast Trees**\n\nCy Poe, Di Foe\n\n{fast}"),
        ("**Slow Trees**\nAnn Doe, Bo Roe\n{slow}\n", "**Fast Trees**\nAuthors: Cy Poe, Di Foe\n\n{fast}"),
        (
            "- **Slow Trees** ([arXiv](https://example.org)) - *Ann Doe, Bo Roe*\n\n  {slow}",
            "- [Fast Trees](https://example.org) (2025), Cy Poe, Di Foe\n\n  {fast}",
        ),
        ("1. **Slow Trees** — Ann Doe, Bo Roe\n   {slow}", "2. **Fast Trees** — Cy Poe, Di Foe\n   {fast}"),
        (
            "**Title:** Slow Trees\n**Authors:** Ann Doe, Bo Roe\n**Year:** 2025\n**Abstract:** {slow}",
            "**Title:** Fast Trees\n**Authors:** Cy Poe, Di Foe\n**Venue:** Trees\n**Abstract:** {fast}",
        ),
    ],
)
@pytest.mark.parametrize("between", ["\n", "\n---\n\n", "\n**My notes:** A note that is a long sentence on trees.\n\n"])
@pytest.mark.parametrize("heading", ["# Week 12\n\n", f"# Week 12\n\n{ASIDE}\n\n"])
def test_several_papers_stand_below_one_heading(
    read: Reader, heading: str, first: str, between: str, second: str
) -> None:
    document = heading + first.format(slow=SLOW) + "\n" + between + second.format(fast=FAST) + "\n"
    assert [(paper.title, paper.abstract, paper.authors) for paper in read("list.md", document).papers] == [
        ("Slow Trees", SLOW, ("Ann Doe", "Bo Roe")),
        ("Fast Trees", FAST_PLAIN, ("Cy Poe", "Di Foe")),
    ]


def test_titles_in_bold_and_linked_items_need_no_authors(read: Reader) -> None:
    in_bold = f"**Why Trees Are Slow**\n\n{SLOW}\n\n**How We Make Them Fast**\n\n{FAST}\n\n"
    items = (
        f"# More\n\n- [Slow Trees](https://example.org)\n\n  {SLOW}\n\n- [Fast Trees](https://example.org)\n  {FAST}\n"
    )
    found = read("list.md", f"# Week 12\n\n{in_bold}{items}")
    assert found.titles == ["Why Trees Are Slow", "How We Make Them Fast", "Slow Trees", "Fast Trees"]


@pytest.mark.parametrize(
    "lines",
    [
        "**Ann Doe, Bo Roe**\n\n{slow}",
        "**We make trees faster than before.**\n\n{slow}",
        "**Links**\n[code](https://example.org)\n\n{slow}",
        "- [Code](https://example.org)\n- [Project page](https://example.org)\n\n{slow}",
        "{slow}\n\n**Notes**\n\nA long note on trees, which is not of the abstract.",
        "{slow}\n\n- [Code](https://example.org)\n- **Trees of another kind and age**",
        "Ann Doe, Bo Roe\n\n**Slow trees on small data**\n\n{slow}",
    ],
)
def test_other_phrases_in_bold_and_links_are_no_titles(read: Reader, lines: str) -> None:
    (paper,) = read("a.md", f"# Slow Trees\n\n{lines.format(slow=SLOW)}\n").papers
    assert (paper.title, paper.abstract) == ("Slow Trees", SLOW)


def test_a_sentence_that_begins_in_bold_is_part_of_the_abstract(read: Reader) -> None:
    (paper,) = read("a.md", f"# Slow Trees\n\n**Trees of nine small kinds**\nare slow. {SLOW}\n").papers
    assert (paper.title, paper.abstract) == ("Slow Trees", f"Trees of nine small kinds are slow. {SLOW}")


def test_what_follows_a_rule_belongs_to_no_paper_but_that_of_the_heading(read: Reader) -> None:
    found = read(
        "a.md", f"# Slow Trees\n\n{SLOW}\n\n---\n\n{SLOW}\n\n# Week 12\n\nTitle: Two\n\n{SLOW}\n---\n{ASIDE}\n"
    )
    assert [paper.abstract for paper in found.papers] == [f"{SLOW} {SLOW}", SLOW]


@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_list_that_a_text_leads_up_to_belongs_to_it(read: Reader, gap: str) -> None:
    items = f"- Nine *data* sets.\n{gap}- A study\n  of why.\n"
    text = f"We study trees. Our contributions are:\n\n{items}\nThe trees are open source.\n"
    (paper,) = read("a.md", f"# Slow Trees\n\nAnn Doe, Bo Roe\n\n{text}\n- a note\n").papers
    assert paper.abstract == (
        "We study trees. Our contributions are: Nine data sets. A study of why. The trees are open source."
    )
    assert paper.authors == ("Ann Doe", "Bo Roe")


def test_a_list_below_what_introduces_a_group_is_no_abstract(read: Reader) -> None:
    found = read(
        "a.md", f"# My list\n\nIt has these sections:\n\n- Slow ones.\n- Fast ones.\n\n## Slow Trees\n\n{SLOW}\n"
    )
    assert found.titles == ["Slow Trees"]


@pytest.mark.parametrize("authors", ["Ann Doe, Bo Roe", "Authors: Ann Doe, Bo Roe", "- **Authors:** Ann Doe, Bo Roe"])
def test_the_only_text_below_authors_is_the_abstract_even_if_short(read: Reader, authors: str) -> None:
    document = (
        f"# Slow Trees\n\n{authors}\n\nA short text without a full stop\n\n# One\n\n{authors}\n\nTrees are slow.\n"
    )
    assert [(paper.abstract, paper.authors) for paper in read("a.md", document).papers] == [
        ("A short text without a full stop", ("Ann Doe", "Bo Roe")),
        ("Trees are slow.", ("Ann Doe", "Bo Roe")),
    ]


def test_a_short_text_below_its_heading_is_the_abstract(read: Reader) -> None:
    (paper,) = read("a.md", f"# Slow Trees\n\n## Abstract\n\nTrees are slow\n\n## 1 Introduction\n\n{SLOW}\n").papers
    assert paper.abstract == "Trees are slow"


def test_a_section_with_authors_but_no_abstract_is_reported(read: Reader) -> None:
    lone = "## Slow Trees\n\nAuthors: Ann Doe\n\n**Fast Trees**\nAnn Doe, Bo Roe\n\n"
    no_paper = "## Introduction to my list\n\nhello\n\n## License\n\nMIT\n"
    found = read("a.md", f"# My list\n\nDate: Jan 16, 2025\n\n{lone}{no_paper}\n## One\n\n{SLOW}\n")
    assert found.titles == ["One"]
    assert [reject.split(": ")[0] for reject in found.rejects] == ["a.md:5", "a.md:9"]


@pytest.mark.parametrize("mark", ["[!abstract]", "[!ABSTRACT]-", "[!summary] In short", "[!quote] Abstract"])
def test_callouts(read: Reader, mark: str) -> None:
    details = "> [!info] Details\n> **Authors**: Ann Doe, Bo Roe\n> **Venue**: Trees\n"
    (paper,) = read("a.md", f"# Slow Trees\n\n{details}\n> {mark}\n> Trees are\n> slow.\n").papers
    assert (paper.abstract, paper.authors) == ("Trees are slow.", ("Ann Doe", "Bo Roe"))


@pytest.mark.parametrize(
    ("headings", "titles"),
    [
        (["1. Slow Trees", "2. Fast Trees 3. 0"], ["Slow Trees", "Fast Trees 3. 0"]),
        (["1) One", "2) Two", "1) Three", "Four"], ["One", "Two", "Three", "Four"]),
        (["3. Slow Trees", "Fast Trees"], ["3. Slow Trees", "Fast Trees"]),
        (["1. Slow Trees", "Fast Trees"], ["1. Slow Trees", "Fast Trees"]),
        (["20 Questions", "21 Questions"], ["20 Questions", "21 Questions"]),
    ],
)
def test_numbers_of_headings_that_count_up_are_no_part_of_the_titles(
    read: Reader, headings: list[str], titles: list[str]
) -> None:
    assert read("a.md", "".join(f"## {heading}\n\n{SLOW}\n\n" for heading in headings)).titles == titles
