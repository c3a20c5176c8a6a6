"""The space on the disk of a data directory, and a reserve that is given up on a full disk.

`prune` needs a little space to free more: it locks the directory and moves folders. Where the disk
is full, the file `reserve` is removed first, and written again when there is space.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

RESERVE: Final = "reserve"
"""The name of the file of reserved space, in the data directory."""
_RESERVED: Final = 1 << 18
_PLENTY: Final = 1 << 24
"""The reserve is written where so much is free, so that it never takes the last space.

On a disk of less than four times that, a quarter of the disk is enough.
"""
_QUARTER: Final = 4
_FEW_FILES: Final = 1_000
_SMALL_DISK: Final = 10


def free_bytes(place: Path) -> int:
    """Return how many bytes a process without special rights may still write there."""
    space = os.statvfs(_existing(place))
    return space.f_bavail * space.f_frsize


def shortage(place: Path, least: int) -> str:
    """Return what a disk is short of, "" where there is enough.

    `least` is in bytes; for a disk of less than ten times that, it is a tenth of the disk. A file
    system that has a fixed number of files may run out of these, too.
    """
    space = os.statvfs(_existing(place))
    least = min(least, space.f_blocks * space.f_frsize // _SMALL_DISK)
    free = space.f_bavail * space.f_frsize
    if free < least:
        return f"{free / 1_000_000:,.1f} MB are free, fewer than {least / 1_000_000:,.1f} MB"
    if space.f_files and space.f_favail < _FEW_FILES:
        return f"it takes only {space.f_favail} more files"
    return ""


def keep_reserve(directory: Path) -> None:
    """Write the reserve, where it is missing and the disk has plenty of space."""
    file = directory / RESERVE
    with suppress(OSError):
        if file.exists() or free_bytes(directory) < _plenty(directory):
            return
        handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(handle, 0, _RESERVED)
        finally:
            os.close(handle)


@contextmanager
def spending_reserve(directory: Path) -> Iterator[None]:
    """Give the reserve up for a work that frees space, and write it again afterwards."""
    with suppress(OSError):
        (directory / RESERVE).unlink(missing_ok=True)
    try:
        yield
    finally:
        keep_reserve(directory)


def _plenty(directory: Path) -> int:
    """Return how many bytes have to be free on a disk for the reserve to be written."""
    space = os.statvfs(directory)
    return min(_PLENTY, space.f_blocks * space.f_frsize // _QUARTER)


def _existing(place: Path) -> Path:
    """Return the place, or the nearest folder above it that is there."""
    return next((path for path in (place, *place.absolute().parents) if path.exists()), Path("/"))
