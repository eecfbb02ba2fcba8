"""The process that serves the embedded model: ``python -m extractor.llama_server MODEL ADAPTER SLOTS``.

A process of its own keeps a crash of native code, and its chatter, out of the program. It prints the address of its
OpenAI-compatible API as one line, and ends when its standard input is closed, however its parent ended.

To whoever asks, the model is one like any other: it gets title and abstract, and answers the JSON of the contract. In
between stands its own language (:mod:`extractor.marks`) and the grammar that holds it to the paper's words.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import sys
import threading
import time
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from extractor.confidence import logit, sigmoid
from extractor.contract import MAX_CLAIMS
from extractor.grounding import Passage, Span
from extractor.marks import NO, NULL, find_marks, places, prompt_text, read
from extractor.verbatim import answer_grammar

if TYPE_CHECKING:
    import xllamacpp

SLOT_TOKENS = 8192
"""Prompt and answer of one request together."""
ANSWER_TOKENS = 4096
_PAPER = re.compile(r"Title: (.*?)\nAbstract: (.*)", re.DOTALL)
LONGEST_VERBATIM = 20_000
"""Characters of title and abstract up to which a grammar, some 25 times as long, holds the answer to their words."""

CALIBRATION = 0.39, 0.092
"""Slope and shift that turn the odds of a claim's text into those of its being right: ``training/calibration.py``."""

NAMED_ODDS = 1.65
"""How many times as likely as none a baseline or hardware has to be; below, it is wrong more often than right."""


class PaperError(ValueError):
    """A request that asks about no paper."""


def serve(model: str, adapter: str, slots: int) -> None:
    """Serve on a loopback port that the system chooses, until standard input ends."""
    import xllamacpp  # noqa: PLC0415  (an extra: the parent reports it when it is missing)

    llama = xllamacpp.Server(parameters(model, adapter, slots))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_serve(llama.listening_address))


def parameters(model: str, adapter: str, slots: int) -> xllamacpp.CommonParams:
    """How llama.cpp runs the model; `bench/embedded.py` measures the alternatives."""
    import xllamacpp  # noqa: PLC0415

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter, 1.0)]
    params.n_parallel = slots
    params.n_ctx = slots * SLOT_TOKENS
    params.cpuparams.n_threads = cores
    params.cpuparams_batch.n_threads = cores
    # Threads that spin while they wait slow each other down tenfold as soon as anything else wants a core.
    params.cpuparams.poll = 0
    params.cpuparams_batch.poll = 0
    params.cache_prompt = True
    params.warmup = False
    params.ui = False
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    return params


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)  # nothing of llama.cpp's threads needs a tidy end


async def _serve(llama: str) -> None:
    async with aiohttp.ClientSession(llama, timeout=aiohttp.ClientTimeout()) as session:
        app = web.Application(client_max_size=16 << 20)
        app.add_routes([web.post("/v1/chat/completions", lambda request: _completion(request, session))])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
        await asyncio.Event().wait()


async def _completion(request: web.Request, llama: aiohttp.ClientSession) -> web.Response:
    try:
        body = await request.json()
        title, abstract = paper_of(body["messages"])
    except (ValueError, LookupError, TypeError) as error:
        return web.json_response({"error": {"message": f"no question about a paper: {error}"}}, status=400)
    marks = find_marks(abstract)
    if not marks:
        return web.json_response(_chat(body, [], "stop", (0, 0)))
    passage = Passage(title, abstract)
    question = {
        "prompt": prompt_text(title, abstract, marks),
        "temperature": 0,
        "n_predict": body.get("max_tokens") or ANSWER_TOKENS,
        "n_probs": 5,
    }
    if len(title) + len(abstract) <= LONGEST_VERBATIM:
        question["grammar"] = answer_grammar(passage, marks)
    async with llama.post("/completion", json=question) as response:
        if response.status != web.HTTPOk.status_code:
            return web.Response(body=await response.read(), status=response.status, content_type="application/json")
        said = await response.json()
    finish = "length" if said["stop_type"] == "limit" else "stop"
    usage = said["tokens_evaluated"], said["tokens_predicted"]
    return web.json_response(_chat(body, answered_claims(said), finish, usage))


