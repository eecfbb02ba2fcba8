"""Tables of records: JSON Lines, JSON, CSV and TSV. JSON Lines and CSV are read in flat memory."""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Set

from extractor.ingest.entry import Damage, Entry
from extractor.ingest.text import MAX_LINE_CHARS, MAX_RECORD_CHARS, Head, Text
from extractor.papers import fold_space

_FIELDS = (
    *("title", "abstract", "authors", "n_authors", "subject", "date", "upvotes", "external_id"),
    *("url", "doi", "arxiv_id"),
)
# The names that common exports give to the fields of a paper, best first, in small letters and as one word.
_ALIASES = {
    "documenttitle": "title",
    "articletitle": "title",
    "papertitle": "title",
    "summary": "abstract",
    "abstractnote": "abstract",
    "abstracttext": "abstract",
    "paperabstract": "abstract",
    "author": "authors",
    "authorships": "authors",
    "authorsparsed": "authors",
    "paperauthors": "authors",
    "id": "external_id",
    "published": "date",
    "publicationdate": "date",
    "issued": "date",
    "publicationyear": "date",
    "year": "date",
    "subjects": "subject",
    "categories": "subject",
    "link": "url",
    "arxiv": "arxiv_id",
}
_NAMES = {field.replace("_", ""): field for field in _FIELDS} | _ALIASES
_PARTING = re.compile(r"[\s_-]+")
_MAX_JSON_FAILURES = 100  # each may cost a scan of the document
_LIST_END = re.compile(r"\s*\]")
_DELIMITERS = ",\t;|"
_QUOTED_LINES = 1_000  # the most lines a quoted field may span: a stray quotation mark must not swallow the file


def _fields(record: Mapping[str, object]) -> dict[str, object]:
    """The record under the names of ``Paper``; a field's own name counts before its aliases, unless it is empty."""
    found = {_PARTING.sub("", key.lower()): value for key, value in (_content(record) | dict(record)).items()}
    fields: dict[str, object] = {}
    for name, field in _NAMES.items():
        if name in found and fields.get(field) in (None, ""):
            fields[field] = found[name]
    return fields


def _content(record: Mapping[str, object]) -> dict[str, object]:
    """What OpenReview keeps under ``content``: ``{"title": {"value": "Fast trees"}}``, or without ``value``."""
    content = record.get("content")
    if not isinstance(content, dict):
        return {}
    return {key: value.get("value") if isinstance(value, dict) else value for key, value in content.items()}


def _json(source: str) -> object:
    """The value, or the ``ValueError`` that says what is wrong with it."""
    try:
        return json.loads(source, strict=False)
    except RecursionError:
        return ValueError("nested too deeply")
    except ValueError as error:
        return error


# --- JSON Lines


def looks_like_jsonl(head: Head) -> bool:
    """Whether most lines are JSON objects; the file name counts where the text is no JSON as a whole."""
    if head.complete and isinstance(_json(head.text), dict):
        return False
    if head.suffix in {".jsonl", ".ndjson"} and not head.text.lstrip().startswith("["):
        return True
    objects = sum(line.lstrip().startswith("{") and isinstance(_json(line), dict) for line in head.lines)
    return 2 * objects > len(head.lines)


def read_jsonl(text: Text) -> Iterator[Entry | Damage]:
    """One record a line."""
    for number, line in text.lines():
        if len(line) > MAX_LINE_CHARS:
            yield Damage(number, f"the line is longer than {MAX_LINE_CHARS // 2**20} million characters")
        elif line.strip():
            yield _json_entry(number, _json(line))


def _json_entry(number: int, record: object) -> Entry | Damage:
    if isinstance(record, ValueError):
        return Damage(number, f"not JSON: {record}")
    if not isinstance(record, dict):
        return Damage(number, f"not a JSON object but {type(record).__name__}")
    return Entry(number, _fields(record))


# --- JSON


def looks_like_json(head: Head) -> bool:
    """Whether the text starts like a JSON object or array."""
    start = head.text.lstrip()[:200]
    return start.startswith("{") or (start.startswith("[") and start[1:].lstrip()[:1] in {"{", "]", ""})


