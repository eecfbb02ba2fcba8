from datetime import date

import pytest
from reading import Reader

FAST = (
    "We make trees fast by a new split rule. Our method reaches 3.2x the throughput of a known library on one GPU, and"
    " it needs 41% less memory than the best one."
)
SLOW = (
    "Trees are slow by 3x on small data. A study of nine data sets shows why, and how a cache of 2 MB restores speed."
)

ARXIV = f"""<!DOCTYPE html><html><head><title>[2501.00001] Fast Trees</title>
<meta name="citation_title" content="Fast Trees"/><meta name="citation_author" content="Doe, Ann"/>
<meta name="citation_date" content="2025/01/16"/><meta name="citation_arxiv_id" content="2501.00001"/></head><body>
<div class="dateline">[Submitted on 16 Jan 2025 (v1), last revised 3 Feb 2025]</div>
<h1 class="title mathjax"><span class="descriptor">Title:</span>Fast Trees</h1>
<div class="authors"><span class="descriptor">Authors:</span><a href="#">Ann Doe</a>, <a href="#">Bo Roe</a></div>
<blockquote class="abstract mathjax"><span class="descriptor">Abstract:</span>{FAST}</blockquote>
<td class="tablecell subjects"><span class="primary-subject">Machine Learning (cs.LG)</span></td></body></html>"""


def test_an_arxiv_abstract_page(read: Reader) -> None:
    (paper,) = read("2501.00001", ARXIV).papers
    assert (paper.title, paper.abstract, paper.authors) == ("Fast Trees", FAST, ("Ann Doe", "Bo Roe"))
    assert (paper.date, paper.published) == ("16 Jan 2025", date(2025, 1, 16))
    assert paper.arxiv_id == "2501.00001"


def test_citation_meta_tags(read: Reader) -> None:
    page = f"""<html><head><meta name="citation_title" content="Fast Trees">
    <meta name="citation_author" content="Doe, A.">
    <meta name="citation_publication_date" content="2025/01/16"><meta name="citation_doi" content="10.1/2">
    <meta name="citation_abstract" content="{FAST}"></head><body><p>Cookies are good.</p></body></html>"""
    (paper,) = read("a.html", page).papers
    assert (paper.title, paper.abstract, paper.authors, paper.doi) == ("Fast Trees", FAST, ("A. Doe",), "10.1/2")


def test_a_page_of_several_papers(read: Reader) -> None:
    page = f"""<html><body><nav><a href="/">Menu</a></nav><main><h1>Reading list</h1>
    <div><h3><a href="/1">Fast Trees</a></h3><p>Ann Doe, Bo Roe</p><p>{FAST}</p></div>
    <div><h3><a href="/2">Slow Trees</a></h3><p>{SLOW}</p></div></main><footer>© 2025</footer></body></html>"""
    found = read("list.html", page)
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Fast Trees", FAST), ("Slow Trees", SLOW)]
    assert found.papers[0].authors == ("Ann Doe", "Bo Roe")


def test_a_page_of_several_abstracts(read: Reader) -> None:
    page = f"""<html><body><h1>Accepted papers</h1>
    <h3>Fast Trees</h3><p>Authors: Ann Doe</p>
    <div class="abstract"><h4>Abstract</h4><div class="abstract">{FAST}</div></div>
    <h3>Slow Trees</h3><h4>Abstract</h4><div class="abstract"><p>{SLOW}</p></div></body></html>"""
    found = read("list.html", page)
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Fast Trees", FAST), ("Slow Trees", SLOW)]
    assert [paper.authors for paper in found.papers] == [("Ann Doe",), ()]


def test_a_paper_with_its_abstract_in_two_languages(read: Reader) -> None:
    page = f"""<html><head><meta name="citation_title" content="Fast Trees"></head><body><h1>Fast Trees</h1>
    <h2>Abstract</h2><div class="abstract">{FAST}</div>
    <h2>Résumé</h2><div class="abstract">Des arbres.</div></body></html>"""
    assert [(paper.title, paper.abstract) for paper in read("a.html", page).papers] == [("Fast Trees", FAST)]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "Tool<sup>1</sup> errs on 10<sup>-3</sup> of <i>10</i><sup>4</sup> trees",
            "Tool1 errs on 10^-3 of 10^4 trees",
        ),
        ("the 2<sup>nd</sup> of n<sup>2</sup> <b>sp</b>lits, CO<sub>2</sub>", "the 2nd of n2 splits, CO2"),
        ("<ul><li>Energy falls by 30%</li><li>Memory by 2x</li></ul>", "Energy falls by 30% Memory by 2x"),
        ("<h3>Results</h3><p>Trees grow.</p><p>They do.</p>", "Results Trees grow. They do."),
        ("Trees grow.<br>They do.<div>So</div>it is.", "Trees grow. They do. So it is."),
        ("<table><tr><td>3x</td><td>4x</td></tr></table>", "3x 4x"),
    ],
)
def test_what_a_browser_shows_apart_stays_apart(read: Reader, markup: str, text: str) -> None:
    (paper,) = read("a.html", f"<!doctype html><h1>Fast Trees</h1><div class=abstract>{markup}</div>").papers
    assert paper.abstract == text


def test_exponents_in_prose_that_no_mark_up_calls_an_abstract(read: Reader) -> None:
    page = f"<!doctype html><h1>Fast Trees</h1><p>{FAST} It needs 10<sup>4</sup> samples.</p>"
    assert [paper.abstract for paper in read("a.html", page).papers] == [f"{FAST} It needs 10^4 samples."]


