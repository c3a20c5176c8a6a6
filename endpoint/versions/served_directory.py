"""The lock of the server on its data directory, by which a second server notices the first.

Two servers on one directory are allowed, for example while one replaces the other: versions do not
change, writes take turns, and each server follows the versions of the other. But an operator who
did not mean it should know: both prepare dumps and pages, and limits count for each alone.
"""

import fcntl
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_FILE: Final = "server.lock"
_LOG: Final = logging.getLogger(__name__)


@contextmanager
def served(directory: Path) -> Iterator[None]:
    """Hold the lock of the server; log a warning that names the server which has it already.

    The processes that this one forks share the lock. Nothing is done where the directory is
    read-only.
    """
    try:
        handle = os.open(directory / _FILE, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        yield
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _LOG.warning(
                "Another server, %s, serves the data directory %s too. Both answer, and their"
                " writes take turns. Stop one of them if that is not intended.",
                _holder(handle),
                directory,
            )
        else:
            with suppress(OSError):  # the disk may be full
                _describe(handle)
        yield
    finally:
        os.close(handle)


def _describe(handle: int) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(record).encode(), 0)


def _holder(handle: int) -> str:
    try:
        return "process {pid} on {host} since {since}".format(
            **json.loads(os.pread(handle, 999, 0))
        )
    except (ValueError, KeyError, TypeError):
        return "which has just started"
