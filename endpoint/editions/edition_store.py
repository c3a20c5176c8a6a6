"""The store of editions and histories of versions: each is made once, and kept.

Those of the current version are made soon after it is published, others on request.
"""

import asyncio
import contextlib
import logging
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from urbansdg.endpoint.editions.background_jobs import BackgroundJobs, Job, unready
from urbansdg.endpoint.editions.dump_files import file_named, make_dump, read_dump, write_dump
from urbansdg.endpoint.editions.dump_names import CHANGES, File
from urbansdg.endpoint.editions.edition import (
    Edition,
    make_catalogue,
    make_edition,
    read_edition,
    uncounted,
)
from urbansdg.endpoint.history.change_history import History, make_history, read_history
from urbansdg.endpoint.versions.version_follower import Snapshot
from urbansdg.endpoint.versions.version_numbers import published
from urbansdg.endpoint.web.problem_details import Fault, fault, fault_of
from urbansdg.errors import StoreError
from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.store import Backend, Version
from urbansdg.store.history.history_index import copy_index
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.file_errors import failure_of_system

_READY: Final = 4
_BETWEEN_LOOKS: Final = 1.0
_QUIET_SECONDS: Final = 5.0
"""A version that is current for so long is prepared: to count a checkpoint takes 15 µs a triple."""

_CLOCK_TICK: Final = 1_000_000_000
"""Nanoseconds within which two changes of a folder may have one time."""

_LOG: Final = logging.getLogger(__name__)
_Product = TypeVar("_Product", Edition, History)


