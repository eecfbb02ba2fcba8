"""Numbers: the tokens of a claim's words, and the numbers among these. :mod:`extractor.values` adds units."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from extractor.digit_groups import join_groups, join_narrow_groups
from extractor.plain import unlatex

# --- words -----------------------------------------------------------------------------------------------------------

_SMALL_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90
}  # fmt: skip
_NUMBER_WORDS = {word: number for number, word in enumerate(_SMALL_NUMBERS)} | _TENS
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0}
_SUFFIXES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}  # 51K, $2.86M; only glued to the number

# --- tokens ----------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""
    (?P<name>(?<![0-9])(?<![0-9][ ])                                      # GPT-4, top-1: no value
             (?!(?:sub|near|(?:(?<=[0-9×%]-)|(?<=[0-9][xX]-))to)-)        # 2-to-3: a range
             [A-Za-z]+[-@=][0-9][\w.]*
            |[@=#][0-9][\w.]*                                               # @10, =1: no value
            |[0-9][0-9,]*(?:(?:[xX×]|[ ][xX×][ ])(?!10[ ]?\^)[0-9][0-9,]*)+(?![0-9]|\.[0-9]))  # 16x16, 2 × 4: shapes
    |(?P<number>(?:[0-9]{1,3}(?:,[ ]?[0-9]{3})+(?![0-9])(?:\.[0-9]+)?     # 1,234.5
                 |[0-9]+,[0-9]{1,2}(?![0-9,])                             # 1,5
                 |[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
                (?:[eE][+-]?[0-9]+(?![0-9]))?)                             # 1e-4
    |(?P<times>(?<=[0-9%.)])[ ]?[xX×*](?![A-Za-z]))                       # 5x, 5 ×, 5*
    |(?P<prefix>(?<![\w.)%])(?<![0-9.)%][ ])(?:x(?!(?:86|64)\b)|×[ ]?)(?=[0-9]))     # x3, ×3
    |(?P<word>p\.p\b\.?                                                   # p.p.
             |(?:[^\W\d_]|°)+(?:\^-?[0-9]+(?:[./][0-9]+)?|[0-9]+)?)        # ms, m^2, n^1.5, P99
    |(?P<symbol>\+/-|->|<=|>=|-+|[^\s\w])
    """,
    re.VERBOSE,
)
_ASCII = str.maketrans({
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "‒": "-", "⁄": "/", "∼": "~", "≈": "~", "≃": "~", "〜": "~",
    "⩽": "≤", "≦": "≤", "⩾": "≥", "≧": "≥", "≲": "≤", "≳": "≥", "✕": "×", "⨯": "×", "μ": "µ",
})  # fmt: skip
_SYMBOLS = {"<=": "≤", ">=": "≥", "->": "→", "+/-": "±", "--": "-", "---": "-"}
_MIXED = re.compile(r"([1-7])/([2-8])(?![\w/]|[.,][0-9])")


class _Token(NamedTuple):
    type: str
    text: str
    start: int
    end: int


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        word = match[0].strip()
        found.append(_Token(match.lastgroup or "", _SYMBOLS.get(word, word), match.start(), match.end()))
    return found


# --- numbers ---------------------------------------------------------------------------------------------------------


