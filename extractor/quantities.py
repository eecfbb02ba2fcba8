"""Quantities: the number that a claim's words report, in a form that code can compare.

:mod:`extractor.values` reads single values off the words (a number or a range, with its unit); :func:`parse_quantity`
puts one or two of them together. How the less obvious forms are read:

- "5% to 51%" is a range, "from 5% to 51%" a change; "ranging from … to …", "gains from … to …", "from … up to …" and
  "between … and …" are ranges again. It is the same where "from" or "between" stands right before a claim's words, but
  multiples are a range there, and before a comparative all gains are ("from 12% to 18% lower").
- "a vs. b", "a against b", "a compared to b", "a instead of b", "a rather than b" set a method's own value against
  another's: a change from b to a. "a, down from b" is one too.
- Where an end of a change is itself a range, the number nearest to the other end counts: the change that is sure.
- Fractions are shares, in words or digits ("half", "two-thirds", "1/3", "49 of 73", "halves"): kind ``percent``.
- "doubled", "two-fold", "x2", "a factor of 2", "a speedup of 2", "20:1" and orders of magnitude are ratios; "16x16" is
  a shape.
- "half a second" and "a quarter of an hour" are absolute values.
- What is left is no change: "to 29% of …" is the ratio 0.29, "to 29%" an absolute value (:mod:`extractor.levels`).
- Lists that share a unit ("12/25%", "1.1/1.2/1.3x", "25 and 40 percent") count as their first value.
- "3 200 ms" is one number, "8 100 GB cards" are two (:mod:`extractor.digit_groups`).
- "points", "pp", "% absolute" and "an absolute gain of … %" are points. "±" and what follows it is left out.
- Between two dashes and a negative number before them, the last is a sign: "-30%--50%" ends at -50 %.
- "almost" and "nearly" mean about; "within" and "under" mean less than; "as low as" means at least.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from extractor.levels import QUALIFIERS, Level, level_at
from extractor.plain import unlatex
from extractor.values import Kind, Reader, Value, in_one_unit, join

Bound = Literal["up_to", "at_least", "about", "less_than"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What the words of a claim say, such as ``up to 30%``: ``Quantity("percent", 30.0, 30.0, "%", "up_to")``.

    ``low <= high`` always holds; they are equal where the text gives one number. Numbers stay as printed, sign
    included (30.0 for 30 %, -7.7 for "-7.7%"); magnitudes are multiplied out (51K, 1.2 million, 10^{-3}). ``unit`` is
    ``x`` for ratios, ``%`` for percent, ``points`` or ``percentage points`` for points, the words of the text
    for absolute values (``samples/kJ``), or None. ``from_to`` is a change from a start to an end, or one value
    set against another ("0.64 vs. 0.54"); ``descending`` says that it runs from ``high`` to ``low``.
    """

    kind: Kind
    low: float
    high: float
    unit: str | None = None
    bound: Bound | None = None
    descending: bool = False


MAX_LENGTH = 1000  # characters; the words that report one number are never that many
_NEAR = 100  # characters around a number that can say what it is

