"""A backup: one version in a tar archive, with the checksum of each of its members."""

import hashlib
import io
import json
import re
import shutil
import tarfile
import tempfile
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from urbansdg.errors import StoreExists, StoreNotWritable, VersionDamaged
from urbansdg.store.backend import VersionedBackend
from urbansdg.store.graph_store import GraphStore
from urbansdg.store.retention import hold
from urbansdg.store.versions import checksums
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.disk_space import keep_reserve
from urbansdg.store.versions.durable_files import sync_tree
from urbansdg.store.versions.version import Version, damaged

_MANIFEST: Final = "manifest.json"
_MEMBER: Final = re.compile(r"version\.json|checksums\.json|graph(?:-[0-9]+)?/[A-Za-z0-9.-]+")
"""What an archive may hold: no folder, no link, no path that leads elsewhere."""


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


def restore(file: Path, directory: Path) -> GraphStore:
    """Create a graph from a backup, in a new or empty directory.

    Raises `VersionDamaged` where the file is not a whole backup, `StoreExists` where the directory
    is in use; then there is nothing there.
    """
    layout = DataDirectory(directory)
    if directory.exists() and any(directory.iterdir()):
        raise StoreExists(
            f"The directory {directory} is not empty.", "Name a new or empty one with --data-dir."
        )
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=directory.parent) as temporary_folder:
        draft = DataDirectory(Path(temporary_folder) / "graph")
        manifest = _unpacked(file, draft)
        draft.forks.mkdir()
        draft.point(manifest.number)
        keep_reserve(draft.directory)
        draft.write_record(manifest.base)
        sync_tree(draft.directory)
        if directory.exists():
            directory.rmdir()
        shutil.move(draft.directory, layout.directory)
    return GraphStore.open(directory)


def _unpacked(file: Path, draft: DataDirectory) -> Manifest:
    try:
        with tarfile.open(file) as archive:
            manifest_text = _extracted(archive, _MANIFEST).read()
            manifest = Manifest(**json.loads(manifest_text))
            folder = draft.versions / str(int(manifest.number))
            folder.mkdir(parents=True)
            if {*archive.getnames()} != {_MANIFEST, *manifest.sha256}:
                raise _damaged(file, "its content differs from its manifest")
            for name, sha256 in manifest.sha256.items():
                _place(archive, name, folder, sha256)
    except tarfile.ReadError as error:  # its text lists what each compression reports
        raise _damaged(file, "it is not a complete tar archive") from error
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise _damaged(file, str(error)) from error
    return manifest


def _place(archive: tarfile.TarFile, name: str, folder: Path, sha256: str) -> None:
    """Write a member out, and hold it to its checksum."""
    if not _MEMBER.fullmatch(name):
        raise ValueError(f"{name!r} is no file of a version")
    target = folder / name
    target.parent.mkdir(exist_ok=True)
    with _extracted(archive, name) as content, target.open("wb") as out:
        shutil.copyfileobj(content, out)
    with target.open("rb") as written:
        if hashlib.file_digest(written, "sha256").hexdigest() != sha256:
            raise ValueError(f"{name} is not what was backed up")


def _extracted(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    if content is None:
        raise ValueError(f"{name} is no file")
    return content


def _damaged(file: Path, why: str) -> VersionDamaged:
    return VersionDamaged(
        f"Damaged backup {file}: {why}.", "Use another backup; nothing was restored."
    )
