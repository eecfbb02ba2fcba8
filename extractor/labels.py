"""Claims to score and labels to score them by: files of ``{"id", "claims"}`` a line, and what a store holds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from extractor.contract import Direction, Effect
from extractor.errors import UsageError
from extractor.papers import fold_space
from extractor.store.migrations import reading


class Prediction(BaseModel):
    """A claim as a model reported it. What it left out is None; fields as in :class:`extractor.contract.Claim`."""

    model_config = ConfigDict(frozen=True)

    improvement: str | None = None
    metric: str | None = None
    direction: str | None = None
    effect: str | None = None
    method: str | None = None
    baseline: str | None = None
    hardware: str | None = None
    setting: str | None = None


class Label(Prediction):
    """A claim as an annotator wrote it down: complete, with null where the text says nothing."""

    improvement: str
    metric: str
    direction: Direction
    effect: Effect
    method: str
    baseline: str | None
    hardware: str | None
    setting: str | None


@dataclass(frozen=True, slots=True)
class StorePredictions:
    """The claims of a store by label id, and the label ids it has none for.

    ``claims`` has an entry, perhaps an empty list, for every paper that a model read. ``not_stored`` are labels without
    a paper in the store; the papers of ``not_extracted`` are there, but no model has read them with success.
    """

    claims: dict[str, list[Prediction]]
    not_stored: tuple[str, ...]
    not_extracted: tuple[str, ...]


# --- files

_ClaimT = TypeVar("_ClaimT", bound=Prediction)
_LineT = TypeVar("_LineT", bound="_Line")
_POSITION = re.compile(r" at line 1 (?=column \d+$)")


class _Line(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str


class _Claims(_Line, Generic[_ClaimT]):
    claims: list[_ClaimT]


class _Title(_Line):
    title: str


def read_labels(path: str | Path) -> dict[str, list[Label]]:
    """The labels of a gold file by id, in the order of the file.

    A claim must have all eight fields; others are ignored. Raises UsageError that names file and line where one is
    missing or wrong or an id comes twice, and for a file that is empty or cannot be read.
    """
    labels = _read_claims(Path(path), _Claims[Label])
    if not labels:
        raise UsageError(f'{path}: holds no labels; a line is {{"id": …, "claims": […]}}')
    return labels


def read_predictions(path: str | Path) -> dict[str, list[Prediction]]:
    """The predictions of a file by id. A claim may lack fields; otherwise as :func:`read_labels`."""
    return _read_claims(Path(path), _Claims[Prediction])


def read_titles(path: str | Path) -> dict[str, set[str]]:
    """The titles of a papers file (``id`` and ``title`` a line) by label id.

    A paper that stands in two documents has two lines, and counts under either title. Raises UsageError that names file
    and line.
    """
    titles: dict[str, set[str]] = {}
    for _, line in _lines(Path(path), _Title):
        titles.setdefault(line.id, set()).add(line.title)
    return titles


def _read_claims(path: Path, form: type[_Claims[_ClaimT]]) -> dict[str, list[_ClaimT]]:
    claims: dict[str, list[_ClaimT]] = {}
    for number, line in _lines(path, form):
        if line.id in claims:
            raise UsageError(f"{path}:{number}: the id {line.id!r} stands in an earlier line already")
        claims[line.id] = line.claims
    return claims


def _lines(path: Path, form: type[_LineT]) -> Iterator[tuple[int, _LineT]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if text := line.removeprefix(b"\xef\xbb\xbf").strip():
                    try:
                        yield number, form.model_validate_json(text)
                    except ValidationError as error:
                        raise UsageError(f"{path}:{number}: {_first_fault(error)}") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot read: {error.strerror}") from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in fault["loc"])
    reason = _POSITION.sub(" at ", fault["msg"])
    return f"{place}: {reason}" if place else reason


# --- the store

# One row for each way in which a label meets a paper.
_MEETINGS = """
    WITH latest AS (
        SELECT paper_id, arg_max(extraction_id, (finished_at, extraction_id)) AS extraction_id
        FROM extractions
        WHERE status IN ('ok', 'truncated') AND ($model IS NULL OR model = $model)
        GROUP BY paper_id
    ), met AS (
        SELECT label, p.rowid AS place, true AS by_id FROM wanted JOIN papers p ON p.external_id = label
        UNION
        SELECT label, p.rowid, false FROM wanted JOIN papers p ON lower(p.title) = lower(wanted.title)
    )
    SELECT label, p.title, bool_or(by_id) AS by_id, NOT bool_and(by_id) AS by_title, any_value(extraction_id)
    FROM met JOIN papers p ON p.rowid = met.place LEFT JOIN latest USING (paper_id)
    GROUP BY label, place, p.title
    ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class _Meeting:
    """A paper of the store that may be a label's; ``extraction`` is its latest one."""

    label: str
    title: str
    by_id: bool
    by_title: bool
    extraction: str | None


