"""Older versions, by `?version=N`: each has a worker of its own while it is in use."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.versions.version_follower import ServedVersion
from urbansdg.endpoint.workers.worker_pool import WorkerPool, WorkerSource
from urbansdg.errors import WorkersUnavailable
from urbansdg.settings import Settings
from urbansdg.store.versions import checksums

_WORKERS: Final = {"workers": 1}


@dataclass(eq=False, slots=True)
class _Opened:
    """A pool on one version, and how many queries use it."""

    pool: WorkerPool
    users: int = 0


class VersionPools:
    """Pools on older versions, from disk: a fixed number, the least recently used goes first."""

    def __init__(self, settings: Settings, tiers: WorkerSource) -> None:
        """Fork the workers from the tiers; `settings.archive_workers` is how many there may be."""
        self._settings = settings
        self._tiers = tiers
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._freed = asyncio.Condition()

    @property
    def versions(self) -> list[str]:
        """The marks of the versions that have a worker."""
        return list(self._opened)

    @contextlib.asynccontextmanager
    async def pool(self, version: ServedVersion) -> AsyncIterator[WorkerPool]:
        """Give a pool on a version until the block is left.

        Raises `WorkersUnavailable`, and `VersionDamaged` where that is why no worker started.
        """
        opened = await self._open(version)
        try:
            yield opened.pool
        finally:
            opened.users -= 1
            async with self._freed:
                self._freed.notify_all()

    @property
    def pools(self) -> list[WorkerPool]:
        """The pools of the versions that have a worker."""
        return [opened.pool for opened in self._opened.values()]

    async def close(self) -> None:
        """Kill the workers."""
        while self._opened:
            await self._opened.popitem()[1].pool.close()

    async def close_unused(self) -> None:
        """Kill the workers that no request uses."""
        async with self._freed:
            unused = [mark for mark, opened in self._opened.items() if not opened.users]
            pools = [self._opened.pop(mark).pool for mark in unused]
            for pool in pools:
                await pool.close()
            self._freed.notify_all()

    async def _open(self, version: ServedVersion) -> _Opened:
        try:
            async with asyncio.timeout(self._settings.wait_seconds), self._freed:
                await self._freed.wait_for(lambda: self._has_room(version.mark))
                opened = self._opened.get(version.mark) or await self._started(version)
                opened.users += 1
                self._opened.move_to_end(version.mark)
                return opened
        except (TimeoutError, WorkersUnavailable):
            if (version.path.parent / checksums.FILE).exists():  # a copy of an engine has none
                await asyncio.to_thread(checksums.require_recorded, version)
            raise WorkersUnavailable(
                "No worker for an older version was free in time.", "Try again later."
            ) from None

    async def _started(self, version: ServedVersion) -> _Opened:
        await self._make_room()
        pool = WorkerPool(self._settings.model_copy(update=_WORKERS), self._tiers)
        try:
            await pool.start(version)
        except BaseException:
            await pool.close()
            raise
        opened = self._opened[version.mark] = _Opened(pool)
        return opened

    def _has_room(self, mark: str) -> bool:
        if mark in self._opened or len(self._opened) < self._settings.archive_workers:
            return True
        return any(not opened.users for opened in self._opened.values())

    async def _make_room(self) -> None:
        while len(self._opened) >= self._settings.archive_workers:
            mark = next(mark for mark, pool in self._opened.items() if not pool.users)
            await self._opened.pop(mark).pool.close()
