"""Versions that a reader has open, and the removal of what nobody has open."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from urbansdg.store.versions.version import read_version

_LEASED_FILE: Final = "CURRENT"
"""The file of a RocksDB store that is locked: each has one of its own, and it is not replaced."""


def hold(version: Path) -> IO[str]:
    """Hold a version against its removal, until the file that is returned is closed.

    `version` is the path of its RocksDB store, of one revision. The kernel lets go when the process
    dies.
    """
    lease = (version / _LEASED_FILE).open(encoding="utf-8")
    fcntl.flock(lease, fcntl.LOCK_SH)
    return lease


def remove_stale(folder: Path) -> None:
    """Remove the graphs of a version that were replaced by a revision, but those that are held."""
    own = read_version(folder).path
    for graph in folder.glob("graph*"):
        if graph != own:
            with alone(graph) as nobody:
                if nobody:
                    shutil.rmtree(graph, ignore_errors=True)


@contextmanager
def alone(graph: Path) -> Iterator[bool]:
    """Tell whether nobody holds the graph of a version, and keep it so for the while."""
    if not (graph / _LEASED_FILE).is_file():  # a part of one, that was being made or removed
        yield True
        return
    with (graph / _LEASED_FILE).open(encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
