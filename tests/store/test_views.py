"""The views and macros that people query, from any DuckDB client."""

import re

import duckdb
import pytest
from factories import WORK, fill, make_claim, make_extraction, make_paper, save

from extractor.factors import Factor
from extractor.papers import Paper, Source
from extractor.quantities import Quantity
from extractor.records import ClaimRecord, Work
from extractor.store import Store

BIGGER = Work("bigger-model", WORK.prompt, WORK.prompt_hash, WORK.schema_hash)


def query(store: Store, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(store.path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_claim_joins_what_is_known(store: Store) -> None:
    paper = make_paper(external_id="x7", date="Jan 4, 2024", sources=(Source("b.txt", 1), Source("a.txt", 1)))
    claim = make_claim(
        paper, quantity=Quantity("ratio", 2.0, 4.5, "x", "up_to"), factor=Factor(2.0, 4.5), hardware="one GPU"
    )
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, claim)])
    ((row),) = query(
        store,
        "SELECT title, external_id, year, date, document, method, baseline, hardware, metric, improvement, direction, "
        "effect, quantity_kind, quantity_low, quantity_high, quantity_unit, quantity_bound, factor, factor_low, "
        "factor_high, metric_family, method_key, baseline_key, baseline_generic, model, prompt FROM claim",
    )
    assert row == (
        "Paper 1", "x7", 2024, "Jan 4, 2024", "b.txt", "Method1", "vLLM", "one GPU", "speed", "2x", "increase",
        "better", "ratio", 2.0, 4.5, "x", "up_to", pytest.approx(3.0), 2.0, 4.5, "speed", "method1", "vllm", False,
        "test-model", "claims",
    )  # fmt: skip


def test_the_span_of_a_claim_cuts_the_improvement_out_of_the_abstract(store: Store) -> None:
    paper = make_paper(abstract="Über 🙂 e\u0301 all: naïve is 2x faster.")
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, make_claim(paper))])
    cut = "SELECT abstract[evidence_start + 1 : evidence_end] FROM claim JOIN papers USING (paper_id)"
    assert query(store, cut) == [("2x",)]


def test_a_paper_counts_once_by_its_latest_success(store: Store) -> None:
    paper = make_paper()
    store.add_papers([paper])
    one, two = make_claim(paper), make_claim(paper, 2)
    save(store, make_extraction(paper, one), make_extraction(paper, one, two, work=BIGGER, days=1))
    assert query(store, "SELECT model, count(*) FROM claim GROUP BY model") == [("bigger-model", 2)]
    assert query(store, "SELECT count(*) FROM claim_all") == [(3,)]
    save(store, make_extraction(paper, work=BIGGER, days=2, status="refused"))
    assert query(store, "SELECT model, count(*) FROM claim GROUP BY model") == [("test-model", 1)]
    save(store, make_extraction(paper, work=BIGGER, days=3))
    assert query(store, "SELECT count(*) FROM claim") == [(0,)], "a later success without claims is the latest word"


def test_comparison_has_a_row_for_each_baseline_of_a_claim(store: Store) -> None:
    fill(store, {"baseline": "Transformers and Galaxy"}, {"baseline": None}, {"baseline": "existing systems"})
    rows = query(store, "SELECT baseline, baseline_key, baseline_generic FROM comparison ORDER BY baseline")
    assert [(name, generic) for name, _, generic in rows] == [
        ("Galaxy", False), ("Transformers", False), ("existing systems", True),
    ]  # fmt: skip
    assert all(key for _, key, _ in rows)


def test_baseline_and_method_gather_the_spellings_of_a_name(store: Store) -> None:
    fill(
        store,
        {"method": "A1", "baseline": "vLLM"},
        {"method": "B1", "baseline": "the serving system vLLM", "metric_family": "latency"},
        {"method": "B1", "baseline": "vLLM"},
        {"method": "C1", "baseline": "existing systems"},
    )
    assert query(
        store, "SELECT name, generic, methods, papers, claims, families FROM baseline ORDER BY claims DESC"
    ) == [
        ("vLLM", False, 2, 3, 3, ["latency", "speed"]),
        ("existing systems", True, 1, 1, 1, ["speed"]),
    ]
    assert query(store, "SELECT name, papers, claims, baselines FROM method ORDER BY name")[1:] == [
        ("B1", 2, 2, ["the serving system vLLM", "vLLM"]),
        ("C1", 1, 1, None),
    ]


@pytest.mark.parametrize("typed", ["vLLM", "VLLM", "v-llm", " vllm ", "the serving system vLLM"])
def test_a_typed_name_meets_every_spelling(store: Store, typed: str) -> None:
    fill(store, {"baseline": "vLLM"}, {"baseline": "the serving system vLLM"}, {"baseline": "SGLang"})
    assert query(store, f"SELECT count(*) FROM compared_with('{typed}')") == [(2,)]


def test_a_name_of_nothing_but_signs_meets_nothing(store: Store) -> None:
    fill(store, {})
    assert query(store, "FROM compared_with('--')") == query(store, "FROM compared_with('')") == []


def test_claims_of_a_method(store: Store) -> None:
    fill(store, {"method": "A-1"}, {"method": "B1"})
    assert query(store, "SELECT method FROM claims_of('a1')") == [("A-1",)]


