"""The current version of the graph, followed while the server runs."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from urbansdg.errors import StoreError
from urbansdg.store import Backend, GraphCount, ReadableGraph, Version

_LOG = logging.getLogger(__name__)


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
    its number and its revision.
    """

    number: int
    path: Path
    store: ReadableGraph
    triples: int
    created: datetime
    graphs: Mapping[str, GraphCount]
    mark: str
    stored: int


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


class Follower:
    """Keeps a snapshot of the current version, and calls `heard` with each new one.

    No request waits for it: the new version is opened beside the old one.
    """

    def __init__(self, store: Backend) -> None:
        """Open the current version, and look for another one as often as the backend allows.

        Raises `StoreError` where there is none.
        """
        self._store = store
        self.snapshot = open_snapshot(store, store.newest_whole())
        self._named = store.current_number()
        if self.snapshot.number != self._named:
            _LOG.error(
                "version %d is damaged; version %d is served", self._named, self.snapshot.number
            )
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
                    _LOG.warning("the current version cannot be read: %s", error)

    async def advance(self, heard: Callable[[Snapshot], None]) -> None:
        """Look for a new version now; raises `StoreError`, OSError where it cannot be read."""
        async with self._looking:
            fresh = await asyncio.to_thread(self._look)
            if fresh is not None:
                self.snapshot = fresh
                heard(fresh)

    def _look(self) -> Snapshot | None:
        number = self._store.current_number()
        if number == self._named:
            return None
        fresh = open_snapshot(self._store, self._store.newest_whole())
        self._named = number
        return None if fresh.number == self.snapshot.number else fresh
