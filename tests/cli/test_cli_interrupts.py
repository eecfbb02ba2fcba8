"""A run that is stopped, or met by another: in processes of their own, with signals and real locks."""

import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any

import pytest
import stub as server
from command import answer, fault, json_of, run, start, write_papers
from stub import Stub, serve

from extractor.store import Store


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


def test_a_second_ctrl_c_ends_at_once() -> None:
    with running_extraction(Held()) as (process, _, _):
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("stopping")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        assert (process.returncode, out, err) == (130, "", "")
    assert Store.open("claims.duckdb").counts().papers == 6


def test_during_a_run_readers_work_and_a_second_extraction_is_refused() -> None:
    script = Held()
    with running_extraction(script) as (process, _, arguments):
        assert json_of("sql", "SELECT count(*) AS n FROM papers") == {"n": 6}
        assert run("compare").exit_code == 0
        line = fault(*arguments)
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
