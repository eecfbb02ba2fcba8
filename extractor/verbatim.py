"""A grammar for one paper's answer, in which every word is the paper's own: llama.cpp's GBNF, made for each question.

The answer has the form of :mod:`extractor.marks`. Its fields are runs of the paper's pieces, a piece being a word, a
number or one other character, so that no word can be written that :meth:`extractor.grounding.Passage.ground` would not
find; an ``improvement`` is a run around its mark's number, within the sentence.

The runs of a text are the paths of its suffix automaton over pieces (Blumer et al., The smallest automaton recognizing
the subwords of a text, 1985), which takes linear time and at most twice as many states as the text has pieces. It is
deterministic: llama.cpp, whose cost grows with the ways in which an answer may be read, has one way to follow inside a
field. Where words begin alike, their common beginning is written once, for the same reason.

Format: https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from os.path import commonprefix
from typing import NamedTuple, get_args

from extractor.contract import Claim, Direction, Effect
from extractor.grounding import PLAIN_METRICS, SPACING, Folded, Passage, Span
from extractor.marks import NO, NULL, SAME, SEPARATOR, SHARED

PIECES_BEFORE = 16
"""How many pieces of an improvement may stand before its number: "by an average of about 30%"."""

_NEVER_FIRST = frozenset(")]},.;:!?%’”»")
_NEVER_LAST = frozenset("([{,.;:!?-–—/\\~<>=≤≥≈∼±&@^_`“‘«")

_RULES = {"improvement": "", "metric": "metric", "direction": "direction", "effect": "effect", "method": "name"}


class Piece(NamedTuple):
    """A part of a text that no string may cut, and whether a string may start or end with it."""

    text: str
    may_start: bool
    may_end: bool


_BREAK = Piece("", may_start=False, may_end=False)
"""Stands between title and sentences, and for what an answer cannot hold: no run goes across."""


def answer_grammar(passage: Passage, marks: Sequence[Span]) -> str:
    """The grammar of the answers that the passage, white space folded, supports; its size is linear in the passage's.

    The marks are the abstract's, in their order; without any there is nothing to answer.
    """
    sentences = passage.sentences()
    names = _Runs([piece for part in (passage.title, *sentences) for piece in (*_sayable(part), _BREAK)])
    around = _Around(passage.abstract, sentences)
    rules = {
        "root": "a1",
        "direction": _choice((word, "") for word in get_args(Direction)),
        "effect": _choice((word, "") for word in get_args(Effect)),
        "optional": f"{_literal(NULL)} | name",
        "metric": _choice([*names.starts, *((word, "") for word in sorted(PLAIN_METRICS))]),
        "name": _choice(names.starts),
        **names.rules(),
        **around.rules,
    }
    first, later = ("".join(_field(name, same=same) for name in Claim.model_fields) for same in (False, True))
    rules |= {"first": first, "later": later}
    for number, mark in enumerate(marks, 1):
        start, end = _literal(f"[{number}] "), r'"\n"'
        unclaimed, claimed = (f"a{number + 1}", f"b{number + 1}") if number < len(marks) else ("", "")
        no = f"{_literal(NO)} {end}"
        ways_before, ways_after = [f"{no} {unclaimed}"], [f"{no} {claimed}"]
        if improvements := around.starts(mark):
            rules[f"i{number}"] = _choice(improvements)
            ways_before.append(f"i{number} first {end} {claimed}")
            ways_after.append(f"i{number} later {end} {claimed}")
        rules[f"a{number}"] = f"{start} ({' | '.join(ways_before)})"
        rules[f"b{number}"] = f"{start} ({' | '.join(ways_after)})"
    return "".join(f"{name} ::= {choices}\n" for name, choices in rules.items())


def _field(name: str, *, same: bool) -> str:
    """A field after the improvement; only after a first claim can it be the same as before."""
    if name == "improvement":
        return ""
    rule = _RULES.get(name, "optional")
    choice = f"({_literal(SAME)} | {rule})" if same and name in SHARED else rule
    return f"{_literal(SEPARATOR)} {choice} "


def _sayable(text: str) -> list[Piece]:
    """The pieces of a text, with a break for each that a field cannot hold."""
    return [_BREAK if any(c == "|" or c < " " for c in piece.text) else piece for piece in pieces(text)]


class _Around:
    """The runs of an abstract's pieces around a place of it, as grammar rules, one for each piece."""

    def __init__(self, abstract: str, sentences: Sequence[str]) -> None:
        self._pieces: list[Piece] = []
        self._places: list[int] = []
        at = 0
        for sentence in sentences:
            at = abstract.index(sentence, at)
            for piece, sayable in zip(pieces(sentence), _sayable(sentence), strict=True):
                self._pieces.append(sayable)
                self._places.append(at)
                at += len(piece.text)
            self._pieces.append(_BREAK)
            self._places.append(at)
        self.rules = self._rules()

    def _rules(self) -> dict[str, str]:
        """How a run may go on after each piece, where it may."""
        rules: dict[str, str] = {}
        for i in range(len(self._pieces) - 2, -1, -1):
            piece, following = self._pieces[i : i + 2]
            choices = [("", "")] if piece.may_end else []
            if following != _BREAK and f"e{i + 1}" in rules:
                choices.append((following.text, f"e{i + 1}"))
            if choices and piece != _BREAK:
                rules[f"e{i}"] = _choice(choices)
        return rules

    def starts(self, mark: Span) -> list[_Choice]:
        """What a run around the mark can begin with: all of its pieces up to the number's."""
        first, last = bisect_right(self._places, mark.start) - 1, bisect_left(self._places, mark.end) - 1
        if f"e{last}" not in self.rules:
            return []
        text = "".join(piece.text for piece in self._pieces[first + 1 : last + 1])
        found = []
        for piece in self._pieces[first : max(-1, first - PIECES_BEFORE - 1) : -1]:
            if piece == _BREAK:
                break
            text = piece.text + text
            if piece.may_start:
                found.append((text, f"e{last}"))
        return found


