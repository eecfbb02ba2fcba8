"""What a paper prints below its abstract: categories, how to cite it, its introduction."""

from __future__ import annotations

import re

from extractor.ingest.paragraphs import Paragraph, is_sentence_end, labelled

_INTRODUCTION = r"(?:Introduction|INTRODUCTION|I ?NTRODUCTION)"
_NUMBERED = re.compile(rf"\s*(?:1|I)\.?\s+{_INTRODUCTION}\s*")
_HEADING = re.compile(rf"\s*(?:{_INTRODUCTION}|CCS (?:Concepts|CONCEPTS)(?:\s*[•·].*)?)\s*")
_LICENCE = re.compile(r"\s*Permission to make digital or hard copies\b.*")
_CAPTION = re.compile(r"(?:Fig(?:ure|\.)|FIGURE|Table|TABLE|Listing|Algorithm) ?(?:\d|[IVX]+\b)")
_SECTION = re.compile(r"(?:[1-9](?:\.\d{1,2}){0,3}\.?|[IVX]{1,4}\.) +[A-Z]")
_POINT = re.compile(r"[-*•–‣]\s")


def begins_body(line: str, above: str = ".") -> bool:
    """Whether a line below an abstract, that ends ``above`` it, is a heading of what is no part of it."""
    if _NUMBERED.fullmatch(line) or _LICENCE.fullmatch(line):
        return True
    return bool(_HEADING.fullmatch(line)) and is_sentence_end(above)


def continues_body(paragraph: Paragraph, *, is_text: bool) -> bool:
    """Whether a paragraph, which reads as sentences or not, stands in a paper's text and begins no other paper."""
    fields, text = labelled(paragraph), paragraph.text
    if fields:
        return not {"title", "authors", "abstract"} & fields.keys()
    return (
        is_text
        or begins_body(paragraph.lines[0])
        or text[0].islower()
        or not re.search(r"[^\W\d_]", text)
        or any(form.match(text) for form in (_CAPTION, _SECTION, _POINT))
    )
