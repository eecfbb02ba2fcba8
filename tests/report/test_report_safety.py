"""Text of others stays text, and the page reaches nothing outside itself."""

import re
import socket

import pytest
from factories import WORK, make_claim, make_extraction, make_paper
from playwright.sync_api import Browser, Page, expect
from reports import Fill, Open, show_paper

from extractor.papers import Paper
from extractor.records import Baseline, ClaimRecord, Work
from extractor.report import write_report
from extractor.store import Store

HOSTILE = [
    "</script><script>window.ran=1</script>",
    "</style><script>window.ran=1</script><!--",
    "<img src=x onerror=window.ran=1>",
    "'\"><svg/onload=window.ran=1>",
    "</title></textarea></select></datalist><iframe src=javascript:window.ran=1>",
    "javascript:window.ran=1",
    '=HYPERLINK("http://example.org";"x")',
    "[/red][bold]x",
    "{{ 7*7 }}{% raw %}",
    "&lt;b&gt;&amp;\u2028\u2029",
    "#claim-x\x00\x1b]0;owned\x07\x1b[31m",
    "admin\u202etxt.exe\u2066\u200f",
]


_STOPPED = re.compile("Content Security Policy|requires 'Trusted")


def seen(text: str) -> str:
    """The text without control and formatting characters, which show nothing or turn others around."""
    return re.sub(r"\s+", " ", "".join(c for c in text if c.isprintable() or c.isspace())).strip()


def hostile_paper(number: int, text: str) -> tuple[Paper, list[ClaimRecord]]:
    """A paper and a claim that say it wherever they can."""
    paper = make_paper(title=f"T{number} {text}", abstract=f"A {text} 2x {text}", authors=(text,), date=text, url=text)
    fields = {name: f"{name} {text}" for name in ("method", "baseline", "metric", "hardware", "setting")}
    keys = {"method_key": str(number), "baseline_key": "one", "metric_family": text}
    return paper, [make_claim(paper, **fields, **keys, baselines=(Baseline(fields["baseline"], "one", False),))]


def test_hostile_text_stays_text_in_every_place(store: Store, report: Open) -> None:
    papers = [hostile_paper(number, text) for number, text in enumerate(HOSTILE)]
    store.add_papers([paper for paper, _ in papers])
    work = Work(HOSTILE[0], WORK.prompt, WORK.prompt_hash, WORK.schema_hash)
    extractions = [make_extraction(paper, *claims, work=work) for paper, claims in papers]
    store.save(store.start_run(work, options={}), extractions)
    page = report()
    lines, rows, families = (
        seen(" ".join(page.locator(place).all_text_contents()))
        for place in ("#baselines a.line", "tbody tr", "#metrics a.line")
    )
    for paper, (claim,) in papers:
        show_paper(page, paper)
        assert seen(page.locator("#reader h2").text_content() or "") == seen(paper.title)
        assert seen(page.locator(".abstract").text_content() or "") == seen(paper.abstract)
        assert seen(claim.method) in seen(page.locator(".card").text_content() or "")
        for texts in (lines, rows):
            assert seen(claim.method) in texts
        assert seen(claim.metric_family) in families
        page.get_by_label("Baseline", exact=True).fill(claim.baseline or "")
        page.get_by_label("Paper", exact=True).fill(paper.title)
    page.keyboard.press("Escape")
    for link in page.locator("#metrics a.line").all():
        link.click()
        expect(page.get_by_label("Metric family")).not_to_have_value("")
        page.get_by_role("button", name="Reset").click()
    assert page.evaluate("window.ran") is None
    assert page.locator("script").count() == 2
    assert page.locator("img, iframe, object, embed, link, base, form, [onload], [onerror], [style]").count() == 0
    links = page.locator("a[href]").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert all(re.match(r"#[a-z]", link) for link in links), links
    assert [c for c in page.content() if not c.isprintable() and c != "\n"] == []


def test_the_policy_stops_what_the_page_does_not_hold(store: Store, browser: Browser) -> None:
    out = store.path.with_name("report.html")
    write_report(store.path, out)
    attempts = (
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran=1'}))",
        "document.body.innerHTML = '<img src=x onerror=window.ran=1>'",
        "document.body.setAttribute('onclick', 'window.ran=1'); document.body.click()",
        "document.body.setAttribute('style', 'color: rgb(1, 2, 3)')",
        "document.body.append(Object.assign(new Image(), {src: 'http://HOST/'}))",
        "fetch('http://HOST/').catch(() => 0)",
    )
    with socket.create_server(("127.0.0.1", 0)) as server, browser.new_context() as context:
        host = f"127.0.0.1:{server.getsockname()[1]}"
        page = context.new_page()
        page.goto(out.as_uri())
        for attempt in attempts:
            with page.expect_console_message(lambda message: bool(_STOPPED.search(message.text))):
                page.evaluate(
                    f"try {{ {attempt.replace('HOST', host)} }} catch (error) {{ console.error(error.message) }}"
                )
        assert page.evaluate("window.ran") is None
        assert page.evaluate("getComputedStyle(document.body).color") != "rgb(1, 2, 3)"
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_the_file_is_one_file_and_the_same_each_time(fill: Fill, store: Store) -> None:
    paper = make_paper(url="https://example.org/paper")
    fill((paper, [make_claim(paper)]))
    out = store.path.with_name("report.html")
    pages = []
    for _ in range(2):
        assert write_report(store.path, out) == 1
        pages.append(out.read_bytes())
    assert pages[0] == pages[1]
    assert sorted(path.name for path in out.parent.iterdir() if "report" in path.name) == ["report.html"]
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", pages[0].decode()))
    assert addresses == {"https://example.org/paper", "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_without_scripts_the_plots_are_there(fill: Fill, report: Open) -> None:
    paper = make_paper()
    fill((paper, [make_claim(paper)]))
    page: Page = report(java_script_enabled=False)
    expect(page.locator("#baselines a.line")).to_have_count(1)
    expect(page.locator("#claims")).to_contain_text("need this page's own script")
