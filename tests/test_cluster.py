"""Extraction by two workers of a Ray on this machine: the same store as by one process, whoever dies on the way."""

import logging
import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from typing import Any

import duckdb
import pytest
from stub import Answer, claims, error, serve

from extractor.batch import extract_documents
from extractor.cluster import extract_on_cluster
from extractor.errors import ModelError
from extractor.extraction import Summary
from extractor.importing import import_parts
from extractor.pricing import TokenPrice
from extractor.ray_session import Cluster, import_ray
from extractor.settings import Settings
from extractor.store import Store, check_store
from extractor.worker import SHARDS_AT_ONCE

pytestmark = pytest.mark.ray
# Everything but when it was and by which run.
CONTENT = {
    "papers": "FROM papers ORDER BY ALL",
    "sources": "FROM sources ORDER BY ALL",
    "extractions": "SELECT * EXCLUDE (run_id, finished_at) FROM extractions ORDER BY ALL",
    "calls": "SELECT * EXCLUDE (run_id, started_at, latency) FROM calls ORDER BY ALL",
    "claims": "FROM claims ORDER BY ALL",
    "claim_baselines": "FROM claim_baselines ORDER BY ALL",
    "dropped_claims": "FROM dropped_claims ORDER BY ALL",
}


@pytest.fixture(scope="module", autouse=True)
def _ray() -> Iterator[None]:
    """One Ray for all tests here; it takes its time to start."""
    if find_spec("ray") is None:
        pytest.skip("the extra [ray] is not installed")
    ray = import_ray()
    options = {"address": "local", "num_cpus": 2, "include_dashboard": False, "object_store_memory": 100 * 2**20}
    ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
    yield
    ray.shutdown()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """Forty papers, each with its own number, and one of them twice."""
    file = tmp_path / "papers.jsonl"
    line = '{{"title": "Paper {0}", "abstract": "Method{0} is {0}.5x faster than vLLM and Galaxy on {0} GPUs."}}\n'
    file.write_text("".join(line.format(number) for number in [*range(1, 41), 7]))
    return file


def number_of(request: dict[str, Any]) -> int:
    """The number of the paper that a request is about."""
    return int(re.findall(r"Method(\d+)", str(request))[-1])


def answer(request: dict[str, Any], _: int) -> Answer:
    """What the abstract claims, and for every fifth paper something that it does not."""
    number = number_of(request)
    invented = [{"improvement": "99x"}] if number % 5 == 0 else []
    return claims(
        {"improvement": f"{number}.5x", "method": f"Method{number}", "baseline": "vLLM and Galaxy"}, *invented
    )


def settings(base_url: str, db: Path) -> Settings:
    return Settings(db=db, model="m", base_url=base_url, reasks=1, concurrency=4)


def on_cluster(
    document: Path, base_url: str, db: Path, *, workers: int = 2, parts: Path | None = None, **options: Any
) -> Summary:
    cluster = Cluster(workers=workers, parts=parts, shard_papers=5)
    return extract_on_cluster([document], settings(base_url, db), cluster, **options)


def content(db: Path) -> dict[str, list[Any]]:
    assert check_store(db) == []
    with duckdb.connect(str(db), read_only=True) as connection:
        return {table: connection.execute(query).fetchall() for table, query in CONTENT.items()}


@pytest.fixture
def expected(document: Path, tmp_path: Path) -> dict[str, list[Any]]:
    """The store that one process makes."""
    with serve(answer) as stub:
        extract_documents([document], settings(stub.base_url, tmp_path / "single.duckdb"))
    return content(tmp_path / "single.duckdb")


def test_two_workers_make_the_same_store_as_one_process_and_so_do_their_parts(
    document: Path, tmp_path: Path, expected: dict[str, list[Any]]
) -> None:
    db, parts = tmp_path / "cluster.duckdb", tmp_path / "parts"
    with serve(answer) as stub:
        summary = on_cluster(document, stub.base_url, db, parts=parts)
        assert (summary.papers, summary.extracted, summary.failed, summary.claims) == (40, 40, 0, 40)
        assert content(db) == expected
        assert len(list(parts.iterdir())) == 8
        made = len(stub.requests)
        for _ in range(2):
            import_parts([parts], tmp_path / "elsewhere.duckdb")
        del expected["sources"]  # that of the paper that comes again was read when its part was out already
        assert {
            table: rows for table, rows in content(tmp_path / "elsewhere.duckdb").items() if table in expected
        } == expected
        db.unlink()
        again = on_cluster(document, stub.base_url, db, parts=parts)
        assert (again.skipped, again.extracted, len(stub.requests)) == (40, 0, made), (
            "the parts are not asked about again"
        )
    assert content(db)["claims"] == expected["claims"]


