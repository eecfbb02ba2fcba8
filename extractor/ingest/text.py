"""From bytes to clean text: decompression, encodings, control characters and limits.

Encodings: a byte order mark decides; markup may declare its own; everything else is read as UTF-8, where each byte that
is not UTF-8 is read as Windows-1252, so that files of mixed origin lose nothing.
"""

from __future__ import annotations

import codecs
import gzip
import io
import math
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO, cast

from extractor.papers import storable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_BYTES = 64 * 1024  # what recognition looks at
MAX_LINE_CHARS = 16 * 2**20  # a longer line is cut there and so becomes a damaged record
MAX_RECORD_CHARS = 2**20  # of a record that spans lines; a longer one is damage
MAX_DOCUMENT_CHARS = 32 * 2**20  # for formats that are parsed as a whole
MAX_PAGE_CHARS = 16 * 2**20  # for pages and plain text, of which a paragraph or an entry is held at a time
MAX_GROWTH = 100  # of a compressed document; text grows 3- to 20-fold, a decompression bomb 1000-fold
MAX_CONTROL_SHARE = 0.05  # more control characters than this make a file binary

_CHUNK = 64 * 1024
_READ_ERRORS = (OSError, EOFError, zlib.error)
_SIGNATURES = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"SQLite format 3\0": "a database",
    b"PAR1": "a Parquet file",
    b"{\\rtf": "an RTF document",
}
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it starts with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_DECLARED = re.compile(rb"""\s*<.{0,1000}?(?:encoding|charset)\s*=\s*["']?([A-Za-z][\w.:-]{1,30})""", re.DOTALL)
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_BLANKS = re.compile("[\x0b\x0c\x1c-\x1f\x85]")
# C0 and C1 controls, soft hyphen, zero-width space, invisible operators, byte order mark, tags that hide sentences from
# people but not from models, and the bidirectional controls that make text read differently from what it says. The
# joiners U+200C and U+200D stay: some scripts spell with them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)


class UnreadableError(Exception):
    """The document holds no text that could be read; the message says what it is instead."""


def clean(text: str) -> str:
    """The text without control and invisible characters; lone surrogates become U+FFFD, vertical tabs blanks."""
    return storable(_INVISIBLE.sub("", _BLANKS.sub(" ", text)))


