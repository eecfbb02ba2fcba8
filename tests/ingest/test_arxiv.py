from datetime import date

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