@dataclass(slots=True)
class Editions:
    """The editions and histories of a store.

    They are kept in `catalogue/` of the data directory, or in a temporary folder if that is
    read-only.
    """

    store: Backend
    environment: dict[str, str] | None = None
    folder: Path = field(init=False)
    _jobs: BackgroundJobs = field(init=False)
    _ready: dict[tuple[Job, int], Edition | History] = field(default_factory=dict)
    _scratch: TemporaryFolder | None = None
    _listing: tuple[int, int, tuple[int, ...]] | None = None
    """The time of change of the folder of versions, the current version, and all numbers."""

    def __post_init__(self) -> None:
        """Find a writable folder."""
        self._jobs = BackgroundJobs(self.store.directory, self.environment)
        self.folder = self.store.directory / "catalogue"
        try:
            self.folder.mkdir(exist_ok=True)
            tempfile.TemporaryFile(dir=self.folder).close()
        except OSError:
            self._scratch = TemporaryFolder()
            self.folder = Path(self._scratch.name)
            with contextlib.suppress(sqlite3.Error):  # one that is there saves much work
                copy_index(self.store.directory / "catalogue", self.folder)

    async def edition(self, number: int) -> Edition:
        """Return the edition of a version: its counts and its dumps.

        Raises `Fault`: 404 for an unknown version, 410 for a removed one; 503 while it is being
        made, or where that fails.
        """
        return await self._of(make_edition, number, read_edition)

    async def description(self, number: int, seconds: float) -> Edition:
        """Return the edition of a version; without counts if these take longer to be made.

        Raises `Fault` (404, 410).
        """
        version = await self.version(number)
        with contextlib.suppress(TimeoutError, Fault):  # it goes on being made
            async with asyncio.timeout(seconds):
                return await self.edition(number)
        return uncounted(version, self.store.iris.graph(""))

    async def dump(self, number: int, name: str) -> tuple[File, Path]:
        """Return a dump of a version with its path; raises `Fault` as `edition` does."""
        version = await self.version(number)
        file = await asyncio.to_thread(file_named, version, self.store.iris.graph(""), name)
        if file is None:
            raise fault(404, "Dump not found.", "See /dataset for the dumps of each version.")
        dump = await asyncio.to_thread(read_dump, self.folder, version, name)
        if dump is None:
            complaint = ""
            if name == CHANGES:  # a few lines, which are there
                store = self.store.versioned()
                await asyncio.to_thread(write_dump, store, version, self.folder, file)
            else:
                complaint = await self._jobs.make(make_dump, number, self.folder, name)
            dump = await asyncio.to_thread(read_dump, self.folder, version, name)
            if dump is None:
                raise self._failure(name, number, complaint)
        return dump

    async def history(self, number: int) -> History:
        """Return the history that ends with a version; raises `Fault` as `edition` does."""
        return await self._of(make_history, number, read_history)

    async def at_hand(self, number: int, seconds: float) -> History | None:
        """Return the history that ends with a version, None if that takes longer."""
        try:
            async with asyncio.timeout(seconds):
                return await self.history(number)
        except (TimeoutError, Fault):  # it is being made: the caller does not wait
            return None

    async def prepare(self, snapshot: Callable[[], Snapshot]) -> None:
        """Make the history and the edition of each new version ahead of requests.

        A version that another one follows soon is skipped. After each, it pauses for as long as
        that took. It runs until cancelled.
        """
        seen, since, prepared = "", 0.0, ""
        while True:
            await asyncio.sleep(_BETWEEN_LOOKS)
            mark, number, began = snapshot().mark, snapshot().number, time.monotonic()
            if mark != seen:
                seen, since = mark, began
            if seen == prepared or began - since < _QUIET_SECONDS:
                continue
            prepared = seen
            with contextlib.suppress(Fault, StoreError, OSError):  # a request reports the error
                if self.store.capabilities.keeps_versions:
                    await self._jobs.make(make_catalogue, number, self.folder)
                else:
                    await self.edition(number)
            await asyncio.sleep(time.monotonic() - began)

    async def close(self) -> None:
        """Cancel what is being made."""
        await self._jobs.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    async def version(self, number: int) -> Version:
        """Return a published version; raises `Fault` (404, 410)."""
        return await asyncio.to_thread(published, self.store, number)

    def numbers(self) -> Sequence[int]:
        """Return the numbers of the published versions, sorted.

        They are listed again only where the folder of the versions has changed.
        """
        folder, now = DataDirectory(self.store.directory).versions, time.time_ns()
        changed = folder.stat().st_mtime_ns
        current = self.store.current_number()
        if self._listing is None or self._listing[:2] != (changed, current):
            numbers = tuple(sorted(self.store.versioned().numbers()))
            if now - changed < _CLOCK_TICK:  # another change may have the same time
                return numbers
            self._listing = (changed, current, numbers)
        return self._listing[2]

    def _is_of(self, build_result: Edition | History, version: Version) -> bool:
        """Tell whether an edition or history is of the current state of its version."""
        if build_result.created != version.created:
            return False
        if isinstance(build_result, Edition):
            return build_result.mark == version.mark
        # While a redaction is under way, the index is clean before the count says so.
        return build_result.redactions >= self.store.redactions()

    def _is_made(self, read: Callable[[Path, Version], _Product | None], version: Version) -> bool:
        build_result = read(self.folder, version)
        return build_result is not None and self._is_of(build_result, version)

    async def _of(
        self, job: Job, number: int, read: Callable[[Path, Version], _Product | None]
    ) -> _Product:
        version = await self.version(number)
        ready = self._ready.get((job, number))
        if ready is not None and self._is_of(ready, version):
            return ready  # type: ignore[return-value]  # the job says which of the two it is
        build_result = await asyncio.to_thread(read, self.folder, version)
        if build_result is None or not self._is_of(build_result, version):
            is_made = partial(self._is_made, read, version)
            complaint = await self._jobs.make(job, number, self.folder, is_made=is_made)
            build_result = await asyncio.to_thread(read, self.folder, version)
            if build_result is None:
                raise self._failure(job.__name__, number, complaint)
        self._ready[job, number] = build_result
        while len(self._ready) > _READY:
            del self._ready[min(self._ready, key=lambda key: key[1])]
        return build_result

    def _failure(self, what: str, number: int, complaint: str) -> Fault:
        """Log that something is not made, and return the answer: a full disk is named as that."""
        cause = failure_of_system(complaint, self.folder)
        _LOG.error("%s of version %d is not made: %s", what, number, cause or complaint)
        return unready() if cause is None else fault_of(cause)