@dataclass(frozen=True)
class Head:
    """The start of a document, for recognising its format; ``complete`` when it is all of it."""

    text: str
    complete: bool
    suffix: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines that are not blank, without a last one that is cut."""
        lines = self.text.split("\n")
        return [line for line in (lines if self.complete else lines[:-1]) if line.strip()]


@dataclass
class Text:
    """An open document. ``failure`` is set when reading stopped early (a damaged archive, a disk error).

    ``stream`` is what is read, ``packed`` the compressed bytes that it comes from, if any, ``source`` the file.
    """

    head: Head
    encoding: str
    stream: BinaryIO
    source: BinaryIO
    packed: _Replay | None = None
    failure: str | None = field(default=None, init=False)

    def close(self) -> None:
        """Close the file that the text comes from, unless it is standard input."""
        if self.source is not standard_input():
            self.source.close()

    def chunks(self, limit: float = math.inf) -> Iterator[str]:
        """The clean text in pieces; every line ends with ``\\n``.

        Raises ``UnreadableError`` after ``limit`` characters.
        """
        decoder = _decoder(self.encoding)
        size = 0
        ended = False
        while not ended:
            try:
                data = self.stream.read(_CHUNK)
            except _READ_ERRORS as error:
                self.failure = f"reading stopped early: {_one_line(error)}"
                data = b""
            ended = not data
            chunk = decoder.decode(data, ended)
            size += len(chunk)
            if size > MAX_DOCUMENT_CHARS and self.packed and size > MAX_GROWTH * self.packed.taken:
                raise UnreadableError(f"grows more than {MAX_GROWTH}-fold when it is decompressed; is it a bomb?")
            if size > limit:
                raise UnreadableError(
                    f"is larger than {limit // 2**20} million characters; split it, or convert it to JSON Lines"
                )
            yield clean(chunk)

    def lines(self, limit: float = math.inf) -> Iterator[tuple[int, str]]:
        """Numbered lines in flat memory; one above ``MAX_LINE_CHARS`` is cut just past it. ``limit`` as for chunks."""
        number, line = 1, ""
        for chunk in self.chunks(limit):
            first, *others = chunk.split("\n")
            line += first[: MAX_LINE_CHARS + 1 - len(line)]
            for other in others:
                yield number, line
                number, line = number + 1, other
        if line:
            yield number, line

    def whole(self) -> str:
        """All of the text.

        Raises ``UnreadableError`` above ``MAX_DOCUMENT_CHARS``.
        """
        return "".join(self.chunks(MAX_DOCUMENT_CHARS))


def standard_input() -> BinaryIO:
    """Standard input without its buffer, whose lock would keep Python from ending while a thread waits for input."""
    return cast("BinaryIO", getattr(sys.stdin.buffer, "raw", sys.stdin.buffer))


def open_text(source: BinaryIO, name: str) -> Text:
    """The document in ``source``, decompressed and ready to read; ``name`` only hints at its format.

    Raises ``UnreadableError`` for what is empty or not text.
    """
    data = _read_head(source)
    stream, packed = _Replay(data, source), None
    if data.startswith(b"\x1f\x8b"):
        name = name.lower().removesuffix(".gz")
        packed = stream
        unpacked = cast("BinaryIO", gzip.GzipFile(fileobj=cast("BinaryIO", packed)))
        data = _read_head(unpacked)
        stream = _Replay(data, unpacked)
    encoding = _encoding(data)
    _check_is_text(data, encoding)
    complete = len(data) < HEAD_BYTES
    head = Head(clean(_decoder(encoding).decode(data, complete)), complete, _suffix(name))
    if complete and not head.text.strip():
        raise UnreadableError("is empty")
    return Text(head, encoding, cast("BinaryIO", stream), source, packed)


class _Replay(io.RawIOBase):
    """The bytes already read, then the rest of the stream: pipes cannot be rewound. ``taken`` counts them."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start = io.BytesIO(start)
        self._rest = rest
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._start.read(len(view)) or _read_some(self._rest, len(view))
        view[: len(data)] = data
        self.taken += len(data)
        return len(data)


def _read_some(stream: BinaryIO, size: int) -> bytes:
    """At most ``size`` bytes, from a single read where the stream offers that: what precedes damage is kept."""
    read1 = getattr(stream, "read1", stream.read)
    return cast("bytes", read1(size))


def _read_head(stream: BinaryIO) -> bytes:
    data = b""
    try:
        while len(data) < HEAD_BYTES and (more := _read_some(stream, HEAD_BYTES - len(data))):
            data += more
    except _READ_ERRORS as error:
        if not data:
            raise UnreadableError(f"cannot be read: {_one_line(error)}") from None
        # Otherwise the damage shows again, in its place, when the document is read.
    return data


def _one_line(error: BaseException) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())


def _suffix(name: str) -> str:
    return "." + name.rpartition(".")[2].lower() if "." in name else ""


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    if declared := _DECLARED.match(data):
        name = declared[1].decode("ascii").lower()
        if name in {"iso-8859-1", "latin1", "us-ascii"}:
            return "cp1252"  # as browsers do
        with suppress(LookupError, ValueError, AssertionError):
            if "<".encode(name) == b"<":  # a UTF-16 document could not have been read this far
                return codecs.lookup(name).name
    return "utf-8"


def _check_is_text(data: bytes, encoding: str) -> None:
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            raise UnreadableError(f"is {kind}")
    if encoding in {"utf-16", "utf-32"}:
        return
    controls = len(data) - len(data.translate(None, _CONTROL_BYTES))
    if controls > MAX_CONTROL_SHARE * len(data):
        raise UnreadableError("is a binary file")


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("as-windows-1252", _as_windows_1252)


def _decoder(encoding: str) -> io.IncrementalNewlineDecoder:
    errors = "as-windows-1252" if encoding.startswith("utf-8") else "replace"
    return io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors), translate=True)
