"""The contract with the model, as a file that other programs read and as OpenAI's strict mode wants it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from extractor.contract import MAX_CLAIMS, Answer, Claim, answer_schema, schema_hash, schema_text
from extractor.resources import resource

CLAIM = {
    "improvement": "2x", "metric": "speed", "direction": "increase", "effect": "better",
    "method": "Larkspur", "baseline": "vLLM", "hardware": None, "setting": None,
}  # fmt: skip
STRICT_KEYWORDS = {
    "type", "properties", "required", "additionalProperties", "items", "maxItems", "enum", "anyOf", "description",
}  # fmt: skip


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and every schema inside it."""
    if isinstance(schema, dict):
        yield schema
        inner = [schema.get("items"), *schema.get("properties", {}).values(), *schema.get("anyOf", ())]
        for part in inner:
            yield from parts(part)


def test_the_published_schema_is_the_generated_one() -> None:
    assert resource("schemas/claims.schema.json").read_text(encoding="utf-8") == schema_text()
    assert json.loads(schema_text()) == answer_schema()


def test_every_object_requires_all_its_properties_and_allows_no_others() -> None:
    objects = [part for part in parts(answer_schema()) if part.get("type") == "object"]
    assert len(objects) == 2
    for part in objects:
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])


def test_only_keywords_of_strict_mode_are_used() -> None:
    assert {keyword for part in parts(answer_schema()) for keyword in part} <= STRICT_KEYWORDS


def test_the_model_writes_the_number_first() -> None:
    items = answer_schema()["properties"]["claims"]["items"]
    assert list(items["properties"]) == list(CLAIM)


def test_the_hash_names_this_schema() -> None:
    assert len(schema_hash()) == 12
    assert set(schema_hash()) <= set("0123456789abcdef")


def test_an_answer_reads_back_as_written() -> None:
    assert Answer.model_validate({"claims": [CLAIM]}).model_dump() == {"claims": [CLAIM]}


def test_white_space_around_words_does_not_count() -> None:
    assert Claim.model_validate(CLAIM | {"method": " Larkspur\n"}).method == "Larkspur"


@pytest.mark.parametrize(
    "fault",
    [
        {"improvement": None},
        {"improvement": 2},
        {"metric": float("nan")},
        {"direction": "up"},
        {"effect": None},
        {"baseline": ["vLLM"]},
        {"confidence": 0.9},
    ],
)
def test_a_claim_with_a_wrong_or_extra_field_is_refused(fault: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Claim.model_validate(CLAIM | fault)


@pytest.mark.parametrize("name", CLAIM)
def test_a_claim_that_lacks_a_field_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Claim.model_validate({field: value for field, value in CLAIM.items() if field != name})


def test_an_answer_has_a_largest_number_of_claims() -> None:
    Answer.model_validate({"claims": [CLAIM] * MAX_CLAIMS})
    with pytest.raises(ValidationError, match="at most"):
        Answer.model_validate({"claims": [CLAIM] * (MAX_CLAIMS + 1)})
