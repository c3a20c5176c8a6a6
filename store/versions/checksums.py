"""Checksums of a version's files, by which damage is found.

RocksDB never writes to a table file again, and a fork shares it by a hard link: what was hashed for
the version before is not hashed again, by its inode, size and time.

Damage is found in two ways. `altered` is quick: it takes a file of the recorded inode, size and
time as whole, and reads any other. Every write does it, and so does the server for `/ready`. It
does not see a byte that the disk itself changed. `damaged` reads everything: `urbansdg verify` does
it, and the server in quiet moments, which notes what it found (`note_suspects`) for the next write.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

from urbansdg.errors import VersionDamaged
from urbansdg.store.versions.durable_files import write_durably
from urbansdg.store.versions.file_errors import check_readable
from urbansdg.store.versions.version import damaged as damaged_version
from urbansdg.store.versions.version import place

FILE: Final = "checksums.json"
"""The name of the file that they are in, beside the version's record."""
_RECORD: Final = "version.json"
_SUSPECTS: Final = "suspects.json"
_LEFT_OUT: Final = ("LOG", "LOCK")
"""Prefixes of names of files without graph data, which reading may change."""

_MOST_NAMED: Final = 3
"""So many damaged files are named in a message."""

Sums = dict[str, list[str | int]]
"""By name: the SHA-256 in hex, the size in bytes, the inode, the time in nanoseconds."""


class RecordedVersion(Protocol):
    """A version whose files are checked: its number, and its RocksDB directory."""

    @property
    def number(self) -> int:
        """The number of the version."""

    @property
    def path(self) -> Path:
        """The RocksDB directory, in the folder that has the checksums."""


def record(folder: Path, before: Path | None) -> frozenset[Path]:
    """Write the checksums of the version in a folder; `before` is that of the version before.

    Return the files that it shares with that one: they were brought to the disk with it.
    """
    known = {} if before is None else {tuple(entry[1:]): entry[0] for entry in _known(before)}
    files = dict(_files(folder))
    keys = {name: _key(file) for name, file in files.items()}
    fresh = [name for name, key in keys.items() if key not in known]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # to hash releases the GIL
        hashed = dict(zip(fresh, pool.map(_hashed, map(files.__getitem__, fresh)), strict=True))
    sums: Sums = {name: [hashed.get(name) or known[key], *key] for name, key in keys.items()}
    write_durably(folder / FILE, json.dumps(sums, indent=0))
    return frozenset(files[name] for name in keys.keys() - hashed.keys())


def _key(file: Path) -> tuple[int, int, int]:
    stat = file.stat()
    return stat.st_size, stat.st_ino, stat.st_mtime_ns


def altered(folder: Path) -> list[str]:
    """Return the names of the files that are gone or not what was recorded: a look that is quick.

    Only files of another inode, size or time than recorded are read, those that are suspected, and
    the record of the version: it is short, and a digit that the disk changed leaves it readable.
    A data directory that was copied has other inodes: there, all files are read until the next
    write records the new ones.
    """
    suspected = suspects(folder) | {_RECORD}
    files = dict(_files(folder))
    wrong = []
    for name, (sha256, *key) in _read(folder).items():
        try:
            now = _key(files[name])
        except (KeyError, OSError):
            wrong.append(name)
            continue
        if (list(now) != key or name in suspected) and (
            now[0] != key[0] or _hashed_once(files[name], now, is_fresh=name in suspected) != sha256
        ):
            wrong.append(name)
    return sorted(wrong)


def require_recorded(version: RecordedVersion) -> None:
    """Raise `VersionDamaged` where a file of a version is gone or altered, by a quick look.

    Its files are shared with the version that a write makes of it, and damage would be too.
    """
    files = altered(version.path.parent)
    if files:
        raise damaged_version(version.number, named(files))


def is_as_recorded(version: RecordedVersion) -> bool:
    """Return whether no file of a version is gone or altered, by a quick look."""
    try:
        require_recorded(version)
    except VersionDamaged:
        return False
    return True


