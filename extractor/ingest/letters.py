"""E-mails: greetings, closings and what is said to their reader around the papers that they hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from extractor.ingest.paragraphs import is_prose, is_sentence_end, split_at_blank
from extractor.papers import fold_space

_GREETING = re.compile(
    r"\s*(?:Hi|Hello|Hey|Dear|Good (?:morning|afternoon|evening))"
    r"(?:(?: [\w.'’-]{1,30}){0,4}\s?[,!]|(?: (?:all|both|everyone|everybody|folks|team|there|colleagues))?\s*$)"
)
_CLOSING = re.compile(
    r"\s*(?:(?:(?:Kind|Best|Warm|With kind) )?[Rr]egards|(?:All the )?[Bb]est|Best wishes|Cheers|Sincerely"
    r"|Yours(?: \w+)?|(?:Many )?[Tt]hanks(?: (?:a lot|again|all|in advance|so much))?|Thank you(?: all| again)?)"
    r"\s?(?:[,!](?: ?[A-Z][\w.'’-]{0,30}){0,3})?\s*"
)
_HEADER = re.compile(r"\s*(?:On .{5,120} wrote:|Sent from my .{1,30}|-- ?)\s*")
_TO_READER = re.compile(
    r"\b(?:you|your|me|my|I(?:'|’| (?:am|found|have|hope|like|read|saw|think|thought|will|would)\b))"
)
_NOTE = 250  # characters: a longer paragraph says more than what is said to the reader
_SIGNATURE_LINES = 5  # at most


def without_letter(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The numbered lines, blank where a letter greets its reader, says what it holds, and ends."""
    held: list[tuple[int, str]] = []  # the paragraph above, and the blank lines below it
    is_greeted = False
    for is_blank, block in split_at_blank(lines):
        if is_blank:
            held += block
            continue
        printed = [line for _, line in block]
        begins, is_greeted = _opening(printed, is_greeted=is_greeted)
        ends = next((at for at, line in enumerate(printed) if at >= begins and _is_closing(printed, at)), len(printed))
        if ends < len(printed):
            ends = _end_of_papers(printed[:ends])
            if not ends:
                above = _end_of_papers([line for _, line in held])
                held[above:] = [(number, "") for number, _ in held[above:]]
        yield from held
        held = [
            (number, line if begins <= at < ends and not _HEADER.fullmatch(line) else "")
            for at, (number, line) in enumerate(block)
        ]
    yield from held


def _opening(lines: list[str], *, is_greeted: bool) -> tuple[int, bool]:
    """How many lines greet the reader or speak to them, and whether the next paragraph may do so."""
    greeting = _GREETING.match(lines[0])
    begins = int(bool(greeting and greeting.end() == len(lines[0].rstrip())))
    if not greeting and not is_greeted:
        return 0, False
    to_reader = [at for at, line in enumerate(lines) if at >= begins and _TO_READER.search(line)]
    if not to_reader or len(fold_space(" ".join(lines[: to_reader[-1] + 1]))) > _NOTE:
        return begins, begins == len(lines)
    ends = (at + 1 for at in range(to_reader[-1], len(lines)) if _is_end(lines[at]))
    return next(ends, begins), False


def _is_end(line: str) -> bool:
    return is_sentence_end(line) or line.rstrip().endswith((":", "!"))


def _is_closing(lines: list[str], at: int) -> bool:
    """Whether a line is a farewell, below which only a signature stands."""
    if len(lines) - at > _SIGNATURE_LINES or not _CLOSING.fullmatch(lines[at]):
        return False
    return not is_prose(" ".join(lines[at + 1 :]))


def _end_of_papers(lines: list[str]) -> int:
    """How many lines stand above what is said to the reader, right above a farewell."""
    start = next((at for at, line in enumerate(lines) if _TO_READER.search(line)), len(lines))
    while 0 < start < len(lines) and lines[start - 1].strip() and not _is_end(lines[start - 1]):
        start -= 1
    return start if len(fold_space(" ".join(lines[start:]))) <= _NOTE else len(lines)
