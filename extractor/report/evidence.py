"""An abstract cut where evidence begins and ends, so that the page need not count characters.

JavaScript counts UTF-16 units, the store counts characters: whatever stands behind an emoji would be marked one off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Evidence:
    """The span of a claim's number in its abstract, and that of the sentence around it; ends are exclusive."""

    start: int
    end: int
    sentence_start: int
    sentence_end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an abstract, with the places in the list of evidence whose number, or whose sentence, covers it."""

    text: str
    numbers: tuple[int, ...]
    sentences: tuple[int, ...]


def locate(abstract: str, start: int, end: int, sentence: str) -> Evidence:
    """The evidence whose number is ``abstract[start:end]``, with the place of the sentence that holds it.

    Ends outside the abstract are moved to its border. Where the sentence does not stand around the number, the number
    stands for itself.
    """
    start = min(max(start, 0), len(abstract))
    end = min(max(end, start), len(abstract))
    found = abstract.rfind(sentence, 0, start + len(sentence))
    if found < 0 or found + len(sentence) < end:
        return Evidence(start, end, start, end)
    return Evidence(start, end, found, found + len(sentence))


def pieces(abstract: str, evidence: Sequence[Evidence]) -> list[Piece]:
    """The abstract in pieces, none of them empty; joined they are the abstract again. Evidence may overlap."""
    borders = {0, len(abstract)}
    for one in evidence:
        borders.update((one.start, one.end, one.sentence_start, one.sentence_end))
    cuts = sorted(borders)
    return [
        Piece(
            abstract[a:b],
            tuple(i for i, one in enumerate(evidence) if one.start <= a and b <= one.end),
            tuple(i for i, one in enumerate(evidence) if one.sentence_start <= a and b <= one.sentence_end),
        )
        for a, b in pairwise(cuts)
    ]
