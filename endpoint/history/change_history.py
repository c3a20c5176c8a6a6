"""The history of the graph up to a version: the things that each version added, changed, removed.

`make_history` compares each version that the index lacks (`urbansdg.store.history.history_index`)
with the published one before it, and appends the differences, with the pages of the event stream.
The oldest version is compared with an empty one.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeVar

import pyoxigraph as ox

from urbansdg.endpoint.history.document_times import MEMBERS, document_address
from urbansdg.endpoint.history.event_members import Event, page_iri, written
from urbansdg.endpoint.history.folder_import import import_folders
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.errors import VersionDamaged
from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.store import GraphStore, Version
from urbansdg.store.canonical_dump import packed
from urbansdg.store.history.history_index import (
    Changes,
    HistoryIndex,
    IndexedEvent,
    compressed,
    discard,
    is_damage,
    note_damage,
    read_index,
    write_index,
)
from urbansdg.store.retention import hold
from urbansdg.store.version_diff import patch_document, things
from urbansdg.store.versions.changed_subjects import patch_of

PAGE: Final = 250
"""The changed things on one page of the event stream."""

NEWEST: Final = 50
"""The number of newest policies in the feed."""

_POLICY: Final = ox.NamedNode(str(USDG.Policy))
_TYPE: Final = ox.NamedNode(f"{PREFIXES['rdf']}type")

ActivityKind = Literal["Create", "Update", "Delete"]
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class News:
    """A policy that was added, and when."""

    iri: str
    created: datetime


@dataclass(frozen=True, slots=True)
class History:
    """The history that ends with a version: the version, and the newest policies of it.

    `redactions` is the number of redactions of versions so far. All else is read from the index
    (`read`).
    """

    number: int
    created: datetime
    newest: tuple[News, ...]
    redactions: int


def read_history(folder: Path, version: Version) -> History | None:
    """Return the history up to a version, None if it is not made, or of another state."""
    try:
        with read_index(folder) as index:
            changes = index.changes_of(version.number)
            if changes is None or not changes.are_of(version):
                return None
            news = index.newest_policies(version.number, NEWEST)
            newest = tuple(News(iri, added) for iri, added in news)
            return History(version.number, version.created, newest, index.redactions())
    except sqlite3.Error:  # missing, or its writer was killed: it is made or recovered first
        return None


def read(folder: Path, question: Callable[[HistoryIndex], _Result]) -> _Result:
    """Return what the index says to a question; raises `Fault` (503) where it cannot be read."""
    try:
        with read_index(folder) as index:
            return question(index)
    except sqlite3.Error as error:
        if is_damage(error):
            note_damage(folder)
        again = ((b"retry-after", b"10"),)
        raise fault(
            503, "The history cannot be read at the moment.", "Try again later.", again
        ) from error


def spans(index: HistoryIndex, last: int, iri: str) -> list[tuple[int, int]]:
    """Return the ranges of versions that have a thing, each as first and first without."""
    ranges: list[tuple[int, int]] = []
    begins: int | None = None
    for number, kind in index.events(iri, last):
        if kind == "Delete" and begins is not None:
            ranges.append((begins, number))
            begins = None
        elif kind != "Delete" and begins is None:
            begins = number
    return ranges if begins is None else [*ranges, (begins, last + 1)]


def build(store: GraphStore, version: Version, folder: Path) -> None:
    """Bring the index in `folder` up to a version; what it has already is not looked at.

    Raises `VersionDamaged`, `sqlite3.Error`.
    """
    try:
        _bring_up(store, version, folder)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        discard(folder)
        _bring_up(store, version, folder)


def _bring_up(store: GraphStore, version: Version, folder: Path) -> None:
    with write_index(folder) as index:
        import_folders(folder, store, index)
        if not _matches(index, store):
            _remove_other_states(index, store)
        has_gaps = index.has_gaps()
        numbers = _all_missing(index, store) if has_gaps else _newer(index, store)
        for number in numbers:
            if number <= version.number:
                _append(index, store, number)
        if has_gaps:
            index.note_whole()


def _matches(index: HistoryIndex, store: GraphStore) -> bool:
    """Return whether the index is of this graph, as the newest version in both shows.

    A published version changes only by a redaction, which is counted: where the newest version
    is the same, all before it are. The index is ahead of the count while a redaction is under way.
    """
    if index.redactions() < store.redactions():
        return False
    current = store.current_number()
    for number in index.numbers():
        if number > current:
            return False
        version = store.whole_version(number)
        if version is not None:
            known = index.changes_of(number)
            return known is not None and known.are_of(version)
    return True


def _remove_other_states(index: HistoryIndex, store: GraphStore) -> None:
    """Remove the changes of versions that do not exist, or are not as the index has them.

    An index that has missed a redaction, because it was in another folder, loses everything: it
    may have personal data on pages of versions that are gone.
    """
    redactions, current = store.redactions(), store.current_number()
    with index.transaction():
        missed = index.redactions() < redactions
        doomed = [
            number
            for number in index.numbers()
            if missed or number > current or not _is_present_state(index, store, number)
        ]
        index.remove(doomed)
        index.note_redactions(max(redactions, index.redactions()))
    if missed:
        index.rewrite()


def _is_present_state(index: HistoryIndex, store: GraphStore, number: int) -> bool:
    """Return whether the index has a version as it is now; of a pruned one it has the last."""
    version, known = store.whole_version(number), index.changes_of(number)
    return version is None or (known is not None and known.are_of(version))


def _newer(index: HistoryIndex, store: GraphStore) -> list[int]:
    """Return the versions after the newest of the index, oldest first."""
    newest = next(index.numbers(), -1)
    after = range(newest + 1, store.current_number() + 1)
    return [number for number in after if store.whole_version(number) is not None]


def _all_missing(index: HistoryIndex, store: GraphStore) -> list[int]:
    """Return all versions that the index lacks, oldest first; not those that are damaged."""
    missing = sorted(set(store.numbers()).difference(index.numbers()))
    return [number for number in missing if store.whole_version(number) is not None]


def _append(index: HistoryIndex, store: GraphStore, number: int) -> None:
    """Add the changes of a version to the index."""
    version = store.version(number)
    before = _before(store, version)
    with ExitStack() as leases:
        for state in filter(None, (version, before)):
            leases.enter_context(hold(state.path))
        now = store.read(version)
        then = ox.Store() if before is None else store.read(before)
        if before is None:
            changed = _named(now)
        else:
            among = store.apart(before, version)
            # What was redacted from the version before counts: harvesters have it to remove.
            changed = things(before, version, (then, now), among).union(version.withdrawn)
        events = [_event(iri, now, then, store.base) for iri in sorted(changed)]
        pages = list(_pages(events, now, store.base, version))
        patch = _patch(store, version)
    since = None if before is None else before.number
    changes = Changes(number, version.created, since, len(events), len(pages), version.mark)
    with index.transaction():
        if index.changes_of(number) is not None:  # another process was faster
            return
        # A redaction revises the versions first, and cleans the index then: after that, nothing
        # may be added that was read from a version as it was before.
        for state in filter(None, (version, before)):
            if store.whole_version(state.number) != state:
                raise VersionDamaged(
                    f"Version {state.number} changed while its history was made.", "Try again."
                )
        index.add(changes, events, pages, MEMBERS)
        if patch is not None:
            index.put_patch(number, version.previous, patch)


def _before(store: GraphStore, version: Version) -> Version | None:
    """Return the newest version before one, None without one."""
    previous = None if version.previous is None else store.whole_version(version.previous)
    if previous is None:
        older = (number for number in reversed(store.numbers()) if number < version.number)
        whole = (store.whole_version(number) for number in older)
        previous = next(filter(None, whole), None)
    return previous


def _patch(store: GraphStore, version: Version) -> bytes | None:
    """Return the changes of a version as a compressed RDF Patch, None for the largest changes.

    A version that is pruned can be rebuilt by it.
    """
    patch = patch_of(version)
    if patch is None:
        return None
    version_of = store.iris.version
    previous = None if version.previous is None else version_of(version.previous)
    return packed(patch_document(patch, version_of(version.number), previous))


def _event(iri: str, now: RdfDataset, then: RdfDataset, base: str) -> IndexedEvent:
    types = now.quads_for_pattern(ox.NamedNode(iri), _TYPE, _POLICY)
    is_policy = next(types, None) is not None
    listed = document_address(iri, base) is not None
    return IndexedEvent(iri, _kind(iri, now, then), is_policy, listed)


def _pages(
    events: Sequence[IndexedEvent], now: RdfDataset, base: str, version: Version
) -> Iterator[bytes]:
    """Yield the pages of the event stream for a version, compressed."""
    for page, start in enumerate(range(0, len(events), PAGE), 1):
        members = [
            Event(event.iri, event.kind, version.created) for event in events[start : start + PAGE]
        ]
        yield compressed(written(members, now, base, page_iri(base, version.number, page)))


def _named(quads: Iterable[ox.Quad]) -> set[str]:
    """Return the things that are subjects of statements."""
    return {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}


def _kind(iri: str, now: RdfDataset, then: RdfDataset) -> ActivityKind:
    if not _is_described(iri, now):
        return "Delete"
    return "Update" if _is_described(iri, then) else "Create"


def _is_described(iri: str, store: RdfDataset) -> bool:
    return next(store.quads_for_pattern(ox.NamedNode(iri), None, None), None) is not None


def make_history(data_dir: str, number: int, folder: str) -> None:
    """Make the history up to a version, in a process of its own (`background_jobs`)."""
    store = GraphStore.open(Path(data_dir))
    build(store, store.version(number), Path(folder))
