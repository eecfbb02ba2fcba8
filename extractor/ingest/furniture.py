"""What publishers' pages print around a paper, which copying takes along.

Only what can be nothing else is here: a line too many does less harm than a lost sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from extractor.ingest.paragraphs import split_at_blank

_LINES = (
    # Buttons and counters of many
    r"View on (?:ACM|IEEE|arXiv|Springer|PubMed)|(?:View|Download) PDF|\[?PDF\]?(?: Semantic Reader)?",
    r"[\d,]{1,9}(?=\n(?:\[?PDF|Save|Cite)\b)|Cite(?: [Tt]his)?",
    "Save(?: to (?:Binder|Library))?|Share|Expand|Collapse|Export Citations?|Add to (?:[Cc]ollection|Library)",
    r"(?:Get|Create) (?:Access|Alerts?)|[\d.,]{1,9}[kK]?\n(?:Total )?(?:Citations?|Downloads?|Views|Likes)",
    # ACM
    "Research-article|Short-paper|Open [Aa]ccess|Just Accepted|Authors Info & (?:Claims|Affiliations)|eReader",
    r".{2,30} ['’]\d\d: Proceedings of .*|Pages? \d+ ?[-–] ?\d+|Publication History|Supplementary Materials?",
    "Formats available|You can view the full content in the following formats:",
    # IEEE
    r"Abstract\nDocument Sections?(?:\n.{1,100}){0,20}?\nMetrics|Sign in to Continue Reading",
    "Date of Conference: .*|Date Added to IEEE Xplore: .*|Conference Location: .*",
    r"Publish(?:er|ed in): .*|Page\(s\): \d.*|Date of Publication: .*|ISSN Information:.*",
    r"All Authors(?:\n[\d,]+\n(?:Cites in\n(?:Papers|Patents)|Full\nText Views))*",
    # Hugging Face
    r"Upvote(?:[ \n]\d{1,6})?(?:\n\+\d+)?|Submitted by(?:\n.{1,60}| [\w-]+)|#\d+ Paper of the (?:day|week|month)",
    r"View arXiv page|GitHub(?:[ \n][\d.,]+k?)?|AI-generated summary|Papers\n(?=arxiv:)",
    # Semantic Scholar: fields of study, and a summary up to the abstract
    r"(?:· )?(?:Computer Science|Mathematics|Engineering|Physics|Medicine)(?:, [A-Z][A-Za-z, ]{0,80})?|· Published .*",
    r"[\d,]+ Citations|arXiv\.org|TL;?DR(?:\n.*){0,8}?(?=\nAbstract$)",
    r".{0,200}\+\d{1,4} authors\b.{0,200}(?:\n.*){0,6}?(?=\nAbstract$)",
    # USENIX, NeurIPS
    "Open Access Media|USENIX is committed to Open Access to the research presented at our events\\..*",
    r"Part of Advances in Neural Information Processing Systems .*|(?:Main Conference|Datasets and Benchmarks) Track",
    # OpenReview
    r"Primary Area: .*|Code Of Ethics: .*|Submission Number: \d+|Everyone|Revisions|BibTeX",
    r"Supplementary Material: .*|CC BY(?:-[A-Z-]+)? 4\.0|Published: .{1,20}, Last Modified: .*",
    r"\w{2,12} 20\d\d (?:poster|oral|spotlight|notable top.*|Conference.*)",
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
    for is_blank, block in split_at_blank(lines):
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
