"""Values: numbers with their units, read off the words of a claim. :mod:`extractor.quantities` puts them together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from extractor.numerals import SCALES, Numbers, raised
from extractor.plain import singular

Kind = Literal["ratio", "percent", "points", "absolute", "from_to"]

MAX_UNIT_WORDS = 4

# --- words -----------------------------------------------------------------------------------------------------------

_FRACTIONS = {
    "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10,
    "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
_HALVING = frozenset({"half", "halve", "halves", "halved", "halving"})
_MULTIPLES = {
    "twice": 2.0, "twofold": 2.0, "double": 2.0, "doubles": 2.0, "doubled": 2.0, "doubling": 2.0,
    "thrice": 3.0, "threefold": 3.0, "triple": 3.0, "triples": 3.0, "tripled": 3.0, "tripling": 3.0,
    "fourfold": 4.0, "quadruple": 4.0, "quadruples": 4.0, "quadrupled": 4.0, "quadrupling": 4.0,
    "fivefold": 5.0, "sixfold": 6.0, "sevenfold": 7.0, "eightfold": 8.0, "ninefold": 9.0, "tenfold": 10.0,
    "hundredfold": 100.0, "thousandfold": 1000.0,
}  # fmt: skip
_TIMES = frozenset({"x", "X", "×", "*", "times", "fold", "folds"})
_PERCENT = frozenset({"%", "percent", "percents", "pct"})
_FACTOR = frozenset({"factor", "factors"})
_POINTS = frozenset({"point", "points", "pt", "pts"})
_PERCENTAGE_POINTS = frozenset({"pp", "pps", "ppt", "p.p", "p.p."})
# Words that end a unit.
_NO_UNIT = frozenset({
    "a", "an", "the", "and", "or", "of", "on", "in", "at", "by", "to", "from", "for", "with", "over", "under",
    "than", "per", "as", "if", "while", "when", "where", "which", "within", "vs", "versus", "against", "compared",
    "is", "are", "was", "were", "up", "about", "around", "average", "averaged", "mean", "median", "geomean",
    "geometric", "relative", "absolute", "respectively", "more", "less", "fewer", "higher", "lower", "better",
    "worse", "faster", "slower", "max", "maximum", "out", "down", "instead", "rather", "just", "only", "all",
})  # fmt: skip

_SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "microsecond": 1e-6, "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3,
    "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0,
    "day": 86400.0, "week": 7 * 86400.0, "month": 365.25 / 12 * 86400.0, "year": 365.25 * 86400.0,
}  # fmt: skip
_BYTES = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40}

# --- values ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value:
    """One number or range with its unit, and the index of the token after it."""

    kind: Kind
    low: float
    high: float
    unit: str | None
    end: int


class Reader(Numbers):
    """Reads values off a text's tokens. Each method takes a token's index and answers None where nothing fits."""

    def value(self, index: int) -> Value | None:
        """One number with its unit."""
        word = self.at(index)
        if word in _MULTIPLES:
            return Value("ratio", _MULTIPLES[word], _MULTIPLES[word], "x", index + 1)
        if word in _HALVING:
            return self._part_of_unit(2, index + 1) or _share(1, 2, index + 1)
        if word in ("a", "one") and (part := _FRACTIONS.get(self.at(index + 1 + (self.at(index + 1) == "-")))):
            end = index + 2 + (self.at(index + 1) == "-")
            return self._part_of_unit(part, end) or _share(1, part, end)
        if word == "order" and (magnitude := self._magnitude(index)):
            return Value("ratio", 10.0, 10.0, "x", magnitude)
        if index < len(self.tokens) and self.tokens[index].type == "prefix" and (factor := self.number(index + 1)):
            return Value("ratio", factor[0], factor[0], "x", factor[1])
        currency = word if word in ("$", "€", "£") else ""
        number = self.number(index + bool(currency))
        if number is None:
            return None
        value, end = number
        if self.at(end) in ("st", "nd", "rd", "th") and self.glued(end):  # the 99th percentile
            return None
        if fraction := self._fraction(value, end):
            return fraction
        if self.at(end) == "±" and (deviation := self.number(end + 1)):
            end = deviation[1]
        with_unit = self._with_unit(value, currency, end + self.open_ended(end))
        if with_unit.kind == "absolute" and not currency and self._counts_a_factor(index):
            return Value("ratio", value, value, "x", end)
        return self._with_smaller_units(with_unit)

    def _counts_a_factor(self, index: int) -> bool:
        """Whether "factor of" stands before the number, with at most a bound in between: "a factor of up to 8"."""
        for at in range(index - 1, max(-1, index - 6), -1):
            if self.at(at) in _FACTOR:
                return at == index - 1 or self.at(at + 1) in ("of", "-", "between")
            if self.number(at):
                return False
        return False

    def _with_smaller_units(self, value: Value) -> Value:
        """The value and what follows it in a smaller unit, as one: ``2 minutes 30 seconds``, ``1 h and 5 min``."""
        while value.unit and (number := self.number(value.end + (self.at(value.end) == "and"))):
            part = self._with_unit(number[0], "", number[1])
            scale = _scale(part.unit, value.unit) if part.unit else None
            if scale is None or scale >= 1 or not 0 <= part.low * scale < 1:
                break
            whole = value.low + part.low * scale
            value = replace(value, low=whole, high=whole, end=part.end)
        return value

    def _fraction(self, value: float, index: int) -> Value | None:
        """``two-thirds``, ``1/3``, ``49 of 73``, ``5 out of 10``: shares; ``1/3x``, ``20:1``, ``20-to-1``: ratios."""
        after_dash = index + (self.at(index) == "-")
        part = _FRACTIONS.get(self.at(after_dash).removesuffix("s"))
        if part and value < part:
            return _share(value, part, after_dash + 1)
        if self.at(index) == ":" and self.at(index + 1) == "1":
            return Value("ratio", value, value, "x", index + 2)
        if value > 1 and [self.at(at) for at in range(index, index + 4)] == ["-", "to", "-", "1"]:
            return Value("ratio", value, value, "x", index + 4)
        if self.at(index) == "/":
            if listed := self._first_listed(value, index):
                return listed
            whole = self.number(index + 1)
        elif self.at(index) == "of":
            whole = self.number(index + 1)
        elif self.at(index) == "out" and self.at(index + 1) == "of":
            whole = self.number(index + 2)
        else:
            return None
        if not whole or whole[0] <= 0 or value < 0:
            return None
        if self.at(index) == "/" and self.at(whole[1]) in _TIMES:
            return Value("ratio", value / whole[0], value / whole[0], "x", whole[1] + 1)
        counts = value.is_integer() and whole[0].is_integer()  # "4.08 out of 5" is a rating
        return _share(value, whole[0], whole[1]) if value <= whole[0] and (counts or self.at(index) == "/") else None

    def _first_listed(self, value: float, index: int) -> Value | None:
        """The first value of a list that shares one unit, ``12/25%`` or ``1.1/1.2/1.3x``; ``1/3x`` is a fraction."""
        end, length = index, 1
        while self.at(end) == "/" and (number := self.number(end + 1)):
            end, length = number[1], length + 1
        one_part = value == 1 and length == 2 and self.at(end) in _TIMES
        first = self._with_unit(value, "", end)
        listed = length > 2 or self.at(end) in _TIMES or first.kind in ("percent", "points")
        return first if listed and length > 1 and not one_part else None

    def _part_of_unit(self, part: float, index: int) -> Value | None:
        """``half a second``, ``a quarter of an hour``, ``half a million tokens``: of a unit, not of what there was."""
        index += self.at(index) == "of"
        if self.at(index) not in ("a", "an"):
            return None
        scale = self.number(index + 1) if self.at(index + 1) in SCALES else None
        number, end = scale or (1.0, index + 1)
        value = self._with_unit(number / part, "", end)
        measure = value.kind != "absolute" or self.at(end) in _SECONDS or self.at(end) in _BYTES
        return value if scale or measure else None

    def _magnitude(self, index: int) -> int | None:
        """The index after ``order(s) of magnitude``, hyphenated or not."""
        return self.phrase(index, "order", "of", "magnitude") or self.phrase(index, "orders", "of", "magnitude")

    def _with_unit(self, value: float, currency: str, index: int) -> Value:
        unit_at = index + (self.at(index) == "-" and self.glued(index) and self.glued(index + 1))
        word, following = self.at(unit_at), self.at(unit_at + 1)
        if currency:
            unit, end = self._words(index) if self.at(index) in ("/", "per") else ("", index)
            return Value("absolute", value, value, currency + (" " if unit[:1].isalpha() else "") + unit, end)
        if word in _TIMES:
            return Value("ratio", value, value, "x", unit_at + 1)
        if magnitude := self._magnitude(unit_at):
            ratio = raised(10.0, value)
            return Value("ratio", ratio, ratio, "x", magnitude)
        if word in _PERCENT or (word == "per" and following == "cent"):
            end = unit_at + (2 if word == "per" else 1)
            end += self.at(end) in _PERCENT  # "7% percent"
            points_at = end + (self.at(end) == "-")
            glued_p = self.at(end) == "p" and self.glued(end)  # "3 %p"
            if glued_p or self.at(points_at) in _POINTS:
                return Value("points", value, value, "percentage points", points_at + 1)
            return Value("percent", value, value, "%", end)
        if word == "percentage" and self.at(end := unit_at + 1 + (following == "-")) in _POINTS:
            return Value("points", value, value, "percentage points", end + 1)
        if word == "absolute" and (points := self._with_unit(value, currency, unit_at + 1)).kind == "points":
            return points
        if word in _PERCENTAGE_POINTS:
            return Value("points", value, value, "percentage points", unit_at + 1)
        if word in _POINTS:
            return Value("points", value, value, "points", unit_at + 1)
        unit, end = self._words(unit_at)
        return Value("absolute", value, value, unit or None, end if unit else index)

    def _words(self, index: int) -> tuple[str, int]:
        """A unit as the text has it, ``minutes per workflow`` or ``samples/kJ``, and the index after it."""
        first, words = index, 0
        while index < len(self.tokens) and words < MAX_UNIT_WORDS:
            joined = self.at(index) == "/" or (self.at(index) == "per" and (words or index == first))
            joined = joined or (self.at(index) == "-" and words > 0 and self.glued(index) and self.glued(index + 1))
            word_at = index + joined
            currency = word_at == first and self.at(word_at) in ("$", "€", "£")
            if word_at >= len(self.tokens) or not (currency or self._unit_word(word_at)):
                break
            index = word_at + 1
            words += 1
        if not words:
            return "", first
        return " ".join(self.text[self.tokens[first].start : self.tokens[index - 1].end].split()), index

    def _unit_word(self, index: int) -> bool:
        token = self.tokens[index]
        multiplies = token.text[0] in "xX" and not token.text[1:].isalpha()  # "x2"
        part = self.at(index).removesuffix("s") in _FRACTIONS
        no_unit = multiplies or part or token.text in _NO_UNIT
        return token.type == "word" and not no_unit and not self._begins(index)

    def _begins(self, index: int) -> bool:
        """Whether a value begins with this word; asked of each word of a unit, it reads no unit itself."""
        word = self.at(index)
        return word in _MULTIPLES or word in _HALVING or bool(self.number(index)) or bool(self._magnitude(index))

    def span(self, index: int, *, to: bool) -> Value | None:
        """A value or a range: ``1.27-2.58x``, ``3~5``, and with ``to`` also ``22X to 45X``, ``5% up to 9%``."""
        first = self.value(index)
        if first is None:
            return None
        after = first.end
        if to and self.at(after) == "up" and self.at(after + 1) == "to":
            after += 1
        if self.at(after) in ("-", "~") or (to and self.at(after) == "to"):
            second = self.next_value(after + 1, limit=4)
            scale = self.scale(after + 1)
            if second and (first.kind, first.unit) == ("absolute", None) and first.high < second.low / scale:
                first = replace(first, low=first.low * scale, high=first.high * scale)  # 1.5-3 million, 5-10K
            if second and first.low < 0 <= second.low and self._double(after):
                second = replace(second, low=-second.high, high=-second.low)
            if second and (joined := join(first, second)):
                return joined
        return first

    def _double(self, index: int) -> bool:
        """Whether the token is two dashes or more; behind a negative number the last is a sign: ``-30%--50%``."""
        return self.at(index) == "-" and self.tokens[index].end - self.tokens[index].start > 1

    def magnitudes(self, index: int, *, ranging: bool) -> Value | None:
        """``one to two orders of magnitude``, ``2-3`` of them; with ``ranging`` also ``one and two``."""
        first = self.number(index)
        links = {"to", "-", "~", "or"} | ({"and"} if ranging else set())
        if first and self.at(first[1]) in links and (second := self.number(first[1] + 1)):
            end = self._magnitude(second[1])
            if end and first[0] <= second[0]:
                return Value("ratio", raised(10.0, first[0]), raised(10.0, second[0]), "x", end)
        return None

    def with_shared_unit(self, value: Value) -> Value:
        """The value with the unit of a list that it begins: ``12 and 15 points``, ``1.2, 1.5 and 2.0 times``."""
        end = value.end
        while value.kind == "absolute" and value.unit is None and self.at(end) in (",", "and", "or"):
            item_at = end + 1 + (self.at(end) == "," and self.at(end + 1) in ("and", "or"))
            number, item = self.number(item_at), self.span(item_at, to=True)
            if number is None or item is None or item.low != number[0]:
                break
            if item.unit is not None:
                ends = self.at(item_at - 1) != "," and item.kind in ("ratio", "percent", "points")
                return replace(value, kind=item.kind, unit=item.unit) if ends else value
            end = item.end
        return value

    def next_value(self, index: int, *, limit: int = 1000, span: bool = False) -> Value | None:
        """The first value at or after the index, with fewer than ``limit`` tokens skipped."""
        for start in range(index, min(len(self.tokens), index + limit)):
            if value := self.span(start, to=False) if span else self.value(start):
                return value
        return None

    def find(self, words: frozenset[str], index: int) -> int | None:
        """The index of the first of these words at or after the index."""
        return next((at for at in range(index, len(self.tokens)) if self.at(at) in words), None)


def _share(part: float, whole: float, end: int) -> Value:
    percent = 100.0 * part / whole
    return Value("percent", percent, percent, "%", end)


def join(first: Value, second: Value) -> Value | None:
    """A range of two values, the unit taken from the one that has it; None where the units do not meet."""
    if pair := in_one_unit(first, second):
        first, second = pair
        return Value(first.kind, min(first.low, second.low), max(first.high, second.high), first.unit, second.end)
    return None


def in_one_unit(first: Value, second: Value) -> tuple[Value, Value] | None:
    """Both values with one kind and unit, times and bytes converted to the first one's; None where that can't be."""
    if (first.kind, first.unit) == (second.kind, second.unit):
        return first, second
    if first.kind == "absolute" and first.unit is None:
        return replace(first, kind=second.kind, unit=second.unit), second
    if second.kind == "absolute" and second.unit is None:
        return first, replace(second, kind=first.kind, unit=first.unit)
    if first.kind == second.kind == "absolute" and first.unit and second.unit:
        if scale := _scale(second.unit, first.unit):
            return first, replace(second, low=second.low * scale, high=second.high * scale, unit=first.unit)
        if singular(first.unit.lower()) == singular(second.unit.lower()):
            return first, replace(second, unit=first.unit)
    return None


def _scale(unit: str, into: str) -> float | None:
    """How many of the second unit one of the first is, for times and bytes: ``_scale("min", "s")`` is 60."""
    for table in (_SECONDS, _BYTES):
        sizes = [table.get(name, table.get(name.removesuffix("s"))) for name in (unit.lower(), into.lower())]
        if sizes[0] and sizes[1]:
            return sizes[0] / sizes[1]
    return None
