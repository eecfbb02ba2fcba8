r"""When two descriptions of a measured result agree: readings of its number, and the likeness of its words.

Both start from the :func:`plain` form of the text, so that ``$5\times$``, ``5 ×`` and ``5x`` are one.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Literal

Unit = Literal["%", "x", "abs"]

ALIKE = 0.6
"""The likeness from which on two phrases count as the same; a phrase that lies within the other one reaches it."""

_SPACED_COMMANDS = frozenset({"mathbf", "textbf", "texttt", "text", "mathrm", "bf", "sim", "approx", "emph"})
_COMMAND = re.compile(r"\\(\w+)")
_CHARACTERS = str.maketrans({"×": "x", "~": " ", "–": "-", "—": "-", "−": "-"} | dict.fromkeys("\\${}", ""))

_NUMBER_WORDS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "third": "0.33", "quarter": "0.25",
    **dict.fromkeys(("half", "halves", "halved", "halving"), "0.5x"),
    **dict.fromkeys(("double", "doubles", "doubled", "doubling", "twice"), "2x"),
    **dict.fromkeys(("triple", "triples"), "3x"),
}  # fmt: skip
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_NUMBER_WORDS)})\b")
_THOUSANDS_COMMA = re.compile(r"(?<=\d),(?=\d{3})")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

_SHARE = re.compile(r"%|percent|point|\bpp\b")
_MULTIPLE = re.compile(r"\d\s*x|times|fold|twice|doubl|tripl|hal[fv]|order")

_WORD = re.compile(r"[a-z0-9]+")
_STOP_WORDS = frozenset({"the", "a", "an", "of", "on", "in", "for", "and", "our", "its", "with", "to", "s"})
_CACHED_TEXTS = 1 << 16


def plain(text: str) -> str:
    """The text in lower case with single blanks and hyphens, without LaTeX and with × as x."""
    text = _COMMAND.sub(_without_command, text).translate(_CHARACTERS)
    return " ".join(text.lower().split())


def _without_command(match: re.Match[str]) -> str:
    if match[1] == "times":
        return "x"
    return " " if match[1] in _SPACED_COMMANDS else match[0]


def numbers(text: str) -> tuple[float, ...]:
    """The numbers in a text in their order, written in digits (``1,024``) or as a word (``twice`` is 2).

    A sign does not count: the direction of a change is a field of its own.
    """
    text = _THOUSANDS_COMMA.sub("", plain(text))
    text = _NUMBER_WORD.sub(lambda match: _NUMBER_WORDS[match[0]], text)
    return tuple(map(float, _NUMBER.findall(text)))


def unit(text: str) -> Unit:
    """The kind of number: ``%`` for percentages and points, ``x`` for multiples, ``abs`` for anything else."""
    text = plain(text)
    if _SHARE.search(text):
        return "%"
    return "x" if _MULTIPLE.search(text) else "abs"


def likeness(first: str | None, second: str | None) -> float:
    """How alike two phrases are, from 0 to 1: the F1 of their words, with repetitions and without stop words.

    At least ``ALIKE`` where the words of one are all among those of the other. Nothing is like nothing, and like
    nothing else. Phrases without a letter or digit of ASCII are alike where they are the same.
    """
    if first == second:
        return 1.0
    if first is None or second is None:
        return 0.0
    these, those = _words(first), _words(second)
    if not these or not those:
        return float(plain(first) == plain(second))
    shared = 2 * sum(min(count, those[word]) for word, count in these.items()) / (these.total() + those.total())
    within = these.keys() <= those.keys() or those.keys() <= these.keys()
    return max(shared, ALIKE) if within else shared


@lru_cache(maxsize=_CACHED_TEXTS)
def _words(text: str) -> Counter[str]:
    words = _WORD.findall(plain(text))
    return Counter([word for word in words if word not in _STOP_WORDS] or words)
