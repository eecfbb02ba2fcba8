"""``claims import``: parts go in once, and what is wrong with one is said and costs only that one."""

import json
from pathlib import Path
from typing import Any

import pytest
from command import fault, json_of, run
from factories import make_claim, make_extraction, make_paper

from extractor.store import Store, check_store, write_part


@pytest.fixture(autouse=True)
def _parts() -> None:
    """Three parts of two papers each in the folder ``parts``."""
    Path("parts").mkdir()
    for number in (1, 3, 5):
        papers = [make_paper(number), make_paper(number + 1)]
        extractions = [make_extraction(paper, make_claim(paper)) for paper in papers]
        write_part(Path("parts") / f"part-{number}", papers, "elsewhere", extractions)


def manifest(part: str, **changes: Any) -> None:
    file = Path("parts") / part / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_parts_make_a_store_and_importing_again_changes_nothing() -> None:
    result = run("import", "parts")
    assert (result.exit_code, result.stdout) == (0, "3 parts: 6 new papers, 6 extractions, 6 claims (claims.duckdb)\n")
    assert json_of("import", "parts") == {"parts": 3, "papers": 0, "extractions": 0, "claims": 0, "refused": []}
    assert json_of("import", "parts/part-3")["parts"] == 1
    assert (Store.open("claims.duckdb").counts().claims, check_store("claims.duckdb")) == (6, [])
    run_row = json_of("sql", "SELECT * FROM run")
    assert (run_row["run_id"], run_row["outcome"], run_row["papers"]) == ("elsewhere", "imported", 6)


def test_imported_papers_count_as_done_and_are_found_by_every_command() -> None:
    run("import", "parts")
    assert len(run("compare", "--baseline", "vLLM", "--json").stdout.splitlines()) == 6


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda part: (part / "claims.parquet").unlink(), "damaged: claims.parquet is missing"),
        (
            lambda part: (part / "claims.parquet").write_bytes(b"PAR1"),
            "damaged: claims.parquet is not what was written",
        ),
        (
            lambda part: (part / "manifest.json").write_text("{"),
            "manifest.json cannot be read: Expecting property name",
        ),
        (lambda part: (part / "manifest.json").write_text("[]"), "manifest.json cannot be read: list indices must be"),
    ],
)
def test_a_damaged_part_is_named_and_the_others_are_imported(damage: Any, message: str) -> None:
    damage(Path("parts/part-3"))
    result = run("import", "parts")
    assert (result.exit_code, result.stdout) == (1, "2 parts: 4 new papers, 4 extractions, 4 claims (claims.duckdb)\n")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"parts/part-3: {message}")


def test_parts_of_another_version_are_refused_with_the_way_out() -> None:
    for part in ("part-1", "part-3", "part-5"):
        manifest(part, version="9.9", columns="other")
    result = run("import", "parts")
    assert result.exit_code == 1
    line, *_ = result.stderr.splitlines()
    assert line.startswith("parts/part-1: written by version 9.9, whose tables are others than those of this one, ")
    assert line.endswith("; import it with that version, or extract it anew")
    assert not Path("claims.duckdb").exists()


def test_a_part_of_another_version_with_the_same_tables_is_welcome() -> None:
    manifest("part-1", version="9.9")
    assert json_of("import", "parts")["parts"] == 3


def test_a_part_that_was_not_finished_is_none() -> None:
    Path("parts/part-3").rename("parts/.part-3")
    assert json_of("import", "parts")["parts"] == 2


@pytest.mark.parametrize("path", ["parts/part-1/claims.parquet", "nowhere", "empty"])
def test_a_place_without_parts(path: str) -> None:
    Path("empty").mkdir()
    assert fault("import", path) == f"{path}: no part there: a part is a folder with a manifest.json"


def test_nothing_is_imported_into_a_store_that_is_being_extracted_into() -> None:
    with Store.open("claims.duckdb", create=True).exclusive():
        assert "is extracting into this store" in fault("import", "parts")