def test_the_leaderboard_ranks_within_named_baselines(store: Store) -> None:
    fill(
        store,
        {"method": "A1", "factor": Factor(2.0, 2.0)},
        {"method": "B1", "factor": Factor(None, 3.0)},
        {"method": "C1", "factor": Factor(9.0, 9.0), "baseline": "existing systems"},
        {"method": "D1", "factor": Factor(None, None)},
        {"method": "E1", "factor": Factor(9.0, 9.0), "metric_family": "latency"},
        {"method": "F1", "factor": Factor(1.5, 1.5), "baseline": "SGLang"},
    )
    assert query(store, "SELECT baseline, place, method FROM leaderboard('speed')") == [
        ("vLLM", 1, "B1"), ("vLLM", 2, "A1"), ("SGLang", 1, "F1"),
    ]  # fmt: skip
    assert query(store, "SELECT method FROM leaderboard('speed', at_most := 2)") == [("B1",), ("A1",)]


def test_a_generic_name_does_not_hide_the_named_baseline_whose_key_it_shares(store: Store) -> None:
    fill(
        store,
        {"method": "A1", "baseline": "RAG"},
        {"method": "B1", "baseline": "RAG"},
        {"method": "C1", "baseline": "existing RAG systems"},
    )
    assert query(store, "SELECT name, methods, claims FROM shared_baselines()") == [("RAG", 2, 2)]
    assert query(store, "SELECT method FROM comparisons() ORDER BY 1") == [("A1",), ("B1",)]
    assert query(store, "SELECT name, generic, methods FROM baseline") == [
        ("RAG", False, 2), ("existing RAG systems", True, 1),
    ]  # fmt: skip


def test_metrics_of_no_known_family_are_ranked_each_alone(store: Store) -> None:
    other = {"metric_family": "other"}
    fill(
        store,
        {"method": "A1", "metric": "zebra count", "factor": Factor(2.0, 2.0)} | other,
        {"method": "B1", "metric": "Zebra Count", "factor": Factor(3.0, 3.0)} | other,
        {"method": "C1", "metric": "carbon print", "factor": Factor(1.5, 1.5)} | other,
    )
    assert query(store, "SELECT metric, place, method FROM leaderboard('other')") == [
        ("carbon print", 1, "C1"), ("Zebra Count", 1, "B1"), ("zebra count", 2, "A1"),
    ]  # fmt: skip


def test_shared_baselines_are_named_and_met_by_several_methods(store: Store) -> None:
    fill(
        store,
        {"method": "A1"},
        {"method": "B1"},
        {"method": "B1", "baseline": "SGLang"},
        {"method": "A1", "baseline": "existing systems"},
        {"method": "B1", "baseline": "existing systems"},
    )
    assert query(store, "SELECT name, methods FROM shared_baselines()") == [("vLLM", 2)]
    assert query(store, "SELECT name FROM shared_baselines(min_methods := 1)") == [("vLLM",), ("SGLang",)]


def test_every_view_and_macro_is_described(store: Store) -> None:
    missing = """
        SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL
        UNION ALL SELECT function_name FROM duckdb_functions() WHERE NOT internal AND comment IS NULL
        UNION ALL
        SELECT view_name || '.' || column_name
        FROM duckdb_columns() c JOIN duckdb_views() v ON v.view_name = c.table_name
        WHERE NOT v.internal AND c.comment IS NULL AND NOT contains(v.comment, 'Columns as in claim.')"""
    assert query(store, missing) == []


def test_every_column_of_a_macro_is_described_by_it_or_by_a_view(store: Store) -> None:
    described = {name for (name,) in query(store, "SELECT column_name FROM duckdb_columns() WHERE comment IS NOT NULL")}
    macros = query(
        store,
        "SELECT function_name, len(parameters), comment FROM duckdb_functions() "
        "WHERE function_type = 'table_macro' AND NOT internal",
    )
    assert len(macros) > 5
    for name, parameters, comment in macros:
        columns = query(store, f"DESCRIBE FROM {name}({', '.join(['NULL'] * int(str(parameters)))})")
        unknown = {str(column) for column, *_ in columns} - described
        assert {column for column in unknown if not re.search(rf"\b{column}\b", str(comment))} == set()


CALLS = (
    "FROM claim", "FROM comparison", "FROM baseline", "FROM baseline_size", "FROM method", "FROM spelling",
    "FROM model", "FROM compared_with('vLLM')", "FROM claims_of('Method1')",
    "FROM claims_where(since := 2024)", "FROM leaderboard('speed')", "FROM shared_baselines()",
    "FROM shared_baselines(min_methods := 3, at_most := 10)",
    "FROM compare_methods('Method1', 'Method2')",
    "FROM compare_methods('vLLM', 'M1', family := 'speed', on_hardware := 'A100', since := 2024)",
    "FROM comparisons()", "FROM comparisons_where(family := 'speed', on_hardware := 'A100', since := 2024)",
    "FROM comparisons(min_methods := 2, family := 'speed', at_most := 10)",
    "FROM compared_with('vLLM', family := 'speed', on_hardware := 'A100', since := 2024)",
    "FROM leaderboard('speed', baseline_name := 'vLLM', on_hardware := 'A100', since := 2024, at_most := 10)",
)  # fmt: skip


def test_nothing_joins_every_claim_with_every_claim(store: Store) -> None:
    papers = [make_paper(number) for number in range(1, 401)]
    store.add_papers(papers)
    store.save(
        store.start_run(WORK, options={}),
        [make_extraction(paper, *_two_claims(paper, number)) for number, paper in enumerate(papers)],
    )
    for sql in CALLS:
        plan = "\n".join(str(row[1]) for row in query(store, f"EXPLAIN {sql}"))
        operators = re.sub(r"[^a-z]+", " ", plan.lower())
        for quadratic in ("nested loop", "cross product", "piecewise", "blockwise", "ie join"):
            assert quadratic not in operators, sql


def _two_claims(paper: Paper, number: int) -> tuple[ClaimRecord, ClaimRecord]:
    return make_claim(paper, method=f"M{number % 50}"), make_claim(paper, 2, baseline=f"B{number % 7}")
