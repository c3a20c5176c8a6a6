"""ZIP archives of sites: unpacked below a scratch folder, with limits."""

import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from urbansdg.errors import Place, SourceUnreadable
from urbansdg.loaders.spreadsheets.zip_archives import check_archive

_ENTRIES: Final = 50_000
"""A published site in six languages has some twenty thousand files."""

_BLOCK: Final = 1 << 20
_DAMAGED: Final = (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


def unpack(path: Path, folder: Path, is_part: Callable[[str], bool]) -> Path:
    """Unpack the wanted parts of an archive into a folder, and return the folder.

    The size of each part is that of the archive's directory: a part that decompresses to more is
    refused while it is read. Links and parts outside the archive are never created. Raises
    `SourceUnreadable`.
    """
    check_archive(path, entries=_ENTRIES)
    folder.mkdir(parents=True)
    try:
        with ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.is_dir() and is_part(entry.filename):
                    _write(archive, entry, folder)
    except _DAMAGED as error:
        raise SourceUnreadable(
            f"{path.name} cannot be unpacked: {error}.",
            "Download or create the archive again.",
            place=Place(path.name),
        ) from error
    return folder


def _write(archive: ZipFile, entry: ZipInfo, folder: Path) -> None:
    target = folder.joinpath(*PurePosixPath(entry.filename.replace("\\", "/")).parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    with archive.open(entry) as part, target.open("wb") as file:
        while block := part.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise ValueError(f"{entry.filename} is larger than its directory says")
            file.write(block)