def test_a_worker_that_is_killed_costs_only_its_shards(
    document: Path, tmp_path: Path, expected: dict[str, list[Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    db = tmp_path / "cluster.duckdb"
    killed: list[int] = []
    warnings: list[str] = []

    def script(request: dict[str, Any], number: int) -> Answer:
        if number == 25:
            killed.append(kill_a_worker())
        return answer(request, number)

    with serve(script) as stub:
        summary = on_cluster(document, stub.base_url, db, on_warning=warnings.append)
    assert killed
    assert (summary.extracted, summary.failed) == (40, 0)
    assert content(db) == expected
    asked = Counter(map(number_of, stub.requests))
    again = {number for number, times in asked.items() if times > (2 if number % 5 == 0 else 1)}
    assert len({(number - 1) // 5 for number in again}) <= SHARDS_AT_ONCE, "only the shards that it was at"
    (warning,) = warnings
    assert warning.startswith("a worker was lost, and ")
    assert not db.with_name("cluster.duckdb.parts").exists(), "parts that are in the store are gone"
    assert capfd.readouterr().out == "", "Ray prints nothing where data goes"


def kill_a_worker() -> int:
    """Kill the process of one actor."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and (process / "cmdline").read_bytes().startswith(b"ray::Worker"):
            os.kill(int(process.name), signal.SIGKILL)
            return int(process.name)
    raise AssertionError("no worker runs")


def test_what_all_papers_are_refused_for_ends_the_run(document: Path, tmp_path: Path) -> None:
    with serve(lambda request, number: error(401, "no")) as stub, pytest.raises(ModelError, match="refused the key"):
        on_cluster(document, stub.base_url, tmp_path / "cluster.duckdb")
    assert len(stub.requests) <= 4, "one for each shard that was begun"


def test_a_stopped_run_keeps_what_is_answered_and_the_next_one_goes_on(
    document: Path, tmp_path: Path, expected: dict[str, list[Any]]
) -> None:
    db = tmp_path / "cluster.duckdb"

    def script(request: dict[str, Any], number: int) -> Answer:
        if number == 20:
            os.kill(os.getpid(), signal.SIGTERM)
        return answer(request, number)

    signals: list[int] = []
    with serve(script) as stub:
        # There is no room for the third worker, which nobody waits for.
        summary = on_cluster(document, stub.base_url, db, workers=3, on_signal=signals.append)
        assert (signals, summary.interrupted) == ([signal.SIGTERM], True)
        done = Store.open(db).counts().extractions
        assert 0 < done == summary.extracted < 40
        rest = extract_documents([document], settings(stub.base_url, db))
    assert (rest.skipped, rest.extracted) == (done, 40 - done)
    assert content(db)["claims"] == expected["claims"]


def test_a_run_that_reads_from_a_stalled_pipe_is_stopped_like_any_other(document: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    closing = Event()

    def write() -> None:
        with pipe.open("w") as file:
            file.write(document.read_text() * 20)  # enough for the reader to see what it is
            file.flush()
            closing.wait()

    def script(request: dict[str, Any], number: int) -> Answer:
        if number == 20:
            os.kill(os.getpid(), signal.SIGTERM)
        return answer(request, number)

    Thread(target=write, daemon=True).start()
    try:
        with serve(script) as stub:
            summary = on_cluster(pipe, stub.base_url, tmp_path / "cluster.duckdb", on_signal=lambda number: None)
    finally:
        closing.set()
    assert summary.interrupted
    assert 0 < summary.extracted < 40


def test_a_worker_asks_no_more_at_once_than_it_may(document: Path, tmp_path: Path) -> None:
    another = Event()

    def script(request: dict[str, Any], number: int) -> Answer:
        if number == 8:
            assert not another.wait(0.5)
        if number == 9:
            another.set()
        return answer(request, number)

    with serve(script) as stub:
        chosen = settings(stub.base_url, tmp_path / "cluster.duckdb").model_copy(update={"concurrency": 1})
        summary = extract_on_cluster([document], chosen, Cluster(workers=1, shard_papers=5))
    assert (summary.extracted, summary.failed) == (40, 0)


def test_a_budget_holds_for_all_workers_together(document: Path, tmp_path: Path) -> None:
    price = TokenPrice(input=10, output=1000)  # 2.1 cents a request of the stub
    chosen = settings("", tmp_path / "cluster.duckdb").model_copy(update={"max_cost": 0.5, "prices": {"m": price}})
    with serve(answer) as stub:
        summary = extract_on_cluster(
            [document], chosen.model_copy(update={"base_url": stub.base_url}), Cluster(workers=2, shard_papers=5)
        )
    assert summary.out_of_budget
    assert summary.cost == pytest.approx(0.021 * len(stub.requests))
    assert 0 < (summary.cost or 0) <= 0.5
    assert 0 < summary.extracted < 40
