"""Every error that a user can cause or meet, as one small tree.

    ClaimsError
    ├── UsageError        wrong arguments, unreadable input, a bad setting      exit 2
    │   ├── DocumentError   a document that cannot be read as papers            exit 2
    │   └── AmbiguousError  words that mean several papers                      exit 2
    ├── StoreError        the database: locked, damaged, newer, not a store     exit 2
    │   └── QueryError      SQL that is wrong, refused or too slow              exit 2
    └── ModelError        the model or its server: key, address, answers        exit 1
        ├── RejectedError   an answer no repetition can change (400, 401, 403, 404)
        ├── UnavailableError  no answer after all retries (429, 5xx, time-outs, broken connections)
        ├── HaltedError     no request was sent: the run was stopped, or its budget is used up
        └── EmbeddedError   the embedded model cannot be assembled, or its server does not last

The command line prints the message of a ``ClaimsError`` as one line, candidates below it, and exits with its
``exit_code``; any other exception is a bug and shows its traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class ClaimsError(Exception):
    """Something the user can understand and mend; the message is one line and names the way out."""

    exit_code = 1


class UsageError(ClaimsError):
    """The user's input is wrong: arguments, settings or documents."""

    exit_code = 2


class DocumentError(UsageError):
    """A document that cannot be read as papers."""


class AmbiguousError(UsageError):
    """Words that mean several papers. ``candidates`` has a line for each of the first ones, and one for the rest."""

    def __init__(self, message: str, *, candidates: Sequence[str]) -> None:
        super().__init__(message)
        self.candidates = candidates


class StoreError(ClaimsError):
    """The store cannot be opened or written: locked, damaged, from a newer version, disk full."""

    exit_code = 2


class QueryError(StoreError):
    """SQL that DuckDB refuses, that is not a single read, or that ran past its time limit."""


class ModelError(ClaimsError):
    """The model or its server did not do its part. ``for_all``: every other request must fail the same way."""

    for_all = False


class RejectedError(ModelError):
    """The server refused the request for good: repeating it would not help.

    ``for_all`` is true of a wrong key (401, 403), a wrong name (404) and a server that takes no JSON schema (400); an
    abstract that is too long for the model (400, 413, 422) says nothing about the next one.
    """

    def __init__(self, message: str, *, for_all: bool) -> None:
        super().__init__(message)
        self.for_all = for_all


class UnavailableError(ModelError):
    """The server gave no usable answer after all retries (429, 5xx, time-outs, broken connections)."""


class HaltedError(ModelError):
    """The request was not sent, because the run was stopped or its budget is used up."""


class EmbeddedError(ModelError):
    """The embedded model cannot be assembled, verified or started, or its server ends again and again."""

    for_all = True
