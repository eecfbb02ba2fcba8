"""Fault 1: ``kill -9`` at random moments of an extraction."""

import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from threading import Event
from typing import Any

import duckdb
from command import answer, start, write_papers
from figures import Figures
from stub import Answer, serve

from extractor.extraction import FLUSH_ROWS
from extractor.store import check_store

CONCURRENCY = 4
LATENCY = 0.04  # seconds, so that a run lasts long enough to be killed
PAPERS = 100


def stored() -> set[str]:
    """The methods whose claims are in the store; each once."""
    with duckdb.connect("claims.duckdb", read_only=True) as connection:
        methods = [method for (method,) in connection.execute("SELECT method FROM claims").fetchall()]
    assert len(methods) == len(set(methods))
    return set(methods)


def test_killed_at_random_moments_no_stored_answer_is_lost_or_doubled_and_few_are_asked_for_again(
    often: Callable[[int, int], int], figures: Figures
) -> None:
    kills = often(2, 50)
    random = Random(1)
    asked: list[str] = []
    begun = Event()

    def script(request: dict[str, Any], number: int) -> Answer:
        asked.append(re.findall(r"Method\d+", str(request))[-1])
        begun.set()
        time.sleep(LATENCY)
        return answer(request, number)

    killed, document, known, repeated = 0, 0, set[str](), []
    with serve(script) as stub:
        while killed < kills:
            begun.clear()
            before = len(asked)
            papers = write_papers(PAPERS, start_at=1 + document * PAPERS)
            flags = ["--base-url", stub.base_url, "--model", "stub", "--concurrency", CONCURRENCY]
            with start("extract", papers, *flags) as process:
                while not begun.wait(0.1) and process.poll() is None:
                    pass
                try:
                    process.wait(random.uniform(0, 1.5))
                    document += 1  # it was done before its moment came
                except subprocess.TimeoutExpired:
                    process.kill()
                    killed += 1
            assert check_store("claims.duckdb") == []
            now = stored()
            assert now >= known, "what was stored is stored"
            repeated.append(len(set(asked[before:]) - now))
            known = now
        with start("extract", papers, *flags) as process:
            process.communicate()
        assert process.returncode == 0
    assert stored() == set(asked) == {f"Method{n}" for n in range(1, 1 + (document + 1) * PAPERS)}
    assert max(repeated) <= CONCURRENCY + FLUSH_ROWS
    assert max(Counter(asked).values()) <= 1 + kills
    figures.note(
        "1: kill -9 in an extraction", kills,
        f"0 of {len(known):,} stored answers lost, 0 doubled; calls repeated: {max(repeated)} at most a kill, "
        f"{CONCURRENCY} under way",
    )  # fmt: skip
