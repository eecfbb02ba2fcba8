"""Tables of records in notebooks."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from extractor.compare import Comparison, Leg
from extractor.notebook import ROWS_SHOWN, Records
from extractor.sql import run_sql
from extractor.store import Store

LEG = Leg("Alpha", "vLLM", "speed", 2.0, 2.0, "2x", None, None, "Paper 1", "p1", "It is 2x faster.")


def comparison(**fields: object) -> Comparison:
    given: dict[str, object] = dict.fromkeys(Comparison.__dataclass_fields__) | {"path": (), "warnings": ()}
    return Comparison(**given | {"direct": True, "method": "Alpha"} | fields)  # type: ignore[arg-type]


def texts(html: str, tag: str) -> list[str]:
    return [node.text() for node in LexborHTMLParser(html).css(tag)]


def body(html: str) -> LexborNode:
    found = LexborHTMLParser(html).body
    assert found is not None
    return found


def test_a_row_a_record_without_empty_columns() -> None:
    html = Records([
        comparison(factor_low=1.23456), comparison(method="Beta", warnings=("a", "b"), path=(LEG, LEG)),
    ])._repr_html_()  # fmt: skip
    assert texts(html, "th") == ["direct", "method", "factor_low", "path", "warnings"]
    assert texts(html, "td") == ["True", "Alpha", "1.23", "", "", "True", "Beta", "", "2 claims", "a; b"]


def test_hostile_text_stays_text() -> None:
    hostile = "</td><script>alert(1)</script><img src=x onerror=alert(1)>&lt;\x1b[2J\u202e"
    html = Records([comparison(method=hostile, warnings=(hostile,))])._repr_html_()
    assert texts(html, "td")[1] == "</td><script>alert(1)</script><img src=x onerror=alert(1)>&lt;[2J"
    assert {node.tag for node in body(html).traverse()} <= {"body", "table", "thead", "tbody", "tr", "th", "td"}
    assert 'class="tex2jax_ignore"' in html, "MathJax follows links of its own"


def test_long_lists_are_cut_and_empty_ones_say_so() -> None:
    html = Records([comparison()] * (ROWS_SHOWN + 7))._repr_html_()
    assert len(texts(html, "tbody tr")) == ROWS_SHOWN
    assert texts(html, "p") == ["7 more"]
    assert texts(Records[Comparison]()._repr_html_(), "p") == ["nothing"]


def test_records_are_a_list() -> None:
    assert Records([comparison()]) == [comparison()]


def test_rows_of_a_query_are_a_table_too(store: Store) -> None:
    html = run_sql(store.path, "SELECT '<b>' AS \"<i>\", NULL AS a, 2 / 3 AS a FROM range(1200)")._repr_html_()
    assert texts(html, "th") == ["<i>", "a", "a"]
    assert texts(html, "tbody tr")[0] == "<b>0.667"
    assert (len(texts(html, "tbody tr")), texts(html, "p")) == (ROWS_SHOWN, ["1,100 more"])
    assert texts(run_sql(store.path, "SELECT 1 AS one WHERE false")._repr_html_(), "th") == ["one"]