def read_json(text: Text) -> Iterator[Entry | Damage]:
    """The records of an array, of a list of objects inside an object, or a single record.

    A list whose objects have titles comes before others ("facets"), and before an object that has a title but no
    abstract, as a library may. After a damaged record reading goes on at the next one.
    """
    source = text.whole()
    start = 0
    if source.lstrip().startswith("{") and isinstance(data := _json(source), dict):
        named = _fields(data).keys()
        key = _list_of(data, {"title"}) or (None if "title" in named else _list_of(data, set()))
        if key is None or {"title", "abstract"} <= named:
            yield _json_entry(1, data)
            return
        found = re.search(re.escape(json.dumps(key, ensure_ascii="\\u" in source)) + r"\s*:\s*\[", source)
        start = found.end() if found else 0
    yield from _objects(source, start)


def _list_of(data: Mapping[str, object], names: Set[str]) -> str | None:
    """The key of the first list of objects that have fields of these names."""
    for key, value in data.items():
        if isinstance(value, list) and any(isinstance(one, dict) and names <= _fields(one).keys() for one in value):
            return key
    return None


def _objects(source: str, position: int) -> Iterator[Entry | Damage]:
    """The objects from a position on, up to the end of their list."""
    decoder = json.JSONDecoder(strict=False)
    line, counted, failures = 1, 0, 0
    while (position := source.find("{", position)) >= 0 and failures < _MAX_JSON_FAILURES:
        line, counted = line + source.count("\n", counted, position), position
        try:
            record, position = decoder.raw_decode(source, position)
        except (ValueError, RecursionError) as error:
            failures += 1
            position += 1
            if '"title"' in source[position : source.find("{", position)]:
                yield Damage(line, f"not JSON: {getattr(error, 'msg', 'nested too deeply')}")
        else:
            yield _json_entry(line, record)
            if _LIST_END.match(source, position):
                return


# --- CSV and TSV


def looks_like_csv(head: Head) -> bool:
    """Whether the first line names the columns ``title`` and ``abstract``, or the file is named as a table."""
    return head.suffix in {".csv", ".tsv"} or bool(head.lines and _delimiter(head.lines[0]))


def _delimiter(header: str) -> str | None:
    for delimiter in _DELIMITERS:
        if {"title", "abstract"} <= _fields(dict.fromkeys(_cells([header], delimiter) or [])).keys():
            return delimiter
    return None


def _cells(lines: list[str], delimiter: str, *, strict: bool = False) -> list[str] | None:
    """The cells of one row that spans ``lines``; None where it does not end there or is damaged."""
    try:
        rows = list(csv.reader([line + "\n" for line in lines], delimiter=delimiter, strict=strict))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def read_csv(text: Text) -> Iterator[Entry | Damage]:
    """One record a row, under the column names of the first line.

    A row with a stray quotation mark does not swallow the rows after it: it is rejected where the marks do not end in a
    row of the right width, and reading goes on at the next line.
    """
    lines = text.lines()
    header = next((line for _, line in lines if line.strip()), "")
    delimiter = _delimiter(header)
    if delimiter is None:
        yield Damage(None, "has no columns title and abstract in its first line")
        return
    columns = _cells([header], delimiter) or []
    ahead: deque[tuple[int, str]] = deque()
    while row := (ahead.popleft() if ahead else next(lines, None)):
        number, line = row
        if not line.strip():
            continue
        cells = _row(line, len(columns), delimiter, ahead, lines)
        if cells is None:
            yield Damage(number, f"the row does not have {len(columns)} columns; is a quotation mark missing?")
        else:
            yield Entry(number, _fields(dict(zip(columns, map(fold_space, cells), strict=False))))


def _row(
    line: str, width: int, delimiter: str, ahead: deque[tuple[int, str]], lines: Iterator[tuple[int, str]]
) -> list[str] | None:
    """The cells of the row that starts with ``line``; lines it does not use are put into ``ahead``."""
    spanned = [line]
    taken: list[tuple[int, str]] = []
    marks, size = line.count('"'), len(line)
    while (
        marks % 2
        and len(spanned) < _QUOTED_LINES
        and size < MAX_RECORD_CHARS
        and (following := ahead.popleft() if ahead else next(lines, None))
    ):
        taken.append(following)
        spanned.append(following[1])
        marks += following[1].count('"')
        size += len(following[1])
    cells = _cells(spanned, delimiter, strict=True)
    if cells is not None and (len(cells) == width or not taken):
        return _trimmed(cells, width)
    ahead.extendleft(reversed(taken))
    return _trimmed(_cells([line], delimiter) or [], width)  # once more, forgiving quotation marks inside a cell


def _trimmed(cells: list[str], width: int) -> list[str] | None:
    """The cells, if there are as many as columns but for empty ones at the end; else None."""
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells if len(cells) == width else None
