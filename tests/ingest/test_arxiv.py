from datetime import date

import pytest
from reading import Reader

FAST = "We make trees fast by a new split rule, which needs 41% less memory than the best library known."
SLOW = "Trees are slow by 3x on small data. A study of nine data sets shows why, with a cache of 2 MB. So it is."


def test_a_saved_list_of_new_submissions(read: Reader) -> None:
    def listed(number: int, title: str, authors: str, abstract: str) -> str:
        return f"""<dt><a name="item{number}">[{number}]</a>
        <a href="/abs/2501.0000{number}">arXiv:2501.0000{number}</a>
        [<a href="/pdf/2501.0000{number}">pdf</a>]</dt><dd><div class="meta">
        <div class="list-title mathjax"><span class="descriptor">Title:</span> {title}</div>
        <div class="list-authors">{authors}</div>
        <div class="list-subjects"><span class="descriptor">Subjects:</span>
        <span class="primary-subject">Machine Learning (cs.LG)</span>; Performance (cs.PF)</div>{abstract}</div></dd>"""

    authors = '<a href="#">Ann Doe</a>, <a href="#">Bo Roe</a>'
    cut = '<a href="#">Cy Poe</a>, <a href="#">et al. (12 additional authors not shown)</a>'
    page = f"""<!DOCTYPE html><html><body><h1>Machine Learning</h1><dl><dt>Search</dt></dl><dl id="articles">
    <h3>New submissions (showing 2 of 2 entries)</h3>{listed(1, "Fast Trees", authors, f"<p>{FAST}</p>")}
    {listed(2, "Abstract Trees", cut, f"<p>{SLOW}</p>")}<h3>Replacement submissions</h3>
    {listed(3, "Old Trees", authors, "")}</dl></body></html>"""
    found = read("new.html", page)
    fast, slow = found.papers
    assert (fast.title, fast.abstract, fast.authors) == ("Fast Trees", FAST, ("Ann Doe", "Bo Roe"))
    assert (fast.arxiv_id, fast.subject) == ("2501.00001", "cs.LG")
    assert (slow.title, slow.abstract, slow.authors) == ("Abstract Trees", SLOW, ("Cy Poe", "et al."))
    assert slow.arxiv_id == "2501.00002"
    assert found.rejects == ["new.html: entry has no abstract"]


def test_saved_search_results(read: Reader) -> None:
    def result(number: int, title: str, abstract: str, submitted: str) -> str:
        return f"""<li class="arxiv-result"><p class="list-title"><a href="#">arXiv:2501.0000{number}</a> [pdf]</p>
        <div class="tags"><span class="tag">cs.LG</span> <span class="tag">cs.PF</span></div>
        <p class="title is-5 mathjax">{title}</p>
        <p class="authors"><span>Authors:</span> <a href="#">Ann Doe</a>, <a href="#">Bo Roe</a></p>
        <p class="abstract mathjax"><span>Abstract</span>: <span class="abstract-short">&hellip;{abstract[9:40]}&hellip;
        <a>&#9661; More</a></span><span class="abstract-full" style="display: none;">{abstract}
        <a class="is-size-7">&#9651; Less</a></span></p>
        <p class="is-size-7"><span>Submitted</span> {submitted}</p></li>"""

    page = f"""<!DOCTYPE html><html><body><h1>Showing 1&ndash;2 of 2 results for all: trees</h1><ol>
    {result(1, "<span class='search-hit'>Fast</span> Trees", FAST, "28 April, 2025; originally announced April 2025.")}
    {result(2, "Slow Trees", SLOW, "5 May, 2025; <span>v1</span> submitted 2 January, 2025;")}</ol></body></html>"""
    fast, slow = read("search.html", page).papers
    assert (fast.title, fast.abstract, fast.authors) == ("Fast Trees", FAST, ("Ann Doe", "Bo Roe"))
    assert (fast.arxiv_id, fast.subject, fast.published) == ("2501.00001", "cs.LG", date(2025, 4, 28))
    assert (slow.title, slow.abstract, slow.published) == ("Slow Trees", SLOW, date(2025, 1, 2))


def test_copied_search_results(read: Reader) -> None:
    page = f"""Showing 1–50 of 1,234 results for all: trees
Sort results by

1.

    arXiv:2501.00001 [pdf, ps, other]
    cs.LG cs.PF
    doi 10.1145/1234.5678

    Fast Trees for Large Models on
    Many Machines

    Authors: Ann Doe, Bo Roe, et al. (12 additional authors not shown)

    Abstract: {FAST} △ Less

    Submitted 5 May, 2025; v1 submitted 28 April, 2025; originally announced April 2025.

    Comments: 18 pages, which show a good deal more than there is room for here.

2.
arXiv:2501.00002v2 [pdf, ps, other]  cs.DC
llama.cpp
Authors: Cy Poe
Abstract: …{SLOW} ▽ More
Submitted 2 January, 2025; originally announced January 2025.
Journal ref: SIGCOMM 2025
About
"""
    fast, slow = read("search.txt", page).papers
    assert (fast.title, fast.abstract) == ("Fast Trees for Large Models on Many Machines", FAST)
    assert fast.authors == ("Ann Doe", "Bo Roe", "et al.")
    assert (fast.arxiv_id, fast.subject, fast.doi) == ("2501.00001", "cs.LG", "10.1145/1234.5678")
    assert fast.published == date(2025, 4, 28)
    assert (slow.title, slow.abstract, slow.authors) == ("llama.cpp", f"…{SLOW}", ("Cy Poe",))
    assert (slow.arxiv_id, slow.subject, slow.published) == ("2501.00002v2", "cs.DC", date(2025, 1, 2))


