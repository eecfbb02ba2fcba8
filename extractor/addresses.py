"""Addresses of the web, as people and documents give them."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_web_address(text: str) -> bool:
    """Whether the text is an ``http`` or ``https`` address with a host that may exist and, if any, a port that may."""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna")
        return parts.scheme in {"http", "https"} and bool(host) and parts.port != 0
    except ValueError:  # brackets, a port or a name that are none
        return False
