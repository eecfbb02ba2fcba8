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
