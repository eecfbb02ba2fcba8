"""``claims extract --engine ray`` where there is no cluster to ask."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from command import fault, run, write_papers
from stub import Stub


def test_without_ray_the_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, model: list[str], stub: Stub) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    line = fault("extract", write_papers(2), *model, "--engine", "ray")
    assert line == 'Ray is not installed; pip install "claim-extractor[ray]"'
    assert stub.requests == []


def test_nothing_to_do_needs_no_ray(monkeypatch: pytest.MonkeyPatch, model: list[str]) -> None:
    document = write_papers(2)
    run("extract", document, *model)
    Path("claims.duckdb.parts/.part-of-a-killed-run").mkdir(parents=True)
    monkeypatch.setitem(sys.modules, "ray", None)
    result = run("extract", document, *model, "--engine", "ray")
    assert (result.exit_code, result.stdout) == (0, "2 papers, all done already; nothing left to do (claims.duckdb)\n")
    assert sorted(path.name for path in Path().iterdir()) == ["claims.duckdb", "claims.duckdb.lock", "papers.jsonl"]


def test_the_embedded_model_stays_at_home() -> None:
    result = run("extract", write_papers(1), "--engine", "ray")
    assert (result.exit_code, result.stdout) == (2, "")
    *_, line = result.stderr.splitlines()
    assert (
        line == "claims: the embedded model works on this machine alone; give --model and --base-url for --engine ray"
    )


@pytest.mark.parametrize("flag", [["--ray-address", "auto"], ["--workers", "2"], ["--parts", "parts"]])
def test_what_is_meant_for_ray_needs_ray(flag: list[str], model: list[str]) -> None:
    line = fault("extract", write_papers(1), *model, *flag)
    assert line == "--ray-address, --workers and --parts are for --engine ray"


@pytest.mark.ray
@pytest.mark.skipif(find_spec("ray") is None, reason="the extra [ray] is not installed")
@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "nonsense"])
def test_a_cluster_that_is_not_there_is_one_line(address: str, model: list[str], stub: Stub) -> None:
    line = fault("extract", write_papers(2), *model, "--engine", "ray", "--ray-address", address)
    assert line.startswith(f"no Ray cluster at {address}: ")
    assert line.endswith("; see --ray-address")
    assert stub.requests == []
    assert not Path("claims.duckdb.parts").exists()
