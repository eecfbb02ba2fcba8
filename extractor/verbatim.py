"""A grammar for one paper's answer, in which every word is the paper's own: llama.cpp's GBNF, made for each question.

The answer is the compact JSON that the embedded model was trained on. Its strings are runs of the paper's pieces, a
piece being a word, a number or one other character, so that no word can be written that
:meth:`extractor.grounding.Passage.ground` would not find. An ``improvement`` may lack a number, though, and is then
dropped: a model made to write one where it sees none reports a result that is none.

The runs of a text are the paths of its suffix automaton over pieces (Blumer et al., The smallest automaton recognizing
the subwords of a text, 1985), which takes linear time and at most twice as many states as the text has pieces. It is
deterministic: llama.cpp, whose cost grows with the ways in which an answer may be read, has one way to follow inside a
string. Where words begin alike, their common beginning is written once, for the same reason.

Format: https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from os.path import commonprefix
from typing import NamedTuple, get_args

from extractor.contract import MAX_CLAIMS, Claim, Direction, Effect
from extractor.grounding import NUMBER, PLAIN_METRICS, SPACING, Folded, Passage, Span

_NEVER_FIRST = frozenset(")]},.;:!?%’”»")
_NEVER_LAST = frozenset("([{,.;:!?-–—/\\~<>=≤≥≈∼±&@^_`“‘«")

_FIELDS = {
    "improvement": r'"\"" name "\""',
    "metric": r'"\"" metric "\""',
    "direction": "direction",
    "effect": "effect",
    "method": r'"\"" name "\""',
    "baseline": "optional",
    "hardware": "optional",
    "setting": "optional",
}


class Piece(NamedTuple):
    """A part of a text that no string may cut, and whether a string may start or end with it."""

    text: str
    may_start: bool
    may_end: bool


_BREAK = Piece("", may_start=False, may_end=False)
"""Stands between title and sentences: no run goes across."""


def answer_grammar(passage: Passage) -> str:
    """The grammar of the answers that the passage supports; its size is linear in the passage's."""
    parts = [passage.title, *passage.sentences()]
    names = _Runs([piece for part in parts for piece in (*pieces(part), _BREAK)])
    if not (names and NUMBER.search(passage.abstract)):
        return r'root ::= "{\"claims\":[]}"' + "\n"
    fields = r' "," '.join(rf'"\"{name}\":" {_FIELDS[name]}' for name in Claim.model_fields)
    rules = {
        "root": rf'"{{\"claims\":[" (claim ("," claim){{0,{MAX_CLAIMS - 1}}})? "]}}"',
        "claim": f'"{{" {fields} "}}"',
        "direction": _choice((f'"{word}"', "") for word in get_args(Direction)),
        "effect": _choice((f'"{word}"', "") for word in get_args(Effect)),
        "optional": r'"null" | "\"" name "\""',
        "metric": _choice([*names.starts, *((word, "") for word in sorted(PLAIN_METRICS))]),
        "name": _choice(names.starts),
        **names.rules(),
    }
    return "".join(f"{name} ::= {choices}\n" for name, choices in rules.items())


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
        return [(_in_json(piece.text), f"n{to}" if self._edges[to] else "") for piece, to in self._edges[state]]


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


def _in_json(text: str) -> str:
    """Text as it stands inside a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
