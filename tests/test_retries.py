"""Which failures pass, how long to wait, and what the user is told."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import APIError, DefaultHttpxClient, OpenAI
from stub import Answer, error, serve
from tenacity import AsyncRetrying, Future, RetryCallState

from extractor.errors import ModelError, RejectedError, UnavailableError
from extractor.failures import (
    BrokenConnectionError,
    RequestError,
    StatusError,
    TimedOutError,
    UnreadableResponseError,
    of_openai,
)
from extractor.retries import MAX_RETRY_AFTER, explain, may_pass, overload, pause

URL = "https://model.test/v1"


def status_error(status: int, message: object = "no", *, retry_after: str | None = None, **inner: str) -> StatusError:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return StatusError(status, headers, json.dumps({"error": {"message": message} | inner}))


def seconds(error: RequestError, attempt: int = 1) -> float:
    state = RetryCallState(AsyncRetrying(), None, (), {})
    state.attempt_number = attempt
    state.outcome = Future(attempt)
    state.outcome.set_exception(error)
    return pause(state)


def in_seconds(number: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=number), usegmt=True)


# Which failures pass


@pytest.mark.parametrize(
    ("status", "passes"),
    [
        (400, False), (401, False), (403, False), (404, False), (408, True), (409, True), (413, False), (422, False),
        (429, True), (500, True), (502, True), (503, True), (529, True),
    ],
)  # fmt: skip
def test_a_status_passes_or_is_final(status: int, passes: bool) -> None:
    assert may_pass(status_error(status)) is passes


def test_broken_connections_time_outs_and_garbage_pass_and_bugs_do_not() -> None:
    assert may_pass(BrokenConnectionError())
    assert may_pass(TimedOutError())
    assert may_pass(UnreadableResponseError())
    assert not may_pass(ValueError())


# How long to wait


@pytest.mark.parametrize("asked", ["0", "2", "2.5", "119"])
def test_the_pause_that_a_server_asks_for_is_kept_and_hardly_exceeded(asked: str) -> None:
    error = status_error(429, retry_after=asked)
    assert may_pass(error)
    assert float(asked) <= seconds(error) <= float(asked) + 0.5


def test_the_pause_may_be_asked_for_as_a_date() -> None:
    error = status_error(503, retry_after=in_seconds(60))
    assert may_pass(error)
    assert 50 < seconds(error) <= 60.5


def test_a_date_in_the_past_means_now() -> None:
    assert seconds(status_error(503, retry_after=in_seconds(-60))) <= 0.5


@pytest.mark.parametrize("asked", [str(MAX_RETRY_AFTER + 1), "86400", "inf", in_seconds(86400)])
def test_a_server_that_asks_for_too_long_a_pause_is_left_alone(asked: str) -> None:
    assert not may_pass(status_error(429, retry_after=asked))


@pytest.mark.parametrize("asked", ["", "soon", "-5", "nan", "1e-3", "Wed, 99 Foo 2026 99:99:99 GMT", "0x10"])
def test_garbage_in_the_header_never_stops_or_stalls_a_run(asked: str) -> None:
    error = status_error(429, retry_after=asked)
    assert may_pass(error)
    assert 0 <= seconds(error) <= 30


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_any_header_gives_a_pause_or_none(asked: str) -> None:
    error = status_error(429, retry_after=asked)
    assert not may_pass(error) or 0 <= seconds(error) <= MAX_RETRY_AFTER + 0.5


def test_without_a_header_the_pause_grows_up_to_half_a_minute() -> None:
    error = status_error(500)
    assert all(0.1 <= seconds(error, attempt=1) <= 0.6 for _ in range(50))
    assert all(0.1 <= seconds(error, attempt=20) <= 30 for _ in range(50))
    assert max(seconds(error, attempt=4) for _ in range(50)) > 0.6


# Overload


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (429, None, 0), (503, None, 0), (529, None, 0), (429, "3", 3), (503, "0", 0), (429, "86400", 0),
        (400, None, None), (401, None, None), (500, None, None), (408, None, None), (500, "3", None),
    ],
)  # fmt: skip
def test_a_status_may_tell_of_overload(status: int, retry_after: str | None, seconds: float | None) -> None:
    assert overload(status_error(status, retry_after=retry_after)) == seconds


def test_a_time_out_tells_of_overload_and_a_broken_connection_does_not() -> None:
    assert overload(TimedOutError()) == 0
    assert overload(BrokenConnectionError()) is None
    assert overload(UnreadableResponseError()) is None


# What the user is told


@pytest.mark.parametrize(
    ("status", "kind", "for_all", "way_out"),
    [
        (401, RejectedError, True, "set OPENAI_API_KEY"),
        (403, RejectedError, True, "set OPENAI_API_KEY"),
        (404, RejectedError, True, "see `claims models`"),
        (400, RejectedError, False, "refused the request (400: no)"),
        (413, RejectedError, False, "refused the request (413: no)"),
        (429, UnavailableError, False, "answered 429: no"),
        (503, UnavailableError, False, "answered 503: no"),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[ModelError], for_all: bool, way_out: str) -> None:
    error = explain(status_error(status), "m", URL)
    assert type(error) is kind
    assert error.for_all is for_all
    assert way_out in str(error)
    assert URL in str(error)


@pytest.mark.parametrize(
    "said",
    [
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
        "This model does not support response format `json_schema`.",
        "This response_format type is unavailable now",
        "Extra inputs are not permitted: response_format",
        "structured outputs are not supported by this model",
    ],
)
def test_a_server_that_takes_no_json_schema_refuses_every_paper(said: str) -> None:
    error = explain(status_error(400, said), "m", URL)
    assert isinstance(error, RejectedError)
    assert error.for_all
    assert f"takes no JSON schema (400: {said}); use a model or a server with structured outputs" in str(error)


@pytest.mark.parametrize(
    "said", ["This model's maximum context length is 4096 tokens", "a paper about structured outputs", "json_schema"]
)
def test_other_complaints_are_about_one_paper(said: str) -> None:
    error = explain(status_error(400, said), "m", URL)
    assert isinstance(error, RejectedError)
    assert not error.for_all


def test_a_complaint_about_what_is_the_same_for_every_paper_is_for_all() -> None:
    said = status_error(400, "Unsupported value: 'temperature' must be 1.", param="temperature")
    error = explain(said, "m", URL)
    assert error.for_all
    assert "refuses every request (400: Unsupported value" in str(error)
    assert str(error).endswith('set temperature = "none" in claims.toml')


@pytest.mark.parametrize(
    "body", ["<html>\n<h1>Bad\tGateway</h1>", "", '"text"', "[1]", '{"error": "flat"}', '{"error": []}']
)
def test_a_body_that_is_no_error_of_openais_is_told_in_one_line(body: str) -> None:
    told = str(explain(StatusError(502, {}, body), "m", URL))
    assert told.startswith(f"{URL} answered 502: ")
    assert told.isprintable()


def test_what_a_server_says_is_cut_and_cannot_control_the_terminal() -> None:
    told = str(explain(status_error(400, "\x1b[31mred\n" + "long " * 1000), "m", URL))
    assert told.isprintable()
    assert len(told) < 400


@pytest.mark.parametrize("status", [400, 401, 429, 500])
@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("sk-proj-abc123DEF456", "Incorrect API key provided: sk-proj-abc123DEF456."),
        ("sk-proj-abc123DEF456", "Incorrect API key provided: sk-proj-abc***F456."),
        ("0123456789abcdef", "invalid x-api-key 0123456789abcdef"),
        ("0123456789abcdef", "header Authorization: Bearer 0123456789abcdef\n"),
    ],
)
def test_no_error_shows_the_key(status: int, key: str, said: str) -> None:
    told = str(explain(status_error(status, said), "m", URL, key))
    assert key not in told
    assert "F456" not in told


def test_a_stand_in_for_a_key_does_not_tear_holes_into_messages() -> None:
    assert "none of it" in str(explain(status_error(400, "none of it"), "m", URL, "none"))


def test_a_broken_connection_is_told_with_its_reason() -> None:
    told = str(explain(BrokenConnectionError("Name or service not known"), "m", URL))
    assert "no connection (Name or service not known)" in told


def test_a_time_out_is_told_as_one() -> None:
    assert "no answer in time" in str(explain(TimedOutError(), "m", URL))


# Errors of the openai client


def openai_error(base_url: str, **client: object) -> RequestError:
    with (
        OpenAI(
            base_url=base_url, api_key="none", max_retries=0, http_client=DefaultHttpxClient(trust_env=False)
        ) as one,
        pytest.raises(APIError) as caught,
    ):
        one.with_options(**client).get("/models", cast_to=object)
    return of_openai(caught.value)


def test_a_refusal_keeps_status_headers_and_words() -> None:
    with serve(lambda request, number: error(429, "busy", Retry_After="7")) as stub:
        found = openai_error(stub.base_url)
    assert isinstance(found, StatusError)
    assert (found.status, found.message, found.headers["retry-after"]) == (429, "busy", "7")


def test_a_server_that_is_not_there_is_a_broken_connection() -> None:
    with serve(lambda request, number: error(500, "gone")) as stub:
        pass
    found = openai_error(stub.base_url)
    assert isinstance(found, BrokenConnectionError)
    assert "refused" in str(found)


def test_a_server_that_does_not_answer_in_time_is_a_time_out() -> None:
    released = Event()

    def script(request: object, number: int) -> Answer:
        released.wait(30)
        return error(500, "late")

    with serve(script) as stub:
        found = openai_error(stub.base_url, timeout=0.1)
        released.set()
    assert isinstance(found, TimedOutError)