_BOUNDS: dict[str, Bound] = {
    "up to": "up_to", "upto": "up_to", "at most": "up_to", "as much as": "up_to", "as high as": "up_to",
    "as many as": "up_to", "no more than": "up_to", "not more than": "up_to", "max": "up_to", "maximum": "up_to",
    "maximally": "up_to", "not exceeding": "up_to", "never exceeds": "up_to", "≤": "up_to",
    "at least": "at_least", "over": "at_least", "more than": "at_least", "greater than": "at_least",
    "higher than": "at_least", "above": "at_least", "beyond": "at_least", "exceeding": "at_least",
    "exceeds": "at_least", "exceed": "at_least", "exceeded": "at_least", "surpassing": "at_least",
    "upwards of": "at_least", "no less than": "at_least", "not less than": "at_least", "minimum": "at_least",
    "as low as": "at_least", "as little as": "at_least", "as few as": "at_least", "as small as": "at_least",
    "≥": "at_least", ">": "at_least",
    "less than": "less_than", "fewer than": "less_than", "lower than": "less_than", "smaller than": "less_than",
    "below": "less_than", "under": "less_than", "within": "less_than", "sub": "less_than", "<": "less_than",
    "about": "about", "around": "about", "approximately": "about", "approximate": "about", "approx": "about",
    "roughly": "about", "nearly": "about", "almost": "about", "circa": "about", "close to": "about", "near": "about",
    "some": "about", "ca": "about", "~": "about",
}  # fmt: skip
_BOUNDS_AFTER: dict[str, Bound] = {
    "or more": "at_least", "at least": "at_least", "or less": "up_to", "or fewer": "up_to",
    "at most": "up_to", "max": "up_to", "maximum": "up_to",
}  # fmt: skip
_PLACES = frozenset({"on", "at", "in", "for", "with", "over", "across"})
_VERSUS = frozenset({"vs", "versus", "against", "compared", "instead", "opposed", "rather"})
_RANGING = frozenset(
    {"anywhere", "somewhere", "between", "ranging", "ranges", "range", "varying", "varies", "spanning"}
)
_GAINS = frozenset({"gains", "improvements", "reductions", "savings", "speedup", "speedups"})
"""Before "from" these say that a range of gains follows: "reductions from 5% to 51%"."""
_COMPARATIVES = frozenset({
    "less", "fewer", "lower", "smaller", "shorter", "cheaper", "slower", "more", "greater", "higher", "larger",
    "longer", "faster", "better", "worse",
})  # fmt: skip
"""Behind two numbers these say that both are gains: "from 12% to 18% lower"."""
_LEAD = re.compile(
    rf"(?:\b({'|'.join(sorted(_RANGING | _GAINS))})\s*)?"
    r"(?:\b(from)\s+(?:(?:about|around|roughly|nearly|over|~|\$)\s*)*)?$",
    re.IGNORECASE,
)
# "a speedup of 3.2", "a factor of 6"
_MULTIPLE = re.compile(rf"\b(?:factors?|speed-?ups?)\s+(?:of|between)\s+{QUALIFIERS}$", re.IGNORECASE)
# "an absolute 3%", "an absolute improvement of up to 3%", "3% (absolute)"; not "the mean absolute error by 3%"
_ABSOLUTE = re.compile(
    r"\babsolute\s+(?:(?:[\w-]+\s+)?(?:gain|improvement|increase|reduction|decrease|drop)s?\s+(?:of|by)\s+)?"
    rf"{QUALIFIERS}$",
    re.IGNORECASE,
)
_IS_ABSOLUTE = re.compile(
    r"[\s\\%$]*\(?(?:in\s)?absolute\b(?!\s(?:error|percentage|deviation|difference|value))", re.IGNORECASE
)
_TO = frozenset({"to", "→"})
_FROM = frozenset({"from"})
_AND = frozenset({"and"})
_OF = frozenset({"of"})


@dataclass(frozen=True, slots=True)
class _Read:
    """A quantity by a claim's words alone, and those of them that stand before and after its number."""

    quantity: Quantity
    before: str = ""
    after: str = ""


def parse_quantity(text: str, *, before: str = "", after: str = "", decreases: bool = False) -> Quantity | None:
    """The quantity that a claim's words report, or None where they hold no number that code can read.

    ``before`` and ``after`` are what stands around these words in the abstract, and ``decreases`` is whether the claim
    says that its metric does: by them a percentage may turn out to be a level, and a range a change. Never raises.
    Numbers beyond the range of a float, texts above ``MAX_LENGTH`` and changes between units that do not meet ("from 5
    GB to 3 epochs") count as not readable.
    """
    before = unlatex(before[-_NEAR:])
    read = _read(text, _lead(before)) if len(text) <= MAX_LENGTH else None
    if read is None:
        return None
    before = (before + read.before)[-_NEAR:]
    if read.quantity.kind == "absolute" and read.quantity.unit is None and _MULTIPLE.search(before):
        return replace(read.quantity, kind="ratio", unit="x")
    if read.quantity.kind != "percent":
        return read.quantity
    after = (read.after + unlatex(after[:_NEAR]))[:_NEAR]
    if _ABSOLUTE.search(before) or _IS_ABSOLUTE.match(after):
        return replace(read.quantity, kind="points", unit="percentage points")
    return _as_level(read.quantity, level_at(before, after, decreases=decreases), decreases=decreases)


def _as_level(quantity: Quantity, level: Level | None, *, decreases: bool) -> Quantity:
    if level == "value":
        return replace(quantity, kind="absolute")
    contradicts = decreases and quantity.high >= 100  # what shrinks leaves less than all
    if level == "share" and not contradicts:
        return replace(quantity, kind="ratio", low=quantity.low / 100, high=quantity.high / 100, unit="x")
    return quantity


def _lead(before: str) -> frozenset[str]:
    """The words right before a claim's that say whether a change or a range follows: "from", "ranging from"."""
    words = _LEAD.search(before)
    return frozenset(word.lower() for word in words.groups() if word) if words else frozenset()


@lru_cache(maxsize=4096)
def _read(text: str, lead: frozenset[str]) -> _Read | None:
    reader = Reader(text)
    for start in range(len(reader.tokens)):
        if first := reader.span(start, to=False):
            read = _quantity(reader, start, first, lead)
            return read if read and math.isfinite(read.quantity.low) and math.isfinite(read.quantity.high) else None
    return None