def paper_of(messages: list[dict[str, Any]]) -> tuple[str, str]:
    """Title and abstract of the first user message, white space folded. Raises :class:`PaperError` without them."""
    for message in messages:
        if message["role"] == "user":
            found = _PAPER.fullmatch(message["content"].strip())
            if found:
                title, abstract = (" ".join(part.split()) for part in found.groups())
                return title, abstract
    raise PaperError("the first user message has to be 'Title: …', and 'Abstract: …' on the next line")


def answered_claims(said: dict[str, Any]) -> list[tuple[str, float]]:
    """The claims of llama.cpp's answer as compact JSON, each with the logarithm of the probability that it is right.

    That starts from the product of its tokens' probabilities, where the first, which decides that the number is a claim
    at all, counts with all that is not "no", and is then calibrated.
    """
    answer = _Answer(said)
    doubtful = answer.doubtful()
    found = []
    for line in read(answer.text, doubtful)[:MAX_CLAIMS]:
        inside = answer.tokens(line.span)
        decision = next((i + 1 for i, token in enumerate(inside) if token["token"] == "]"), 0)
        rest = sum(token["logprob"] for token in inside[decision + 1 :])
        rest += sum(gain for place, gain in doubtful.items() if line.span.start <= place.start < line.span.end)
        words = json.dumps(line.claim, ensure_ascii=False, separators=(",", ":"))
        slope, shift = CALIBRATION
        odds = slope * logit(max(1 - _alternative(inside[decision], NO), 0) * math.exp(rest)) + shift
        found.append((words, math.log(sigmoid(odds))))
    return found


class _Answer:
    """An answer of llama.cpp with the probabilities of its tokens."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.text: str = said["content"]
        self._tokens: list[dict[str, Any]] = said["completion_probabilities"]
        self._starts = list(accumulate((len(token["bytes"]) for token in self._tokens), initial=0))

    def tokens(self, place: Span) -> list[dict[str, Any]]:
        """The tokens that begin at a place of the text."""
        first, last = (len(self.text[:end].encode()) for end in (place.start, place.end))
        return self._tokens[bisect_left(self._starts, first) : bisect_left(self._starts, last)]

    def doubtful(self) -> dict[Span, float]:
        """Where a baseline or hardware is named that is hardly likelier than none.

        With each, by how much the logarithm of the answer's probability grows when it says none there.
        """
        found = {}
        for _, fields in places(self.text):
            for name in ("baseline", "hardware"):
                gain = self._gain_of_none(fields[name])
                if gain > -math.log(NAMED_ODDS):
                    found[fields[name]] = gain
        return found

    def _gain_of_none(self, place: Span) -> float:
        # A token begins with the blank before its word; the separator's says that no more words follow.
        inside = self.tokens(Span(place.start - 1, place.end + 1))
        none = _alternative(inside[0], NULL) if inside else 0.0
        if not none or self.text[place.start : place.end] == NULL:
            return -math.inf
        named: float = sum(token["logprob"] for token in inside)
        return math.log(none) - named


def _alternative(token: dict[str, Any], word: str) -> float:
    """The probability of a word in the place of a token."""
    return sum(math.exp(other["logprob"]) for other in token["top_logprobs"] if other["token"].strip() == word)


def _chat(body: dict[str, Any], claims: list[tuple[str, float]], finish: str, usage: tuple[int, int]) -> dict[str, Any]:
    """A chat completion that answers with these claims; where the answer was cut off, its JSON is too."""
    pieces = [('{"claims":[', 0.0)]
    pieces += [("," * bool(i) + words, logprob) for i, (words, logprob) in enumerate(claims)]
    if finish == "stop":
        pieces.append(("]}", 0.0))
    choice: dict[str, Any] = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": "".join(words for words, _ in pieces)},
    }
    if body.get("logprobs"):
        choice["logprobs"] = {"content": [{"token": words, "logprob": logprob} for words, logprob in pieces]}
    prompt, answer = usage
    return {
        "id": f"chatcmpl-{time.time_ns()}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.get("model", ""),
        "choices": [choice],
        "usage": {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer},
    }


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