def named(files: list[str]) -> str:
    """Return what is wrong with damaged files, the first by name."""
    first = ", ".join(files[:_MOST_NAMED])
    more = f" and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else ""
    verb = "is" if len(files) == 1 else "are"
    return f"{first}{more} {verb} missing or not as written"


def note_suspects(folder: Path, names: list[str]) -> None:
    """Record which files of the version in a folder are damaged, where only a whole read shows it.

    With no names, an earlier record is removed.
    """
    if not names:
        (folder / _SUSPECTS).unlink(missing_ok=True)
    elif frozenset(names) != suspects(folder):
        write_durably(folder / _SUSPECTS, json.dumps(names))


def suspects(folder: Path) -> frozenset[str]:
    """Return the names of the files that are recorded as damaged; they are read whole each time."""
    try:
        return frozenset(map(str, json.loads((folder / _SUSPECTS).read_text("utf-8"))))
    except (OSError, ValueError, TypeError, RecursionError):
        return frozenset()


_HASHED: Final[dict[tuple[int, int, int], str]] = {}
"""What this process has read of files whose inode is not the recorded one, by what identifies them.

The server looks every few seconds, and a data directory that was copied has only such files.
"""


def _hashed_once(file: Path, key: tuple[int, int, int], *, is_fresh: bool) -> str:
    if is_fresh or key not in _HASHED:
        _HASHED[key] = _readable(file)
    return _HASHED[key]


def damaged(
    folder: Path, read: dict[int, str] | None = None, pause: Callable[[], None] = lambda: None
) -> list[str]:
    """Return the names of the files that are gone, or not what was recorded, by reading them all.

    `read` has, by inode, what was read of files that other versions share; `pause` is called after
    each file. Raises `VersionDamaged`
    where the checksums themselves cannot be read.
    """
    known = {} if read is None else read
    sums = _read(folder)
    files = dict(_files(folder))
    for name in sums.keys() & files.keys():
        inode = files[name].stat().st_ino
        known[inode] = known.get(inode) or _readable(files[name])
        pause()
    return sorted(
        name
        for name, entry in sums.items()
        if name not in files or known[files[name].stat().st_ino] != entry[0]
    )


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    record = folder / _RECORD
    if record.is_file():
        yield record.name, record
    graph = folder / _place(record)
    for file in sorted(graph.iterdir() if graph.is_dir() else ()):
        if not file.name.startswith(_LEFT_OUT):
            yield f"{graph.name}/{file.name}", file


def _place(record: Path) -> str:
    """Return where a version has its graph; one whose record is damaged is damaged anyway."""
    try:
        return place(int(json.loads(record.read_text("utf-8")).get("revision", 0)))
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return place(0)


def _read(folder: Path) -> Sums:
    try:
        return _checked(json.loads((folder / FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        check_readable(error, f"The record of the checksums of version {folder.name}")
        raise VersionDamaged(
            f"The checksums of version {folder.name} cannot be read: {error}.",
            "Run `urbansdg repair`.",
        ) from error


def _known(before: Path) -> list[list[str | int]]:
    """Return the checksums of the version before; none where it is gone, after a repair."""
    try:
        return list(_read(before).values())
    except VersionDamaged:
        return []


def _checked(sums: object) -> Sums:
    """Return checksums as they were read; raises TypeError, ValueError for what is none."""
    if not isinstance(sums, dict):
        raise TypeError("they are no table")
    for sha256, *numbers in sums.values():
        if not isinstance(sha256, str) or [type(number) for number in numbers] != [int, int, int]:
            raise ValueError(f"{sha256!r} is none")
    return sums


def _readable(file: Path) -> str:
    """Return the checksum of a file, "" where it cannot be read; raises `StoreError`."""
    try:
        return _hashed(file)
    except OSError as error:
        check_readable(error, file.name)
        return ""


def _hashed(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