@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_copied_list_of_new_submissions(read: Reader, blank: str) -> None:
    lines = (
        "Machine Learning",
        "New submissions (showing 2 of 2 entries)",
        "[1] arXiv:2501.00001 [pdf, html, other]",
        "Title: TreeFast",
        "Ann Doe",
        "Comments: 18 pages, 16 figures",
        "Subjects: Machine Learning (cs.LG); Performance,",
        "and Other Things (cs.PF)",
        FAST,
        "Cross submissions (showing 1 of 1 entries)",
        "[2] arXiv:hep-th/9901001 (cross-list from hep-th) [pdf]",
        "Title: Slow Trees for",
        "Small Models",
        "Bo Roe, Cy Poe, Eve",
        "Loe",
        "Subjects: High Energy Physics (hep-th)",
        SLOW,
        "Replacement submissions (showing 1 of 1 entries)",
        "[3] arXiv:2501.00003 (replaced) [pdf, html, other]",
        "Title: Old Trees",
        "Ann Doe",
        "Subjects: Machine Learning (cs.LG)",
        "Total of 3 entries",
        "About",
    )
    found = read("new.txt", "".join(f"{line}\n{blank}" for line in lines))
    fast, slow = found.papers
    assert (fast.title, fast.abstract, fast.authors) == ("TreeFast", FAST, ("Ann Doe",))
    assert (fast.arxiv_id, fast.subject) == ("2501.00001", "cs.LG")
    assert (slow.title, slow.abstract) == ("Slow Trees for Small Models", SLOW)
    assert (slow.authors, slow.arxiv_id) == (("Bo Roe", "Cy Poe", "Eve Loe"), "hep-th/9901001")
    assert [reject.partition(": ")[2] for reject in found.rejects] == ["entry has no abstract"]


def test_an_announcement_by_email(read: Reader) -> None:
    rule = "-" * 78
    mail = f"""Send any comments regarding submissions directly to submitter. Archives at http://arxiv.org/.
{rule}
\\\\
arXiv:2501.00001
Date: Mon, 28 Apr 2025 15:00:03 GMT   (1018kb)

Title: Fast Trees for
  Large Models
Authors: Ann Doe,
  Bo Roe
Categories: cs.LG cs.PF
Comments: 18 pages,
  16 figures
\\\\
  Showing 3x gains is not hard.
{FAST}
\\\\ ( https://arxiv.org/abs/2501.00001 ,  1018kb)
{rule}
\\\\
arXiv:2501.00002 (*cross-listing*)
Date: Fri, 28 Feb 2025 15:00:03 GMT   (18kb)

Title: Slow Trees
Authors: Cy Poe
Categories: cs.DC
\\\\
  {SLOW}
\\\\ ( https://arxiv.org/abs/2501.00002 ,  18kb)
%%--%%--%%
{rule}
\\\\
arXiv:2401.00003
replaced with revised version Mon, 28 Apr 2025 15:00:03 GMT   (18kb)

Title: Old Trees
Authors: Ann Doe
Categories: cs.LG
\\\\ ( https://arxiv.org/abs/2401.00003 ,  18kb)
"""
    found = read("mail.txt", mail)
    fast, slow = found.papers
    assert (fast.title, fast.authors) == ("Fast Trees for Large Models", ("Ann Doe", "Bo Roe"))
    assert fast.abstract == f"Showing 3x gains is not hard. {FAST}"
    assert (fast.arxiv_id, fast.subject, fast.published) == ("2501.00001", "cs.LG", date(2025, 4, 28))
    assert (slow.title, slow.abstract, slow.arxiv_id) == ("Slow Trees", SLOW, "2501.00002")
    assert found.rejects == ["mail.txt:32: entry has no abstract"]


def test_ids_below_titles_are_no_arxiv_list(read: Reader) -> None:
    def note(title: str, abstract: str) -> str:
        return f"## {title}\narXiv:2501.00001\nAuthors: Ann Doe\n\n{abstract}\n\n"

    assert read("notes.md", note("Fast Trees", FAST) + note("Slow Trees", SLOW)).titles == ["Fast Trees", "Slow Trees"]


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_papers_in_other_words_around_entries_of_a_list(read: Reader, gap: str) -> None:
    def listed(number: int, title: str) -> str:
        subjects = "Subjects: Machine Learning (cs.LG)"
        head = f"[{number}] arXiv:2501.0000{number} [pdf, html, other]\nTitle: {title}\nAuthors: Ann Doe"
        return f"{head}\n{subjects}\n\n{FAST}\n"

    notes = f"To read\n\nOld Trees\n\n{SLOW}\n\n{listed(1, 'Fast Trees')}\nNew Trees{gap}Bo Roe, Cy Poe\n\n{SLOW}\n\n"
    found = read("notes.txt", f"{notes}{listed(2, 'Faster Trees')}\nLast Trees\n{SLOW}\n\nTrees of Yore\n\n{FAST}\n")
    assert [(paper.title, paper.abstract, paper.arxiv_id) for paper in found.papers] == [
        ("Old Trees", SLOW, None),
        ("Fast Trees", FAST, "2501.00001"),
        ("New Trees", SLOW, None),
        ("Faster Trees", FAST, "2501.00002"),
        ("Last Trees", SLOW, None),
        ("Trees of Yore", FAST, None),
    ]
    assert found.rejects == []
