"""How sure a model was of each claim, from the probabilities of its tokens.

A claim's confidence is the probability of its whole text given all before it: the product of its tokens' probabilities,
which endpoints report as ``logprobs``. It says how likely every field is right, not just the number. It is no measure
of truth: how well it is calibrated depends on the model, see ``models/README.md`` for the embedded one.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from itertools import accumulate
from json import JSONDecoder
from typing import Any

_CLAIMS = re.compile(r'\{\s*"claims"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_DECODER = JSONDecoder()


def claim_confidences(answer: str, logprobs: Any) -> list[float]:
    """The confidence of each claim of an answer, from 0 to 1, in their order.

    ``logprobs`` is that member of a chat completion's choice. Empty where it does not belong to the answer.
    """
    try:
        tokens = [(_size(token), min(float(token["logprob"]), 0.0)) for token in logprobs["content"]]
    except (LookupError, TypeError, ValueError):
        return []
    ends = list(accumulate(size for size, _ in tokens))
    if not ends or ends[-1] != len(answer.encode()) or any(math.isnan(logprob) for _, logprob in tokens):
        return []
    confidences = []
    for start, end in _claim_places(answer):
        first, last = (bisect_right(ends, len(answer[:place].encode())) for place in (start, end))
        confidences.append(math.exp(sum(logprob for _, logprob in tokens[first:last])))
    return confidences


def _size(token: Any) -> int:
    """A token's bytes; a token may hold a part of a character, which its text cannot show."""
    return len(token["token"].encode() if token.get("bytes") is None else token["bytes"])


def _claim_places(answer: str) -> list[tuple[int, int]]:
    """Where each complete element of the answer's list of claims starts and ends."""
    found = _CLAIMS.search(answer)
    places: list[tuple[int, int]] = []
    while found:
        start = _BETWEEN.match(answer, places[-1][1] if places else found.end()).end()  # type: ignore[union-attr]
        try:
            places.append((start, _DECODER.raw_decode(answer, start)[1]))
        except (ValueError, RecursionError):
            break
    return places


def logit(p: float) -> float:
    """The logarithm of the odds; certainty counts as one in a million."""
    p = min(max(p, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def sigmoid(x: float) -> float:
    """The inverse of :func:`logit`."""
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))
