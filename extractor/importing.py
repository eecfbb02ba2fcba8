"""Merging what other processes have extracted: ``claims import``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from extractor.errors import StoreError, UsageError
from extractor.store import Loaded, Store
from extractor.store.parts import MANIFEST, verify_part

PARTS_AT_ONCE = 100


@dataclass(frozen=True)
class Imported:
    """What an import brought that the store lacked, and of how many ``parts``; ``refused`` says why others were not."""

    parts: int
    papers: int
    extractions: int
    claims: int
    refused: tuple[str, ...]


def import_parts(
    paths: Sequence[str | Path], db: str | Path, *, on_refused: Callable[[str], None] = lambda _: None
) -> Imported:
    """Merge the parts in folders into the store at ``db``, which is created where there is none.

    A part is a folder with a manifest, as :func:`extractor.store.write_part` leaves it. What the store has already, as
    new or newer, is left out, so importing twice stores once, in any order. A part that is damaged or of another
    version is refused whole, with one line that names it, and the others are imported. Raises UsageError where a path
    holds no part, StoreError where the store cannot be written or is being extracted into.
    """
    parts: list[Path] = []
    for path in paths:
        found = parts_in(Path(path))
        if not found:
            raise UsageError(f"{path}: no part there: a part is a folder with a {MANIFEST}")
        parts += found
    sound, refused = verified(parts, on_refused)
    loaded = Loaded(0, 0, 0)
    if sound:
        store = Store.open(db, create=True)
        with store.exclusive():
            loaded = load_parts(store, sound)
    return Imported(len(sound), loaded.papers, loaded.extractions, loaded.claims, tuple(refused))


def verified(parts: Sequence[Path], on_refused: Callable[[str], None]) -> tuple[list[Path], list[str]]:
    """The parts that are sound and of this version, and one line for each of the others."""
    sound: list[Path] = []
    refused: list[str] = []
    for part in parts:
        try:
            verify_part(part)
            sound.append(part)
        except StoreError as error:
            refused.append(str(error))
            on_refused(str(error))
    return sound, refused


def load_parts(store: Store, parts: Sequence[Path]) -> Loaded:
    """Merge parts into a store, some at a time; call it within :meth:`Store.exclusive`."""
    groups = (parts[i : i + PARTS_AT_ONCE] for i in range(0, len(parts), PARTS_AT_ONCE))
    return sum((store.load(group) for group in groups), Loaded(0, 0, 0))


def parts_in(path: Path) -> list[Path]:
    """The part that a folder is, or those that stand in it."""
    return sorted(manifest.parent for manifest in path.rglob(MANIFEST) if not manifest.parent.name.startswith("."))
