"""``claims report``: the file that it writes. ``tests/report`` looks at it in a browser."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from command import fault, run

pytestmark = pytest.mark.usefixtures("filled")
OUT = Path("report.html")


def rows(*arguments: object) -> int:
    """How many claims the report holds that a command with these arguments writes."""
    result = run("report", OUT, *arguments)
    assert (result.exit_code, result.stdout) == (0, "")
    html = OUT.read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>\n")
    (count,) = re.findall(r"<h1>(\d+) claims?", html)
    assert result.stderr.endswith(f"{count} claim{'' if count == '1' else 's'} written to report.html\n")
    return int(count)


def test_it_holds_the_claims_that_pass_the_filters() -> None:
    assert rows() == 3
    assert rows("--baseline", "vllm") == 2
    assert rows("--hardware", "h-100") == 1
    assert rows("--since", "2025") == 1
    assert rows("--metric", "Speed", "-b", "SGLang") == 1


def test_an_empty_report_says_so() -> None:
    result = run("report", OUT, "--metric", "energy")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        "the report is empty: the store holds no claims, or none passes the filters",
        "0 claims written to report.html",
    ]
    assert "0 claims from 0 papers" in OUT.read_text(encoding="utf-8")


def test_standard_output_gets_the_page_alone() -> None:
    result = run("report", "-")
    assert result.exit_code == 0
    assert result.stdout.startswith("<!DOCTYPE html>\n")
    assert result.stdout.endswith("</html>\n")
    assert result.stderr == ""


def test_a_pipe_stays_a_pipe() -> None:
    os.mkfifo("pipe")
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE, text=True) as reader:
        assert run("report", "pipe").exit_code == 0
        assert reader.communicate()[0].endswith("</html>\n")
    assert Path("pipe").is_fifo()


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ([OUT, "--baseline", "SGLAN"], "did you mean 'SGLang'"),
        ([OUT, "--metric", "sped"], "did you mean 'speed'"),
        ([OUT, "--db", "none.duckdb"], "no such store"),
        (["missing/report.html"], "missing/report.html: cannot write: No such file or directory"),
        (["claims.duckdb"], "that is the store itself"),
        (["."], "that is a folder"),
    ],
)
def test_wrong_use_names_the_way_out_and_leaves_everything_as_it_is(arguments: list[object], hint: str) -> None:
    OUT.write_text("mine")
    before = Path("claims.duckdb").read_bytes()
    assert hint in fault("report", *arguments)
    assert OUT.read_text() == "mine"
    assert Path("claims.duckdb").read_bytes() == before
    assert not list(Path().glob(".*.part"))
