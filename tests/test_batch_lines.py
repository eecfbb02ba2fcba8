"""The lines of batches: files stay within their limits, and no line of a provider's can do harm."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.batches.api import RemoteBatch
from extractor.batches.lines import Result, read_result, request_files, request_line

BEGAN = datetime(2026, 1, 2, tzinfo=UTC)
BATCH = RemoteBatch("b", "completed", 1, 0, BEGAN, BEGAN + timedelta(hours=2), ("f",))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def read(result: Any) -> Result | None:
    return read_result(json.dumps(result).encode(), BATCH, None)


def result(**parts: Any) -> dict[str, Any]:
    return {"id": "r", "custom_id": "c", "response": None, "error": None} | parts


def test_a_request_is_a_line_of_json_with_the_body_as_it_is() -> None:
    line = request_line("c1", b'{"model":"m","messages":[]}')
    assert line.endswith(b"\n")
    assert json.loads(line) == {
        "custom_id": "c1", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m", "messages": []},
    }  # fmt: skip


@given(st.lists(st.binary(min_size=1, max_size=20)), st.integers(1, 5), st.integers(1, 60))
def test_files_hold_every_line_once_in_order_within_both_limits(lines: list[bytes], requests: int, size: int) -> None:
    seen: list[tuple[int, bytes]] = []
    for file, items in request_files(enumerate(lines), requests=requests, size=size):
        content = file.read()
        assert content == b"".join(lines[item] for item in items)
        assert 1 <= len(items) <= requests
        assert len(content) <= size or len(items) == 1, "a line that is too long goes alone"
        seen += ((item, lines[item]) for item in items)
    assert seen == list(enumerate(lines))


@given(st.binary(max_size=60))
def test_no_bytes_are_an_error(line: bytes) -> None:
    assert read_result(line, BATCH, None) is None or b"custom_id" in line


@given(JSON, JSON, JSON)
def test_no_result_is_an_error(response: Any, error: Any, body: Any) -> None:
    for answer in (response, {"status_code": 200, "body": body}, {"status_code": response, "body": body}):
        found = read(result(response=answer, error=error))
        assert found is None or found.custom_id == "c"


def test_a_completion_is_a_call_that_took_as_long_as_the_batch() -> None:
    message = {"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 7}}
    found = read(result(response={"status_code": 200, "body": message}))
    assert found is not None
    assert found.exchange is not None
    call = found.exchange.call
    assert (call.http_status, call.finish_reason, call.prompt_tokens, call.latency) == (200, "stop", 7, 7200.0)
    assert json.loads(found.exchange.body or b"") == message


@pytest.mark.parametrize(
    ("parts", "lasting", "message"),
    [
        (
            {"response": {"status_code": 400, "body": {"error": {"message": "too\nlong"}}}},
            True,
            "answered 400: too long",
        ),
        ({"response": {"status_code": 429, "body": {"error": "slow down"}}}, False, "answered 429: slow down"),
        ({"response": {"status_code": 500, "body": None}}, False, "answered 500: None"),
        ({"response": {"status_code": 200, "body": {"choices": []}}}, False, "is no chat completion"),
        ({"error": {"code": "odd", "message": "lost"}}, False, "answered with an error: lost"),
        ({"error": "lost"}, False, "answered with an error: lost"),
    ],
)
def test_a_failure_has_its_reason_and_says_whether_it_may_pass(parts: Any, lasting: bool, message: str) -> None:
    found = read(result(**parts))
    assert found is not None
    assert found.exchange is not None
    assert (found.exchange.body, found.exchange.lasting) == (None, lasting)
    assert message in (found.exchange.call.error or "")


@pytest.mark.parametrize("code", [99_999_999_999, 0, -1])
def test_a_status_that_is_none_makes_a_line_unreadable(code: int) -> None:
    assert read(result(response={"status_code": code, "body": {}})) is None


@pytest.mark.parametrize("code", ["batch_expired", "batch_cancelled"])
def test_a_request_that_was_never_tried_is_no_exchange(code: str) -> None:
    assert read(result(error={"code": code, "message": "not executed"})) == Result("c", None)
