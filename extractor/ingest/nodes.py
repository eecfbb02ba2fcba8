"""The text of HTML nodes."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from extractor.papers import fold_space

_EXPONENT = re.compile(r"\s*[-+−–]?\d+\s*")
# What a browser shows apart from the text around it.
_APART = "br, p, div, section, article, blockquote, h1, h2, h3, h4, h5, h6, li, dt, dd, tr, th, td"


def keep_apart(page: LexborHTMLParser) -> None:
    """Mark in the page's text what is not text: ``10<sup>-3</sup>`` becomes ``10^-3``, and blanks surround blocks."""
    for raised in page.css("sup"):
        before = raised.prev
        if before and before.text()[-1:].isdecimal() and _EXPONENT.fullmatch(raised.text()):
            raised.insert_before("^")
    for block in page.css(_APART):
        block.insert_before(" ")
        block.insert_after(" ")


def text_of(node: LexborNode | None) -> str:
    """The node's text as one line; nothing for None."""
    return fold_space(node.text()) if node else ""
