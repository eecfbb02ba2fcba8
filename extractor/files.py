"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from extractor.errors import UsageError


@contextmanager
def written_whole(path: Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """A file that takes its place at ``path`` only when the block ends well; text is UTF-8. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with _opened(draft, binary) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def output(out: str | Path, store: Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """The file that a user wants something of ``store`` written to, as :func:`written_whole`; ``-`` is standard output.

    A pipe or a device is written to as it stands. Raises UsageError where it is the store itself or cannot be written.
    """
    if str(out) == "-":
        yield sys.stdout
        return
    path = Path(out)
    if path.exists() and path.samefile(store):
        raise UsageError(f"{out}: that is the store itself; name another file")
    if path.is_dir():
        raise UsageError(f"{out}: that is a folder; name a file")
    try:
        special = path.exists() and not path.is_file()
        with _opened(path, binary) if special else written_whole(path, binary=binary) as file:
            yield file
    except OSError as error:
        raise UsageError(f"{out}: cannot write: {error.strerror or error}") from error


def _opened(path: Path, binary: bool) -> IO[Any]:
    return path.open("wb") if binary else path.open("w", encoding="utf-8", newline="")