def predictions_from_store(
    store: str | Path, gold_ids: Collection[str], papers_file: str | Path | None = None, model: str | None = None
) -> StorePredictions:
    """What the store at ``store`` claims for each label: of the latest successful extraction, or of that by ``model``.

    A label meets the paper whose ``external_id`` is the label's id, else the one whose title ``papers_file`` gives for
    it, white space and case aside. Of several papers with that title the first that was extracted counts; two labels
    with one title both get that paper's claims.

    Raises UsageError where an id can be looked up in neither way, where no label at all meets a paper or an extracted
    one, for an id that several papers share, and for a model that the store does not know; StoreError for a store
    that cannot be opened.
    """
    store = Path(store)
    titles = {} if papers_file is None else read_titles(papers_file)
    with reading(store) as connection:
        _require_model(connection, store, model)
        met = _meetings(connection, gold_ids, titles, model)
        _require_titles(gold_ids, met, titles, papers_file, store)
        chosen = {label: _choose(meetings, store) for label, meetings in met.items()}
        extractions = {label: meeting.extraction for label, meeting in chosen.items() if meeting.extraction}
        if not extractions:
            whose = "" if model is None else f" by {model}"
            raise UsageError(
                f"{store}: none of the {len(chosen)} labelled papers is extracted{whose}; run 'claims extract'"
            )
        claims = _claims(connection, set(extractions.values()))
    return StorePredictions(
        claims={label: claims.get(extractions[label], []) for label in gold_ids if label in extractions},
        not_stored=tuple(label for label in gold_ids if label not in chosen),
        not_extracted=tuple(label for label in gold_ids if label in chosen and label not in extractions),
    )


def _require_model(connection: duckdb.DuckDBPyConnection, store: Path, model: str | None) -> None:
    known = [name for (name,) in connection.execute("SELECT DISTINCT model FROM extractions ORDER BY model").fetchall()]
    if model is not None and model not in known:
        raise UsageError(f"{store}: no extraction by {model!r}; the models are: {', '.join(known) or 'none yet'}")


def _meetings(
    connection: duckdb.DuckDBPyConnection, ids: Collection[str], titles: Mapping[str, set[str]], model: str | None
) -> dict[str, list[_Meeting]]:
    labels = [label for label in ids for _ in titles.get(label, [None])]
    wanted = [None if title is None else fold_space(title) for label in ids for title in titles.get(label, [None])]
    table = {"label": pa.array(labels, pa.string()), "title": pa.array(wanted, pa.string())}
    connection.register("wanted", pa.table(table))
    met: dict[str, list[_Meeting]] = {}
    for row in connection.execute(_MEETINGS, {"model": model}).fetchall():
        meeting = _Meeting(*row)
        met.setdefault(meeting.label, []).append(meeting)
    return met


def _require_titles(
    ids: Collection[str],
    met: Mapping[str, object],
    titles: Mapping[str, object],
    papers_file: str | Path | None,
    store: Path,
) -> None:
    """Refuse labels that no title is known for, unless the papers of others were found by id."""
    unknown = [label for label in ids if label not in met and label not in titles]
    if papers_file is not None and unknown:
        raise UsageError(
            f"{papers_file}: no title for the label {unknown[0]!r}, and no paper in {store} has it as external_id"
        )
    if not met:
        way_out = "extract the papers first" if titles else "name a file that maps ids to titles with --papers"
        raise UsageError(f"{store}: holds none of the {len(ids)} labelled papers; {way_out}")


def _choose(meetings: Sequence[_Meeting], store: Path) -> _Meeting:
    candidates = [meeting for meeting in meetings if meeting.by_id] or list(meetings)
    candidates = [meeting for meeting in candidates if meeting.by_title] or candidates
    if len({meeting.title.lower() for meeting in candidates}) > 1 and candidates[0].by_id:
        raise UsageError(
            f"{store}: {len(candidates)} papers have the external_id {candidates[0].label!r}; "
            "say which one is meant by its title with --papers"
        )
    return next((meeting for meeting in candidates if meeting.extraction), candidates[0])


def _claims(connection: duckdb.DuckDBPyConnection, extractions: Collection[str]) -> dict[str, list[Prediction]]:
    connection.register("chosen", pa.table({"extraction_id": pa.array(list(extractions), pa.string())}))
    columns = ", ".join(Prediction.model_fields)
    query = f"SELECT extraction_id, {columns} FROM claims SEMI JOIN chosen USING (extraction_id) ORDER BY ordinal"
    rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    claims: dict[str, list[Prediction]] = {}
    for row in rows:
        claims.setdefault(row.pop("extraction_id"), []).append(Prediction(**row))
    return claims
