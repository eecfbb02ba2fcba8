"""Asking a server about one paper, over real HTTP: what is repeated, what is asked again, what is kept."""

import asyncio
import json
import logging
from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Any

import pytest
from stub import Answer, Stub, claims, completion, error, serve

from extractor.client import Client
from extractor.contract import answer_schema
from extractor.conversation import MAX_CALLS, Reply
from extractor.endpoint import Endpoint
from extractor.errors import RejectedError, UnavailableError
from extractor.grounding import Passage
from extractor.papers import Paper
from extractor.pricing import TokenPrice
from extractor.prompts import load_prompt

PAPER = Paper("Larkspur: Batching Queries", "Larkspur is 2x faster than vLLM. It cuts energy by 15%.")
SOON = {"Retry_After": "0"}
NOT_TODAY = {"Retry_After": "86400"}
INVENTED = claims({"improvement": "99%"})

Script = Callable[[dict[str, Any], int], Answer]


def sequence(*answers: Answer) -> Script:
    """The answers in turn, the last one again and again."""
    return lambda request, number: answers[min(number, len(answers)) - 1]


def ask(script: Script, paper: Paper = PAPER, **endpoint: Any) -> tuple[Reply, Stub]:
    """The reply about a paper and the stub that was asked. No more than :data:`MAX_CALLS`, and all of them noted."""
    with serve(script) as stub:
        reply = ask_at(stub.base_url, paper, **endpoint)
    assert len(reply.calls) == len(stub.requests) <= MAX_CALLS
    return reply, stub


def ask_at(base_url: str, paper: Paper = PAPER, **endpoint: Any) -> Reply:
    async def run() -> Reply:
        async with Client(Endpoint(**({"model": "m", "base_url": base_url, "api_key": "none"} | endpoint))) as client:
            return await client.ask(load_prompt("instruct").messages(paper), Passage.of(paper))

    return asyncio.run(run())


def improvements(reply: Reply) -> list[str]:
    return [grounded.claim.improvement for grounded in reply.claims]


def statuses(reply: Reply) -> list[int | None]:
    return [call.http_status for call in reply.calls]


# A sound answer


def test_a_sound_answer_costs_one_request() -> None:
    reply, stub = ask(sequence(claims({}, {"improvement": "15%", "metric": "energy"})))
    assert (reply.status, improvements(reply), reply.dropped, reply.error) == ("ok", ["2x", "15%"], [], None)
    assert json.loads(reply.text or "")["claims"][1]["metric"] == "energy"
    (request,) = stub.requests
    assert request["messages"] == load_prompt("instruct").messages(PAPER)
    assert (request["model"], request["temperature"], request["max_tokens"]) == ("m", 0.0, 1400)
    assert request["response_format"]["json_schema"] == {"name": "claims", "strict": True, "schema": answer_schema()}


def test_an_abstract_without_claims_is_a_sound_answer() -> None:
    reply, _ = ask(sequence(claims()))
    assert (reply.status, reply.claims, reply.failure) == ("ok", [], None)


def test_a_temperature_of_none_is_left_to_the_server() -> None:
    _, stub = ask(sequence(claims()), temperature=None)
    assert "temperature" not in stub.requests[0]


def test_a_call_is_noted_with_its_tokens_and_latency() -> None:
    reply, _ = ask(sequence(claims()))
    (call,) = reply.calls
    assert (call.purpose, call.http_status, call.finish_reason, call.error) == ("answer", 200, "stop", None)
    assert (call.prompt_tokens, call.cached_tokens, call.completion_tokens) == (100, 0, 20)
    assert call.latency > 0
    assert call.started_at.tzinfo is not None


def test_cached_tokens_are_noted() -> None:
    body = json.loads(claims().body)
    body["usage"]["prompt_tokens_details"] = {"cached_tokens": 64}
    reply, _ = ask(sequence(Answer(body=json.dumps(body).encode())))
    assert reply.calls[0].cached_tokens == 64


