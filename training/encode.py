"""Annotated abstracts as token ids: what the model reads and what it is to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training import data

DECISION_WEIGHT = 2.0
"""In the loss, of the token that decides whether a number is a claim; each other token of the answer weighs 1."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of one example; the answer begins at ``answer_start``, and each of its tokens weighs something."""

    ids: list[int]
    answer_start: int
    weights: list[float]


def encode(examples: list[data.Example], tokenizer: Any) -> list[Encoded]:
    """Prompt and answer are tokenised apart, as the server does, and joined; the answer ends with <eos>.

    Abstracts without a number are left out: the model is not asked about them.
    """
    texts = [texts for example in examples if (texts := data.question(example))]
    prompts = tokenizer([prompt for prompt, _ in texts]).input_ids
    answers = tokenizer([answer for _, answer in texts], add_special_tokens=False).input_ids
    line_end, mark_end = (tokenizer.convert_tokens_to_ids(token) for token in ("\n", "]"))
    return [
        Encoded([*p, *a, tokenizer.eos_token_id], len(p), [*_weights(a, line_end, mark_end), 1.0])
        for p, a in zip(prompts, answers, strict=True)
    ]


def _weights(answer: list[int], line_end: int, mark_end: int) -> list[float]:
    """The weights of an answer's tokens; the decision follows the first ``]`` of a line."""
    weights, in_mark = [1.0] * len(answer), True
    for i, token in enumerate(answer[:-1]):
        if in_mark and token == mark_end:
            weights[i + 1], in_mark = DECISION_WEIGHT, False
        in_mark = in_mark or token == line_end
    return weights
