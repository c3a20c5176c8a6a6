"""The files of a version's RocksDB store: copied by hard links, and no more of them than needed.

A store is written in three parts. A **settled** version has all its tables merged: a bulk load, for
example. What changed since is one set of tables in a later version, a **base**, which has those of
the settled one by hard links. Each version after that has the files of the one before, and a
write-ahead log with what it changed; opening it replays the logs. So a small change takes one log.
Where the logs get too many, the next base is written from the settled version, and where the tables
of bases get too large, a base is merged and settled.

Without that, RocksDB merges all tables with every second flush, if it has the time: its level 0
holds two files at most. RocksDB's own `backup` does not copy logs, so that it must not be used on
a version. Not kept are its options and its messages (200 kB): it needs neither to open a store.
"""

import os
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import StoreError
from urbansdg.sparql.datasets.graph_merge import settle
from urbansdg.store.versions.changed_subjects import (
    StatementPatch,
    StoreOrigin,
    in_one,
    patches_between,
    store_origin,
)
from urbansdg.store.versions.version import Version

MOST_LOGS: Final = 32
LOGGED_BYTES: Final = 1 << 20
"""A version has at most so many logs, of so many bytes: to replay a megabyte takes 10 ms."""

_LOGGED: Final = 1_000
"""A change of more statements than these goes into tables."""

UNSETTLED: Final = 2 << 20
UNSETTLED_SHARE: Final = 8
"""A base is settled where its own tables would exceed this, and this fraction of the store."""

_SMALL: Final = 64 << 20
"""Bytes of tables that are merged at once where it is not known whether they are."""

_TABLE: Final = ".sst"
_LOG: Final = ".log"
_MANIFEST: Final = "MANIFEST"
_SUPERFLUOUS: Final = ("LOG", "LOCK", "OPTIONS", "IDENTITY")

VersionLookup = Callable[[int], Version]
"""Returns a version by its number; raises `StoreError`."""


def copy_store(graph: Path, target: Path, *, is_final: bool = False) -> None:
    """Copy the store in a folder into a new one: tables by hard links, the rest byte by byte.

    A final copy is not opened for writing, and shares the list of tables too.
    """
    target.mkdir()
    for file in graph.iterdir():
        is_immutable = file.suffix == _LOG or file.name.startswith(_MANIFEST)
        if file.suffix == _TABLE or (is_final and is_immutable):
            os.link(file, target / file.name)
        elif not file.name.startswith(_SUPERFLUOUS):
            shutil.copyfile(file, target / file.name)


def remove_superfluous(graph: Path, *, is_flushed: bool) -> None:
    """Remove what a closed store does not need to be opened again: its logs, if it is flushed."""
    for file in graph.iterdir():
        is_log = file.suffix == _LOG and (is_flushed or not file.stat().st_size)
        if is_log or file.name.startswith(_SUPERFLUOUS):
            file.unlink()


def has_log(graph: Path) -> bool:
    """Tell whether a store has changes that are in no table."""
    return any(file.stat().st_size for file in graph.glob(f"*{_LOG}"))


@dataclass(frozen=True, slots=True)
class StorePlan:
    """How the store of a version is made: of an earlier version, and what changed since.

    The change stays in a log, or is flushed into tables, which may be merged with the others.
    """

    earlier: Version
    patch: StatementPatch
    is_logged: bool = False
    is_settled: bool = False