@pytest.mark.parametrize(
    "usage", ["null", "{}", '{"prompt_tokens": 1e999}', '{"prompt_tokens": -5}', '{"prompt_tokens": "7"}']
)
def test_a_bill_that_cannot_be_read_does_not_cost_the_answer(usage: str) -> None:
    body = json.loads(claims({}).body)
    del body["usage"]
    text = json.dumps(body)[:-1] + f', "usage": {usage}}}'
    reply, _ = ask(sequence(Answer(body=text.encode())))
    assert improvements(reply) == ["2x"]
    assert reply.calls[0].prompt_tokens == 0


def test_no_proxy_of_the_environment_stands_before_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(sequence(error(500, "the proxy was asked", **NOT_TODAY))) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.base_url.removesuffix("/v1"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        reply, _ = ask(sequence(claims()))
    assert reply.status == "ok"


def test_a_call_is_noted_with_its_cost() -> None:
    reply, _ = ask(sequence(claims()), price=TokenPrice(input=10_000, output=100_000))
    assert reply.calls[0].cost == pytest.approx(3)
    reply, _ = ask(sequence(claims()))
    assert reply.calls[0].cost == 0


def test_a_server_that_tells_its_limits_is_asked_no_faster() -> None:
    body = claims().body
    told = {"x-ratelimit-limit-requests": "600", "x-ratelimit-remaining-requests": "599"}
    times: list[float] = []

    def script(request: dict[str, Any], number: int) -> Answer:
        times.append(monotonic())
        return Answer(body=body, headers=told)

    async def run(base_url: str) -> None:
        messages = load_prompt("instruct").messages(PAPER)
        async with Client(Endpoint("m", base_url, "none")) as client:
            await client.ask(messages, Passage.of(PAPER))
            await asyncio.gather(*(client.ask(messages, Passage.of(PAPER)) for _ in range(4)))

    with serve(script) as stub:
        asyncio.run(run(stub.base_url))
    assert times[4] - times[1] >= 3 * 0.1 - 0.05  # the first of these may have come late


# Failures that pass


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_a_request_is_repeated_when_the_failure_may_pass(status: int) -> None:
    reply, stub = ask(sequence(error(status, "busy", **SOON), claims({})))
    assert (reply.status, statuses(reply), improvements(reply)) == ("ok", [status, 200], ["2x"])
    assert stub.requests[0] == stub.requests[1]
    assert [call.purpose for call in reply.calls] == ["answer", "answer"]
    assert "busy" in (reply.calls[0].error or "")


def test_the_pause_that_the_server_asks_for_is_kept() -> None:
    reply, _ = ask(sequence(error(429, "busy", Retry_After="1"), claims()))
    first, second = (call.started_at for call in reply.calls)
    assert (second - first).total_seconds() >= 1


def test_a_server_that_stays_down_is_asked_no_more_often_than_allowed() -> None:
    reply, _ = ask(sequence(error(503, "down", **SOON)))
    assert statuses(reply) == [503] * MAX_CALLS
    assert reply.status == "failed"
    assert isinstance(reply.failure, UnavailableError)
    assert (reply.error or "").endswith("answered 503: down")


def test_a_server_that_wants_a_long_pause_is_asked_once() -> None:
    reply, _ = ask(sequence(error(429, "quota used up", **NOT_TODAY)))
    assert statuses(reply) == [429]
    assert isinstance(reply.failure, UnavailableError)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx",
    ],
    ids=["closed", "not HTTP", "half an answer", "bad chunk", "bad compression"],
)
def test_a_broken_connection_is_repeated_and_told_as_one(raw: bytes) -> None:
    reply, _ = ask(sequence(Answer(raw=raw), claims({})))
    assert (reply.status, statuses(reply)) == ("ok", [None, 200])
    assert "no connection" in (reply.calls[0].error or "")


def test_a_time_out_is_repeated_and_told_as_one() -> None:
    released = Event()

    def script(request: dict[str, Any], number: int) -> Answer:
        if number == 1:
            released.wait()
        return claims({})

    with serve(script) as stub:
        reply = ask_at(stub.base_url, timeout=1.0)
        released.set()
    assert reply.status == "ok"
    assert "no answer in time" in (reply.calls[0].error or "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"<html>Welcome to the hotel</html>",
        b'{"choices": []}',
        b'{"choices": null}',
        b'{"choices": [{"message": {"content": ["2x"]}}]}',
        b"[" * 100_000,
        b'{"error": "overloaded"}',
    ],
    ids=["nothing", "no text", "HTML", "no choice", "null", "a list", "nested lists", "an error"],
)
def test_a_response_that_is_no_completion_is_asked_for_again(body: bytes) -> None:
    reply, _ = ask(sequence(Answer(body=body), error(429, "busy", **NOT_TODAY)))
    assert statuses(reply) == [200, 429]
    assert "no chat completion" in (reply.calls[0].error or "")
    assert (reply.calls[0].error or "").isprintable()


