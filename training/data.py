"""Annotated abstracts: loading, the fixed split, and the text that the model is trained on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from extractor.marks import FIELDS, find_marks, prompt_text, write

VALIDATION_SHARE = 0.11
WRITTEN = Path(__file__).with_name("written")
"""Made-up abstracts, written and labelled for training, in numbered folders."""
BATCHES = tuple(sorted(int(folder.name) for folder in WRITTEN.glob("[0-9]*")))

Claim = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """One annotated abstract. Title and abstract have their white space folded; claims are in the abstract's order."""

    id: str
    title: str
    abstract: str
    claims: tuple[Claim, ...]

    def with_text(self, title: str, abstract: str, claims: list[Claim]) -> Example:
        """The same example with other text and claims."""
        return replace(self, title=title, abstract=abstract, claims=tuple(claims))


def fold(text: str) -> str:
    """The text with every run of white space as one blank."""
    return " ".join(text.split())


def load(folder: Path) -> list[Example]:
    """Read ``abstracts.jsonl`` (id, title, abstract) and ``labels.jsonl`` (id, claims) of a folder.

    Raises SystemExit naming the file where one is missing or an abstract has no labels.
    """
    abstracts, labels = (_read(folder / name) for name in ("abstracts.jsonl", "labels.jsonl"))
    claims = {row["id"]: row["claims"] for row in labels}
    missing = [row["id"] for row in abstracts if row["id"] not in claims]
    if missing:
        raise SystemExit(f"{folder / 'labels.jsonl'}: no labels for {missing[0]} and {len(missing) - 1} more")
    return [
        Example(
            row["id"],
            fold(row["title"]),
            fold(row["abstract"]),
            tuple(
                {k: fold(v) if isinstance(v := claim[k], str) else None for k in FIELDS} for claim in claims[row["id"]]
            ),
        )
        for row in abstracts
    ]


def load_written(batches: Iterable[int]) -> list[Example]:
    """The made-up abstracts of these folders."""
    return [example for batch in batches for example in load(WRITTEN / str(batch))]


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise SystemExit(f"{path}: {error.strerror}") from error


def is_validation(example_id: str) -> bool:
    """Whether an abstract belongs to the validation split, by a hash of its id, so that new data never moves old."""
    digest = hashlib.sha256(f"validation:{example_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < VALIDATION_SHARE


def split(examples: list[Example]) -> tuple[list[Example], list[Example]]:
    """Training and validation examples."""
    return [e for e in examples if not is_validation(e.id)], [e for e in examples if is_validation(e.id)]


def question(example: Example) -> tuple[str, str] | None:
    """What the model reads and what it answers; None for an abstract without a number, about which it is not asked."""
    numbers = find_marks(example.abstract)
    if not numbers:
        return None
    answer = write(example.claims, example.abstract, numbers)
    return prompt_text(example.title, example.abstract, numbers), answer
