"""From arguments to documents: files, directories, globs and standard input."""

from __future__ import annotations

import glob
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from extractor.errors import DocumentError
from extractor.ingest.registry import ACCEPTED
from extractor.ingest.text import Text, UnreadableError, open_text, standard_input

STDIN = "-"


@dataclass
class Document:
    """A document to read. ``label`` is stored, ``shown`` stands in messages; both are printable.

    ``is_argument`` says that the user named this very document. ``opened`` holds what was opened for the first check
    and cannot be opened again: standard input and pipes.
    """

    path: Path | None
    label: str
    shown: str
    is_argument: bool = False
    opened: Text | None = None

    def open(self) -> Text:
        """The document's text.

        Raises ``UnreadableError`` where it cannot be read or is not text.
        """
        if self.opened:
            return self.opened
        if self.path is None:
            return open_text(standard_input(), "")
        try:
            file = self.path.open("rb", buffering=0)  # a pipe then gives what it has
        except OSError as error:
            raise UnreadableError(f"cannot be read: {error.strerror}") from None
        try:
            return open_text(file, self.path.name)
        except UnreadableError:
            file.close()
            raise


def find_documents(arguments: Sequence[str | Path]) -> list[Document]:
    """The documents that the arguments name, each once, in their order and sorted within a directory or glob.

    Raises ``DocumentError`` for an argument that names nothing, or a file that cannot be read as text.
    """
    documents: dict[object, Document] = {}
    for argument in arguments:
        for document in _named_by(str(argument)):
            identity = _identity(document.path)
            if identity not in documents:
                documents[identity] = document
                _check(document)
    return list(documents.values())


def _identity(path: Path | None) -> object:
    if path is None:
        return STDIN
    try:
        status = path.stat()
    except OSError:  # a broken link, or gone since
        status = path.lstat()
    return status.st_dev, status.st_ino


def _named_by(argument: str) -> list[Document]:
    if argument == STDIN:
        return [Document(None, "stdin", "stdin", is_argument=True)]
    path = Path(argument)
    try:
        exists = path.exists()
    except (OSError, ValueError) as error:  # too long, or with a NUL
        raise DocumentError(f"{printable(argument)}: {getattr(error, 'strerror', None) or error}") from None
    if exists and path.is_dir():
        found = _files_below([path], path, argument.rstrip("/") + "/")
        if not found:
            raise DocumentError(f"{printable(argument)}: the directory holds no documents; expected {ACCEPTED}")
        return found
    if exists:
        return [Document(path, printable(path.name), printable(argument), is_argument=True)]
    if glob.has_magic(argument):
        return _matching(argument)
    raise DocumentError(f"{printable(argument)}: no such file or directory; expected {ACCEPTED}")


def _check(document: Document) -> None:
    """A document that was named itself must be text: better to stop now than after an hour's reading."""
    if not document.is_argument:
        return
    try:
        text = document.open()
    except UnreadableError as error:
        raise DocumentError(f"{document.shown} {error}; expected {ACCEPTED}") from None
    if document.path and document.path.is_file():
        text.close()
    else:
        document.opened = text


def _matching(pattern: str) -> list[Document]:
    parts = Path(pattern).parts
    first_magic = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    root, rest = Path(*parts[:first_magic]), str(Path(*parts[first_magic:]))
    try:
        matches = sorted(path for path in root.glob(rest) if not _is_hidden(path.relative_to(root)))
    except ValueError as error:
        raise DocumentError(f"{printable(pattern)}: {error}") from None
    except RecursionError:
        raise DocumentError(f"{printable(pattern)}: folders are nested too deeply; name one of them") from None
    found = _files_below(matches, root, "" if root == Path() else f"{root.as_posix().rstrip('/')}/")
    if not found:
        raise DocumentError(f"{printable(pattern)}: no file matches; expected {ACCEPTED}")
    return found


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _files_below(starts: Iterable[Path], root: Path, shown_root: str) -> list[Document]:
    visited: set[object] = set()
    return [
        Document(path, printable(inner.as_posix()), printable(f"{shown_root}{inner.as_posix()}"))
        for start in starts
        for path in _walk(start, visited)
        for inner in [path.relative_to(root)]
    ]


def _walk(start: Path, visited: set[object]) -> Iterator[Path]:
    """The files at and below a path, sorted, each directory once: links may lead in circles."""
    waiting = [start]
    while waiting:
        path = waiting.pop()
        try:
            mode = path.stat().st_mode
        except OSError:
            yield path  # a broken link; reading it will say so
            continue
        if stat.S_ISREG(mode):
            yield path
        elif stat.S_ISDIR(mode) and (identity := _identity(path)) not in visited:
            visited.add(identity)
            with suppress(OSError):
                children = [child for child in path.iterdir() if not child.name.startswith(".")]
                waiting += sorted(children, reverse=True)


def printable(name: str) -> str:
    """The name with control characters and undecodable bytes as escapes: it goes into messages and the store."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in name)