# Failures that do not pass


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_the_server_refuses_for_all_is_asked_once(status: int) -> None:
    reply, _ = ask(sequence(error(status, "no")), api_key="sk-proj-123456789")
    assert (reply.status, statuses(reply)) == ("failed", [status])
    assert isinstance(reply.failure, RejectedError)
    assert reply.failure.for_all


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_the_server_refuses_for_one_paper_is_asked_once(status: int) -> None:
    reply, _ = ask(sequence(error(status, "too long")))
    assert statuses(reply) == [status]
    assert isinstance(reply.failure, RejectedError)
    assert not reply.failure.for_all
    assert "too long" in (reply.error or "")


def test_no_trace_of_a_call_holds_the_key() -> None:
    key = "sk-proj-123456789abcdef"
    reply, _ = ask(sequence(error(401, f"Incorrect API key provided: {key}")), api_key=key)
    assert key not in f"{reply!r} {reply.error} {reply.failure}"


# Refusals and cut-off answers


def test_a_refusal_is_kept_with_its_words_and_not_asked_again() -> None:
    reply, _ = ask(sequence(completion(None, refusal="I cannot read this.")))
    assert (reply.status, reply.error, len(reply.calls)) == ("refused", "I cannot read this.", 1)


def test_a_filtered_answer_is_a_refusal() -> None:
    reply, _ = ask(sequence(completion("", finish_reason="content_filter")))
    assert (reply.status, len(reply.calls)) == ("refused", 1)


def test_the_complete_claims_of_a_cut_off_answer_are_kept() -> None:
    whole = json.loads(claims({}, {"improvement": "15%"}).body)["choices"][0]["message"]["content"]
    reply, _ = ask(sequence(completion(whole[:-30], finish_reason="length")))
    assert (reply.status, improvements(reply), len(reply.calls)) == ("truncated", ["2x"], 1)
    assert reply.error == "the answer was cut off after 20 tokens"


# Asking again


def test_an_answer_that_does_not_stand_goes_back_with_the_reasons() -> None:
    reply, stub = ask(
        sequence(claims({}, {"improvement": "99%", "baseline": "Zinnia"}), claims({}, {"improvement": "15%"}))
    )
    assert (reply.status, improvements(reply), reply.dropped) == ("ok", ["2x", "15%"], [])
    assert [call.purpose for call in reply.calls] == ["answer", "re-ask"]
    first, second = (request["messages"] for request in stub.requests)
    assert second[: len(first)] == first
    answered, told = second[len(first) :]
    assert answered["role"] == "assistant"
    assert '"99%"' in answered["content"]
    assert told["role"] == "user"
    assert 'claim 2: improvement "99%" does not stand in the abstract letter for letter' in told["content"]
    assert {**stub.requests[0], "messages": None} == {**stub.requests[1], "messages": None}


def test_an_answer_that_breaks_the_contract_goes_back_with_the_fault() -> None:
    reply, stub = ask(sequence(completion('{"claims": [{"improvement": "2x"}]}'), claims({})))
    assert improvements(reply) == ["2x"]
    assert "metric" in stub.requests[1]["messages"][-1]["content"]
    assert "Field required" in stub.requests[1]["messages"][-1]["content"]


@pytest.mark.parametrize("content", [None, "", "There are no claims.", "[]", '{"claims": null}'])
def test_an_answer_without_any_claims_object_is_asked_again(content: str | None) -> None:
    reply, _ = ask(sequence(completion(content), claims({})))
    assert (reply.status, improvements(reply), len(reply.calls)) == ("ok", ["2x"], 2)


def test_prose_around_the_answer_is_asked_again() -> None:
    content = json.loads(claims({}).body)["choices"][0]["message"]["content"]
    reply, _ = ask(sequence(completion(f"Here you are: {content} Anything else?"), claims({})))
    assert (reply.status, improvements(reply)) == ("ok", ["2x"])