class Numbers:
    """Reads numbers off a text's tokens. Each method takes a token's index and answers None where nothing fits."""

    def __init__(self, text: str) -> None:
        self.text = join_groups(unlatex(join_narrow_groups(text)).translate(_ASCII))
        self.tokens = _tokens(self.text)
        self._lower = [token.text.lower() for token in self.tokens]

    def at(self, index: int) -> str:
        """The token's text in lower case, "" past the end."""
        return self._lower[index] if index < len(self._lower) else ""

    def glued(self, index: int) -> bool:
        """Whether the token follows the one before without a blank."""
        return 0 < index < len(self.tokens) and self.tokens[index].start == self.tokens[index - 1].end

    def around(self, start: int, end: int) -> tuple[str, str]:
        """The text before the first of these tokens, and that after the last."""
        return self.text[: self.tokens[start].start], self.text[self.tokens[end - 1].end :]

    def number(self, index: int) -> tuple[float, int] | None:
        """A number in digits or words: ``-1,234.5``, ``10^-3``, ``3 × 10^8``, ``51K``, ``two and a half million``."""
        sign = 1.0
        if self.at(index) in ("+", "-") and self.glued(index + 1) and not self._joins(index):
            sign = -1.0 if self.at(index) == "-" else 1.0
            index += 1
        if index >= len(self.tokens):
            return None
        token = self.tokens[index]
        if token.type == "number":
            value, index = self._digits(index)
            if value.is_integer() and (part := self._part(index)):
                value, index = value + part[0], part[1]
        elif token.type == "word" and self.at(index) in _NUMBER_WORDS:
            value = float(_NUMBER_WORDS[self.at(index)])
            index += 1
            if value >= 20 and self.at(index) == "-" and 0 < _NUMBER_WORDS.get(self.at(index + 1), 0) < 10:
                value += _NUMBER_WORDS[self.at(index + 1)]
                index += 2
        elif self.at(index) in SCALES:
            value = 1.0
        else:
            return None
        if half := self.phrase(index, "and", "a", "half"):
            value, index = value + 0.5, half
        while self.at(index) in SCALES:
            value *= SCALES[self.at(index)]
            index += 1
        return sign * value, index

    def scale(self, index: int) -> float:
        """What the digits at the index are multiplied by: 1e6 in ``3 million`` and ``3M``, 1 where that is nothing."""
        number = self.number(index)
        if number is None or self.tokens[index].type != "number" or self.at(index + 1) == "^":
            return 1.0
        digits = _to_float(self.tokens[index].text)
        return number[0] / digits if number[0] > digits > 0 else 1.0

    def phrase(self, index: int, *words: str) -> int | None:
        """The index after these words, hyphenated or not."""
        for word in words:
            index += self.at(index) == "-"
            if self.at(index) != word:
                return None
            index += 1
        return index

    def open_ended(self, index: int) -> bool:
        """Whether a plus stands right behind a number, as in ``30%+``; in ``30% (+2.1)`` it is another one's sign."""
        signs = self.glued(index + 1) and self.number(index + 1)
        return self.at(index) == "+" and self.glued(index) and not signs

    def _part(self, index: int) -> tuple[float, int] | None:
        """The fraction of a mixed number, the 1/2 of ``2 1/2``, and the index after it."""
        fraction = _MIXED.match(self.text, self.tokens[index].start) if index < len(self.tokens) else None
        if fraction and not self.glued(index) and int(fraction[1]) < int(fraction[2]):
            return int(fraction[1]) / int(fraction[2]), index + 3
        return None

    def _joins(self, index: int) -> bool:
        """Whether a dash stands right behind a word or number, as in ``2-8``: then it is no sign."""
        before = self.tokens[index - 1] if index else None
        return before is not None and self.glued(index) and (before.type != "symbol" or before.text == "%")

    def _digits(self, index: int) -> tuple[float, int]:
        value = _to_float(self.tokens[index].text)
        index += 1
        if self.at(index) == "^" and (power := self._power(value, index + 1)):
            return power
        if self.at(index) in ("×", "x", "*", "·") and self.at(index + 1) == "10" and self.at(index + 2) == "^":
            power = self._power(10.0, index + 3)
            if power:
                return value * power[0], power[1]
        if self.glued(index) and (suffix := _SUFFIXES.get(self.tokens[index].text)):
            return value * suffix, index + 1
        return value, index

    def _power(self, base: float, index: int) -> tuple[float, int] | None:
        sign = -1 if self.at(index) == "-" else 1
        index += self.at(index) in ("-", "+")
        if index < len(self.tokens) and self.tokens[index].type == "number" and self.at(index).isdecimal():
            return raised(base, sign * int(self.at(index)[:9])), index + 1
        return None


def _to_float(digits: str) -> float:
    digits = digits.replace(" ", "")
    if re.fullmatch(r"[0-9]+,[0-9]{1,2}", digits):
        return float(digits.replace(",", "."))
    return float(digits.replace(",", ""))


def raised(base: float, exponent: float) -> float:
    """The base raised to the exponent, infinite where no float holds it."""
    try:
        return float(base**exponent)
    except (OverflowError, ZeroDivisionError):
        return math.inf