def plan_store(
    current: Version, patch: StatementPatch, version_of: VersionLookup
) -> StorePlan | None:
    """Return how to make the store of the version after the current one, whose change is a patch.

    None where the version that it would be made of is gone, or where it is not known what changed
    since.
    """
    if current.merged is not None and len(patch) <= _LOGGED and _has_room(current.path):
        return StorePlan(current, patch, is_logged=True)
    origin = store_origin(current)
    if origin.settled is None and has_log(current.path):
        return None
    try:
        settled = current if origin.settled is None else version_of(origin.settled)
    except StoreError:
        return None
    patches = patches_between(settled.number, current, version_of)
    if patches is None or settled.merged is None or not settled.path.is_dir():
        return None
    size = sum(_tables(settled.path).values())
    is_known = store_origin(settled).tables > 0  # a large load is merged, a small one is not
    is_settled = origin.tables > max(UNSETTLED, size // UNSETTLED_SHARE) or (
        size < _SMALL and not is_known
    )
    return StorePlan(settled, in_one([*patches, patch]), is_settled=is_settled)


def _has_room(graph: Path) -> bool:
    """Tell whether a store may have one more log."""
    logs = [file.stat().st_size for file in graph.glob(f"*{_LOG}")]
    return len(logs) < MOST_LOGS and sum(logs) <= LOGGED_BYTES


def write_store(
    plan: StorePlan, graphs: Collection[ox.NamedNode | ox.BlankNode], target: Path
) -> StoreOrigin | None:
    """Write the store of a plan, with these named graphs, into a new folder.

    Return None where its patch is not one of that version: it removes what is not there, or adds
    what is. A log is written by a copy of that version, of which the rest is dropped: RocksDB turns
    its logs into tables there, and may begin to merge them.
    """
    earlier = plan.earlier
    origin = store_origin(earlier)
    scratch = target.with_name(f"{target.name}-scratch")
    copy_store(earlier.path, scratch)
    try:
        state = ox.Store(str(scratch))
        removed, added = _quads(plan.patch.removed), _quads(plan.patch.added)
        if not _apply(removed, added, graphs, state):
            return None
        if plan.is_logged:
            del state  # without a flush
            copy_store(earlier.path, target, is_final=True)
            for file in scratch.glob(f"*{_LOG}"):
                if not (target / file.name).exists():
                    file.replace(target / file.name)
            remove_superfluous(target, is_flushed=False)
            if not _shows(target, removed, added):  # RocksDB passed over the log without an error
                shutil.rmtree(target)
                return None
            is_base = origin.settled is None
            return StoreOrigin(earlier.number, 0) if is_base else origin
        state.flush()
        if plan.is_settled:
            state.optimize()
        del state
        scratch.rename(target)
        remove_superfluous(target, is_flushed=True)
        old, new = _tables(earlier.path), _tables(target)
        tables = sum(new.values()) - (0 if plan.is_settled else sum(old.values()))
        return StoreOrigin(None if plan.is_settled else earlier.number, max(tables, 1))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _shows(graph: Path, removed: Collection[ox.Quad], added: Collection[ox.Quad]) -> bool:
    """Tell whether a store that is opened for reading has what is added, and not the rest."""
    state = ox.Store.read_only(str(graph))
    return all(quad in state for quad in added) and not any(quad in state for quad in removed)


def _tables(graph: Path) -> dict[str, int]:
    """Return the tables of a store by name, with their bytes."""
    return {file.name: file.stat().st_size for file in graph.glob(f"*{_TABLE}")}


def _apply(
    removed: Collection[ox.Quad],
    added: Collection[ox.Quad],
    graphs: Collection[ox.NamedNode | ox.BlankNode],
    state: ox.Store,
) -> bool:
    """Change a state, and make these its named graphs; False where the change is not one of it."""
    if any(quad not in state for quad in removed) or any(quad in state for quad in added):
        return False
    for quad in removed:
        state.remove(quad)
    state.extend(added)
    settle(state, [*removed, *added])
    there = set(state.named_graphs())
    for name in there.difference(graphs):
        state.remove_graph(name)
    for name in set(graphs) - there:
        state.add_graph(name)
    return True


def _quads(lines: Collection[str]) -> list[ox.Quad]:
    text = "".join(f"{line}\n" for line in lines)
    return list(ox.parse(text, format=ox.RdfFormat.N_QUADS, lenient=True))
