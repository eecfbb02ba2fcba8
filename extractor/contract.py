"""The contract with the model: what one answer must look like, as pydantic models and as a JSON Schema.

``schemas/claims.schema.json`` is generated from here (``python -m extractor.contract``). It fits OpenAI's strict mode:
every property is required, absent values are null, nothing extra is allowed. The number comes first, so that the model
walks through the abstract from number to number.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from extractor.resources import resource

MAX_CLAIMS = 24  # no abstract of 2,100 annotated by hand has more than 20

Direction = Literal["increase", "decrease", "none"]
Effect = Literal["better", "worse", "neutral"]
Text = Annotated[str, StringConstraints(strip_whitespace=True)]


class Claim(BaseModel):
    """One measured result that an abstract reports for a method, tied to a number that stands in the abstract."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    improvement: Text = Field(description="The words that report the number, copied letter for letter.")
    metric: Text = Field(description="What was measured, as the text names it, or the plain noun a verb implies.")
    direction: Direction = Field(description="What happens to the metric; none for a plain value.")
    effect: Effect = Field(description="Whether that is good for the method; neutral for a plain value.")
    method: Text = Field(description="The system, technique, model or configuration whose result this is.")
    baseline: Text | None = Field(description="What it is compared against, null where nothing is stated.")
    hardware: Text | None = Field(description="The device the result was measured on, null where none is tied to it.")
    setting: Text | None = Field(description="The dataset, workload, model or condition the number holds for.")


class Answer(BaseModel):
    """The model's whole answer for one abstract: its claims in the order of their numbers, or an empty list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claims: list[Claim] = Field(max_length=MAX_CLAIMS)


def answer_schema() -> dict[str, Any]:
    """The JSON Schema of :class:`Answer`, self-contained and without pydantic's titles."""
    schema = Answer.model_json_schema()
    claim = schema.pop("$defs")["Claim"]
    schema["properties"]["claims"]["items"] = claim
    for part in (schema, *schema["properties"].values(), *claim["properties"].values(), claim):
        part.pop("title", None)
    return schema


def schema_text() -> str:
    """The published form of :func:`answer_schema`, as it stands in ``schemas/claims.schema.json``."""
    return json.dumps(answer_schema(), indent=2) + "\n"


def schema_hash() -> str:
    """The first 12 hex digits of the schema's SHA-256: answers to different schemas are different work."""
    return hashlib.sha256(schema_text().encode()).hexdigest()[:12]


if __name__ == "__main__":
    resource("schemas/claims.schema.json").write_text(schema_text(), encoding="utf-8")
