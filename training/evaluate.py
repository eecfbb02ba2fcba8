"""Measure an adapter as the program uses it: its server, its client, its grounding."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from extractor.client import Client
from extractor.embedded import SLOTS, EmbeddedServer
from extractor.evaluation import score
from extractor.grounding import Passage
from extractor.labels import Label, Prediction
from extractor.llama_server import CALIBRATION
from extractor.papers import Paper
from extractor.prompts import load_prompt
from training.calibration import fit, judge, reliability
from training.data import Example


def evaluate(adapter: Path, examples: list[Example], out: Path) -> dict[str, Any]:
    """Ask about all examples; gives the scores, how far confidences can be trusted, and the best ``CALIBRATION``.

    Writes ``{"id", "answer", "claims", "confidences"}`` a line to ``out``: the raw answer, and what is left of it after
    grounding.
    """
    gold = {e.id: [Label.model_validate(c) for c in e.claims] for e in examples}
    predictions, judged = {}, []
    with EmbeddedServer(adapter) as endpoint, out.open("w", encoding="utf-8") as file:
        for row in asyncio.run(_ask_all(Client(endpoint, connections=SLOTS), examples)):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            predictions[row["id"]] = [Prediction.model_validate(claim) for claim in row["claims"]]
            judged += judge(gold[row["id"]], predictions[row["id"]], row["confidences"])
    result = score(gold, predictions)
    intervals = {name: [round(bound, 3) for bound in bounds] for name, bounds in result.intervals.items()}
    slope, shift = fit(judged)  # of confidences that are calibrated already, with the constants of now
    slope, shift = slope * CALIBRATION[0], slope * CALIBRATION[1] + shift
    return {
        **result.as_json(),
        "intervals": intervals,
        "reliability": reliability(judged),
        "calibration": {"slope": round(slope, 3), "shift": round(shift, 3)},
    }


async def _ask_all(client: Client, examples: list[Example]) -> list[dict[str, Any]]:
    prompt = load_prompt("embedded")
    slots = asyncio.Semaphore(SLOTS)

    async def ask(example: Example) -> dict[str, Any]:
        paper = Paper(example.title, example.abstract)
        async with slots:
            reply = await client.ask(prompt.messages(paper), Passage.of(paper))
        if reply.text is None:
            raise SystemExit(f"{example.id}: {reply.error}")
        return {
            "id": example.id,
            "answer": reply.text,
            "claims": [grounded.claim.model_dump() for grounded in reply.claims],
            "confidences": [grounded.confidence for grounded in reply.claims],
        }

    async with client:
        return await asyncio.gather(*map(ask, examples))
