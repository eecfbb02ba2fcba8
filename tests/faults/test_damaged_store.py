"""Fault 4: a disk that is full, a folder that cannot be written, a write-ahead log that is lost, flipped bytes."""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from random import Random

import duckdb
import pytest
from command import app, fault, json_of, run, start, write_papers, write_records
from factories import make_paper
from figures import Figures

from extractor.errors import StoreError
from extractor.store import Store, check_store
from extractor.store.database import connect
from extractor.store.integrity import TABLES

ROOT = os.geteuid() == 0


def contents(path: Path) -> list[object]:
    """What the tables hold: of each its rows, counted and hashed."""
    with duckdb.connect(str(path), read_only=True) as connection:
        hashes = (f"SELECT count(*), bit_xor(hash({table})) FROM {table}" for table in TABLES)
        return [connection.execute(one).fetchall() for one in hashes]


def mounted(*arguments: str) -> bool:
    """Whether ``mount`` did it, which takes root and a kernel that lets it."""
    return ROOT and subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


# A full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for little more than an empty store; a mere folder where none can be had."""
    folder = tmp_path / "disk"
    folder.mkdir()
    small = mounted("-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder))
    yield folder
    if small:
        subprocess.run(["umount", str(folder)], check=True)


def small_files() -> None:
    """In the child: files end where the small disk would."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (6 * 2**20, 6 * 2**20))


def test_a_disk_that_fills_up_ends_the_run_with_one_line_and_keeps_what_was_stored(
    small_disk: Path, model: list[str], figures: Figures
) -> None:
    store = Store.open(small_disk / "claims.duckdb", create=True)
    store.add_papers([make_paper(1)])
    noise = Random(1)
    abstracts = (f"Method{n} is 2x faster. {noise.randbytes(5000).hex()}" for n in range(900))
    document = write_records("large.jsonl", ({"title": abstract[:9], "abstract": abstract} for abstract in abstracts))
    with start("extract", document, *model, "--db", store.path, preexec_fn=small_files) as process:
        out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith(f"claims: {store.path}: ")
    assert "No space left" in line or "File too large" in line
    assert store.papers()[0] == make_paper(1)
    assert check_store(store.path) == []
    figures.note(
        "4: disk full in an extraction", 1, f"one line, exit 2; the {store.counts().papers} committed papers sound"
    )


COMMANDS = [
    ["papers", "papers.jsonl"], ["papers", "papers.jsonl", "--json"], ["papers", "papers.jsonl", "--csv"],
    ["sql", "FROM claim"], ["sql", "FROM claim", "--json"], ["compare"], ["baselines", "--csv"], ["show", "Paper 2"],
    ["export", "-"], ["export", "-", "--format", "csv"], ["export", "-", "-f", "bibtex"], ["models"], ["check"],
    ["leaderboard", "--metric", "speed"], ["aliases", "list"], ["extract", "papers.jsonl", "--dry-run"],
    ["--help"], ["sql", "--help"], ["--version"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_output_that_cannot_be_written_is_one_line(filled: Path, command: list[str]) -> None:
    write_papers(2)
    with Path("/dev/full").open("w") as full, redirect_stdout(full), redirect_stderr(StringIO()) as err:
        with pytest.raises(SystemExit) as end:
            app(command)
        assert (end.value.code, err.getvalue()) == (2, "claims: standard output: No space left on device\n")


def test_messages_that_cannot_be_written_stop_no_run(model: list[str]) -> None:
    Path("bad.jsonl").write_text('{"title": "cut', encoding="utf-8")
    with Path("/dev/full").open("w") as full:
        arguments = ["extract", "bad.jsonl", write_papers(3), *model]
        with start(*arguments, stdout=full, stderr=full) as process:
            assert process.wait() == 2, "the summary cannot be written either"
    assert Store.open("claims.duckdb").counts().extracted == 3


def test_a_closed_standard_output_is_not_mistaken_for_the_store(model: list[str]) -> None:
    command = f"exec {sys.executable} -m extractor extract {write_papers(3)} {' '.join(model)} 0<&- 1>&- 2>&-"
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert check_store("claims.duckdb") == []
    assert Store.open("claims.duckdb").counts().extracted == 3


# A folder that cannot be written


@pytest.fixture
def read_only(filled: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder with a store, and nothing in it or of it can be changed."""
    folder = tmp_path / "fixed"
    folder.mkdir()
    filled.rename(folder / "claims.duckdb")
    if mounted("--bind", str(folder), str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield folder
        subprocess.run(["umount", str(folder)], check=True)
    elif ROOT:
        pytest.skip("root may write everywhere, and cannot mount anything here")
    else:
        (folder / "claims.duckdb").chmod(0o400)
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)


def test_in_a_folder_that_cannot_be_written_everything_can_be_read(read_only: Path) -> None:
    store = read_only / "claims.duckdb"
    for command in (["sql", "FROM claim"], ["compare"], ["show", "Paper 2"], ["export", "-"], ["models"], ["check"]):
        assert run(*command, "--db", store).exit_code == 0
    assert sorted(read_only.iterdir()) == [store]


def test_a_folder_that_cannot_be_written_is_one_line_before_anything_is_asked(
    read_only: Path, model: list[str], figures: Figures
) -> None:
    refused = r"(Read-only file system|Permission denied)"
    cases = {
        ("extract", write_papers(1), *model, "--db", read_only / "new.duckdb"): "cannot create the store",
        ("extract", write_papers(1), *model, "--db", read_only / "claims.duckdb"): "cannot lock the store",
        ("aliases", "add", "a", "b", "--db", read_only / "claims.duckdb"): "cannot lock the store",
        ("export", read_only / "claims.csv", "--db", read_only / "claims.duckdb"): "cannot write",
    }
    for command, told in cases.items():
        assert re.search(f"{read_only}/.*: {told}: {refused}", fault(*command))
    figures.note("4: read-only folder", len(cases), "one line, exit 2; reading commands work")


# A write-ahead log: the program leaves none, and copes with those that others leave


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from factories import WORK, make_claim, make_extraction, make_paper
from extractor.store import Store
store = Store.open(sys.argv[1])
run = store.start_run(WORK, options={})
for number in range(10_000):
    paper = make_paper(number)
    store.add_papers([paper])
    store.save(run, [make_extraction(paper, make_claim(paper))])
    print(number + 1, flush=True)
"""


def test_a_killed_writer_leaves_nothing_beside_the_store_that_could_be_lost(
    store: Store, tests_folder: str, often: Callable[[int, int], int], figures: Figures
) -> None:
    kills, random = often(2, 50), Random(1)
    sound = store.path.read_bytes()
    for _ in range(kills):
        store.path.write_bytes(sound)
        command = [sys.executable, "-c", WRITER, store.path, tests_folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            told = [writer.stdout.readline() for _ in range(random.randint(1, 8))]
            with suppress(subprocess.TimeoutExpired):
                writer.wait(random.uniform(0, 0.1))
            writer.kill()
            told += writer.stdout.readlines()
        assert not store.path.with_name("claims.duckdb.wal").exists()
        assert store.counts().extractions - int(told[-1]) in {0, 1}, "the last may be stored and not yet told"
        assert check_store(store.path) == []
    figures.note("4: missing log after kill -9 in a flush", kills, "no log is ever written; 0 stored answers lost")


def log_of_another_version(path: Path) -> bytes:
    """The write-ahead log that a version before 2 left at the store when it was killed; the store is as before it."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        for number in range(20):
            connection.execute("INSERT INTO sources SELECT paper_id, ?, 1 FROM papers", [f"later-{number}.txt"])
    return path.with_name(f"{path.name}.wal").read_bytes()


def test_a_log_that_an_earlier_version_left_is_taken_in(filled: Path) -> None:
    before = Store.open(filled).counts().papers
    assert log_of_another_version(filled)
    assert run("sql", "SELECT count(DISTINCT document) - 1 FROM sources").stdout.split()[-1] == "20"
    Store.open(filled).add_papers([make_paper(100)])
    assert not filled.with_name("claims.duckdb.wal").exists()
    assert Store.open(filled).counts().papers == before + 1
    assert json_of("sql", "SELECT count(DISTINCT document) - 1 AS n FROM sources") == {"n": 20}


def test_a_torn_or_flipped_log_gives_whole_transactions_or_one_line(
    filled: Path, often: Callable[[int, int], int], figures: Figures
) -> None:
    tears, random = often(10, 300), Random(1)
    log = log_of_another_version(filled)
    store, beside = filled.read_bytes(), filled.with_name("claims.duckdb.wal")
    told = []
    for tear in range(tears):
        damaged = bytearray(log[: random.randrange(len(log))] if tear % 2 else log)
        if damaged and tear % 2 == 0:
            damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
        filled.write_bytes(store)
        beside.write_bytes(damaged)
        try:
            with connect(filled, read_only=True, patience=0) as connection:
                ((papers, later),) = connection.execute(
                    "SELECT (SELECT count(*) FROM papers), (SELECT count(*) FROM sources WHERE document LIKE 'later%')"
                ).fetchall()
            assert (papers, later % papers) == (4, 0)
        except StoreError as error:
            told.append(str(error))
        assert (filled.read_bytes(), beside.read_bytes()) == (store, bytes(damaged)), "damage is never written over"
    figures.note(
        "4: torn or flipped log of an earlier version", tears, f"{len(told)} told in one line, else whole transactions"
    )


# Flipped bits


def test_a_flipped_bit_is_told_or_changes_nothing(
    filled: Path, often: Callable[[int, int], int], figures: Figures
) -> None:
    flips, random = often(40, 2000), Random(1)
    sound, before = filled.read_bytes(), contents(filled)
    told = 0
    for _ in range(flips):
        damaged = bytearray(sound)
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
        filled.write_bytes(damaged)
        try:
            found = check_store(filled)
        except StoreError as error:
            found = [str(error)]
        assert all(len(problem.splitlines()) == 1 for problem in found)
        assert found or contents(filled) == before
        assert filled.read_bytes() == damaged
        told += bool(found)
    figures.note("4: flipped bit", flips, f"{told} told by the check, {flips - told} in unused space; 0 unnoticed")


def test_damage_is_shown_with_exit_1_and_nothing_writes_over_it(filled: Path, model: list[str]) -> None:
    with duckdb.connect(str(filled), read_only=True) as connection:
        ((block, *_), *_) = connection.execute(
            "SELECT DISTINCT block_id FROM pragma_storage_info('extractions') WHERE block_id >= 0"
        ).fetchall()
    with filled.open("r+b") as file:
        file.seek(3 * 4096 + block * 262_144 + 100)
        file.write(b"damage")
    before = filled.read_bytes()
    result = run("check")
    assert result.exit_code == 1
    assert "table extractions cannot be read" in result.stdout
    assert result.stderr.startswith("claims.duckdb: ")
    assert "nothing was changed" in result.stderr
    problems = [json.loads(line)["problem"] for line in run("check", "--json").stdout.splitlines()]
    assert problems == result.stdout.splitlines()
    for command in (["compare"], ["export", "claims.csv"], ["models"]):
        assert fault(*command).startswith("claims.duckdb: ")
    assert filled.read_bytes() == before
    assert fault("extract", write_papers(1), *model).startswith("claims.duckdb: ")
    assert run("check").stdout == result.stdout, "what is damaged is not written over"


def test_a_sound_store_is_told_with_exit_0(filled: Path) -> None:
    result = run("check")
    assert (result.exit_code, result.stdout) == (0, "claims.duckdb: no problems\n")
    assert (run("check", "--json").exit_code, run("check", "--json").stdout) == (0, "")
    assert "no such store" in fault("check", "--db", "none.duckdb")
