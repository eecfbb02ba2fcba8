"""Measure an adapter, served as the program serves it: greedy answers, the JSON Schema as grammar, grounded claims."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from extractor.contract import Claim, answer_schema
from extractor.embedded import assemble_model
from extractor.evaluation import Evaluation, score
from extractor.grounding import Passage
from extractor.labels import Label, Prediction
from extractor.llama_server import SLOTS
from training.data import Example, prompt_text

ANSWER_TOKENS = 1400


@contextmanager
def served(model: Path, adapter: Path, log: Path) -> Iterator[str]:
    """The base address of a server of the model with the adapter."""
    command = [sys.executable, "-m", "extractor.llama_server", str(model), str(adapter)]
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            if not address:
                raise SystemExit(f"{adapter}: the server did not start with this adapter; see {log}")
            yield address.removesuffix("/v1")
        finally:
            process.stdin.close()
            process.wait()


def answer(address: str, example: Example) -> str:
    """The model's whole answer for one abstract, as JSON text."""
    body = {
        "prompt": prompt_text(example.title, example.abstract),
        "json_schema": answer_schema(),
        "temperature": 0,
        "n_predict": ANSWER_TOKENS,
    }
    request = urllib.request.Request(
        f"{address}/completion", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        return str(json.load(response)["content"])


def claims_of(text: str) -> list[dict[str, Any]]:
    """The claims of an answer; of one cut off, those that are complete."""
    try:
        return list(json.loads(text)["claims"])
    except json.JSONDecodeError:
        complete = text.rfind("},{")
        return [] if complete < 0 else list(json.loads(text[:complete] + "}]}")["claims"])


def grounded(claims: list[dict[str, Any]], example: Example) -> list[dict[str, Any]]:
    """The claims that the program would keep: those that stand in the paper, without repetitions."""
    kept, _ = Passage(example.title, example.abstract).ground_all([Claim.model_validate(c) for c in claims])
    return [grounded.claim.model_dump() for grounded in kept]


def evaluate(adapter: Path, examples: list[Example], out: Path) -> Evaluation:
    """Answer all examples and score the claims.

    Writes ``{"id", "answer", "claims"}`` a line to ``out``: the raw answer, and what is left of it after grounding.
    """
    predictions = {}
    log = out.with_suffix(".log")
    with served(assemble_model(), adapter, log) as address, ThreadPoolExecutor(SLOTS) as pool, out.open("w") as file:
        for example, text in zip(examples, pool.map(lambda e: answer(address, e), examples), strict=True):
            claims = grounded(claims_of(text), example)
            file.write(json.dumps({"id": example.id, "answer": text, "claims": claims}) + "\n")
            file.flush()
            predictions[example.id] = [Prediction.model_validate(c) for c in claims]
    gold = {e.id: [Label.model_validate(c) for c in e.claims] for e in examples}
    return score(gold, predictions)
