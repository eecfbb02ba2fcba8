"""Coverage-guided fuzzing of all readers: ``python fuzz_documents.py CORPUS -max_total_time=60`` (needs atheris)."""

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    import atheris

    with atheris.instrument_imports(include=["extractor.ingest"]):
        import_module("extractor.ingest")

from extractor.errors import DocumentError
from extractor.ingest import Reject, read_papers
from extractor.papers import Paper


def read_safely(path: Path, content: bytes) -> None:
    """Read a document of this content; whatever it is, what comes of it is papers and rejects as promised."""
    path.write_bytes(content)
    try:
        found = list(read_papers([path]))
    except DocumentError as error:
        found = [Reject(str(path), None, str(error))]
    assert found
    for item in found:
        assert isinstance(item, Paper | Reject)
        if isinstance(item, Reject):
            assert str(item).startswith(str(path))
            assert len(str(item).splitlines()) == 1
        else:
            assert item.title.strip()
            assert item.abstract.strip()
            for text in (item.title, item.abstract, *item.authors):
                assert text == " ".join(text.split())
                text.encode()


if __name__ == "__main__":
    suffixes = ["txt", "md", "jsonl", "json", "csv", "bib", "ris", "xml", "html", "gz"]
    with TemporaryDirectory() as folder:

        def test_one_input(data: bytes) -> None:
            read_safely(Path(folder) / f"a.{suffixes[sum(data[:64]) % len(suffixes)]}", data)

        atheris.Setup(sys.argv, test_one_input)
        atheris.Fuzz()
