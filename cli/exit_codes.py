"""Exit codes: what a script can tell from how the command ended."""

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
    """How the command ended."""

    DONE = 0
    PROBLEMS_IN_INPUT = 1
    USAGE = 2
    STORE = 3
    QUERY = 4
    SERVER = 5
    AUDIT = 6
    INTERRUPTED = 130


MEANING = {
    Exit.DONE: "Done; also when there was nothing to change",
    Exit.PROBLEMS_IN_INPUT: "The input has problems; none of it was loaded, or part (--quarantine)",
    Exit.USAGE: "The command line or a setting cannot be understood",
    Exit.STORE: "The graph on disk cannot be used: missing, busy, not writable, another base",
    Exit.QUERY: "The query is wrong, was refused, or went over a limit",
    Exit.SERVER: "The server cannot start: the port is taken",
    Exit.AUDIT: "The audited site fails a check, or does not answer",
    Exit.INTERRUPTED: "Interrupted from the keyboard; the graph is as it was",
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
