"""One writer at a time: a file lock that names its holder and dies with its process."""

import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from urbansdg.errors import StoreBusy, StoreNotWritable
from urbansdg.store.versions.file_errors import write_failure

_PAUSE = 0.05


@contextmanager
def writable(directory: Path) -> Iterator[None]:
    """Raise `StoreNotWritable`, which names the data directory, where a write to it fails."""
    try:
        yield
    except (PermissionError, NotADirectoryError, FileExistsError, FileNotFoundError) as error:
        raise StoreNotWritable(
            f"The directory {directory} is not writable: {error.strerror}.",
            "Give the process write permission there, or choose another directory with --data-dir.",
        ) from error
    except OSError as error:
        raise write_failure(error, directory) from error


@contextmanager
def writing(path: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold the writers' lock; wait at most `patience` seconds for another writer.

    Raises `StoreBusy`, which names the holder, and `StoreNotWritable`. The lock is `flock(2)`: the
    kernel drops it when the holder dies, so none is ever left behind.
    """
    with writable(path.parent):
        file = path.open("a+", encoding="utf-8")
    with file:
        _acquire(file, patience)
        file.truncate(0)
        file.write(json.dumps(_holder()))
        file.flush()
        yield


def _acquire(file: IO[str], patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise _busy(file) from None
            time.sleep(_PAUSE)
        else:
            return


def _holder() -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": Path(sys.argv[0]).name,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _busy(file: IO[str]) -> StoreBusy:
    file.seek(0)
    try:
        holder = json.loads(file.read())
        who = "process {pid} ({command}) on {host}, since {since}".format(**holder)
    except (ValueError, KeyError, TypeError):
        who = "a process that has just started"
    return StoreBusy(
        f"The graph is being written by {who}.",
        "Wait until it has finished, or set a longer time to wait with URBANSDG_LOCK_SECONDS.",
    )
