"""A backup: one version in a tar archive, with the checksum of each of its members."""

import bz2
import fcntl
import gzip
import hashlib
import io
import json
import lzma
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final, cast

from urbansdg.errors import StoreExists, StoreNotWritable, VersionDamaged
from urbansdg.settings import checked_base
from urbansdg.store.backend import VersionedBackend
from urbansdg.store.graph_store import GraphStore
from urbansdg.store.retention import hold
from urbansdg.store.versions import checksums
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.disk_space import keep_reserve
from urbansdg.store.versions.durable_files import sync, sync_tree
from urbansdg.store.versions.file_errors import CAUSES_OF_WRITES, number_of
from urbansdg.store.versions.version import Version, damaged, open_store_files, read_version
from urbansdg.store.versions.writer_lock import writable

_MANIFEST: Final = "manifest.json"
_MEMBER: Final = re.compile(r"version\.json|checksums\.json|graph(?:-[0-9]+)?/[A-Za-z0-9.-]+")
"""What an archive may hold: no folder, no link, no path that leads elsewhere."""

RATIO: Final = 100
"""How many times larger than the file a compressed archive may be: versions compress to a third."""
_BAD: Final = (zlib.error, lzma.LZMAError)
_LEAST: Final = 64 << 20
"""So many bytes any archive may have: a small graph has files that are mostly empty."""
_MOST_MEMBERS: Final = 10_000
_LARGEST_MANIFEST: Final = 32 << 20
_LARGEST_NUMBER: Final = 10**15 - 1
_CHUNK: Final = 1 << 20
_DRAFT: Final = ".restore-"
_COMPRESSIONS: Final[dict[bytes, Callable[[Path], IO[bytes]]]] = {
    b"\x1f\x8b": lambda file: cast("IO[bytes]", gzip.GzipFile(file)),
    b"BZh": lambda file: cast("IO[bytes]", bz2.BZ2File(file)),
    b"\xfd7zXZ\x00": lambda file: cast("IO[bytes]", lzma.LZMAFile(file)),  # noqa: SIM115  # its caller closes it
}
"""By the first bytes of a file: how it is opened."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a backup: the base URI, the number of the version, the checksums."""

    base: str
    number: int
    sha256: dict[str, str]


