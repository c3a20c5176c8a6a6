"""The dumps of a version that are made on request, and kept for a while.

The canonical dump follows from that of the checkpoint and the statements that later versions
removed and added, so that no version has to be read and sorted again; its bytes are the same as if
it had been. Other syntaxes are written from the version. A dump is in `FOLDER/dumps/<number>/`,
with a record of its digest beside it.
"""

import gzip
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.endpoint.editions.dump_names import (
    ALL,
    CHANGES,
    File,
    changes_file,
    files_of,
    measured,
)
from urbansdg.endpoint.editions.edition import dump_of_checkpoint, read_edition
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import Version, VersionedBackend, canonical_dump, open_directory
from urbansdg.store.retention import hold
from urbansdg.store.version_diff import patch_document
from urbansdg.store.versions.changed_subjects import (
    StatementPatch,
    in_one,
    patch_of,
    patches_between,
)
from urbansdg.store.versions.draft_folder import forget

VERSIONS_KEPT: Final = 4
"""Dumps of so many versions are kept; those of another one are made again, byte for byte."""


def file_named(version: Version, ours: str, name: str) -> File | None:
    """Return the dump of a version with a name, None for an unknown one."""
    if name == CHANGES:
        return changes_file() if patch_of(version) is not None else None
    return next((file for file in files_of(version, ours) if file.name == name), None)


def read_dump(folder: Path, version: Version, name: str) -> tuple[File, Path] | None:
    """Return a dump that is made, with its path; None if it is not, is cut off, or is old."""
    edition = read_edition(folder, version)
    checkpoint = dump_of_checkpoint(folder, version.number)
    if name == ALL and edition and edition.checkpoint == version.number:
        file = next(file for file in edition.files if file.name == ALL)
        if checkpoint.is_file() and checkpoint.stat().st_size == file.bytes:
            return file, checkpoint
    path = folder / "dumps" / str(version.number) / name
    try:
        record = json.loads(_record(path).read_text("utf-8"))
        if record.pop("state") != _state(version) or not path.is_file():
            return None
        file = File(**record)
        return (file, path) if path.stat().st_size == file.bytes else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_dump(store: VersionedBackend, version: Version, folder: Path, file: File) -> None:
    """Write a dump of a version; the oldest dumps of other versions are removed."""
    dumps = folder / "dumps"
    path = dumps / str(version.number) / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=dumps))
    try:
        _write(store, version, folder, file, draft / "dump")
        record = asdict(measured(file, draft / "dump", version)) | {"state": _state(version)}
        (draft / "record").write_text(json.dumps(record), "utf-8")
        (draft / "dump").replace(path)
        (draft / "record").replace(_record(path))
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    forget(dumps, VERSIONS_KEPT, version.number)


def _record(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _state(version: Version) -> list[str]:
    return [version.created.isoformat(), version.mark]


def _write(store: VersionedBackend, version: Version, folder: Path, file: File, path: Path) -> None:
    if file.name == ALL:
        lines = _patched_lines(store, version, folder)
        with suppress(OSError, EOFError, zlib.error):  # the dump of the checkpoint is damaged
            if lines is not None and _write_lines(lines, path) == version.triples:
                return
        _write_lines(canonical_dump.ordered_lines(store.read(version)), path)
        return
    with canonical_dump.gzipped(path) as output:
        if file.name == CHANGES:
            patch = patch_of(version)
            if patch is not None:
                previous = (
                    None if version.previous is None else store.iris.version(version.previous)
                )
                output.write(patch_document(patch, store.iris.version(version.number), previous))
        elif file.graph is None:
            canonical_dump.write_trig(store.read(version), output, PREFIXES)
        else:
            graph = ox.NamedNode(file.graph)
            canonical_dump.write_turtle(store.read(version), graph, output, PREFIXES)


def _write_lines(lines: Iterator[bytes], path: Path) -> int:
    """Write lines into a compressed file; return how many there are."""
    count = 0
    with canonical_dump.gzipped(path) as output:
        for line in lines:
            output.write(line)
            count += 1
    return count


def _patched_lines(
    store: VersionedBackend, version: Version, folder: Path
) -> Iterator[bytes] | None:
    """Return the lines of the checkpoint with the patches since; None where they are not there."""
    edition = read_edition(folder, version)
    if edition is None or edition.checkpoint is None:
        return None
    dump = dump_of_checkpoint(folder, edition.checkpoint)
    patches = patches_between(edition.checkpoint, version, store.version)
    if patches is None or not dump.is_file():
        return None
    return _merged(dump, in_one(patches))


def _merged(dump: Path, patch: StatementPatch) -> Iterator[bytes]:
    removed, added = (
        {f"{line}\n".encode() for line in lines} for lines in (patch.removed, patch.added)
    )
    with gzip.open(dump) as lines:
        yield from canonical_dump.patched(lines, removed, added)


def make_dump(data_dir: str, number: int, folder: str, name: str) -> None:
    """Make a dump of a version, in a process of its own (`background_jobs`)."""
    store = open_directory(Path(data_dir)).on_disk()
    version = store.version(number)
    file = file_named(version, store.iris.graph(""), name)
    if file is None:
        raise FileNotFoundError(name)
    with hold(version.path):
        write_dump(store, version, Path(folder), file)
