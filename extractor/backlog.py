"""The papers that are still to be extracted, as they are read."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from extractor.papers import Paper
    from extractor.records import Work

READ_BATCH = 2000
"""Papers read, stored and compared with the store at a time."""
_FIRST_BATCH = 50


class Tally(Protocol):
    """Counts of the different papers read, and of those among them that were done already."""

    papers: int
    skipped: int


class Known(Protocol):
    """Where papers are stored, and where it is known which of them are done."""

    def add_papers(self, papers: Iterable[Paper]) -> int: ...  # noqa: D102
    def done(self, work: Work, paper_ids: Collection[str]) -> set[str]: ...  # noqa: D102
    def as_stored(self, papers: Sequence[Paper]) -> list[Paper]: ...  # noqa: D102


class Backlog:
    """Reads papers, stores each of them, and gives those that are not done under ``work``, each once and as stored.

    At most ``limit`` different papers are read; with ``force`` none counts as done. The ``tally`` is kept up.
    """

    def __init__(
        self,
        papers: Iterator[Paper],
        store: Known,
        work: Work,
        tally: Tally,
        *,
        limit: int | None = None,
        force: bool = False,
    ) -> None:
        self._papers, self._store, self._work, self._tally = papers, store, work, tally
        self._limit, self._force = limit, force
        self._seen = _Ids()
        self._closed = False

    def __iter__(self) -> Iterator[Paper]:
        # Few at first, so that work begins while a slow source still gives papers.
        while batch := self.read(min(READ_BATCH, _FIRST_BATCH + len(self._seen))):
            yield from batch

    def read(self, size: int) -> list[Paper]:
        """The next papers to extract, found among ``size`` or more that are read; empty at the end."""
        while (batch := list(islice(self._papers, self._allowed(size)))) and not self._closed:
            added = self._store.add_papers(batch)
            new = {paper.paper_id: paper for paper in batch if self._seen.add(paper.paper_id)}
            known = len(new) > added
            done = self._store.done(self._work, list(new)) if known and not self._force else set()
            self._tally.papers += len(new)
            self._tally.skipped += len(done)
            pending = [paper for paper_id, paper in new.items() if paper_id not in done]
            if pending:
                return self._store.as_stored(pending) if known else pending
        return []

    def close(self) -> None:
        """Read no more; a :meth:`read` under way in another thread ends before it stores anything further."""
        self._closed = True

    def _allowed(self, size: int) -> int:
        return size if self._limit is None else min(size, self._limit - len(self._seen))


class _Ids:
    """A set of papers' ids in some ten bytes each, for millions of them; a set of strings takes ten times as much."""

    def __init__(self) -> None:
        self._count = 0
        self._by_start: defaultdict[str, array[int]] = defaultdict(lambda: array("Q"))

    def add(self, paper_id: str) -> bool:
        """Add an id, and return whether it is new."""
        # 16 of an id's 20 hex digits fill a number of 64 bits.
        same_start, rest = self._by_start[paper_id[:-16]], int(paper_id[-16:], 16)
        if rest in same_start:
            return False
        same_start.append(rest)
        self._count += 1
        return True

    def __len__(self) -> int:
        return self._count
