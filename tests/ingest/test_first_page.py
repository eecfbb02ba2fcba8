"""First pages copied from PDFs, where marks, affiliations, headings and the introduction stand around the abstract."""

import pytest
from reading import Reader

FAST = "FastTrees splits nodes of decision trees in a new way. It is 2x faster than CART on nine data sets."
SLOW = "Trees are slow by 3x on small data. A study of nine data sets with many features shows why that is."
BODY = "Trees [5, 37] have enabled new applications such as assistants [6, 18],\nand they grow in forests [2]."
NAMES = ("Ann Doe", "Bo Roe", "Cy van der Poe", "Di M. Moe")
PAGE = f"""FastTrees: Splitting the Nodes of
Decision Trees Anew
Ann Doe1,∗ Bo Roe1,2,∗ Cy van der Poe2
Di M. Moe3
1UC Berkeley 2Stanford University
3Independent Researcher
Abstract
{FAST}
1 Introduction
{BODY}
"""


def papers(read: Reader, document: str) -> list[tuple[str, tuple[str, ...], str]]:
    found = read("a.txt", document)
    assert found.rejects == []
    return [(paper.title, paper.authors, paper.abstract) for paper in found.papers]


def test_a_first_page_without_blank_lines(read: Reader) -> None:
    title = "FastTrees: Splitting the Nodes of Decision Trees Anew"
    assert papers(read, PAGE) == [(title, NAMES, FAST)]
    next_page = PAGE.replace("FastTrees: Splitting the Nodes of", "Another Way of").replace(FAST, SLOW)
    assert papers(read, f"{PAGE}\n{next_page}") == [
        (title, NAMES, FAST), ("Another Way of Decision Trees Anew", NAMES, SLOW),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "byline",
    [
        "Ann Doe1,∗ Bo Roe1,2 Cy van der Poe2 Di M. Moe3",
        "Ann Doe1, Bo Roe1,2, Cy van der Poe2 and Di M. Moe3,*",
        "Ann Doe∗†, Bo Roe†, Cy van der Poe‡, and Di M. Moe",
        "Ann Doe ∗1 Bo Roe ∗2 Cy van der Poe 2 Di M. Moe 3",
        "Ann Doe¹ · Bo Roe¹² · Cy van der Poe² · Di M. Moe³",
    ],
)
@pytest.mark.parametrize(
    "affiliations",
    [
        "1UC Berkeley 2Stanford University",
        "1 Department of Trees, University of\nSomewhere\n2 Forest Inc., Seattle, USA\n* Corresponding: di@some.edu",
        "†Stanford University\n{ann,bo}@some.edu, cy@some.edu",
        "",
    ],
)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("label", ["Abstract\n", "Abstract—", ""])
def test_marks_and_what_they_stand_for_are_left_out(
    read: Reader, byline: str, affiliations: str, gap: str, label: str
) -> None:
    above = gap.join(filter(None, ["Fast Trees", byline, affiliations]))
    assert papers(read, f"{above}{gap}{label}{FAST}\n\nSlow Trees\n\n{SLOW}\n") == [
        ("Fast Trees", NAMES, FAST), ("Slow Trees", (), SLOW),
    ]  # fmt: skip


@pytest.mark.parametrize("title", ["Scaling Llama 3 and Qwen 2", "GPT-4 Beats Llama 2, Falcon 3 and Qwen 2"])
def test_numbers_in_a_title_are_no_marks(read: Reader, title: str) -> None:
    assert papers(read, f"{title}\n\n{FAST}\n") == [(title, (), FAST)]


def test_addresses_of_mail_are_no_title(read: Reader) -> None:
    text = f"Fast Trees\nAnn Doe, Bo Roe\n{{ann, bo}}@some.edu\n\n{FAST}\n\nSlow Trees\n\nann@some.edu\n\n{SLOW}\n"
    assert papers(read, text) == [("Fast Trees", ("Ann Doe", "Bo Roe"), FAST), ("Slow Trees", (), SLOW)]


def test_the_stamp_on_the_margin_names_the_paper(read: Reader) -> None:
    (paper,) = read("a.txt", f"arXiv:2309.06180v1 [cs.LG] 12 Sep 2023\n{PAGE}").papers
    assert (paper.arxiv_id, paper.authors, paper.abstract) == ("2309.06180v1", NAMES, FAST)


@pytest.mark.parametrize("heading", ["1 Introduction", "1. Introduction", "I. INTRODUCTION", "1 INTRODUCTION"])
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_the_introduction_is_passed_over_up_to_the_next_title(read: Reader, heading: str, gap: str) -> None:
    body = f"{heading}{gap}{BODY}\n\nFigure 1: Trees over Time\n\n17\n\nwhich we show.\n\n2 Background\n\n{BODY}"
    assert papers(read, f"Fast Trees\n\n{FAST}{gap}{body}\n\nSlow Trees\n{SLOW}\n") == [
        ("Fast Trees", (), FAST), ("Slow Trees", (), SLOW),
    ]  # fmt: skip


@pytest.mark.parametrize("label", ["Title: Slow Trees\nAbstract: ", "Slow Trees\n\nAbstract\n", "Slow Trees (2023)\n"])
def test_another_paper_ends_the_introduction(read: Reader, label: str) -> None:
    assert papers(read, f"{PAGE}\n{label}{SLOW}\n")[1:] == [("Slow Trees", (), SLOW)]


def test_a_heading_without_a_number_stands_below_a_sentence(read: Reader) -> None:
    assert papers(read, f"Fast Trees\n\nAbstract\n{FAST}\nIntroduction\n{BODY}\n") == [("Fast Trees", (), FAST)]
    listed = f"Introduction\n\n{SLOW}\n\nFast Trees\n\nAbstract\nIntroduction\n{FAST}\nMethods\n{SLOW}\n"
    assert papers(read, listed) == [
        ("Introduction", (), SLOW), ("Fast Trees", (), f"Introduction {FAST} Methods {SLOW}"),
    ]  # fmt: skip


def test_categories_and_how_to_cite_are_no_part_of_the_abstract(read: Reader) -> None:
    text = f"""Fast Trees

Ann Doe, Bo Roe

ABSTRACT
{FAST}

CCS CONCEPTS
• Computing methodologies → Machine learning; • Software and
its engineering → Operating systems.

KEYWORDS
decision trees, serving, memory

ACM Reference Format:
Ann Doe and Bo Roe. 2024. Fast Trees. In Symposium on Trees (SOT '24), November 4–6, 2024, Austin,
TX, USA. ACM, New York, NY, USA, 16 pages. https://doi.org/10.1145/3694715

Permission to make digital or hard copies of all or part of this work for personal use is granted.

1 INTRODUCTION
{BODY}

Slow Trees

{SLOW}
"""
    assert papers(read, text) == [("Fast Trees", ("Ann Doe", "Bo Roe"), FAST), ("Slow Trees", (), SLOW)]