def test_a_page_without_prose(read: Reader) -> None:
    assert read("a.html", "<html><body><h1>Nothing</h1></body></html>").rejects == [
        "a.html: the page has no abstract that could be found",
        "a.html: no paper with an abstract found",
    ]


def test_drawings_of_many_parts_are_no_deep_nesting(read: Reader) -> None:
    drawing = "<svg>" + '<circle r="1"/><path d="M0 0"/>' * 2000 + "</svg>"
    page = f"<!doctype html><h1>Fast Trees</h1>{drawing}<ul>{'<li>x' * 2000}</ul><p>{FAST}</p>"
    assert read("a.html", page).titles == ["Fast Trees"]


@pytest.mark.parametrize(
    "abstract",
    [
        f"<h4>Authors</h4><p>Ann Doe, Bo Roe</p><h4>Abstract</h4><p><p>{FAST}</p></p>",
        f'<div class="card acl-abstract"><div><h5>Abstract</h5><span>{FAST}</span></div></div><dl><dd>x-7</dd></dl>',
        f'<div class="note"><div class="note-abstract"><i>{FAST}</i></div><a href="#">Download</a></div>',
        f"<h2>Abstract</h2>{FAST[:40]}<i>{FAST[40:]}</i><p>Keywords: trees</p><h2>Introduction</h2><p>{SLOW}</p>",
        f"<h2>Abstract</h2><p>{FAST}</p><div><h2>Introduction</h2><p>{SLOW}</p></div>",
    ],
)
def test_a_paper_named_in_meta_tags_with_its_abstract_in_the_text(read: Reader, abstract: str) -> None:
    page = f"""<html><head><meta name="citation_title" content="Fast Trees">
    <meta name="citation_author" content="Doe, Ann"><meta name="citation_author" content="Bo Roe">
    <meta name="citation_publication_date" content="2025/7"></head>
    <body class="abstract-page"><nav>Menu</nav><h2>Fast Trees</h2><p>Part of Trees 25</p>{abstract}</body></html>"""
    (paper,) = read("a.html", page).papers
    assert (paper.title, paper.abstract, paper.date) == ("Fast Trees", FAST, "2025/7")
    assert paper.authors == ("Ann Doe", "Bo Roe")


def test_a_heading_inside_an_abstract_does_not_end_it(read: Reader) -> None:
    page = f"""<html><head><meta name="citation_title" content="Fast Trees"></head><body><h1>Fast Trees</h1>
    <h2>Abstract</h2><h3>Background</h3><p>{FAST}</p><h3>Results</h3><p>{SLOW}</p><h2>References</h2></body></html>"""
    (paper,) = read("a.html", page).papers
    assert paper.abstract == f"Background {FAST} Results {SLOW}"


def test_the_name_of_a_field_is_no_title(read: Reader) -> None:
    page = f"""<!doctype html><h1>Fast Trees</h1><h4>Authors</h4><p>Ann Doe, Bo Roe</p><h4>Abstract</h4><p>{FAST}</p>
    <h4>Keywords</h4><p>trees</p><h4>Comments</h4><p>{SLOW}</p>"""
    (paper,) = read("a.html", page).papers
    assert (paper.title, paper.authors, paper.abstract) == ("Fast Trees", ("Ann Doe", "Bo Roe"), FAST)


@pytest.mark.parametrize(
    "lead", ["<b>{}</b>", "<strong><a href='#'>{}</a></strong>", "<a href='#'>{}</a>", "<h3>{}</h3>"]
)
def test_a_list_of_papers_with_bold_or_linked_titles(read: Reader, lead: str) -> None:
    page = f"""<!doctype html><h1>Accepted papers</h1><ul>
    <li>{lead.format("Fast Trees")}<br><i>Ann Doe, Bo Roe</i><details><summary>Abstract</summary><p>{FAST}</p></details>
    <li>{lead.format("Slow Trees")}<br><i>Cy Poe, Di Fox</i><details><summary>Abstract</summary><p>{SLOW}</p></details>
    </ul>"""
    found = read("list.html", page)
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Fast Trees", FAST), ("Slow Trees", SLOW)]
    assert [paper.authors for paper in found.papers] == [("Ann Doe", "Bo Roe"), ("Cy Poe", "Di Fox")]


def test_a_list_of_papers_with_marks_before_the_titles(read: Reader) -> None:
    item = '<div class=paper><a id="1"></a><a href="#"><b>{}</b></a><h5>Abstract</h5><p>{}</p><a href="#">PDF</a></div>'
    page = f"<!doctype html><h1>Papers</h1>{item.format('Fast Trees', FAST)}{item.format('Slow Trees', SLOW)}"
    found = read("list.html", page)
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Fast Trees", FAST), ("Slow Trees", SLOW)]


@pytest.mark.parametrize(
    "text",
    [
        f"<p><b>Aim.</b> {FAST}</p><p><b>Results.</b> {SLOW}</p>",
        f"<section><p><b>Aim.</b> {FAST}</p></section><section><p><b>Results.</b> {SLOW}</p></section>",
    ],
)
def test_bold_words_in_prose_are_no_title(read: Reader, text: str) -> None:
    (paper,) = read("a.html", f"<!doctype html><h1>Fast Trees</h1>{text}").papers
    assert (paper.title, paper.abstract) == ("Fast Trees", f"Aim. {FAST} Results. {SLOW}")
