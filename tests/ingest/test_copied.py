import pytest
from reading import Reader

FAST = "We make trees fast by a new split rule, which needs 41% less memory than the best library known."
SLOW = "Trees are slow by 3x on small data. A study of nine data sets shows why, with a cache of 2 MB. So it is."


def test_author_page_with_blank_lines(read: Reader) -> None:
    page = f"""Ann Doe

h-index7
2 Papers

cs.LGJan 16, 2025
Fast Trees

Ann Doe, Bo Roe

{FAST}

hep-thFeb 3
Why Trees Are Slow

The TREE Collaboration (42 members)

{SLOW}

{FAST}

Load more
"""
    fast, slow = read("page.txt", page).papers
    assert (fast.title, fast.authors, fast.abstract) == ("Fast Trees", ("Ann Doe", "Bo Roe"), FAST)
    assert (fast.subject, fast.date, fast.n_authors) == ("cs.LG", "Jan 16, 2025", None)
    assert (slow.title, slow.abstract) == ("Why Trees Are Slow", f"{SLOW} {FAST}")
    assert (slow.subject, slow.date, slow.published) == ("hep-th", "Feb 3", None)
    assert slow.authors == ("The TREE Collaboration (42 members)",)


def test_author_list_with_glued_titles(read: Reader) -> None:
    page = f"LGJan 16, 2025\nFast LLMsAnn Doe, Bo Roe et al.\n{FAST}\nCVMay 3\nSlow TreesCy Poe\n{SLOW}\n"
    fast, slow = read("page.txt", page).papers
    assert (fast.title, fast.authors, fast.abstract) == ("Fast LLMs", ("Ann Doe", "Bo Roe", "et al."), FAST)
    assert (slow.title, slow.authors, slow.abstract) == ("Slow Trees", ("Cy Poe",), SLOW)


@pytest.mark.parametrize(
    "subject", ["cs.LG", "LG", "hep-th", "q-bio.QM", "physics.optics", "optics", "soft", "cond-mat.dis-nn", "dis-nn"]
)
def test_the_subjects_that_begin_an_entry(read: Reader, subject: str) -> None:
    page = f"LGJan 16, 2025\nFast Trees\n\nAnn Doe\n\n{FAST}\n\n{subject}Feb 1, 2024\nSlow Trees\n\nBo Roe\n\n{SLOW}\n"
    found = read("page.txt", page)
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Fast Trees", FAST), ("Slow Trees", SLOW)]
    assert found.papers[1].subject == subject


def test_author_page_entries_without_title_or_abstract_are_named(read: Reader) -> None:
    found = read(
        "p.txt", f"LGJan 1, 2025\n\nLGJan 2, 2025\nNothing\n\nAnn Doe\n\nLGJan 3, 2025\nFast Trees\n\nBo Roe\n\n{FAST}"
    )
    assert found.titles == ["Fast Trees"]
    assert found.rejects == ["p.txt:1: entry has no title", "p.txt:3: entry has no abstract"]


@pytest.mark.parametrize("gap", ["\n\n", "\n"])
@pytest.mark.parametrize(
    "entry",
    [f"cs.LGJan 16, 2025\nFast Trees\n\nAnn Doe\n\n{FAST}", f"LGJan 16, 2025\nFast TreesAnn Doe, Bo Roe\n{FAST}"],
)
def test_papers_in_other_words_around_entries_of_an_author_page(read: Reader, entry: str, gap: str) -> None:
    before = f"To read\n\nOld Trees{gap}Cy Poe, Di Moe{gap}{SLOW}"
    between = f"Load more\n\nNew Trees{gap}{SLOW}\n\nNext Trees{gap}Cy Poe, Di Moe{gap}{FAST}"
    after = f"Title: Last Trees\nAbstract: {SLOW}"
    found = read("notes.txt", f"{before}\n\n{entry}\n\n{between}\n\n{entry}\n\n{after}\n")
    assert [(paper.title, paper.abstract, paper.subject is not None) for paper in found.papers] == [
        ("Old Trees", SLOW, False),
        ("Fast Trees", FAST, True),
        ("New Trees", SLOW, False),
        ("Next Trees", FAST, False),
        ("Fast Trees", FAST, True),
        ("Last Trees", SLOW, False),
    ]
    assert [paper.authors for paper in found.papers if paper.title in ("Old Trees", "Next Trees")] == [
        ("Cy Poe", "Di Moe")
    ] * 2
    assert found.rejects == []


def test_daily_papers(read: Reader) -> None:
    page = f"""new

Get trending papers in your email inbox!

Daily Papers

byAK and the research community

Apr 21

Fast Trees

{FAST}

  • 12 authors
·
Nov 7, 2024 3

No Footer

{SLOW}

{FAST}

Named Organisation

{SLOW}

ACME ACME Research
·
Feb 5

Nothing Here

  • 3 authors
·
Oct 1, 2025

A Title That Ends Like a Sentence of Some Length.

{SLOW}
  • 1 authors
·
Oct 2, 2025
"""
    found = read("daily.txt", page)
    assert [(p.title, p.abstract, p.n_authors, p.date, p.upvotes) for p in found.papers] == [
        ("Fast Trees", FAST, 12, "Nov 7, 2024", 3),
        ("No Footer", f"{SLOW} {FAST}", None, None, None),
        ("Named Organisation", SLOW, None, "Feb 5", None),
        ("A Title That Ends Like a Sentence of Some Length.", SLOW, 1, "Oct 2, 2025", None),
    ]
    assert found.rejects == ["daily.txt:33: entry has no abstract"]
