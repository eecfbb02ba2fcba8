"""Digits in groups of three, blanks between them: ``1 234 567``, ``from 3 200 ms to 950 ms``, not ``8 100 GB cards``.

A narrow or no-break blank (U+2009, U+202F, U+00A0) always groups digits. A plain one does where that is all it can do:
before a group that begins with 0, and among three groups or more. Between two groups it does so only where nothing
speaks for two numbers:

- before them the text begins, or a word such as "from" or "about" stands, or a sign: a name may end with a number
  ("GPT 4 100 ms", "Table 3 200 ms");
- after them stands a unit that ends its phrase: before a noun the first number may count ("8 100 GB cards").
"""

from __future__ import annotations

import re

_NARROW = re.compile("(?<![0-9.,])[1-9][0-9]{0,2}(?:[\u00a0\u2009\u202f][0-9]{3})+(?![0-9])")
_BEFORE = (
    "to", "from", "of", "by", "than", "about", "around", "approximately", "roughly", "nearly", "almost", "over",
    "under", "above", "below", "least", "most", "only", "just", "at", "in", "is", "are", "was", "were",
)  # fmt: skip
_AFTER_UNIT = (
    "per|to|of|on|in|at|by|for|from|with|without|and|or|while|when|over|under|than|as|vs|versus|against|compared|"
    "instead|is|are|was|were|down|up|across|during|within|using|respectively|faster|slower|more|less|fewer|higher|lower"
)
_BEGINS = "|".join([r"\A", "(?<=[~<>≤≥(→])", "(?<=[~<>≤≥(→][ ])", *(rf"(?<=\b(?i:{word})[ ])" for word in _BEFORE)])
_PLAIN = re.compile(
    rf"""
    (?<![\w.,@=#-])[1-9][0-9]{{0,2}}
    (?:[ ]0[0-9]{{2}}(?:[ ][0-9]{{3}})*|(?:[ ][0-9]{{3}}){{2,}})(?![0-9])             # 12 000, 1 234 567
    |(?=[1-9][0-9]{{0,2}}[ ][0-9]{{3}}(?![0-9.,]))(?:{_BEGINS})[0-9]+[ ][0-9]+        # 3 200
     (?=[ ]?[xX×%](?![A-Za-z]|[ ]?[0-9])
       |[ ](?:to|→|times|percent)(?![A-Za-z])
       |[ ](?!(?:{_AFTER_UNIT})\b)[A-Za-zµ]+(?=[ ]?(?:\Z|[.,;:()/→])|[ ](?:{_AFTER_UNIT})\b))
    """,
    re.VERBOSE,
)


def join_narrow_groups(text: str) -> str:
    """The text without the narrow and no-break blanks in its numbers."""
    return text if text.isascii() else _NARROW.sub(_joined, text)


def join_groups(text: str) -> str:
    """The text without the plain blanks in its numbers."""
    return _PLAIN.sub(_joined, text)


def _joined(number: re.Match[str]) -> str:
    return "".join(number[0].split())
