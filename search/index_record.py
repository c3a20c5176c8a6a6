"""What is recorded of an index beside its files: of which state of which version it is.

The record is written last. It has the size and the checksum of each file, so that an index whose
files were damaged is noticed before it is used, and made again.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from urbansdg.errors import SearchIndexDamaged
from urbansdg.search.index_schema import FORMAT

_FILE: Final = "record.json"
_CHUNK: Final = 1 << 20
META: Final = "meta.json"
MANAGED: Final = ".managed.json"


@dataclass(frozen=True, slots=True)
class FileSum:
    """The size of a file in bytes, and its CRC-32."""

    size: int
    crc: int


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """The record of an index.

    `mark` and `created` are those of the version, `redactions` says how often versions had been
    revised when it was made. `documents` counts those of `things`, and of words.
    """

    format: int
    base: str
    number: int
    mark: str
    created: str
    redactions: int
    documents: int
    things: int
    files: dict[str, FileSum]


_RECORD: Final = TypeAdapter(IndexRecord)


def read_record(folder: Path) -> IndexRecord:
    """Return the record of the index in a folder; raises `SearchIndexDamaged`.

    The sizes of the files are compared with the record, their content is not.
    """
    try:
        record = _RECORD.validate_json((folder / _FILE).read_bytes())
        is_whole = all((folder / name).stat().st_size == s.size for name, s in record.files.items())
    except (OSError, ValueError) as error:
        message = f"The search index {folder.name} cannot be read: {error}."
        raise SearchIndexDamaged(message) from error
    if record.format != FORMAT:
        message = f"has format {record.format}, and this release reads format {FORMAT}"
        raise SearchIndexDamaged(f"The search index {folder.name} {message}.")
    if not is_whole:
        raise SearchIndexDamaged(f"The search index {folder.name} is not whole.")
    return record


def write_record(folder: Path, record: IndexRecord) -> None:
    """Record an index in its folder."""
    (folder / _FILE).write_bytes(_RECORD.dump_json(record))


def file_sums(folder: Path, known: dict[str, FileSum]) -> dict[str, FileSum]:
    """Return the sums of the files of an index; those known of files that never change are kept."""
    sums = dict[str, FileSum]()
    for file in sorted(folder.iterdir()):
        if file.name.endswith(".lock") or file.name == _FILE:
            continue
        is_known = file.name in known and file.suffix != ".json"
        sums[file.name] = known[file.name] if is_known else _sum(file)
    return sums


FileState = tuple[int, int, int]
"""The inode of a file, its size, and the time of its last change in nanoseconds."""


def damaged_files(
    folder: Path, record: IndexRecord, whole: set[FileState] | None = None
) -> list[str]:
    """Return the names of the files of an index that are not as they were written.

    `whole` are the states of files that were read before, which several indexes share; they are
    not read again, and those that are as they were written are added.
    """
    known, damaged = set[FileState]() if whole is None else whole, list[str]()
    for name, recorded in record.files.items():
        try:
            stat = (folder / name).stat()
            state = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            if state not in known and _sum(folder / name) != recorded:
                damaged.append(name)
            else:
                known.add(state)
        except OSError:
            damaged.append(name)
    return damaged


def _sum(file: Path) -> FileSum:
    crc = size = 0
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
    return FileSum(size, crc)