def backup(store: VersionedBackend, version: Version, file: Path) -> None:
    """Write a version into a file, whole or not at all.

    Raises `StoreNotWritable` where the file cannot be written, `VersionDamaged`.
    """
    damage = checksums.damaged(version.path.parent)
    if damage:
        raise damaged(version.number, f"{damage[0]} is not what was written")
    draft = file.with_name(f".{file.name}.draft")
    try:
        with closing(hold(version.path)), tarfile.open(draft, "w") as archive:
            _pack(archive, store, version)
        draft.replace(file)
    except OSError as error:
        raise StoreNotWritable(
            f"Cannot write the backup {file}: {error.strerror or error}.",
            "Choose a file in a writable directory with enough space.",
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _pack(archive: tarfile.TarFile, store: VersionedBackend, version: Version) -> None:
    folder = version.path.parent
    sums: dict[str, str] = {}
    named = (folder / name for name in ("version.json", checksums.FILE))
    records = (path for path in named if path.is_file())  # without its trail: it leads nowhere
    for member in sorted((*records, *(path for path in version.path.iterdir() if path.is_file()))):
        name = str(member.relative_to(folder))
        archive.add(member, name, recursive=False)
        with member.open("rb") as content:
            sums[name] = hashlib.file_digest(content, "sha256").hexdigest()
    manifest_record = Manifest(store.base, version.number, sums)
    manifest = json.dumps(asdict(manifest_record), indent=1).encode()
    entry = tarfile.TarInfo(_MANIFEST)
    entry.size = len(manifest)
    archive.addfile(entry, io.BytesIO(manifest))


def restore(
    file: Path, directory: Path, prepare: Callable[[GraphStore], object] = lambda _: None
) -> GraphStore:
    """Create a graph from a backup, in a new or empty directory.

    `prepare` is given the graph before it is moved to the directory, for example to remove persons.
    The archive may be compressed by gzip, bzip2 or xz; then it unpacks to at most `RATIO` times its
    size, or to 64 MiB.

    Raises `VersionDamaged` where the file is not a whole backup, `StoreExists` where the directory
    is in use, `StoreNotWritable`, and what `prepare` raises. After an error, nothing is left there
    or beside it. What a killed restore left is removed by the next one into the same place.
    """
    if directory.exists() and any(directory.iterdir()):
        raise StoreExists(
            f"The directory {directory} is not empty.", "Name a new or empty one with --data-dir."
        )
    with writable(directory), _parents_of(directory), _draft_folder(directory) as folder:
        draft = DataDirectory(folder / "graph")
        manifest = _unpacked(file, draft, folder)
        _require_readable(file, draft, manifest)
        draft.forks.mkdir()
        keep_reserve(draft.directory)
        draft.point(manifest.number)
        restored = read_version(draft.versions / str(manifest.number))
        is_old = restored.merged is None  # an older release backed it up
        draft.write_record(manifest.base, *((1,) if is_old else ()))
        prepare(GraphStore.open(draft.directory))
        sync_tree(draft.directory)
        if directory.exists():
            directory.rmdir()
        draft.directory.rename(directory)
        sync(directory.parent)
    return GraphStore.open(directory)


@contextmanager
def _parents_of(directory: Path) -> Iterator[None]:
    """Make the folders above a directory; after an error, remove those that were made."""
    missing = [folder for folder in directory.absolute().parents if not folder.exists()]
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with suppress(OSError):
            for folder in missing:
                folder.rmdir()
        raise


@contextmanager
def _draft_folder(directory: Path) -> Iterator[Path]:
    """Make a folder beside the directory, locked while it is in use; remove abandoned ones."""
    for leftover in directory.parent.glob(f"{_DRAFT}*"):
        handle = os.open(leftover, os.O_RDONLY)
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(leftover, ignore_errors=True)
        os.close(handle)
    with tempfile.TemporaryDirectory(prefix=_DRAFT, dir=directory.parent) as name:
        handle = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(handle)


def _unpacked(file: Path, draft: DataDirectory, scratch: Path) -> Manifest:
    """Unpack an archive below a draft of a data directory; return its manifest."""
    try:
        plain = _decompressed(file, scratch / "backup.tar")
        with tarfile.open(plain, "r:") as archive:
            members = _members(archive)
            manifest = _manifest(_read_manifest(archive, members[_MANIFEST]))
            if members.keys() != {_MANIFEST, *manifest.sha256}:
                raise _damaged(file, "its content differs from its manifest")
            folder = draft.versions / str(manifest.number)
            folder.mkdir(parents=True)
            for name, sha256 in manifest.sha256.items():
                _place(archive, members[name], folder, sha256)
        (scratch / "backup.tar").unlink(missing_ok=True)
    except tarfile.ReadError as error:  # its text lists what each compression reports
        raise _damaged(file, "it is not a complete tar archive") from error
    except OSError as error:
        if number_of(error) in CAUSES_OF_WRITES:
            raise
        raise _damaged(file, str(error)) from error
    except (tarfile.TarError, ValueError, KeyError, TypeError, EOFError, *_BAD) as error:
        raise _damaged(file, str(error)) from error
    return manifest


def _decompressed(file: Path, target: Path) -> Path:
    """Return an archive that is not compressed: the file, or the target, where it is written.

    Raises ValueError where it unpacks to more than it may.
    """
    with file.open("rb") as content:
        head = content.read(max(map(len, _COMPRESSIONS)))
    opened = next((way for magic, way in _COMPRESSIONS.items() if head.startswith(magic)), None)
    if opened is None:
        return file
    most = max(_LEAST, RATIO * file.stat().st_size)
    left = most
    with opened(file) as content, target.open("wb") as out:
        while chunk := content.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise ValueError(f"it unpacks to more than {most:,} bytes")
            out.write(chunk)
    return target


def _members(archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """Return the members of an archive by name: files with plain names, each there once."""
    members: dict[str, tarfile.TarInfo] = {}
    for member in archive:
        name = member.name
        if len(members) >= _MOST_MEMBERS:
            raise ValueError(f"it has more than {_MOST_MEMBERS:,} members")
        if name != _MANIFEST and not _MEMBER.fullmatch(name):
            raise ValueError(f"{name[:100]!r} is no file of a version")
        if not member.isreg() or member.issparse():
            raise ValueError(f"{name} is no plain file")
        if name in members:
            raise ValueError(f"it has {name} twice")
        members[name] = member
    return members


def _read_manifest(archive: tarfile.TarFile, member: tarfile.TarInfo) -> object:
    if member.size > _LARGEST_MANIFEST:
        raise ValueError(f"its manifest has {member.size:,} bytes")
    return json.loads(_extracted(archive, member).read())


def _manifest(record: object) -> Manifest:
    """Return the manifest in a record; raises ValueError, TypeError where it is not one."""
    if not isinstance(record, dict) or record.keys() != {"base", "number", "sha256"}:
        raise TypeError("its manifest is not that of a backup")
    match record:
        case {"base": str(base), "number": int(number), "sha256": dict(sums)}:
            if isinstance(number, bool) or not 0 <= number <= _LARGEST_NUMBER:
                raise ValueError(f"{number} is not the number of a version")
            if not all(isinstance(value, str) for value in sums.values()):
                raise TypeError("its checksums are not text")
            return Manifest(checked_base(base), number, sums)
        case _:
            raise TypeError("its manifest is not that of a backup")


def _place(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, sha256: str) -> None:
    """Write a member out, and hold it to its checksum."""
    target = folder / member.name
    target.parent.mkdir(exist_ok=True)
    with _extracted(archive, member) as content, target.open("wb") as out:
        shutil.copyfileobj(content, out)
    with target.open("rb") as written:
        if hashlib.file_digest(written, "sha256").hexdigest() != sha256:
            raise ValueError(f"{member.name} is not what was backed up")


def _extracted(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    if content is None:
        raise ValueError(f"{member.name} is no file")
    return content


def _require_readable(file: Path, draft: DataDirectory, manifest: Manifest) -> None:
    """Raise `VersionDamaged` where the version that was unpacked cannot be opened.

    Its checksums are recorded again, with the inodes that the files have here.
    """
    folder = draft.versions / str(manifest.number)
    try:
        open_store_files(read_version(folder))
    except VersionDamaged as error:
        raise _damaged(file, "its version cannot be read") from error
    checksums.record(folder, None)


def _damaged(file: Path, why: str) -> VersionDamaged:
    return VersionDamaged(
        f"Damaged backup {file}: {why}.", "Use another backup; nothing was restored."
    )
