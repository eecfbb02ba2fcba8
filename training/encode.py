"""Annotated abstracts as token ids: what the model reads and what it is to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training import data


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of one example. The answer begins at ``answer_start``; each of its tokens has a weight in the loss."""

    ids: list[int]
    answer_start: int
    weights: list[float]


def encode(examples: list[data.Example], tokenizer: Any) -> list[Encoded]:
    """Prompt and answer are tokenised apart, as the server does, and joined; the answer ends with <eos>."""
    prompts = tokenizer([data.prompt_text(e.title, e.abstract) for e in examples]).input_ids
    answers = tokenizer([data.answer_text(e.claims) for e in examples], add_special_tokens=False).input_ids
    return [
        Encoded([*p, *a, tokenizer.eos_token_id], len(p), [1.0] * (len(a) + 1))
        for p, a in zip(prompts, answers, strict=True)
    ]
