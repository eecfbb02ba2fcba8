"""Levels: a percentage or fraction may say what is left of a metric, not by how much it changed.

"The cache shrinks by 5 %" and "the cache shrinks to 5 % of its size" report the same number; only the words around it
tell the two apart, and most of them stand outside a claim's ``improvement``. A number is a level where the words

- before it end with "to" ("to only", "down to less than"), but not "up to" or "leads to": with "of" behind it ("to 5 %
  of the original") it is a share of what there was, without ("to 5 %") it is the metric's new value, whatever the old;
- before it end with a verb of having or working on ("using only", "occupies", "retaining", "trains") or a preposition
  ("with", "in", "at") and the words behind it begin with "of", "the", "that" or "as many": "using less than 1/3 the
  VRAM", "in half of the time", "activating 5 of 100 layers". It is a share of what there was then, if the metric
  decreases; else "retains 94 % of the accuracy" is a plain value. "In 56 % of the cases" says how often, never how
  much. Verbs of taking away ("prunes", "saves", "with 30 % of the tokens removed") make no level, nor does "costs",
  which mostly tells a loss ("costs 3 % of the throughput").
- around it say so in the passive: a clause begins with it, and what it is of "is needed".

A level it still is where another such number stands in between: "using 36 % of the computation and 45 % of the
parameters".
"""

from __future__ import annotations

import re
from typing import Literal

Level = Literal["share", "value"]

QUALIFIERS = (
    r"(?:(?:only|just|mere(?:ly)?|an?|about|around|approximately|roughly|nearly|almost|as (?:little|few|low) as|"
    r"(?:less|fewer|lower|more) than|under|below|over|up to|at most|at least|[~<>≤≥$])\s*)*"
)
"""A pattern of the words that may stand between a verb or preposition and its number: "only", "less than", "~"."""
_ANOTHER = rf"(?P<another>[^\s%]*(?:%|\bhalf|\bthird)[^,.;%]{{0,60}}?(?:,? and|,)\s+{QUALIFIERS})?"
_TO = re.compile(rf"(?:([\w%]+)[\s-]+)?\bto\s+{QUALIFIERS}{_ANOTHER}$", re.IGNORECASE)
_NO_LEVEL = re.compile(
    r"up|lead(?:s|ing)?|led|compared|due|thanks|close|equal|equivalent|relative|amount(?:s|ed|ing)?|"
    r"correspond(?:s|ed|ing)?|translat(?:es?|ed|ing)|contribut(?:es?|ed|ing)",
    re.IGNORECASE,
)
_HAVING = re.compile(
    r"\b(?:us(?:e|es|ed|ing)|requir(?:e|es|ed|ing)|need(?:s|ed|ing)?|consum(?:e|es|ed|ing)|activat(?:e|es|ed|ing)|"
    r"consider(?:s|ed|ing)?|tak(?:es?|ing)|retain(?:s|ed|ing)?|maintain(?:s|ed|ing)?|keep(?:s|ing)?|"
    r"(?:re)?train(?:s|ed|ing)?|(?:fine)?tun(?:es?|ed|ing)|updat(?:es?|ed|ing)|load(?:s|ed|ing)?|"
    r"process(?:es|ed|ing)?|(?:re)?comput(?:es?|ed|ing)|stor(?:es?|ed|ing)|transmit(?:s|ted|ting)?|"
    r"preserv(?:es?|ed|ing)|occup(?:y|ies|ied|ying)|incur(?:s|red|ring)?|spen(?:ds?|t|ding)|ha(?:s|ve|d|ving)|"
    r"employ(?:s|ed|ing)?|utili[sz](?:es?|ed|ing)|access(?:es|ed|ing)?|fetch(?:es|ed|ing)?|reads?|reading|"
    rf"with|in|at|on|is|are)\s+{QUALIFIERS}{_ANOTHER}$",
    re.IGNORECASE,
)
_IN = re.compile(rf"\bin\s+{QUALIFIERS}$", re.IGNORECASE)
_CASES = re.compile(r"[\s\\%$)}]*of\s(?:the\s|all\s|[0-9]+\s)?(?:cases|instances|trials|runs)\b", re.IGNORECASE)
_OF = re.compile(r"(?:th|st|nd|rd)?[\s\\%$)}]*(?:of|the|that|those|as (?:many|much))\b", re.IGNORECASE)
_CLAUSE_BEGINS = re.compile(
    rf"(?:^|[.,;:(]|\b(?:that|where|while|and|but|so|because|since|when|as))\s*{QUALIFIERS}$", re.IGNORECASE
)
_IS_NEEDED = re.compile(
    r"[^.,;:]{0,60}?\s(?:is|are|was|were|be)\s(?:actually\s|still\s)?"
    r"(?:needed|required|necessary|used|activated|accessed|processed|computed|consumed|occupied|kept|retained|stored)\b",
    re.IGNORECASE,
)
_TAKEN_AWAY = re.compile(
    r"[\s\\%$)}]*of\s(?:[\w-]+\s){1,4}?(?:pruned|removed|saved|eliminated|dropped|discarded|skipped|evicted)"
    r"(?:[.,;:)]|$|\s(?:and|at|by|during|from|in|on|while|without)\b)",
    re.IGNORECASE,
)
# "with only 1 % of accuracy loss", "lowered to 30 % less": the number measures the change itself.
_CHANGE = re.compile(
    r"[\s\\%$)}]*(?:of\s)?(?:[\w-]+\s){0,3}?"
    r"(?:loss|drop|degradation|decrease|reduction|increase|improvement|less|fewer|lower|smaller)\b",
    re.IGNORECASE,
)


def level_at(before: str, after: str, *, decreases: bool) -> Level | None:
    """Which level a percentage or fraction between these words is, None where it is a change or a plain value."""
    if _CHANGE.match(after):
        return None
    if _IN.search(before) and _CASES.match(after):
        return "value"
    share = bool(_OF.match(after))
    if (to := _TO.search(before)) and not _is_no_level(to):
        return "share" if share else "value"
    if not (decreases and share) or _TAKEN_AWAY.match(after):
        return None
    needed = _CLAUSE_BEGINS.search(before) and _IS_NEEDED.match(after)
    return "share" if needed or _HAVING.search(before) else None


def _is_no_level(to: re.Match[str]) -> bool:
    """Whether the "to" is that of "up to" or "leads to", or of a range some words before: "5% to 9% less X, and"."""
    word = to[1] or ""
    return bool(_NO_LEVEL.fullmatch(word)) or (to["another"] is not None and "%" in word)
