"""Another process that holds a store."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from extractor.store import Store

EXTRACTING = "from extractor.store import Store; lock = Store(sys.argv[1]).exclusive(); lock.__enter__()"
WRITING = "import duckdb; connection = duckdb.connect(sys.argv[1])"
WAIT = "; print('ready', flush=True); sys.stdin.read()"


@contextmanager
def holder(code: str, store: Store) -> Iterator[int]:
    """Another process that has run ``code`` and now waits; its id."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys; {code}{WAIT}", store.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process.pid
        finally:
            process.kill()
