"""What publishers' pages print around a paper, which copying takes along.

Only what can be nothing else is here: a line too many does less harm than a lost sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

_LINES = (
    # ACM
    "Research-article|Short-paper|Open [Aa]ccess|View on (?:ACM|IEEE|arXiv|Springer|PubMed)|View PDF|Cite [Tt]his|PDF",
    # IEEE
    r"Publish(?:er|ed in): .*|Page\(s\): \d.*|Date of Publication: .*|ISSN Information:.*",
    r"All Authors(?:\n[\d,]+\n(?:Cites in\n(?:Papers|Patents)|Full\nText Views))*",
    # Semantic Scholar, up to the abstract
    r"[\d,]+ Citations|.{0,200}\+\d{1,4} authors\b.{0,200}(?:\n.*){0,6}?(?=\nAbstract$)",
    # USENIX, NeurIPS
    "Open Access Media|USENIX is committed to Open Access to the research presented at our events\\..*",
    r"Part of Advances in Neural Information Processing Systems .*|(?:Main Conference|Datasets and Benchmarks) Track",
    # OpenReview
    r"Primary Area: .*|Code Of Ethics: .*|Submission Number: \d+",
    # arXiv: the line above the title, and the table below the abstract
    r".{1,80} > .{1,80}\n(?:arXiv:.*\n)?\[Submitted on .*\]|HTML \(experimental\)",
    r"(?:Comments|Subjects|Cite as|Journal reference|Related DOI|Report number|(?:MSC|ACM) classes):\t.*",
    r"\s*\(or arXiv:\S+ \[[\w.-]+\] for this version\)",
)
_FURNITURE = re.compile(rf"^(?:{'|'.join(_LINES)})$", re.MULTILINE)
_RECORD = re.compile(r"^\s*Title\s*:", re.IGNORECASE | re.MULTILINE)  # whose labels may be any
_REFERENCES = re.compile(r"\s*(?:References|REFERENCES)\s*")
_REFERENCE = re.compile(r"\s*\[\d{1,4}\].*\b(?:19|20)\d\d\b", re.DOTALL)  # with its year


def without_furniture(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The numbered lines, where those around a paper and its list of references are blank."""
    in_references = False
    for is_blank, group in groupby(lines, lambda numbered: not numbered[1].strip()):
        block = list(group)
        if is_blank:
            yield from block
            continue
        printed = [line for _, line in block]
        headed = bool(_REFERENCES.fullmatch(printed[0]))
        items = "\n".join(printed[headed:])
        in_references = (in_references or headed) and (not items or bool(_REFERENCE.match(items)))
        if in_references:
            printed = [""] * len(block)
        elif not _RECORD.search(items):
            printed = _FURNITURE.sub(_blank, "\n".join(printed)).split("\n")
        yield from ((number, line) for (number, _), line in zip(block, printed, strict=True))


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")
