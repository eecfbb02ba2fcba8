"""Claims for other programs."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from factories import WORK, make_claim, make_extraction, make_paper

from extractor.errors import StoreError, UsageError
from extractor.export import Format, export_claims
from extractor.factors import Factor
from extractor.quantities import Quantity
from extractor.store import Store

HOSTILE_TITLE = '=HYPERLINK("http://example.org")'


@pytest.fixture
def filled(store: Store) -> Store:
    paper = make_paper(
        title=HOSTILE_TITLE, external_id="x1", abstract="-5% memory and 2x speed,\twith \x1b[31mred\x1b[0m, ‑é 李."
    )
    store.add_papers([paper])
    claims = (
        make_claim(
            paper, improvement="-5%", metric="memory", metric_family="memory", direction="decrease", baseline=None,
            quantity=Quantity("percent", -5.0, -5.0, "%", "about"), factor=Factor(None, 1.05),
        ),
        make_claim(paper, 2, quantity=None, factor=Factor(None, None), setting="+GLUE, @home"),
    )  # fmt: skip
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, *claims)])
    return store


def test_jsonl_has_one_object_a_claim(filled: Store, tmp_path: Path) -> None:
    out = tmp_path / "claims.jsonl"
    assert export_claims(filled.path, out, "jsonl") == 2
    first, second = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    (paper,) = filled.papers()
    expected = {
        "method": "Method1", "baseline": None, "hardware": None, "metric": "memory", "setting": None,
        "improvement": "-5%", "direction": "decrease", "effect": "better", "paper_id": paper.paper_id,
        "external_id": "x1", "title": HOSTILE_TITLE, "evidence": paper.abstract, "evidence_start": 0, "evidence_end": 3,
        "quantity": {
            "kind": "percent", "low": -5.0, "high": -5.0, "unit": "%", "bound": "about", "descending": False,
        },
        "factor": {"low": None, "high": 1.05}, "family": "memory", "method_key": "method1", "baseline_key": None,
        "baseline_generic": False, "model": "test-model",
    }  # fmt: skip
    assert {name: first[name] for name in expected} == expected
    assert (second["quantity"], second["factor"]) == (None, {"low": None, "high": None})


def test_csv_holds_no_formulas_and_no_control_characters(filled: Store, tmp_path: Path) -> None:
    out = tmp_path / "claims.csv"
    assert export_claims(filled.path, out, "csv") == 2
    with out.open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first["title"] == "'" + HOSTILE_TITLE
    assert first["improvement"] == "'-5%"
    assert first["quantity_low"] == "-5.0", "numbers stay numbers"
    assert second["setting"] == "'+GLUE, @home"
    assert second["quantity_low"] == second["baseline_generic"].replace("False", "") == ""
    assert "\x1b" not in out.read_text(encoding="utf-8")
    assert "李" in first["evidence"]


@pytest.mark.parametrize(
    "start", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\0=1", "\x01=1", "\u200b+1", "\ufeff@a", "\u00a0=1"]
)
def test_csv_marks_every_start_of_a_formula(store: Store, tmp_path: Path, start: str) -> None:
    paper = make_paper()
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={}), [make_extraction(paper, make_claim(paper, setting=start))])
    export_claims(store.path, tmp_path / "claims.csv", "csv")
    with (tmp_path / "claims.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["setting"].startswith("'")
    assert row["method"] == "Method1"


def test_parquet_has_the_columns_of_the_view(filled: Store, tmp_path: Path) -> None:
    out = tmp_path / "claims.parquet"
    assert export_claims(filled.path, out, "parquet") == 2
    table = pq.read_table(out)
    assert table.column("title").to_pylist() == [HOSTILE_TITLE] * 2
    assert table.column("factor_high").to_pylist() == [1.05, None]
    assert table.schema.field("year").type == "int64"


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_a_dash_is_standard_output(filled: Store, format: Format, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: A002
    assert export_claims(filled.path, "-", format) == 2
    assert "Method1" in capsys.readouterr().out


def test_parquet_on_standard_output_is_refused(filled: Store) -> None:
    with pytest.raises(UsageError, match="Parquet cannot go to standard output"):
        export_claims(filled.path, "-", "parquet")


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_a_store_without_claims_gives_a_file_without_rows(store: Store, tmp_path: Path, format: Format) -> None:  # noqa: A002
    assert export_claims(store.path, tmp_path / "out", format) == 0
    assert (tmp_path / "out").exists()


def test_a_file_is_replaced_whole_or_not_at_all(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "claims.jsonl"
    out.write_text("before")
    with pytest.raises(StoreError):
        export_claims(tmp_path / "none.duckdb", out, "jsonl")
    assert out.read_text() == "before"
    export_claims(filled.path, out, "jsonl")
    assert out.read_text(encoding="utf-8").count("\n") == 2
    assert list(folder.iterdir()) == [out]


def test_a_place_that_cannot_be_written_is_a_usage_error(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing/claims\.csv: cannot write: No such file"):
        export_claims(filled.path, tmp_path / "missing" / "claims.csv", "csv")
    with pytest.raises(UsageError, match="that is a folder; name a file"):
        export_claims(filled.path, tmp_path, "jsonl")
    assert not list(tmp_path.parent.glob("*.part"))
