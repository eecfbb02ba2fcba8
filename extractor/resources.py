"""Where the files that belong to the program lie: schemas, prompts, the adapter of the embedded model."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource(name: str) -> Path:
    """The path of a shipped file or folder, such as ``schemas/claims.schema.json``.

    In an installed wheel these stand inside the package, in a source checkout beside it.
    """
    installed = _PACKAGE / name
    return installed if installed.exists() else _PACKAGE.parent / name
