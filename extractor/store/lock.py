"""The lock that keeps a second extraction off a store. Readers do not take it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractor.errors import StoreError

_PATIENCE = 0.5  # seconds: enough for a run that is just ending


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold ``<file>.lock`` for the block. The operating system frees it when the process dies, however it dies.

    Raises StoreError that names the holder's process id where another process holds it.
    """
    file = path.resolve()  # the same lock by whichever link the store is named
    lock = file.with_name(file.name + ".lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{lock}: cannot lock the store: {error.strerror}") from error
    try:
        if not _lock(descriptor):
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise StoreError(f"{path}: process {holder} is extracting into this store; wait for it or use another --db")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
