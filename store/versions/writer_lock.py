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

from urbansdg.errors import StoreBusy

_PAUSE = 0.05


@contextmanager
def writing(path: Path, policy: float = 0.0) -> Iterator[None]:
    """Hold the writers' lock; wait at most `policy` seconds for another writer.

    Raises `StoreBusy`, which names the holder. The lock is `flock(2)`: the kernel drops it when
    the holder dies, so none is ever left behind.
    """
    with path.open("a+", encoding="utf-8") as file:
        _acquire(file, policy)
        file.truncate(0)
        file.write(json.dumps(_holder()))
        file.flush()
        yield


def _acquire(file: IO[str], policy: float) -> None:
    deadline = time.monotonic() + policy
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
