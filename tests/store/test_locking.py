"""Several processes on one store: writers and readers take turns, extractions exclude one another."""

import subprocess
import sys
from pathlib import Path
from threading import Thread

import duckdb
import pytest
from factories import WORK, make_claim, make_extraction, make_paper
from holder import EXTRACTING, WRITING, holder

from extractor.errors import StoreError
from extractor.store import Store
from extractor.store.database import connect


def test_a_second_extraction_is_refused_with_the_first_one_s_process_id(store: Store) -> None:
    with holder(EXTRACTING, store) as pid:
        with pytest.raises(StoreError, match=f"process {pid} is extracting into this store"), store.exclusive():
            pass
        assert store.counts().papers == 0, "readers are not kept out"
    with store.exclusive():
        pass


def test_a_link_to_the_store_has_the_same_lock(store: Store, tmp_path: Path) -> None:
    (tmp_path / "link.duckdb").symlink_to(store.path)
    link = Store.open(tmp_path / "link.duckdb")
    with store.exclusive(), pytest.raises(StoreError, match="is extracting"), link.exclusive():
        pass


def test_within_one_process_a_second_extraction_is_refused_too(store: Store) -> None:
    with store.exclusive(), pytest.raises(StoreError, match="is extracting"), store.exclusive():
        pass


def test_a_store_that_stays_locked_is_an_error_with_the_holder_s_process_id(store: Store) -> None:
    with (
        holder(WRITING, store) as pid,
        pytest.raises(StoreError, match=f"claims.duckdb: the store is in use by process {pid} "),
        connect(store.path, read_only=True, patience=0.1),
    ):
        pass


READER = """
import sys
from extractor.sql import run_sql
seen = -1
while seen < int(sys.argv[2]):
    ((n, claims),) = run_sql(sys.argv[1], "SELECT count(DISTINCT paper_id), count(*) FROM claim")
    assert n >= seen and claims == 2 * n, (n, claims, seen)
    seen = n
print(seen)
"""


def test_a_reader_works_during_flushes_and_sees_whole_extractions(store: Store) -> None:
    papers = [make_paper(number) for number in range(25)]
    store.add_papers(papers)
    run = store.start_run(WORK, options={})
    command = [sys.executable, "-c", READER, str(store.path), "25"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        for paper in papers:
            store.save(run, [make_extraction(paper, make_claim(paper), make_claim(paper, 2))])
        out, errors = reader.communicate()
    assert (out, errors) == ("25\n", "")


def test_threads_share_a_store(store: Store) -> None:
    papers = [make_paper(number) for number in range(40)]
    store.add_papers(papers)
    run = store.start_run(WORK, options={})
    counted = []
    threads = [
        Thread(target=store.save, args=(run, [make_extraction(paper) for paper in papers[i::4]])) for i in range(4)
    ]
    threads += [Thread(target=lambda: counted.append(store.counts().extractions)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.counts().extractions == 40
    assert all(number % 10 == 0 for number in counted)
    assert len(counted) == 4


def test_no_connection_stays_open(store: Store) -> None:
    paper = make_paper()
    store.add_papers([paper])
    run = store.start_run(WORK, options={})
    store.save(run, [make_extraction(paper)])
    store.paper(paper.paper_id)
    store.finish_run(run, outcome="completed", summary={})
    command = [sys.executable, "-c", "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('FROM runs')", store.path]
    assert subprocess.run(command, check=False).returncode == 0
    assert not store.path.with_name(store.path.name + ".wal").exists()
    with duckdb.connect(str(store.path)) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)
