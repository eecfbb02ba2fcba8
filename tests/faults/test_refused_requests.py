"""Fault 6: a server that refuses every request costs one call and one line, and the key shows nowhere."""

import pytest
from command import fault, write_papers
from figures import Figures
from secrets_scan import KEY, places_with
from stub import Answer, error, serve

SCHEMA = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
REFUSALS = {
    "a wrong key": (error(401, f"Incorrect API key provided: {KEY}"), "refused the key (401: ", "set OPENAI_API_KEY"),
    "a key without rights": (error(403, f"key {KEY} may not"), "refused the key (403: ", "set OPENAI_API_KEY"),
    "an unknown model": (error(404, f"no model for {KEY}"), "does not know model 'm' (404: ", "see `claims models`"),
    "an unknown address": (Answer(404, b"<html>Not Found"), "does not know model 'm' (404: ", "see `claims models`"),
    "no JSON schema": (
        error(400, SCHEMA),
        "takes no JSON schema (400: ",
        "use a model or a server with structured out",
    ),
    "no JSON schema, in detail": (
        Answer(422, b'{"detail": [{"loc": ["body", "response_format", "type"], "msg": "Input should be \'text\'"}]}'),
        "takes no JSON schema (422: ",
        "use a model or a server with structured outputs",
    ),
    "a used-up quota": (error(429, f"{KEY} has no credit", Retry_After="86400"), "answered 429: ", "has no credit"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_for_all_is_one_call_one_line_and_exit_1_and_the_key_shows_nowhere(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], figures: Figures
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    answer, what, way_out = REFUSALS[name]
    with serve(lambda request, number: answer) as stub:
        line = fault("extract", write_papers(20), "--base-url", stub.base_url, "--model", "m", code=1)
    assert line.startswith(f"{stub.base_url} {what}")
    assert way_out in line
    assert len(stub.requests) == 1
    assert KEY not in line + "".join(capfd.readouterr())
    assert places_with(KEY) == []
    figures.note(f"6: {name}", 1, "one call, one line, exit 1; the key in no output and not in the store")
