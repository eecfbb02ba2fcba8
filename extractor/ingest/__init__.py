"""Reading papers from documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

from extractor.errors import DocumentError
from extractor.ingest.entry import Damage, NoPaperError, Reject, to_paper
from extractor.ingest.locate import Document, find_documents
from extractor.ingest.registry import recognise
from extractor.ingest.text import UnreadableError
from extractor.papers import Paper, Source

__all__ = ["Reject", "papers_in", "read_papers"]


def read_papers(paths: Sequence[str | Path]) -> Iterator[Paper | Reject]:
    """The papers in files, directories, globs and standard input (``-``), one after another as they are read.

    Each paper has one ``Source``: the document relative to the argument that named it, and the paper's place in it.
    The same paper in two places comes twice; see :func:`extractor.papers.merge_papers`. A record that cannot be used
    gives a ``Reject``, as does (with ``whole``) a document that gave no paper at all.

    Raises ``DocumentError``, before anything is read, for an argument that names nothing or a file that is empty or not
    text.
    """
    documents = find_documents(paths)
    return (found for document in documents for found in _read(document))


def papers_in(paths: Sequence[str | Path], on_reject: Callable[[Reject], None]) -> Iterator[Paper]:
    """The papers of :func:`read_papers`; what cannot be used goes to ``on_reject``.

    The first paper is read at once, so that a caller who starts something with it need not where there is none. Raises
    ``DocumentError`` in that case too.
    """
    papers = _without_rejects(read_papers(paths), on_reject)
    first = next(papers, None)
    if first is None:
        raise DocumentError(f"no paper with an abstract in {', '.join(map(str, paths))}")
    return chain([first], papers)


def _without_rejects(items: Iterator[Paper | Reject], on_reject: Callable[[Reject], None]) -> Iterator[Paper]:
    for item in items:
        if isinstance(item, Reject):
            on_reject(item)
        else:
            yield item


def _read(document: Document) -> Iterator[Paper | Reject]:
    position = 0
    try:
        text = document.open()
        with closing(text):
            for record in recognise(text.head).read(text):
                if isinstance(record, Damage):
                    yield Reject(document.shown, record.line, record.reason)
                    continue
                try:
                    paper = to_paper(record.fields)
                except NoPaperError as error:
                    yield Reject(document.shown, record.line, str(error))
                    continue
                position += 1
                yield replace(paper, sources=(Source(document.label, position),))
            if text.failure:
                yield Reject(document.shown, None, text.failure)
    except UnreadableError as error:
        yield Reject(document.shown, None, str(error), whole=not position)
        return
    if not position:
        yield Reject(document.shown, None, "no paper with an abstract found", whole=True)
