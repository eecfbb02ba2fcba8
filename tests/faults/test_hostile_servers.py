"""Fault 5: servers that refuse, fail, break off, dawdle, or answer with what is no answer."""

import re
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import duckdb
import pytest
import trustme
from command import answer, fault, json_of, run, write_papers
from figures import Figures
from measured import MB, measured
from stub import Answer, error, serve

from extractor.conversation import MAX_CALLS

SHARE = 0.3  # of the answers that are as the fault has them


def soon() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)


def drops() -> Iterator[bytes]:
    """A byte now and then, far longer than anybody waits."""
    never = Event()
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b" " * 1000:
        yield bytes([byte])
        never.wait(0.02)


HALF = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"choices": [{"mess'
HTML = {"Content-Type": "text/html"}
FAULTS: dict[str, Callable[[], Answer]] = {
    "429, Retry-After in seconds": lambda: error(429, "slow down", Retry_After="0"),
    "429, Retry-After as a date": lambda: error(429, "slow down", Retry_After=soon()),
    "429, no Retry-After": lambda: error(429, "slow down"),
    "500": lambda: error(500, "oops"),
    "502 with a page": lambda: Answer(502, b"<html><h1>Bad Gateway</h1></html>", HTML),
    "closed at once": lambda: Answer(raw=b""),
    "closed in mid-answer": lambda: Answer(raw=HALF),
    "reset in mid-answer": lambda: Answer(raw=HALF, reset=True),
    "an answer in drops": lambda: Answer(raw=drops()),
    "garbage for JSON": lambda: Answer(body=b'{"choices": [{"message": {"content": "\xff\xfe'),
    "an empty body": lambda: Answer(body=b""),
    "a page for an answer": lambda: Answer(body=b"<html>Welcome to the hotel</html>", headers=HTML),
    "an error with status 200": lambda: Answer(body=b'{"error": {"message": "overloaded"}}'),
    "not HTTP": lambda: Answer(raw=b"SSH-2.0-OpenSSH_9.6\r\n"),
}


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between attempts, but for those that the server asks for."""
    monkeypatch.setattr("extractor.retries._BACKOFF", lambda state: 0.0)


def query(sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect("claims.duckdb", read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize("name", FAULTS)
def test_every_paper_is_answered_or_fails_with_its_reason_and_is_answered_by_the_next_run(
    name: str, often: Callable[[int, int], int], figures: Figures
) -> None:
    count, random = often(20, 400), Random(1)
    document = write_papers(count)
    calls: Counter[str] = Counter()
    faults = 0

    def script(request: dict[str, Any], number: int) -> Answer:
        nonlocal faults
        calls[re.findall(r"Method\d+", str(request))[-1]] += 1
        if number > 1 and random.random() < SHARE:  # the first answer proves the server
            faults += 1
            return FAULTS[name]()
        return answer(request, number)

    flags = ["--concurrency", "8", "--timeout", "0.5" if "drops" in name else "60"]
    with serve(script) as stub:
        first = run("extract", document, "--base-url", stub.base_url, "--model", "stub", *flags)
    assert first.exit_code in {0, 1}
    failed = query("SELECT error FROM extractions WHERE status = 'failed'")
    assert all(reason and "\n" not in reason for (reason,) in failed)
    assert max(calls.values()) <= MAX_CALLS
    assert query("SELECT count(*) FROM calls") == [(calls.total(),)]
    assert len(query("FROM extractions")) == count
    with serve(answer) as stub:
        summary = json_of("extract", document, "--base-url", stub.base_url, "--model", "stub")
    assert (summary["skipped"], summary["extracted"], summary["failed"]) == (count - len(failed), len(failed), 0)
    assert query("SELECT count(*), count(DISTINCT method) FROM claims") == [(count, count)]
    figures.note(
        f"5: {name}", faults,
        f"of {count} papers {len(failed)} failed, each with its reason, none after the next run; "
        f"at most {max(calls.values())} calls a paper",
    )  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-limit-requests": "0.0001"},
        {
            "x-ratelimit-limit-requests": "60",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "999d",
        },
        {"x-ratelimit-limit-tokens": "1", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1e9h"},
        {"x-ratelimit-limit-requests": "-1", "x-ratelimit-remaining-requests": "nan", "Retry-After": "soon"},
        {"Retry-After": "99999999"},
    ],
)
def test_headers_without_sense_stop_no_run(headers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.limits.LONGEST_WAIT", 0.5)

    def script(request: dict[str, Any], number: int) -> Answer:
        sound = answer(request, number)
        sound.headers |= headers
        return sound

    with serve(script) as stub:
        summary = json_of("extract", write_papers(4), "--base-url", stub.base_url, "--model", "stub")
    assert summary["extracted"] == 4


def test_an_answer_without_end_is_cut_off_in_bounded_memory(figures: Figures) -> None:
    def endless() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        while True:
            yield b'{"choices": [' * 10_000

    with serve(lambda request, number: Answer(raw=endless())) as stub:
        ended = measured("extract", write_papers(1), "--base-url", stub.base_url, "--model", "stub")
    assert ended.code == 1
    assert ended.err.endswith(": the server's response is longer than 32 MB\n")
    assert len(stub.requests) == MAX_CALLS
    assert ended.peak < 600 * MB
    figures.note("5: an answer without end", MAX_CALLS, f"one line, exit 1; {ended.peak // MB} MB at most")


# TLS


@contextmanager
def tls_server(context: ssl.SSLContext | None) -> Iterator[tuple[str, list[bytes]]]:
    """A server behind this context, or one that speaks no TLS; its address, and what it could read."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    try:
                        if context:
                            with context.wrap_socket(connection, server_side=True) as channel:
                                heard.append(channel.recv(4096))
                        else:
                            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    except OSError:
                        continue

        thread = Thread(target=accept, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/v1", heard
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize("certificate", ["of nobody known", "of another host", "none"])
def test_a_server_that_cannot_prove_who_it_is_gets_nothing_to_read(
    certificate: str, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    context = None
    if certificate != "none":
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1" if certificate == "of nobody known" else "other.test").configure_cert(context)
        if certificate == "of another host":
            authority.cert_pem.write_to_path("authority.pem")
            monkeypatch.setenv("SSL_CERT_FILE", str(Path("authority.pem").absolute()))
    with tls_server(context) as (address, heard):
        line = fault("extract", write_papers(3), "--base-url", address, "--model", "m", code=1)
    assert line.startswith(f"{address}: no connection (")
    assert heard in ([], [b""])
    figures.note(f"5: TLS, certificate {certificate}", MAX_CALLS, "one line, exit 1; nothing was sent")
