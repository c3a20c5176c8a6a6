"""ZIP archives from outside, such as spreadsheets: checked before anything is decompressed."""

from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from urbansdg.errors import Place, SourceUnreadable

UNPACKED: Final = 512 << 20
"""Bytes that an archive may decompress to."""

ENTRIES: Final = 5_000
_ENCRYPTED: Final = 0x1  # general purpose bit 0 (APPNOTE.TXT, 4.4.4)


def check_archive(path: Path, entries: int = ENTRIES) -> None:
    """Check that an archive is complete, within limits, and has no paths outside itself.

    `entries` is the limit of its parts.

    Only the directory is read: a part that decompresses to more than its size there fails on
    reading. Raises `SourceUnreadable`.
    """
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
    except (BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise _failure(path, f"it is not a complete ZIP file ({error})") from error
    why = _wrong(parts, entries)
    if why is not None:
        raise _failure(path, why)


def _wrong(entries: list[ZipInfo], most: int) -> str | None:
    size = sum(entry.file_size for entry in entries)
    if len(entries) > most:
        return f"it has {len(entries):,} parts, but the limit is {most:,}"
    if size > UNPACKED:
        return f"it decompresses to {size >> 20:,} MiB, but the limit is {UNPACKED >> 20} MiB"
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        return "it is protected by a password"
    if any(_outside(entry.filename) for entry in entries):
        return "it contains paths outside itself"
    return None


def _outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts


def _failure(path: Path, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{path.name} cannot be read: {why}.",
        "Save it again with the program that it was made with, without a password.",
        place=Place(path.name),
    )
