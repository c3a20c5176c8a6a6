"""Archives from outside: what a spreadsheet (a ZIP file) unpacks to is known beforehand."""

from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from urbansdg.errors import Place, SourceUnreadable

UNPACKED: Final = 512 << 20
"""Bytes that an archive may unpack to."""

ENTRIES: Final = 5_000
_ENCRYPTED: Final = 0x1


def checked_archive(path: Path) -> None:
    """See that an archive is whole and bounded, and that its names stay inside.

    Only its directory is read: a part that unpacks to more than that says fails when it is read.
    Raises `SourceUnreadable`.
    """
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
    except (BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise _refused(path, f"it is not a whole ZIP file ({error})") from error
    why = _wrong(entries)
    if why is not None:
        raise _refused(path, why)


def _wrong(entries: list[ZipInfo]) -> str | None:
    size = sum(entry.file_size for entry in entries)
    if len(entries) > ENTRIES:
        return f"it has {len(entries):,} parts, and {ENTRIES:,} are allowed"
    if size > UNPACKED:
        return f"it unpacks to {size >> 20:,} MiB, and {UNPACKED >> 20} MiB are allowed"
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        return "it is protected by a password"
    if any(_outside(entry.filename) for entry in entries):
        return "it names files outside itself"
    return None


def _outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts


def _refused(path: Path, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{path.name} cannot be read: {why}.",
        "Save it again from the program that it was made with, without a password.",
        place=Place(path.name),
    )
