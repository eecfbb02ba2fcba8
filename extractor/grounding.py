"""Grounding: an answer may only hold words that stand in the paper, and every claim gets the place of its number.

The rules (see :meth:`Passage.ground`): ``improvement`` stands letter for letter in the abstract and holds a number;
``method``, ``baseline``, ``hardware``, ``setting`` and any ``metric`` that is not a plain noun stand in title or
abstract. White space, LaTeX spacing and, for names, case do not count; what is kept is the paper's own spelling.

:class:`GroundedAnswer` applies the rules while pydantic validates, so that a re-ask can tell the model what is wrong.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from extractor.contract import Answer, Claim

if TYPE_CHECKING:
    from extractor.papers import Paper

PLAIN_METRICS = frozenset({
    "speed", "cost", "size", "performance", "accuracy", "time", "latency", "memory", "energy", "overhead", "quality",
    "throughput",
})  # fmt: skip
"""Nouns for a metric that the text only implies ("faster", "cheaper"): they need not stand in it."""

OPTIONAL = ("baseline", "hardware", "setting")
REPEATED = "repeats an earlier claim"
"""The reason for a drop that no re-ask is worth."""

# White space, and what LaTeX writes for it: \, \; \: \! \<blank> \quad {} and ~ after a word; elsewhere ~5 is about 5.
SPACING = re.compile(r"\s|\\[,;:!\s]|\\q?quad(?![A-Za-z])|(?<=[\w.)}%$])~|\{\}|\u200b")
NUMBER = re.compile(
    r"\d|\b(half|halv\w+|doubl\w+|tripl\w+|quadrupl\w+|twice|thrice|third|quarter|orders?[- ]of[- ]magnitude|\w*fold|"
    r"zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|billions?)s?\b",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:vs|e\.g|i\.e|et al|cf|resp|approx|avg|max|(?<!\d )min|ca|incl|Fig|Eq|Sec|No|w\.r\.t)|\b[A-Z])\.$"
)
# Each run of stops is tried once and whole, so that no text takes more than linear time. The pattern begins with the
# stop, not with the look behind it: so the search passes over all other characters at once.
_SENTENCE_END = re.compile(r"[.!?](?<![.!?].)[.!?]*+[\"')\]}]*+\s++(?=[^a-z])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the abstract, as character offsets: ``abstract[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GroundedClaim:
    """A claim whose every string is the paper's own, with the place of its number and the sentence around it.

    ``mended`` says which field was emptied because the paper does not hold its words, and why. ``confidence`` is the
    model's own, from 0 to 1, where it is known.
    """

    claim: Claim
    span: Span
    sentence: str
    mended: str | None = None
    confidence: float | None = None


class GroundingError(ValueError):
    """A claim that the paper does not support: the field at fault, and what to do about it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Folded:
    """A text without its spacing, which remembers where each remaining character came from."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def folded(self) -> str:
        """The text without its spacing."""
        return SPACING.sub("", self.text)

    @cached_property
    def _pieces(self) -> tuple[list[int], list[int]]:
        """Where each piece between two gaps begins: in the folded text, and in the text itself."""
        folded, original = [0], [0]
        for gap in SPACING.finditer(self.text):
            folded.append(folded[-1] + gap.start() - original[-1])
            original.append(gap.end())
        return folded, original

    def _origin(self, index: int) -> int:
        folded, original = self._pieces
        piece = bisect_right(folded, index) - 1
        return original[piece] + index - folded[piece]

    @cached_property
    def lowered(self) -> str:
        """The folded text in lower case, character for character."""
        lowered = self.folded.lower()
        if len(lowered) == len(self.folded):
            return lowered
        return "".join(c.lower() if len(c.lower()) == 1 else c for c in self.folded)

    def _exact(self, words: str) -> Iterator[Span]:
        at = self.text.find(words) if words else -1
        while at >= 0:
            span = Span(at, at + len(words))
            if not self.cuts(span):
                yield span
            at = self.text.find(words, at + 1)

    def places(self, words: str, *, ignore_case: bool = False) -> Iterator[Span]:
        """The places of ``words``, in order, that do not cut a word or a number in two.

        Where some have the very same spacing, only those.
        """
        if not ignore_case and (exact := list(self._exact(words))):
            yield from exact
            return
        needle = Folded(words)
        pattern, text = (needle.lowered, self.lowered) if ignore_case else (needle.folded, self.folded)
        at = text.find(pattern) if pattern else -1
        while at >= 0:
            span = Span(self._origin(at), self._origin(at + len(pattern) - 1) + 1)
            if not self.cuts(span):
                yield span
            at = text.find(pattern, at + 1)

    def cuts(self, span: Span) -> bool:
        """Whether a border of the span falls inside a word or a number, as ``5%`` would in ``15%`` or ``1.5%``."""
        before, first = self.text[max(0, span.start - 2) : span.start], self.text[span.start]
        last, after = self.text[span.end - 1], self.text[span.end : span.end + 2]
        if first.isdigit() and re.search(r"\d[.,]?\Z", before):
            return True
        if last.isdigit() and re.match(r"[.,]?\d", after):
            return True
        plural = after[:1] == "s" and not _in_one_word("s", after[1:])
        return _in_one_word(before[-1:], first) or (_in_one_word(last, after[:1]) and not plural)


def _in_one_word(left: str, right: str) -> bool:
    """Whether no word can end between two characters; scripts without case write their words without blanks."""
    return (left.islower() or left.isupper()) and (right.islower() or right.isupper())


class Passage:
    """The text that one answer has to stand in: title and abstract of a paper."""

    def __init__(self, title: str, abstract: str) -> None:
        self.title = title
        self.abstract = abstract

    @cached_property
    def _title(self) -> Folded:
        return Folded(self.title)

    @cached_property
    def _abstract(self) -> Folded:
        return Folded(self.abstract)

    @classmethod
    def of(cls, paper: Paper) -> Passage:
        """The passage of a paper."""
        return cls(paper.title, paper.abstract)

    def ground(self, claim: Claim, *, after: int = 0, taken: Collection[Span] = ()) -> GroundedClaim:
        """The claim in the paper's own spelling, with the span of its number.

        Of several places where the number stands, those not ``taken`` by earlier claims go first, then those in a
        sentence with the metric, then those at or after ``after`` (where the claim before ended), then the earliest.
        Raises :class:`GroundingError` naming the first field that the paper does not support.
        """
        span = self._number(claim, after, taken)
        grounded = {"improvement": self.abstract[span.start : span.end]}
        for field in ("method", "baseline", "hardware", "setting"):
            words: str | None = getattr(claim, field)
            if words is not None:
                grounded[field] = self._words(field, words)
        if claim.metric.lower() not in PLAIN_METRICS:
            grounded["metric"] = self._words("metric", claim.metric)
        sentence = self._sentence(span)
        return GroundedClaim(
            claim.model_copy(update=grounded), span, sentence=self.abstract[sentence.start : sentence.end]
        )

    def _number(self, claim: Claim, after: int, taken: Collection[Span]) -> Span:
        words = claim.improvement
        if not NUMBER.search(words):
            raise GroundingError(
                "improvement", f"improvement {_quote(words)} holds no number: copy the words that report the number"
            )
        places = list(self._abstract.places(words))
        if not places:
            raise GroundingError(
                "improvement",
                f"improvement {_quote(words)} does not stand in the abstract letter for letter: copy it exactly, "
                "or leave the claim out",
            )
        if len(places) == 1:
            return places[0]
        metrics = self._abstract.places(claim.metric, ignore_case=True)
        with_metric = {self._sentence(place).start for place in metrics}
        return min(
            places,
            key=lambda p: (p in taken, self._sentence(p).start not in with_metric, p.start < after, p.start),
        )

    def _words(self, field: str, words: str) -> str:
        for ignore_case in (False, True):
            for text in (self._abstract, self._title):
                for span in text.places(words, ignore_case=ignore_case):
                    return text.text[span.start : span.end]
        hint = "null" if field in OPTIONAL else "words of the text"
        if field == "metric":
            hint = f"words of the text or one of {', '.join(sorted(PLAIN_METRICS))}"
        raise GroundingError(field, f"{field} {_quote(words)} stands neither in title nor abstract: use {hint}")

    @cached_property
    def _sentences(self) -> tuple[list[int], list[int]]:
        """Where the abstract's sentences start, and where they end."""
        starts, ends = [0], []
        for stop in _SENTENCE_END.finditer(self.abstract):
            if not _ABBREVIATION.search(self.abstract, max(0, stop.start() - 7), stop.start() + 1):
                ends.append(stop.start() + len(stop.group().rstrip()))
                starts.append(stop.end())
        return starts, [*ends, len(self.abstract)]

    def sentences(self) -> list[str]:
        """The abstract's sentences, without the white space between them."""
        return [self.abstract[start:end] for start, end in zip(*self._sentences, strict=True)]

    def _sentence(self, span: Span) -> Span:
        """The sentence (or sentences) of the abstract around a span."""
        starts, ends = self._sentences
        return Span(starts[bisect_right(starts, span.start) - 1], ends[bisect_right(starts, span.end - 1) - 1])

    def ground_all(
        self, claims: Sequence[Claim], confidences: Sequence[float] = ()
    ) -> tuple[list[GroundedClaim], list[tuple[Claim, str]]]:
        """The claims that stand in the paper, without repetitions, and those that do not with the reason.

        An optional field whose words the paper does not hold is emptied: the result itself is there. One number makes
        one claim, so a claim is a repetition when an earlier one has the same words in every field, or says the same
        metric of the same place. The ``confidences`` are those of the claims, or none are known.
        """
        sure = confidences if len(confidences) == len(claims) else [None] * len(claims)
        kept: list[GroundedClaim] = []
        dropped: list[tuple[Claim, str]] = []
        seen: set[tuple[object, ...]] = set()
        taken: defaultdict[str, set[Span]] = defaultdict(set)  # by metric
        after = 0
        for claim, confidence in zip(claims, sure, strict=True):
            if _identity(claim) in seen:
                dropped.append((claim, REPEATED))
                continue
            seen.add(_identity(claim))
            try:
                grounded = self._mended(claim, after, places := taken[Folded(claim.metric).lowered])
            except GroundingError as error:
                dropped.append((claim, str(error)))
                continue
            if grounded.span in places:
                dropped.append((claim, REPEATED))
                continue
            places.add(grounded.span)
            kept.append(replace(grounded, confidence=confidence))
            after = grounded.span.end if grounded.span.start >= after else after
        return kept, dropped

    def _mended(self, claim: Claim, after: int, taken: Collection[Span]) -> GroundedClaim:
        """The claim grounded, if need be without the optional fields that cannot be."""
        try:
            return self.ground(claim, after=after, taken=taken)
        except GroundingError as error:
            if error.field not in OPTIONAL:
                raise
            rest = self._mended(claim.model_copy(update={error.field: None}), after, taken)
            return replace(rest, mended=str(error))


def _identity(claim: Claim) -> tuple[object, ...]:
    words = (claim.improvement, claim.metric, claim.method, claim.baseline, claim.setting, claim.hardware)
    return tuple(w and "".join(w.split()).lower() for w in words)


def _quote(words: str) -> str:
    short = words if len(words) <= 80 else words[:77] + "…"
    return '"' + "".join(c if c.isprintable() else " " for c in short) + '"'


class GroundedAnswer(Answer):
    """An answer that only validates when every claim stands in the paper.

    Validate with ``context={"passage": Passage}``; without a passage only the schema is checked. All faults are
    reported together, one line each, so that one re-ask can mend them all.
    """

    @model_validator(mode="after")
    def _stands_in_the_paper(self, info: ValidationInfo) -> GroundedAnswer:
        passage = (info.context or {}).get("passage")
        if passage is None:
            return self
        faults = []
        after = 0
        for number, claim in enumerate(self.claims, 1):
            try:
                after = passage.ground(claim, after=after).span.end
            except GroundingError as error:
                faults.append(f"claim {number}: {error}")
        if faults:
            raise PydanticCustomError("grounding", "{faults}", {"faults": "\n".join(faults)})
        return self
