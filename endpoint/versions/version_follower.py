"""The current version of the graph, followed while the server runs."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from urbansdg.endpoint.subjects.current_subjects import CurrentSubjects
from urbansdg.endpoint.subjects.file_first import FileFirst
from urbansdg.endpoint.subjects.subject_file import SubjectFile
from urbansdg.errors import StoreError, VersionDamaged, VersionNotFound
from urbansdg.store import Backend, GraphCount, ReadableGraph, Version
from urbansdg.store.versions import checksums

_LOG = logging.getLogger(__name__)
_DAMAGED_SECONDS: Final = 5.0
"""How often a damaged current version is looked at again: it may be repaired in place."""


class ServedVersion(Protocol):
    """A published version: its number, its RocksDB store, its triples, its time."""

    @property
    def number(self) -> int:
        """The number of the version."""

    @property
    def path(self) -> Path:
        """The directory that `pyoxigraph.Store.read_only` opens."""

    @property
    def stored(self) -> int:
        """How many statements its store has: those of all graphs, and their merge."""

    @property
    def created(self) -> datetime:
        """When it was made, in UTC."""

    @property
    def mark(self) -> str:
        """The identifier of its state: its number, and its revision if it was redacted."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version, open for reading: its number, its directory and what reads it.

    `triples` counts its triples, one that several graphs state once, `graphs` those of each named
    graph, `stored` the statements of its store; `created` is when it was made, in UTC; `mark` is
    its number and its revision. `subjects` is the subject file, where there is one.
    """

    number: int
    path: Path
    store: ReadableGraph
    triples: int
    created: datetime
    graphs: Mapping[str, GraphCount]
    mark: str
    stored: int
    subjects: CurrentSubjects | None = None

    @property
    def readable(self) -> ReadableGraph:
        """The graph, whose things are read from the subject file where that is faster."""
        return self.store if self.subjects is None else FileFirst(self.store, self.subjects)


def open_snapshot(store: Backend, version: Version) -> Snapshot:
    """Open a version where it is kept; raises `StoreError` where it cannot be read."""
    return Snapshot(
        version.number,
        version.path,
        store.view(version),
        version.distinct,
        version.created,
        version.graphs,
        version.mark,
        version.stored,
    )


def _newest_snapshot(store: Backend) -> Snapshot:
    """Open the newest version that is whole; raises `StoreError` where there is none.

    One that passes the quick look may have a byte that the disk changed. Where it cannot be opened,
    all its files are read, and the damaged ones noted, so that the version before it is next.
    """
    while True:
        version = store.newest_whole()
        try:
            return open_snapshot(store, version)
        except VersionDamaged as error:
            folder = version.path.parent
            names = checksums.damaged(folder)
            if not names:
                raise
            try:
                checksums.note_suspects(folder, names)
            except OSError:  # it could not be noted, and would be next again
                raise error from None


class Follower:
    """Keeps a snapshot of the current version, and calls `heard` with each new one.

    No request waits for it: the new version is opened beside the old one.
    """

    def __init__(self, store: Backend, *, logs: bool = True) -> None:
        """Open the current version, and look for another one as often as the backend allows.

        Where the current version is damaged, it is the newest that is whole. Without `logs`,
        another process of the server logs that, and what cannot be read. Raises `StoreError` where
        no version is whole.
        """
        self._store = store
        self._log_level = logging.ERROR if logs else logging.DEBUG
        self.snapshot = _newest_snapshot(store)
        self._named: int | None = None
        """The number of the current version at the last look, None where that cannot be read."""
        with suppress(StoreError):
            self._named = store.current_number()
        self._looked = time.monotonic()
        if self.snapshot.number != self._named:
            text = "%s Version %d is served."
            _LOG.log(self._log_level, text, store.damage(), self.snapshot.number)
        self._looking = asyncio.Lock()

    async def follow(self, heard: Callable[[Snapshot], None]) -> None:
        """Look for a new version until cancelled; a failure is logged, and does not end it."""
        complaint = ""
        while True:
            await asyncio.sleep(self._store.capabilities.poll_seconds)
            try:
                await self.advance(heard)
                complaint = ""
            except (StoreError, OSError) as error:
                before, complaint = complaint, str(error)
                if complaint != before:  # an engine may be down for hours
                    _LOG.log(self._log_level, "the current version cannot be read: %s", error)

    async def advance(self, heard: Callable[[Snapshot], None]) -> None:
        """Look for a new version now; raises `StoreError`, OSError where it cannot be read."""
        async with self._looking:
            fresh = await asyncio.to_thread(self._look)
            if fresh is not None:
                self.snapshot = fresh
                heard(fresh)

    async def adopt(self, newest: Callable[[], SubjectFile | None]) -> bool:
        """Use a subject file for the snapshot, where it can be; return whether it is used.

        One that was removed is used no longer: what it says may have been forgotten.
        It is of this version, or of one before it between which and this one the changes are known.
        """
        async with self._looking:
            subjects = await asyncio.to_thread(self._subjects, newest)
            before = self.snapshot.subjects
            if subjects is not None or (before is not None and before.file.is_removed):
                self.snapshot = replace(self.snapshot, subjects=subjects)
            return subjects is not None

    def _subjects(self, newest: Callable[[], SubjectFile | None]) -> CurrentSubjects | None:
        file = newest()
        if file is None:
            return None
        if file.mark == self.snapshot.mark and file.created == str(self.snapshot.created):
            return CurrentSubjects.of(file)
        with suppress(VersionNotFound, VersionDamaged):
            before = self._store.version(file.number)
            if before.mark == file.mark and str(before.created) == file.created:
                things = self._changed(before, self._store.version(self.snapshot.number))
                states = self._store.view(before), self.snapshot.store
                return CurrentSubjects.of(file).followed_by(things, *states)
        return None

    def _changed(self, before: Version, after: Version) -> frozenset[str] | None:
        """Return the things that may differ between two versions, None where that is unknown."""
        return self._store.versioned().apart(before, after)

    def _look(self) -> Snapshot | None:
        number, now = self._store.current_number(), time.monotonic()
        is_served = number == self.snapshot.number or now - self._looked < _DAMAGED_SECONDS
        if number == self._named and is_served:
            return None
        whole, before = self._store.newest_whole(), self.snapshot
        self._named, self._looked = number, now
        if whole.number == before.number:
            return None
        fresh = open_snapshot(self._store, whole)
        if before.subjects is not None:
            with suppress(VersionNotFound, VersionDamaged):
                things = self._changed(self._store.version(before.number), whole)
                subjects = before.subjects.followed_by(things, before.store, fresh.store)
                fresh = replace(fresh, subjects=subjects)
        return fresh
