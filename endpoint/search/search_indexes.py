"""The search indexes of the versions that are served: opened, and made where they are missing.

An index is in `catalogue/search` of the data directory, or in a temporary folder where that is
read-only. One process of a server makes the index of each new version (`SearchUpkeep`); any process
makes that of an older version, when a request asks for it.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from urbansdg.endpoint.editions.background_jobs import BackgroundJobs
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.errors import SearchIndexDamaged, StoreError
from urbansdg.search.index_build import (
    IndexedVersion,
    TooMuchDiffers,
    index_folder,
    is_of,
    make_index,
)
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.index_record import FileState, damaged_files, read_record
from urbansdg.store import Backend, open_directory
from urbansdg.store.versions.data_directory import SEARCH_FOLDER, DataDirectory
from urbansdg.store.versions.file_errors import failure_of_system

_MOST_OPEN: Final = 4
_PATIENCE: Final = 3.0
"""Seconds that a search waits for an index that is being made: that of a small change takes one."""

_UPKEEP_SECONDS: Final = 0.5
_BETWEEN_LOOKS: Final = 0.1
_BETWEEN_FAILURES: Final = 60.0
_LOG: Final = logging.getLogger(__name__)
_LARGE: Final = 500_000
"""Statements: of so many, an index takes ten seconds."""

_MOST_HERE: Final = 50
"""Of a change of so few things, the index is made in a thread, in 100 ms; a process takes 500."""


def make_search_index(data_dir: str, number: int, folder: str) -> None:
    """Make the search index of a version, in a process of its own (`background_jobs`).

    `folder` is that of all indexes. Searches wait for an index, so that it has low priority only
    where it takes minutes.
    """
    store = open_directory(Path(data_dir)).on_disk()
    version = store.version(number)
    if version.triples > _LARGE:
        os.nice(10)
    make_index(store, version, Path(folder).parent)


@dataclass(slots=True)
class SearchIndexes:
    """The search indexes of a graph; `catalogue` is the folder for what is made of versions.

    With `makes_here`, this process makes those of small changes itself, in a thread.
    """

    store: Backend
    catalogue: Path
    environment: dict[str, str] | None = None
    makes_here: bool = False
    _jobs: BackgroundJobs = field(init=False)
    _open: dict[int, SearchIndex] = field(default_factory=dict)
    _whole: set[FileState] = field(default_factory=set)
    _failures: dict[str, float] = field(default_factory=dict)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        """Begin with no index."""
        self._jobs = BackgroundJobs(self.store.directory, self.environment, niceness=0)

    async def of(self, version: IndexedVersion) -> SearchIndex | None:
        """Return the index of a version; None while it is made, which takes more than a moment."""
        until = time.monotonic() + _UPKEEP_SECONDS  # the upkeep makes that of a new version
        while (index := await self.ready(version)) is None and time.monotonic() < until:
            await asyncio.sleep(_BETWEEN_LOOKS)
        if index is not None:
            return index
        making = asyncio.ensure_future(self.make(version))
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(making), _PATIENCE)
        return await self.ready(version)

    async def ready(self, version: IndexedVersion) -> SearchIndex | None:
        """Return the index of a version where it is there, and whole."""
        index = self._open.get(version.number)
        if index is not None and is_of(index.record, version, self.store):
            return index
        async with self._opening:
            index = await asyncio.to_thread(self._opened, version)
        if index is not None:
            self._open[version.number] = index
            while len(self._open) > _MOST_OPEN:
                del self._open[
                    min(self._open, key=lambda number: (number == version.number, number))
                ]
        return index

    async def make(self, version: IndexedVersion) -> None:
        """Make the index of a version where it is missing; a failure is logged."""
        now = time.monotonic()
        if now - self._failures.get(version.mark, -_BETWEEN_FAILURES) < _BETWEEN_FAILURES:
            return

        def is_there() -> bool:
            return self._opened(version) is not None or self._is_made_here(version.number)

        try:
            complaint = await self._jobs.make(
                make_search_index, version.number, self.catalogue / SEARCH_FOLDER, is_made=is_there
            )
        except Fault:  # it goes on being made
            return
        complaint = complaint or await asyncio.to_thread(self._unusable, version)
        if complaint:
            self._failures = {version.mark: now}
            cause = failure_of_system(complaint, self.catalogue) or complaint
            _LOG.warning("no search index for version %d: %s", version.number, cause)

    def _unusable(self, version: IndexedVersion) -> str:
        """Return why the index that was made cannot be read, "" for one that can.

        After an upgrade, a server that goes on makes indexes by the code of another release.
        """
        try:
            read_record(index_folder(self.catalogue, version.number))
        except SearchIndexDamaged as error:
            return f"{error} After an upgrade, restart the server."
        return ""

    def close_open(self) -> None:
        """Close all indexes, so that the files of removed ones leave the disk."""
        self._open.clear()

    async def close(self) -> None:
        """End what is being made, and close all indexes."""
        await self._jobs.close()
        self._open.clear()

    def _is_made_here(self, number: int) -> bool:
        """Make the index of a version in this thread where little differs; return whether it is."""
        if not self.makes_here or not self.store.capabilities.keeps_versions:
            return False
        store = self.store.versioned()
        try:
            make_index(store, store.version(number), self.catalogue, _MOST_HERE)
        except (TooMuchDiffers, StoreError, OSError, ValueError):  # a process of its own makes it
            return False
        return True

    def _opened(self, version: IndexedVersion) -> SearchIndex | None:
        """Open the index of a version; in a read-only directory there may be one, beside ours."""
        for catalogue in dict.fromkeys(
            (self.catalogue, DataDirectory(self.store.directory).catalogue)
        ):
            folder = index_folder(catalogue, version.number)
            with suppress(SearchIndexDamaged):
                index = SearchIndex.open(folder)
                is_current = is_of(index.record, version, self.store)
                if is_current and not damaged_files(folder, index.record, self._whole):
                    return index
        return None


@dataclass(slots=True)
class SearchUpkeep:
    """Makes the index of each new version as soon as it is current."""

    indexes: SearchIndexes
    snapshot: Callable[[], IndexedVersion]

    async def run(self) -> None:
        """Make indexes until cancelled; between two it pauses for as long as one took."""
        redactions, mark = -1, ""
        while True:
            version, began = self.snapshot(), time.monotonic()
            with suppress(StoreError, OSError, ValueError):
                count = await asyncio.to_thread(self.indexes.store.redactions)
                if (version.mark, count) != (mark, redactions):
                    await self.indexes.make(version)
                    mark, redactions = version.mark, count
            await asyncio.sleep(max(_BETWEEN_LOOKS, time.monotonic() - began))
