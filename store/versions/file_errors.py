"""The true cause of an error of a file: a full disk, a limit of the process, rights, or damage.

RocksDB reports errors as text, without a number: they are recognised by the words of strerror(3).
"""

import errno
import os
import tempfile
from pathlib import Path
from typing import Final

from urbansdg.errors import StoreError, StoreNotWritable
from urbansdg.store.versions.disk_space import free_bytes

_UNCHANGED: Final = "The graph has not changed."
_REMEDIES: Final = {
    errno.ENOSPC: "Remove old versions with `urbansdg prune --keep N`, or enlarge the disk.",
    errno.EDQUOT: "Remove old versions with `urbansdg prune --keep N`, or have the quota raised.",
    errno.EROFS: "The system may have mounted it so after an error: see `dmesg`.",
    errno.EMFILE: "Raise its limit: `ulimit -n`, or LimitNOFILE of systemd.",
    errno.ENFILE: "Raise the limit of the machine: `sysctl fs.file-max`.",
    errno.EFBIG: "Raise the limit on the size of a file: `ulimit -f`, or LimitFSIZE of systemd.",
    errno.EIO: "The disk is failing: see `dmesg`, and replace it.",
    errno.ENOMEM: "Give the process more memory.",
    errno.EACCES: "Run as the user who owns the data directory, or give this one the rights.",
    errno.EPERM: "Run as the user who owns the data directory, or give this one the rights.",
}
_MEGABYTE: Final = 1_000_000
CAUSES_OF_WRITES: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""Errors that only writing has."""
_FULL_DATABASE: Final = "database or disk is full"
"""What SQLite says of a full disk."""
_TOO_FEW_FILES: Final = "file descriptors"
"""Of the sentence in which Oxigraph refuses to open a store in a process with a low limit."""
_OF_THE_PROCESS: Final = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES, errno.EPERM)
"""Errors of reading that say nothing of the file itself."""


def write_failure(error: OSError, directory: Path) -> StoreNotWritable:
    """Return the error of a write to a data directory that failed, with its true cause.

    Where the disk of the temporary files is full, that one is named.
    """
    match number_of(error):
        case errno.ENOSPC | errno.EDQUOT as number:
            place = _full_place(directory)
            free = _size(free_bytes(place))
            message = f"The disk with {place} is full: {free} are free now, too few for the write."
            if number == errno.EDQUOT:
                message = f"The disk quota for {place} is used up."
        case errno.EROFS as number:
            message = f"The file system with {directory} is read-only."
        case errno.EMFILE | errno.ENFILE as number:
            whose = "The process" if number == errno.EMFILE else "The machine"
            message = f"Writing to {directory} failed: {whose.lower()} has too many open files."
        case errno.EFBIG as number:
            message = f"Writing to {directory} failed: a file exceeds the limit of the process."
        case number:
            message = f"Writing to {directory} failed: {error.strerror or error}."
    remedy = _REMEDIES.get(number or 0, "Check the disk (`df`, `dmesg`).")
    return StoreNotWritable(message, f"{remedy} {_UNCHANGED}")


def check_readable(error: Exception, what: str) -> None:
    """Raise `StoreError` where an error of reading a file says nothing of the file: no damage."""
    number = number_of(error)
    if number is not None and number in _OF_THE_PROCESS:
        raise StoreError(
            f"{what} cannot be read: {os.strerror(number)}.", _REMEDIES[number]
        ) from error


def number_of(error: Exception) -> int | None:
    """Return the number of an error of the system, also where it is only in the text."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    return number_in(str(error))


def number_in(text: str) -> int | None:
    """Return the number of the error of the system that a text reports, None for no such error."""
    if _TOO_FEW_FILES in text:
        return errno.EMFILE
    if _FULL_DATABASE in text:
        return errno.ENOSPC
    return next((number for number in _REMEDIES if os.strerror(number) in text), None)


def failure_of_system(text: str, directory: Path) -> StoreNotWritable | None:
    """Return the error where a text reports a full disk or a limit of the process, else None.

    Such a text is what a parser or a child process wrote; what it was reading is not to blame.
    """
    number = number_in(text)
    if number in {*CAUSES_OF_WRITES, errno.EMFILE, errno.ENFILE}:
        return write_failure(OSError(number, os.strerror(number)), directory)
    return None


def _full_place(directory: Path) -> Path:
    """Return which of the two disks is full: that of the graph, or that of temporary files."""
    elsewhere = Path(tempfile.gettempdir())
    return min((directory, elsewhere), key=free_bytes)


def _size(count: int) -> str:
    return f"{count / _MEGABYTE:,.1f} MB" if count >= _MEGABYTE // 10 else f"{count:,} bytes"
