"""Checksums of a version's files, by which damage is found.

RocksDB never writes to a table file again, and a fork shares it by a hard link: what was hashed for
the version before is not hashed again, by its inode, size and time.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from urbansdg.errors import VersionDamaged
from urbansdg.store.versions.durable_files import write_durably
from urbansdg.store.versions.version import place

FILE: Final = "checksums.json"
"""The name of the file that they are in, beside the version's record."""
_LEFT_OUT: Final = ("LOG", "LOCK")
"""Prefixes of names of files without graph data, which reading may change."""

Sums = dict[str, list[str | int]]
"""By name: the SHA-256 in hex, the size in bytes, the inode, the time in nanoseconds."""


def record(folder: Path, before: Path | None) -> frozenset[Path]:
    """Write the checksums of the version in a folder; `before` is that of the version before.

    Return the files that it shares with that one: they were brought to the disk with it.
    """
    known = {tuple(entry[1:]): entry[0] for entry in _read(before).values()} if before else {}
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


def damaged(folder: Path, read: dict[int, str] | None = None) -> list[str]:
    """Return the names of the files that are gone, or not what was recorded, by reading them all.

    `read` has, by inode, what was read of files that other versions share. A version that was made
    before there were checksums has none to be held to.
    """
    known = {} if read is None else read
    sums = _read(folder)
    files = dict(_files(folder))
    for name in sums.keys() & files.keys():
        inode = files[name].stat().st_ino
        known[inode] = known.get(inode) or _readable(files[name])
    return sorted(
        name
        for name, entry in sums.items()
        if name not in files or known[files[name].stat().st_ino] != entry[0]
    )


def incomplete(folder: Path) -> list[str]:
    """Return the names of the files that are gone or of another size: a look that is quick."""
    files = dict(_files(folder))
    return sorted(
        name
        for name, entry in _read(folder).items()
        if name not in files or files[name].stat().st_size != entry[1]
    )


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    record = folder / "version.json"
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
    file = folder / FILE
    if not file.exists():
        return {}
    try:
        return _checked(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise VersionDamaged(
            f"The checksums of version {folder.name} cannot be read: {error}.",
            "Restore the data directory from a backup.",
        ) from error


def _checked(sums: object) -> Sums:
    """Return checksums as they were read; raises TypeError, ValueError for what is none."""
    if not isinstance(sums, dict):
        raise TypeError("they are no table")
    for sha256, *numbers in sums.values():
        if not isinstance(sha256, str) or [type(number) for number in numbers] != [int, int, int]:
            raise ValueError(f"{sha256!r} is none")
    return sums


def _readable(file: Path) -> str:
    """Return the checksum of a file, "" where it cannot be read."""
    try:
        return _hashed(file)
    except OSError:
        return ""


def _hashed(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
