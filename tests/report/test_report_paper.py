"""A claim and its evidence: one click apart, marked at the right characters."""

from factories import make_claim, make_paper
from playwright.sync_api import Locator, Page, expect
from reports import Fill, Open, show_paper

_BEFORE = """mark => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector('.abstract'));
    range.setEndBefore(mark);
    return range.toString();
}"""


def marks(page: Page) -> list[tuple[str, str]]:
    """Each mark with the text of the abstract before it."""
    found = page.locator(".abstract mark").all()
    return [(mark.evaluate(_BEFORE), mark.text_content() or "") for mark in found]


def expect_current(page: Page, improvement: str) -> None:
    """The claim with this improvement, and no other, is marked in the abstract and in the list."""
    expect(page.locator("mark[aria-current=true]")).to_have_text([improvement])
    expect(page.locator(".card[aria-current=true] b")).to_have_text([improvement])


def row(page: Page, text: str) -> Locator:
    return page.locator("tbody tr", has=page.get_by_role("link", name=text, exact=True))


def test_evidence_is_marked_at_the_right_characters(fill: Fill, report: Open) -> None:
    papers = [
        make_paper(title=title, abstract=abstract)
        for title, abstract in {
            "Plain": "We are 2x faster and use 30% less memory.",
            "Emoji": "🙂🚀 👩‍🔬: we are 2x faster 🧪 and use 30% less memory.",
            "Combining": "Cafe\u0301 n\u0303 is 2x faster; e\u0301e\u0301 use 30% less memory.",
            "Scripts": "𝒪(𝓃) in 数学 is 2x faster; עברית use 30% less memory.",
            "LaTeX": "$\\mathcal{O}(n)$ <b>bold</b> &amp; is 2x faster; \\textbf{use} 30% less memory.",
        }.items()
    ]
    fill(*((one, [make_claim(one), make_claim(one, 2, improvement="30%", metric="memory")]) for one in papers))
    page = report()
    for paper in papers:
        show_paper(page, paper)
        shown = paper.abstract.replace("\u200d", "")  # a formatting character, like those that turn text around
        assert page.locator(".abstract").text_content() == shown
        assert marks(page) == [(shown.partition(number)[0], number) for number in ("2x", "30%")]


def test_a_click_on_a_claim_shows_its_evidence(fill: Fill, report: Open) -> None:
    papers = [make_paper(1), make_paper(2, title="Larkspur", abstract="First. Larkspur is 3x faster. It ends.")]
    fill(
        (papers[0], [make_claim(papers[0])]),
        (papers[1], [make_claim(papers[1], improvement="3x", method="Larkspur", evidence="Larkspur is 3x faster.")]),
    )
    page = report()
    row(page, "3x").get_by_text("Larkspur").first.click()
    expect(page.locator("#reader h2")).to_have_text("Larkspur")
    expect_current(page, "3x")
    assert marks(page) == [("First. Larkspur is ", "3x")]
    assert "".join(page.locator(".sentence").all_text_contents()) == "Larkspur is 3x faster."
    row(page, "2x").get_by_text("Method1").click()
    expect(page.locator("#reader h2")).to_have_text("Paper 1")


def test_evidence_and_claim_lead_to_each_other(fill: Fill, report: Open) -> None:
    paper = make_paper(abstract="It is 2x faster. " + "Words between them. " * 300 + "It needs 30% less memory.")
    fill((paper, [make_claim(paper), make_claim(paper, 2, improvement="30%", metric="memory")]))
    page = report(f"#claim-{paper.paper_id}-1")
    expect_current(page, "2x")
    page.locator(".card").nth(1).click()
    expect_current(page, "30%")
    expect(page.locator("mark").nth(1)).to_be_in_viewport()
    page.locator("mark", has_text="2x").get_by_role("link").click()
    expect_current(page, "2x")
    expect(page.locator(".card").first).to_be_in_viewport()
    assert page.url.endswith(f"#claim-{paper.paper_id}-1")


def test_one_number_of_several_claims_leads_to_each_of_them(fill: Fill, report: Open) -> None:
    paper = make_paper(abstract="It cuts time and energy by 30% on a GPU.")
    claims = [make_claim(paper, number, improvement="30%", metric=f"metric {number}") for number in (1, 2)]
    fill((paper, [*claims, make_claim(paper, 3, improvement="by 30% on")]))
    page = report(f"#paper-{paper.paper_id}")
    assert [text for _, text in marks(page)] == ["by ", "30%", " on"]
    assert page.locator("mark").evaluate_all("all => all.map(one => one.dataset.n)") == ["3", "1,2", None]
    for number in ("1", "2", "3", "1"):
        page.locator("mark", has_text="30%").get_by_role("link").click()
        expect(page.locator(".card[aria-current=true] .n")).to_have_text([number])


def test_a_damaged_span_breaks_nothing(fill: Fill, report: Open) -> None:
    paper = make_paper(abstract="Only 2x.")
    odd = [(-5, 4), (6, 2), (3, 900)]
    fill((paper, [make_claim(paper, n, evidence_start=a, evidence_end=b) for n, (a, b) in enumerate(odd, 1)]))
    page = report(f"#paper-{paper.paper_id}")
    expect(page.locator(".abstract")).to_have_text("Only 2x.")
    expect(page.locator(".card")).to_have_count(3)


def test_each_claim_of_a_paper_says_what_is_known_of_it(fill: Fill, report: Open) -> None:
    paper = make_paper()
    first = make_claim(paper, hardware="one GPU", setting="long prompts", confidence=0.8345)
    fill((paper, [first, make_claim(paper, 2, baseline=None, direction="none", effect="neutral")]))
    page = report(f"#paper-{paper.paper_id}")
    assert [" ".join(card.split()) for card in page.locator(".card").all_inner_texts()] == [
        "1 ↑2x speed 2× Method1 against vLLM long prompts · one GPU · increase, better · confidence 0.83",
        "2 2x speed 2× Method1",
    ]


def test_the_plots_lead_to_evidence(fill: Fill, report: Open) -> None:
    paper = make_paper()
    fill((paper, [make_claim(paper)]))
    page = report()
    page.locator("#baselines a.line").click()
    expect_current(page, "2x")
    page.go_back()
    expect(page.locator("#reader")).to_be_hidden()
    page.go_forward()
    expect_current(page, "2x")


def test_only_addresses_of_the_web_become_links(fill: Fill, report: Open) -> None:
    papers = [
        make_paper(1, url="javascript:window.ran=1"),
        make_paper(2, url="https://example.org/a?b=1&c='x"),
        make_paper(3, doi="10.1145/12.34"),
        make_paper(4, url="data:text/html,x", arxiv_id="2501.00001"),
        make_paper(5, doi="javascript:1", arxiv_id="javascript:1"),
        make_paper(6, url="https://a%zz.org/"),  # which no browser takes for an address
    ]
    fill(*((paper, [make_claim(paper)]) for paper in papers))
    page = report()
    found = []
    for paper in papers:
        show_paper(page, paper)
        found.append([link.get_attribute("href") for link in page.locator("#reader .about a").all()])
    assert found == [
        [],
        ["https://example.org/a?b=1&c='x"],
        ["https://doi.org/10.1145/12.34"],
        ["https://arxiv.org/abs/2501.00001"],
        [],
        [],
    ]
