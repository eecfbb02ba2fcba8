"""Reading what a model wrote: whole answers, fenced answers, and what is complete in a broken one."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import from_json

from extractor.contract import MAX_CLAIMS, Answer, Claim


def parse_answer(text: str) -> Answer:
    """The answer as the contract wants it; grounding is still to come.

    A Markdown fence around the JSON is forgiven. Raises pydantic's ``ValidationError`` with the precise faults.
    """
    return Answer.model_validate_json(_unfenced(text))


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
    text = text.strip()
    return text.removeprefix("```").removeprefix("json").removesuffix("```") if text.startswith("```") else text
