"""Prompts: versioned files with front matter, hashed, so that every extraction says which words it was asked with."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from extractor.errors import UsageError
from extractor.resources import resource

if TYPE_CHECKING:
    from extractor.papers import Paper

Message = dict[str, str]

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_SECTION = re.compile(r"^<(system|user)>\n(.*?)\n</\1>$", re.DOTALL | re.MULTILINE)
_SLOT = re.compile(r"\{\{(title|abstract|fence)\}\}")


@dataclass(frozen=True)
class Prompt:
    """One prompt file: its identity, and its messages with the slots ``{{title}}``, ``{{abstract}}``, ``{{fence}}``.

    ``fence`` is a label no abstract can foresee, for delimiters around untrusted text. ``hash`` is the first 12 hex
    digits of the SHA-256 of ``text``, the whole file: a changed prompt is new work.
    """

    id: str
    version: int
    models: str
    hash: str
    sections: tuple[tuple[str, str], ...]
    text: str = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """Identity for people, such as ``instruct.v1``."""
        return f"{self.id}.v{self.version}"

    def messages(self, paper: Paper) -> list[Message]:
        """The chat messages that ask about one paper."""
        slots = {"title": paper.title, "abstract": paper.abstract, "fence": f"abstract-{paper.paper_id[:8]}"}
        return [{"role": role, "content": _fill(text, slots)} for role, text in self.sections]


def _fill(text: str, slots: dict[str, str]) -> str:
    return _SLOT.sub(lambda slot: slots[slot[1]], text)


def load_prompt(name: str) -> Prompt:
    """A shipped prompt by its name (``instruct``, ``embedded``) or one of the user's by its path.

    Raises :class:`UsageError` when there is no such prompt or the file lacks a part.
    """
    path = Path(name) if name.endswith(".md") else resource(f"prompts/{name}.md")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(p.stem for p in resource("prompts").glob("*.md")))
        raise UsageError(f"prompt {name}: cannot be read ({error}); shipped prompts: {known}") from None
    return parse_prompt(text, path)


def parse_prompt(text: str, path: Path) -> Prompt:
    """The prompt that a file's text says; errors name ``path``. Raises :class:`UsageError` when a part is missing."""
    head = _FRONT_MATTER.match(text)
    if not head:
        raise UsageError(f"prompt {path}: no front matter: it starts with a block between two lines of ---")
    meta = _front_matter(path, head[1])
    sections = tuple((role, body) for role, body in _SECTION.findall(text[head.end() :]))
    slots = {slot for _, body in sections for slot in _SLOT.findall(body)}
    if not any(role == "user" for role, _ in sections) or not {"title", "abstract"} <= slots:
        raise UsageError(f"prompt {path}: needs a <user> section that holds {{{{title}}}} and {{{{abstract}}}}")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Prompt(str(meta["id"]), int(meta["version"]), str(meta.get("models", "")), digest, sections, text)


def _front_matter(path: Path, text: str) -> dict[str, Any]:
    try:
        meta = yaml.safe_load(text)
        int(meta["version"]), str(meta["id"])
    except (yaml.YAMLError, KeyError, TypeError, ValueError):
        raise UsageError(f"prompt {path}: the front matter needs an id and a whole number as version") from None
    return dict(meta)