def _quantity(reader: Reader, start: int, first: Value, lead: frozenset[str]) -> _Read | None:
    before = lead | {reader.at(index) for index in range(start)}
    ranging = bool(before & _RANGING)
    of_gains = lead & _GAINS or ("from" in lead and first.kind == "ratio")  # "faster inference, from 2x to 5x"
    magnitudes = reader.magnitudes(start, ranging=ranging)
    if "from" in before and not ranging and not of_gains and not magnitudes:
        to = reader.find(_TO, first.end)
        if to is not None and reader.at(to - 1) != "up" and (second := reader.next_value(to + 1, span=True)):
            gains = second.kind in ("ratio", "percent", "points") and reader.at(second.end) in _COMPARATIVES
            if not gains:
                return _change(first, second)
    if reader.at(first.end) == "→" and (second := reader.next_value(first.end + 1, span=True)):
        return _change(first, second)
    versus = reader.find(_VERSUS, first.end) or _down_from(reader, first.end)
    if versus is not None and (other := reader.next_value(versus + 1, span=True)) and (change := _change(other, first)):
        return change
    value = magnitudes or reader.with_shared_unit(reader.span(start, to=True) or first)
    link = reader.find(_AND | _TO, first.end) if ranging and not magnitudes else None
    if link and (second := reader.next_value(link + 1)):
        value = join(first, second) or first
    bound = _bound(reader, 0, start, _BOUNDS) or _bound_after(reader, start, value.end)
    quantity = Quantity(value.kind, value.low, value.high, value.unit, bound)
    whole = reader.find(_OF, start) or value.end  # "5 of 100 layers": a share of what it names itself
    return _Read(quantity, *reader.around(start, min(whole, value.end)))


def _down_from(reader: Reader, index: int) -> int | None:
    """The index of the "from" in ``3.6 s, down from 9.2 s`` and ``45% (up from 30%)``."""
    found = reader.find(_FROM, index)
    return found if found is not None and reader.at(found - 1) in ("down", "up") else None


def _bound(reader: Reader, start: int, end: int, table: dict[str, Bound]) -> Bound | None:
    """The bound that a stretch of words sets; "about" yields to any other ("up to nearly")."""
    bound: Bound | None = None
    while start < end:
        for length in (3, 2, 1):
            phrase = " ".join(reader.at(at) for at in range(start, min(start + length, end)))
            if phrase in table:
                bound = table[phrase] if bound in (None, "about") else bound
                start += length - 1
                break
        start += 1
    return bound


def _bound_after(reader: Reader, start: int, end: int) -> Bound | None:
    if any(reader.open_ended(at) for at in range(start + 1, end + 1)):
        return "at_least"
    for at, length in ((end, 2), (end, 1), (end + 1, 1)):
        phrase, following = " ".join(reader.at(at + word) for word in range(length)), at + length
        # In "2x (max 5x)" and "2x, maximum speedup 5x" it bounds another number, in "2x max at 8 GPUs" its own.
        if phrase in _BOUNDS_AFTER and (reader.at(following) in _PLACES or not reader.next_value(following, limit=3)):
            return _BOUNDS_AFTER[phrase]
    return None


def _change(start: Value, end: Value) -> _Read | None:
    pair = in_one_unit(start, end)
    if pair is None:
        return None
    start, end = pair
    if start.low > end.high:
        return _Read(Quantity("from_to", end.high, start.low, start.unit, descending=True))
    if start.high <= end.low:
        return _Read(Quantity("from_to", start.high, end.low, start.unit))
    return None  # ranges that overlap


_BOUND_WORDS: dict[Bound | None, str] = {
    None: "", "up_to": "up to ", "at_least": "at least ", "about": "about ", "less_than": "less than "
}  # fmt: skip


def render_quantity(quantity: Quantity) -> str:
    """The quantity in plain words that :func:`parse_quantity` reads back to the same quantity."""
    unit = quantity.unit or ""
    if unit and unit not in ("x", "%"):
        unit = f" {unit}"
    if quantity.kind == "from_to":
        ends = (quantity.high, quantity.low) if quantity.descending else (quantity.low, quantity.high)
        return f"from {ends[0]!r}{unit} to {ends[1]!r}{unit}"
    level = "to " if (quantity.kind, quantity.unit) == ("absolute", "%") else ""
    numbers = f"{quantity.low!r}{unit}"
    if quantity.low != quantity.high:
        numbers += f" to {quantity.high!r}{unit}"
    return level + _BOUND_WORDS[quantity.bound] + numbers
