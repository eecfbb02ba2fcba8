"""What the tests of readers read with: papers and rejects apart."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from extractor.ingest import Reject, read_papers
from extractor.papers import Paper


class Found(NamedTuple):
    papers: list[Paper]
    rejects: list[str]

    @property
    def titles(self) -> list[str]:
        return [paper.title for paper in self.papers]


Reader = Callable[..., Found]


def read_all(paths: Sequence[str | Path]) -> Found:
    found = list(read_papers(paths))
    return Found(
        [item for item in found if isinstance(item, Paper)], [str(item) for item in found if isinstance(item, Reject)]
    )