def pieces(text: str) -> list[Piece]:
    """A text's pieces, spacing included, which together are the text."""
    folded = Folded(text)
    gaps = [match.span() for match in SPACING.finditer(text)]
    spacing = {start for start, _ in gaps}
    inside = {i for start, end in gaps for i in range(start + 1, end)}
    borders = [i for i in range(1, len(text)) if i not in inside and not _belong_together(text, i)]
    found = []
    for start, end in pairwise([0, *borders, len(text)]) if text else ():
        part, is_gap = text[start:end], start in spacing
        found.append(
            Piece(
                part,
                may_start=not is_gap and part not in _NEVER_FIRST and not folded.cuts(Span(start, len(text))),
                may_end=not is_gap and part not in _NEVER_LAST and not folded.cuts(Span(0, end)),
            )
        )
    return found


def _belong_together(text: str, i: int) -> bool:
    """Whether the characters before and at ``i`` are one word or one number."""
    left, right = text[i - 1], text[i]
    if left in ".," and right.isdigit():
        before = text[i - 2 : i - 1]
        return before.isdigit() or (left == "." and not before.isalpha())
    if right in ".," and left.isdigit():
        return text[i + 1 : i + 2].isdigit()
    return _in_word(left) and _in_word(right)


def _in_word(char: str) -> bool:
    """Whether a character joins words; scripts without case write theirs without blanks between."""
    return char.isdigit() or char.islower() or char.isupper() or char == "_"


class _Runs:
    """The runs of a sequence of pieces as grammar rules, one for each state of their automaton."""

    def __init__(self, sequence: Sequence[Piece]) -> None:
        self._accepting: set[int] = set()
        self._edges: dict[int, list[tuple[Piece, int]]] = {}
        self._walk(_suffix_automaton(sequence))
        self._prune()

    def __bool__(self) -> bool:
        return bool(self._edges)

    def _walk(self, automaton: list[dict[Piece, int]]) -> None:
        """Follow every run that starts where one may."""
        ahead = [0]
        while ahead:
            state = ahead.pop()
            if state in self._edges:
                continue
            self._edges[state] = [
                (piece, target)
                for piece, target in automaton[state].items()
                if piece != _BREAK and (piece.may_start or state)
            ]
            ahead += [target for _, target in self._edges[state]]
            self._accepting.update(target for piece, target in self._edges[state] if piece.may_end)

    def _prune(self) -> None:
        """Leave out what no run can end from."""
        ends_first = TopologicalSorter({state: [to for _, to in edges] for state, edges in self._edges.items()})
        for state in ends_first.static_order():
            self._edges[state] = [(piece, to) for piece, to in self._edges[state] if to in self._edges]
            if not self._edges[state] and state not in self._accepting:
                del self._edges[state]

    @property
    def starts(self) -> list[_Choice]:
        """What a run can begin with."""
        return self._choices(0)

    def rules(self) -> dict[str, str]:
        """The rules that :attr:`starts` leads to."""
        return {
            f"n{state}": _choice([*self._choices(state), *([("", "")] if state in self._accepting else [])])
            for state, edges in self._edges.items()
            if edges and state
        }

    def _choices(self, state: int) -> list[_Choice]:
        return [(piece.text, f"n{to}" if self._edges[to] else "") for piece, to in self._edges[state]]


def _suffix_automaton(sequence: Sequence[Piece]) -> list[dict[Piece, int]]:
    """The edges of each state, the first of which is the start: every path spells a run, and every run is a path."""
    edges: list[dict[Piece, int]] = [{}]
    length, suffix = [0], [-1]
    last = 0
    for piece in sequence:
        state, last = last, len(edges)
        edges.append({})
        length.append(length[state] + 1)
        suffix.append(0)
        while state >= 0 and piece not in edges[state]:
            edges[state][piece] = last
            state = suffix[state]
        if state < 0:
            continue
        known = edges[state][piece]
        if length[known] > length[state] + 1:
            longer, known = known, len(edges)
            edges.append(edges[longer].copy())
            length.append(length[state] + 1)
            suffix.append(suffix[longer])
            suffix[longer] = known
            while state >= 0 and edges[state].get(piece) == longer:
                edges[state][piece] = known
                state = suffix[state]
        suffix[last] = known
    return edges


# --- writing GBNF

_Choice = tuple[str, str]
"""Text to write, and the rule that goes on; an empty one ends the string."""


def _choice(choices: Iterable[_Choice]) -> str:
    """The choices as one expression in which no two ways begin with the same character."""
    by_start: dict[str, list[_Choice]] = defaultdict(list)
    for text, rule in choices:
        by_start[text[:1]].append((text, rule))
    ways = list(dict.fromkeys(rule or '""' for _, rule in by_start.pop("", ())))
    for group in by_start.values():
        shared = commonprefix([text for text, _ in group])  # noqa: RUF071  (of characters, no paths)
        rest = _choice((text[len(shared) :], rule) for text, rule in group)
        ways.append(_literal(shared) + ("" if rest == '""' else f" ({rest})" if " | " in rest else f" {rest}"))
    return " | ".join(ways)


def _literal(text: str) -> str:
    """Text as a GBNF literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
