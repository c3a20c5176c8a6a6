"""Exit codes: why the command ended, for scripts."""

from enum import IntEnum

from urbansdg.errors import (
    AuditError,
    LoadError,
    QueryError,
    ServeError,
    SettingsError,
    StoreError,
    UrbanSdgError,
)


class Exit(IntEnum):
    """Why the command ended."""

    DONE = 0
    PROBLEMS_IN_INPUT = 1
    USAGE = 2
    STORE = 3
    QUERY = 4
    SERVER = 5
    AUDIT = 6
    INTERRUPTED = 130


MEANING = {
    Exit.DONE: "Done, or there was nothing to change.",
    Exit.PROBLEMS_IN_INPUT: "The input has problems. With --quarantine, its valid part was loaded;"
    " otherwise nothing was.",
    Exit.USAGE: "Invalid command line or setting.",
    Exit.STORE: "The graph cannot be used: missing, busy, damaged, not writable, another base URI.",
    Exit.QUERY: "The query has a syntax error, was refused, or exceeded a limit.",
    Exit.SERVER: "The server cannot start, for example because the port is in use.",
    Exit.AUDIT: "The audited site failed a check, or did not answer.",
    Exit.INTERRUPTED: "Interrupted from the keyboard. The graph has not changed.",
}

_OF_ERRORS: tuple[tuple[type[UrbanSdgError], Exit], ...] = (
    (SettingsError, Exit.USAGE),
    (StoreError, Exit.STORE),
    (LoadError, Exit.PROBLEMS_IN_INPUT),
    (QueryError, Exit.QUERY),
    (ServeError, Exit.SERVER),
    (AuditError, Exit.AUDIT),
)


def exit_of(error: UrbanSdgError) -> Exit:
    """Return the exit code of an error."""
    return next((code for kind, code in _OF_ERRORS if isinstance(error, kind)), Exit.USAGE)