@pytest.mark.parametrize("reasks", [0, 1, 2, 4])
def test_a_model_that_does_not_mend_its_answer_is_asked_as_often_as_allowed(reasks: int) -> None:
    reply, stub = ask(sequence(claims({}, {"improvement": "99%"})), reasks=reasks)
    assert len(stub.requests) == 1 + reasks
    assert (reply.status, improvements(reply)) == ("ok", ["2x"])
    assert [reason.split()[0] for _, reason in reply.dropped] == ["improvement"]


def test_an_unusable_answer_that_is_never_mended_fails() -> None:
    reply, _ = ask(sequence(completion("No.")))
    assert (reply.status, reply.text, reply.failure) == ("failed", "No.", None)
    assert "not what was asked for: Invalid JSON" in (reply.error or "")


def test_repeated_claims_are_dropped_without_asking_again() -> None:
    reply, _ = ask(sequence(claims({}, {})))
    assert (improvements(reply), len(reply.dropped), len(reply.calls)) == (["2x"], 1, 1)


@pytest.mark.parametrize(
    "worse",
    [
        claims(),
        INVENTED,
        completion(None),
        completion(None, refusal="I cannot."),
        completion("", finish_reason="length"),
        error(401, "no"),
        error(429, "busy", **NOT_TODAY),
    ],
    ids=["no claims", "only an invented one", "nothing", "refusal", "cut off", "rejected", "unavailable"],
)
def test_the_best_answer_is_kept(worse: Answer) -> None:
    good = claims({}, {"improvement": "15%"}, {"improvement": "99%"})
    reply, _ = ask(sequence(good, worse))
    assert (reply.status, improvements(reply), len(reply.dropped)) == ("ok", ["2x", "15%"], 1)
    assert (reply.error, reply.failure) == (None, None)


def test_repetitions_and_re_asks_together_never_exceed_the_limit() -> None:
    busy = error(503, "busy", **SOON)
    reply, _ = ask(sequence(busy, INVENTED, busy, INVENTED, busy, claims({})), reasks=4)
    assert statuses(reply) == [503, 200, 503, 200, 503]
    assert [call.purpose for call in reply.calls] == ["answer"] * 2 + ["re-ask"] * 3
    assert (reply.status, reply.claims) == ("ok", [])


def test_braces_of_an_abstract_go_through_a_re_ask_as_they_are() -> None:
    paper = Paper("{{ 7 * 7 }}", "{{ braces }} {% raw %} {# no #} ${x}$ It is 2x faster than {{title}}. {% endif")
    reply, stub = ask(sequence(INVENTED, claims({"method": "{{title}}"})), paper)
    assert improvements(reply) == ["2x"]
    for request in stub.requests:
        assert f"Title: {paper.title}\nAbstract: {paper.abstract}\n" in request["messages"][1]["content"]


def test_nothing_is_printed_about_a_failed_re_ask(capfd: pytest.CaptureFixture[str]) -> None:
    logger, root = logging.getLogger("instructor"), logging.getLogger()
    assert logger.handlers
    handlers, root.handlers = root.handlers, []  # as in a program that sets up no logging
    try:
        ask(sequence(INVENTED, error(401, "no")))
    finally:
        root.handlers = handlers
    assert capfd.readouterr() == ("", "")


# Many papers


def test_a_client_answers_many_questions_side_by_side() -> None:
    papers = [Paper(f"Larkspur {n}", f"Larkspur is {n}x faster.") for n in range(40)]

    def script(request: dict[str, Any], number: int) -> Answer:
        factor = request["messages"][1]["content"].split("Larkspur is ")[1].split("x")[0]
        return claims({"improvement": f"{factor}x"})

    async def run(base_url: str) -> list[Reply]:
        prompt = load_prompt("instruct")
        async with Client(Endpoint("m", base_url, "none"), connections=8) as client:
            return await asyncio.gather(*(client.ask(prompt.messages(paper), Passage.of(paper)) for paper in papers))

    with serve(script) as stub:
        replies = asyncio.run(run(stub.base_url))
    assert [improvements(reply) for reply in replies] == [[f"{n}x"] for n in range(40)]
