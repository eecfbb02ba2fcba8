"""Comparisons as a Markdown table."""

import pytest
from factories import WORK, make_claim, make_extraction, make_paper

from extractor.compare import compare_all, compare_methods
from extractor.factors import Factor
from extractor.related_work import escaped, markdown_table
from extractor.store import Store


def fill(store: Store, **fields: object) -> None:
    papers = [make_paper(1, authors=("Ada Ash",), date="2025"), make_paper(2, authors=("Bo Birch",))]
    store.add_papers(papers)
    claims = [make_claim(papers[0], method="Alpha", **fields), make_claim(papers[1], method="Beta", setting="GLUE")]
    extractions = [make_extraction(paper, claim) for paper, claim in zip(papers, claims, strict=True)]
    store.save(store.start_run(WORK, options={}), extractions)


def test_a_line_a_comparison_with_its_citation_and_without_empty_columns(store: Store) -> None:
    fill(store, factor=Factor(None, 3.0))
    assert markdown_table(store.path, compare_all(store.path)) == (
        "| Method | Compared with | Metric | Factor | As printed | Setting | Source |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| Alpha | vLLM | speed | up to 3x | 2x |  | [@ash2025paper] |\n"
        "| Beta | vLLM | speed | 2x | 2x | GLUE | [@birchpaper] |\n"
    )


def test_an_indirect_comparison_cites_both_papers_and_keeps_its_cautions(store: Store) -> None:
    fill(store)
    header, _, line = markdown_table(store.path, compare_methods(store.path, "Alpha", "Beta")).splitlines()
    assert header.split(" | ")[4:] == ["Through", "Caution", "Source |"]
    assert line.endswith(
        "| 1x | vLLM | different settings: not stated / GLUE; different papers | [@ash2025paper; @birchpaper] |"
    )


def test_evidence_is_quoted_in_a_last_column_as_text(store: Store) -> None:
    fill(store, factor=Factor(3.0, 3.0), evidence="With *Alpha*, 2x | twice the speed.")
    _, _, direct, _ = markdown_table(store.path, compare_all(store.path), evidence=True).splitlines()
    assert direct.endswith(r"| [@ash2025paper] | With \*Alpha\*, 2x \| twice the speed. |")
    linked = compare_methods(store.path, "Alpha", "Beta")
    header, _, line = markdown_table(store.path, linked, evidence=True).splitlines()
    assert header.endswith("| Source | Evidence |")
    assert line.endswith(f"@birchpaper] | With \\*Alpha\\*, 2x \\| twice the speed. / {make_paper(2).abstract} |")


def test_no_comparison_gives_a_header_alone(store: Store) -> None:
    assert markdown_table(store.path, []).splitlines() == ["| Source |", "| --- |"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("[x](javascript:alert(1))", r"\[x\](javascript:alert(1))"),
        ("![x](http://a)", r"\!\[x\](http\://a)"),
        ("www.example.org", r"www\.example.org"),
        ("*a* _b_ `c` ~d~ $e$ ^f^ @g #h &lt; {i}", r"\*a\* \_b\_ \`c\` \~d\~ \$e\$ \^f\^ \@g \#h \&lt; \{i\}"),
        ("a\\|b", r"a\\\|b"),
        ("a\n| b \x1b[31m\u202e", r"a \| b \[31m"),
        ("1.27-2.58x, 30 %", "1.27-2.58x, 30 %"),
    ],
)
def test_text_stays_text(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_hostile_names_keep_the_table_whole(store: Store) -> None:
    fill(store, baseline="x | y\n| [a](http://b)", hardware="|")
    lines = markdown_table(store.path, compare_all(store.path)).splitlines()
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
