"""The text of HTML nodes."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from extractor.papers import fold_space


def text_of(node: LexborNode | None) -> str:
    """The node's text as one line; nothing for None."""
    return fold_space(node.text()) if node else ""
