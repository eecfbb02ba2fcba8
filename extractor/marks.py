"""The embedded model's language: each number that may report a result is marked, and the answer has one line a mark.

    Title: TileForge: …
    Abstract: … TileForge cuts energy by 31% and time by up to 12% over Halide, after 20 tuning runs.
    Again: … TileForge cuts energy by [1] 31% and time by up to [2] 12% over Halide, after [3] 20 tuning runs.
    Claims:
    [1] 31% | energy | decrease | better | TileForge | Halide | - | -
    [2] up to 12% | time | decrease | better | = | = | - | -
    [3] no

A line holds the fields of a claim in the order of the schema; ``-`` is null, ``=`` the same as in the claim before.
The model reads from left to right, and at the first reading of a number does not know yet what it is compared with; at
the second it does (Arora et al., Just read twice, 2024, https://arxiv.org/abs/2407.05483).

A small model that has to say of every number what it is neither forgets one nor reports one twice, and writes half as
many tokens as the same claims take in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any

from extractor.contract import Claim
from extractor.grounding import Span

MAX_MARKS = 64
"""Numbers marked in one abstract; the others are not asked about."""
NO = "no"
NULL = "-"
SAME = "="
SEPARATOR = " | "
FIELDS = tuple(Claim.model_fields)
SHARED = ("metric", "method", "baseline", "hardware", "setting")
"""The fields that may be the same as in the claim before."""

_COUNT = "one|two|three|four|five|six|seven|eight|nine|ten"
_NUMBER = re.compile(
    rf"""
    \d+(?:[.,]\d+)*
    | \b(?: hal(?:f|ves?|ved|ving) | (?:doubl|tripl|quadrupl)(?:e[sd]?|ing) | twice | thrice | zero
      | (?:(?:{_COUNT})[ ])? orders?[- ]of[- ]magnitude
      | (?:{_COUNT}|hundred|thousand)-?fold
      | (?:{_COUNT}) (?=[ ](?:times|percent)\b)
      | (?<=factor[ ]of[ ]) (?:{_COUNT})
      | (?:(?:one|two)[- ])? (?:thirds?|quarters?|tenths?)
      ) \b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# A100, GPT-4, p99: part of a name. The x of "2x-15x" or "x4" is none, nor are "sub-50ms" and "$\\geq80$".
_IN_NAME = re.compile(r"(?:[A-Za-z][-_/.]?|_)\Z")
_BEFORE_A_NUMBER = re.compile(r"(?:(?:\d|[\s(~$]|^)[xX×][-_/.]?|\b(?:sub|near)-|\\[A-Za-z]+)\Z")
# Two ends of one range: 1.2-2.5x, 3x to 5x are asked about once. The second number follows.
_RANGE = re.compile(r"\d ?(?:[xX×%]|\\%|\$?\\times\$?)? ?(?:-{1,2}|[–—~∼]|\$?\\sim\$?) ?\$?\Z")
_NO_RESULT = re.compile(r"-?D\b|-bit\b|B\b|-(?!fold|point|percent|times|order|x\b)[a-z]{3}")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_MULTIPLE_OR_SHARE = re.compile(r" ?(?:[xX×]|\$?\\times|\\?%|times|percent)")
_LINE = re.compile(r"^\[\d+\] (.+)\n", re.MULTILINE)


def find_marks(abstract: str) -> list[Span]:
    """The numbers that may report a result, in their order; parts of names, years, dimensions and bit widths do not.

    On annotated abstracts 99 of 100 results have one, and 6 of 10 marks a result.
    """
    return list(islice(_numbers(abstract), MAX_MARKS))


def _numbers(text: str) -> Iterator[Span]:
    for match in _NUMBER.finditer(text):
        before, after = text[max(0, match.start() - 12) : match.start()], text[match.end() : match.end() + 12]
        if match[0][0].isdigit() and (
            (_IN_NAME.search(before) and not _BEFORE_A_NUMBER.search(before))
            or _RANGE.search(before)
            or _NO_RESULT.match(after)
            or (_YEAR.match(match[0]) and not _MULTIPLE_OR_SHARE.match(after))
        ):
            continue
        yield Span(*match.span())


def marked(abstract: str, marks: Sequence[Span]) -> str:
    """The abstract with ``[1]``, ``[2]`` … before the words that hold its marked numbers."""
    parts, done, end = [], 0, 0
    for number, mark in enumerate(marks, 1):
        word = 1 + max(abstract.rfind(blank, 0, mark.start) for blank in " \n")
        place = word if word >= end else mark.start  # a second number of the same word
        parts += [abstract[done:place], f"[{number}] "]
        done, end = place, mark.end
    return "".join([*parts, abstract[done:]])


def prompt_text(title: str, abstract: str, marks: Sequence[Span]) -> str:
    """What the model reads, white space folded already; its answer begins on the next line."""
    return f"Title: {title}\nAbstract: {abstract}\nAgain: {marked(abstract, marks)}\nClaims:\n"


def write(claims: Sequence[Mapping[str, Any]], abstract: str, marks: Sequence[Span]) -> str:
    """The answer that says these claims, which are in the order of their numbers; one without a mark is left out."""
    said: dict[int, Mapping[str, Any]] = {}
    after = 0
    for claim in claims:
        found = _free_mark(claim["improvement"], abstract, marks, said, after)
        if found and not any("|" in (claim[field] or "") for field in FIELDS):
            number, after = found
            said[number] = claim
    lines = []
    before: Mapping[str, Any] = {}
    for number in range(1, len(marks) + 1):
        lines.append(f"[{number}] {_line(said[number], before) if number in said else NO}\n")
        before = said.get(number, before)
    return "".join(lines)


def _line(claim: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    return SEPARATOR.join(
        SAME if field in SHARED and claim[field] and claim[field] == before.get(field) else claim[field] or NULL
        for field in FIELDS
    )


def _free_mark(
    words: str, abstract: str, marks: Sequence[Span], taken: Container[int], after: int
) -> tuple[int, int] | None:
    """The first free mark within a place of the words, and where that place starts; places before ``after`` go last."""
    places = [match.start() for match in re.finditer(re.escape(words), abstract)]
    for place in sorted(places, key=lambda p: (p < after, p)):
        for number, mark in enumerate(marks, 1):
            if place <= mark.start and mark.end <= place + len(words) and number not in taken:
                return number, place
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an answer that says a claim, and its place in the answer."""

    claim: dict[str, str | None]
    span: Span


def places(answer: str) -> Iterator[tuple[Span, dict[str, Span]]]:
    """Where each line of an answer that says a claim stands, and the words of its fields.

    A line that is cut off or malformed says none.
    """
    for line in _LINE.finditer(answer):
        words = line[1].split(SEPARATOR)
        if len(words) == len(FIELDS):
            starts = accumulate((len(word) + len(SEPARATOR) for word in words), initial=line.start(1))
            spans = (Span(start, start + len(word)) for start, word in zip(starts, words, strict=False))
            yield Span(*line.span()), dict(zip(FIELDS, spans, strict=True))


def read(answer: str, doubtful: Container[Span] = ()) -> list[Line]:
    """The claims that an answer says; words at a place in ``doubtful`` count as null."""
    lines: list[Line] = []
    for span, fields in places(answer):
        before = lines[-1].claim if lines else {}
        claim: dict[str, str | None] = {}
        for field, place in fields.items():
            word = NULL if place in doubtful else answer[place.start : place.end]
            claim[field] = before.get(field) if word == SAME else None if word == NULL else word
        lines.append(Line(claim, span))
    return lines
