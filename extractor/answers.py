"""Reading what a model wrote: whole answers, fenced answers, and what is complete in a broken one."""

from __future__ import annotations

import re

from pydantic import ValidationError
from pydantic_core import from_json

from extractor.contract import MAX_CLAIMS, Claim
from extractor.grounding import GroundedAnswer, Passage

_FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)


def parse_answer(text: str, passage: Passage) -> GroundedAnswer:
    """The answer as the contract wants it, every claim grounded.

    A Markdown fence around the JSON is forgiven. Raises pydantic's ``ValidationError`` with the precise faults.
    """
    return GroundedAnswer.model_validate_json(_unfenced(text), context={"passage": passage})


def salvage_claims(text: str) -> list[Claim]:
    """The claims of a broken or cut-off answer that are complete in themselves; grounding is still to come."""
    try:
        document = from_json(_unfenced(text), allow_partial=True)
    except ValueError:
        return []
    items = document.get("claims") if isinstance(document, dict) else document
    claims = []
    for item in items if isinstance(items, list) else []:
        try:
            claims.append(Claim.model_validate(item))
        except ValidationError:
            continue
        if len(claims) == MAX_CLAIMS:
            break
    return claims


def _unfenced(text: str) -> str:
    fenced = _FENCE.match(text)
    return fenced[1] if fenced else text
