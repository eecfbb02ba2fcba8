"""Faults 2 and 3: a run that is stopped, or met by another, with real signals and real locks."""

import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import stub as server
from command import answer, json_of, run, start, write_papers
from figures import Figures
from stub import Script, Stub, serve

from extractor.store import Store, check_store


class Held:
    """A script that answers the first paper and holds the next two back until it is released."""

    def __init__(self) -> None:
        self.all_asked, self.release = Event(), Event()

    def __call__(self, request: dict[str, Any], number: int) -> server.Answer:
        if number == 3:
            self.all_asked.set()
        if number in {2, 3}:
            assert self.release.wait(30)
        return answer(request, number)


@contextmanager
def running_extraction(script: Held, **streams: Any) -> Iterator[tuple["subprocess.Popen[str]", Stub, list[str]]]:
    """An extraction of six papers, one stored and two under way; the stub it asks, and its arguments."""
    with serve(script) as stub:
        arguments = ["extract", write_papers(6), "--base-url", stub.base_url, "--model", "stub", "--concurrency", "2"]
        with start(*arguments, **streams) as process:
            try:
                assert script.all_asked.wait(30)
                yield process, stub, arguments
            finally:
                script.release.set()
                process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_drains_stores_and_says_how_to_go_on(number: signal.Signals, code: int) -> None:
    script = Held()
    with running_extraction(script) as (process, stub, arguments):
        process.send_signal(number)
        assert process.stderr is not None
        first = process.stderr.readline()
        script.release.set()
        out, err = process.communicate()
        assert process.returncode == code
        assert first == "stopping: waiting for the answers under way; press Ctrl-C again to end at once\n"
        assert out.startswith("6 papers, 0 done already; extracted 3, failed 0: 3 claims")
        assert re.fullmatch(r"interrupted with (at least )?3 papers to go; the same command continues\n", err)
        assert Store.open("claims.duckdb").counts().claims == 3

        summary = json_of(*arguments)
        assert (summary["skipped"], summary["extracted"]) == (3, 3)
        assert len(stub.requests) == 6, "nothing is asked twice"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_signal_ends_at_once_and_keeps_what_was_stored(
    number: signal.Signals, code: int, figures: Figures
) -> None:
    with running_extraction(Held()) as (process, _, _):
        store = Store.open("claims.duckdb")
        while store.counts().extracted < 1:
            pass  # the first answer is stored within a second
        process.send_signal(number)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("stopping")
        before = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate()
        figures.note_seconds(f"2: a second {number.name}", [time.monotonic() - before], limit=1)
        assert (process.returncode, out, err) == (code, "", "")
    assert (store.counts().papers, store.counts().extracted) == (6, 1)
    assert check_store(store.path) == []


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_answers_that_never_come_are_not_waited_for_long(number: signal.Signals, code: int, figures: Figures) -> None:
    with running_extraction(Held()) as (process, _, _):
        before = time.monotonic()
        process.send_signal(number)
        _, err = process.communicate()
        figures.note_seconds(f"2: {number.name} while no answer comes", [time.monotonic() - before], limit=10)
        assert process.returncode == code
        assert err.endswith("interrupted with 5 papers to go; the same command continues\n")
    assert Store.open("claims.duckdb").counts().extracted == 1


@contextmanager
def stalled_pipe(script: Script) -> Iterator["subprocess.Popen[str]"]:
    """An extraction from a pipe through which, after some 700 papers, nothing more comes."""
    text = Path(write_papers(700)).read_text(encoding="utf-8")
    with serve(script) as stub, start("extract", "-", "--base-url", stub.base_url, "--model", "stub") as process:
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.flush()
        yield process


def test_a_run_that_reads_from_a_stalled_pipe_is_stopped_like_any_other() -> None:
    under_way = Event()

    def script(request: dict[str, Any], number: int) -> server.Answer:
        if number == 400:
            under_way.set()
        return answer(request, number)

    with stalled_pipe(script) as process:
        assert under_way.wait(60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 143
        assert process.stderr is not None
        assert "the same command continues" in process.stderr.read()


def test_an_error_under_way_ends_a_run_that_reads_from_a_stalled_pipe() -> None:
    def script(request: dict[str, Any], number: int) -> server.Answer:
        return answer(request, number) if number < 5 else server.error(401, "revoked")

    with stalled_pipe(script) as process:
        assert process.wait(timeout=60) == 1
        assert process.stderr is not None
        assert "refused the key (401: revoked)" in process.stderr.read()


def test_during_a_run_readers_work_and_a_second_extraction_is_refused(figures: Figures) -> None:
    script = Held()
    with running_extraction(script) as (process, _, arguments):
        assert json_of("sql", "SELECT count(*) AS n FROM papers") == {"n": 6}
        assert run("compare").exit_code == 0
        before = time.monotonic()
        with start(*arguments) as second:
            _, line = second.communicate()
        figures.note_seconds("3: a second extraction", [time.monotonic() - before], limit=2)
        assert second.returncode == 2
        assert re.search(rf"process {process.pid} is extracting into this store", line)
        script.release.set()
        process.communicate()
        assert process.returncode == 0


def test_in_a_terminal_a_bar_shows_and_even_the_second_ctrl_c_gives_the_cursor_back() -> None:
    ours, its = pty.openpty()
    shown = ""
    with running_extraction(Held(), stdin=its, stdout=its, stderr=its) as (process, _, _):
        os.close(its)
        for awaited in ("1/6", "stopping"):
            while awaited not in shown:
                shown += os.read(ours, 4096).decode("utf-8", "replace")
            process.send_signal(signal.SIGINT)
        with suppress(OSError):  # what reading from a terminal without a program gives
            while more := os.read(ours, 4096):
                shown += more.decode("utf-8", "replace")
        assert process.wait() == 130
    os.close(ours)
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
