"""Temporary folders: a later start removes those of a killed process."""

import fcntl
import os
import re
import shutil
import stat
import tempfile
import weakref
from pathlib import Path
from typing import Final

_PREFIX: Final = "urbansdg-work-"
_NAME: Final = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")
"""A name of ours. A folder that an operator chose, such as `urbansdg-data`, does not match."""


class TemporaryFolder(tempfile.TemporaryDirectory[str]):
    """A new folder in the temporary directory, removed with its content by `cleanup`.

    Its process holds a lock on it. The kernel releases the lock when the process and its forks end,
    so the lock shows that a folder is in use where a process id would not: another process may
    have got the number, and a container has numbers of its own.
    """

    def __init__(self) -> None:
        """Make the folder, and lock it."""
        while True:
            super().__init__(prefix=_PREFIX)
            lock = _lock(Path(self.name))
            if lock is not None:
                break
            super().cleanup()  # another process removed it before it was locked
        self._unlock = weakref.finalize(self, os.close, lock)

    def cleanup(self) -> None:
        """Remove the folder."""
        super().cleanup()
        self._unlock()


def remove_abandoned_folders() -> None:
    """Remove the temporary folders of this user whose process no longer exists."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if not _NAME.fullmatch(folder.name):
            continue
        lock = _lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _lock(folder: Path) -> int | None:
    """Return the descriptor of the lock on a folder; None if it is in use, gone or another's."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    status = os.fstat(descriptor)
    is_ours = status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == stat.S_IRWXU
    if not is_ours or status.st_nlink == 0:
        os.close(descriptor)
        return None
    return descriptor
