"""What a version changed: its subjects and its statements, kept beside it where they are few.

Two versions of millions of triples are compared in moments where it is known what may differ
between them. Where it is not known, they are compared as a whole. The trail is no part of the
graph: when data of persons are taken out of versions, every trail is removed.
"""

import hashlib
import itertools
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from urbansdg.errors import VersionDamaged, VersionNotFound
from urbansdg.store.versions.version import Version

_FILE: Final = "trail.json"


@dataclass(frozen=True, slots=True)
class StatementPatch:
    """The statements that leave a version and those that come, each as a line of N-Quads.

    The lines are those of a canonical dump without the line feed, sorted by code point.
    """

    removed: tuple[str, ...]
    added: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of statements."""
        return len(self.removed) + len(self.added)

    @classmethod
    def of(cls, removed: Iterable[ox.Quad], added: Iterable[ox.Quad]) -> "StatementPatch":
        """Return the patch of these statements."""
        return cls(_lines(removed), _lines(added))


def _lines(quads: Iterable[ox.Quad]) -> tuple[str, ...]:
    """Return statements as a dump of a store writes them: numbers and dates by value."""
    state = ox.Store()
    state.extend(quads)
    text = (state.dump(format=ox.RdfFormat.N_QUADS) or b"").decode()
    return tuple(sorted(text.split("\n")[:-1]))  # the engine escapes line feeds in literals


@dataclass(frozen=True, slots=True)
class StoreOrigin:
    """Where the tables of a version are from (`store_files`).

    It has those of the version `settled`, None where it is settled itself, or that is not known;
    and `tables` more, in bytes, beside its logs.
    """

    settled: int | None = None
    tables: int = 0


def leave(
    folder: Path,
    things: Collection[str] | None,
    patch: StatementPatch | None = None,
    origin: StoreOrigin | None = None,
) -> None:
    """Keep what the version in a folder changed, and where its tables are from.

    `things` are the IRIs of its subjects, None for what has no name or is too much; `patch` are its
    statements, None where they are too many.
    """
    if things is None and patch is None:
        return
    record: dict[str, object] = {"things": None if things is None else sorted(things)}
    if patch is not None:
        record |= {"removed": list(patch.removed), "added": list(patch.added)}
    if origin is not None:
        record["store"] = asdict(origin)
    text = json.dumps({"sha256": _hash(record), **record}, ensure_ascii=False)
    (folder / _FILE).write_text(text, "utf-8")


def store_origin(version: Version) -> StoreOrigin:
    """Return where the tables of a version are from: its own where that is not known."""
    record = _record(version.path.parent) or {}
    try:
        return StoreOrigin(**record.get("store", {}))
    except TypeError:
        return StoreOrigin()


def patch_of(version: Version) -> StatementPatch | None:
    """Return the statements that a version changed against the one before, None if not known."""
    record = _record(version.path.parent)
    if record is None or record.get("removed") is None or record.get("added") is None:
        return None
    return StatementPatch(tuple(record["removed"]), tuple(record["added"]))


def patches_between(
    number: int, version: Version, version_of: Callable[[int], Version]
) -> list[StatementPatch] | None:
    """Return the patches that lead from the version with a number to a later one, in order.

    None where one of them is not known, or a version between the two is gone. `version_of` returns
    a version by its number.
    """
    patches = list[StatementPatch]()
    while version.number > number:
        patch = patch_of(version)
        if patch is None or version.previous is None:
            return None
        patches.append(patch)
        if version.previous == number:
            return patches[::-1]
        try:
            version = version_of(version.previous)
        except (VersionNotFound, VersionDamaged):
            return None
    return patches if version.number == number else None


def in_one(patches: Iterable[StatementPatch]) -> StatementPatch:
    """Return the patch that does what some patches do one after another."""
    removed, added = set[str](), set[str]()
    for patch in patches:
        removed |= set(patch.removed) - added
        added -= set(patch.removed)
        added |= set(patch.added) - removed
        removed -= set(patch.added)
    return StatementPatch(tuple(sorted(removed)), tuple(sorted(added)))


def remove(versions: Path) -> None:
    """Remove the trails of all versions."""
    for file in versions.glob(f"*/{_FILE}"):
        file.unlink()


def between(
    one: Version, other: Version, versions_by_number: Mapping[int, Version]
) -> frozenset[str] | None:
    """Return the things that may differ between two of the versions that are kept.

    None where that is not known: a version between them is gone, or changed too much to be named.
    """
    old, new = sorted((one, other), key=lambda version: version.number)
    subjects: set[str] = set()
    while new.number > old.number:
        things = _read(new.path.parent)
        before = None if new.previous is None else versions_by_number.get(new.previous)
        if things is None or before is None:
            return None
        subjects |= things
        new = before
    return frozenset(subjects) if new.number == old.number else None


def steps(versions: Sequence[Version]) -> list[frozenset[str] | None]:
    """Return what differs between each version and the next one, None where that is not known."""
    by_number = {version.number: version for version in versions}
    return [between(one, other, by_number) for one, other in itertools.pairwise(versions)]


def _read(folder: Path) -> set[str] | None:
    record = _record(folder)
    return None if record is None or record["things"] is None else set(record["things"])


def _record(folder: Path) -> dict[str, Any] | None:
    """Return the trail in a folder, None where there is none, or not what was written."""
    try:
        record = json.loads((folder / _FILE).read_text("utf-8"))
        return record if record.pop("sha256") == _hash(record) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _hash(record: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
