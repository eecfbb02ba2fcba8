"""Metric families: "P99 time-to-first-token" and "response time" are both latency, and lower is better.

The lexicon is ``data/metrics.toml``. A metric's words (lower case, singular, without LaTeX and punctuation) are
searched for the lexicon's phrases. Where several are found, these decide, in this order:

1. phrases that begin in the head of the metric, the words before a preposition, conjunction, slash, comma or bracket
   ("accuracy of the latency model" is accuracy),
2. phrases of more words ("energy efficiency" is not energy),
3. phrases that end later, where English has the head noun ("memory bandwidth utilization" is utilization).

Where a family of the lexicon says so, each of its phrases counts with "score" behind it too, so that "FID score" is
an error like FID, not quality.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from extractor.plain import singular, unlatex

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Family:
    """A family of comparable metrics.

    ``higher_is_better`` is None where it depends on the metric. ``share``: a metric of the family is itself a share, so
    that a change in percent may be relative or in points. ``unit`` is the usual unit, None where there is none.
    """

    name: str
    higher_is_better: bool | None = None
    share: bool = False
    unit: str | None = None


OTHER = Family("other")

# "tokens/s" and "tokens/sec" are tokens per second; "m/s" is a unit of more than throughput.
_PER_SECOND = re.compile(r"(?:(?<=[^\W\d_]{3})\s*/|\bper\b)\s*(?:s|secs?|seconds?)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+|[/,;(\[:]")
_HEAD_ENDS = frozenset({
    "of", "for", "on", "in", "with", "from", "at", "to", "by", "per", "against", "across", "under", "during", "when",
    "while", "and", "or", "over", "than", "vs", "versus", "compared", "using", "without", "/", ",", ";", "(", "[", ":",
})  # fmt: skip
_REDUCTIONS = frozenset({"reduction", "saving", "decrease"})


def _words(text: str) -> tuple[str, ...]:
    text = _PER_SECOND.sub(" per second", unlatex(text))
    # Twice, as FLOPS has no plural that shows before its case is folded.
    return tuple(singular(singular(word).casefold()) for word in _WORD.findall(text))


def _head(marked: tuple[str, ...]) -> int:
    """How many words the head of a metric has."""
    return next((index for index, word in enumerate(marked) if word in _HEAD_ENDS), len(marked))


def _load() -> tuple[dict[str, Family], dict[tuple[str, ...], Family]]:
    lexicon = tomllib.loads(files("extractor").joinpath("data/metrics.toml").read_text(encoding="utf-8"))
    families = {OTHER.name: OTHER}
    phrases: dict[tuple[str, ...], Family] = {}
    scores: dict[tuple[str, ...], Family] = {}
    for name, entry in lexicon.items():
        family = Family(name, entry.get("higher_is_better"), entry.get("share", False), entry.get("unit"))
        families[name] = family
        for phrase in entry["phrases"]:
            phrases.setdefault(_words(phrase), family)
            if entry.get("scores"):
                scores.setdefault((*_words(phrase), "score"), family)
    return families, scores | phrases


_families, _PHRASES = _load()
FAMILIES: Mapping[str, Family] = _families
_LONGEST = max(map(len, _PHRASES))


@lru_cache(maxsize=4096)
def metric_family(metric: str) -> Family:
    """The family of a metric as a text names it; :data:`OTHER` where the lexicon knows none of its words."""
    marked = _words(metric)
    head = _head(marked)
    words = [word for word in marked if word[0].isalnum()]
    best, best_rank = OTHER, (False, 0, 0)
    for start in range(len(words)):
        for length in range(1, min(_LONGEST, len(words) - start) + 1):
            family = _PHRASES.get(tuple(words[start : start + length]))
            rank = (start < head, length, start + length)
            if family and rank > best_rank:
                best, best_rank = family, rank
    return best


@lru_cache(maxsize=4096)
def is_reduction(metric: str) -> bool:
    """Whether a metric is itself what something else decreases by: "memory reduction", "savings in cost"."""
    marked = _words(metric)
    return bool(_REDUCTIONS.intersection(marked[: _head(marked)][-1:]))
