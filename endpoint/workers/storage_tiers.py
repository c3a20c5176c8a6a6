"""The two tiers that a version is served from: memory, where it fits, and disk.

Whatever its tier, a worker is forked, used and killed in the same way. A version is served from
disk at once; where it fits the memory budget, a second zygote reads it meanwhile, and then its
forks replace the workers. From a version to the next, the memory takes their difference, before any
worker is forked from disk. In memory most queries take a tenth to a half of their time from disk
(measured on 3.5 million quads; only COUNT takes longer, 1.6 times).
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Final

from urbansdg.endpoint.versions.version_follower import ServedVersion
from urbansdg.endpoint.workers.memory_tier import BYTES_PER_QUAD, NotInMemory, free_memory
from urbansdg.endpoint.workers.zygote_client import ForkedWorker, Tier, ZygoteClient, ZygoteGone
from urbansdg.settings import Settings
from urbansdg.store import Access

_LOG: Final = logging.getLogger(__name__)
# Seconds before each attempt to bring a version into memory: versions may follow each other fast.
_PAUSES: Final = (0.2, 5, 60)
_OF_FREE: Final = 2

Things = Callable[[int, int], frozenset[str] | None]
"""Returns the things on which two versions may differ, by number; None where that is unknown."""


def unknown(_old: int, _new: int) -> None:
    """Return that it is unknown on what two versions differ."""


class StorageTiers:
    """Forks the workers, from memory if their version is there, else from disk."""

    def __init__(
        self, settings: Settings, gateway_port: int | None = None, things: Things = unknown
    ) -> None:
        """Take the memory budget from the settings: half of the free memory, if none is set.

        The workers may connect to the gateway's port alone, and to the engine, if there is one.
        """
        self._settings = settings
        self._things = things
        self._gateway_port = gateway_port
        self._access = Access.of(settings)
        budget = settings.memory_budget
        self.budget = free_memory() // _OF_FREE if budget is None else int(budget)
        self._disk: ZygoteClient | None = None
        self._memory: ZygoteClient | None = None
        self._in_memory: int | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def lowest(self) -> Tier:
        """The tier of every version, whatever its size."""
        return "disk" if self._access is None else "engine"

    def need(self, version: ServedVersion) -> int:
        """Return the most bytes that a version takes in memory.

        The workers share it with the zygote only at first: reading counts references, which copies
        the page, so that with time each worker has a copy of nearly every page.
        """
        return version.stored * BYTES_PER_QUAD * (1 + self._settings.workers)

    async def fork(self, version: ServedVersion) -> ForkedWorker:
        """Return a new worker on a version; raises `ZygoteGone`."""
        holder = self._holder() if version.number == self._in_memory else None
        return await (holder or self._living_disk()).fork(
            version.path, f"{self._settings.base}/", self._settings.query_memory
        )

    async def advance(self, version: ServedVersion) -> bool:
        """Bring the memory from its version to another; return whether workers can be forked.

        Otherwise `keep` is to be called, and the workers are forked from disk meanwhile.
        """
        zygote, number = self._holder(), self._in_memory
        if zygote is None or number is None or self.need(version) > self.budget:
            return False
        things = await asyncio.to_thread(self._things, number, version.number)
        if things is None:
            return False
        self._in_memory = None  # what is in memory now is neither of the two
        try:
            await zygote.advance(version.path, version.stored, self._share(), things)
        except (NotInMemory, ZygoteGone) as failure:
            _LOG.info("version %d is read into memory anew: %s", version.number, failure)
            return False
        self._in_memory = version.number
        _LOG.info("version %d is served from memory: %d things", version.number, len(things))
        return True

    async def keep(self, version: ServedVersion, moved: Callable[[], None]) -> None:
        """Keep a version in memory until cancelled, if it fits, in place of the one before.

        `moved` is called each time that workers can be forked from there; if the zygote is
        lost, the version is served from disk until another one has it.
        """
        if self._access is not None:
            return
        if self._in_memory == version.number:
            await self._lost(version)
        self._let_go()
        if self.need(version) > self.budget:
            _LOG.info("version %d is served from disk: %s", version.number, self._sum(version))
            return
        for pause in _PAUSES:
            await asyncio.sleep(pause)
            try:
                size = await self._hold(version)
            except (NotInMemory, ZygoteGone) as failure:
                _LOG.warning("version %d is not in memory: %r", version.number, failure)
                continue
            _LOG.info("version %d is served from memory: %d bytes", version.number, size)
            moved()
            await self._lost(version)

    async def close(self) -> None:
        """End the zygotes, and with them every worker."""
        for zygote in filter(None, (self._disk, self._memory)):
            await zygote.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _lost(self, version: ServedVersion) -> None:
        """Wait until a version that is in memory is no longer there."""
        if self._memory is not None:
            await self._memory.gone.wait()
        _LOG.warning("version %d is lost from memory", version.number)

    def _share(self) -> int:
        """Return the bytes that the zygote may take: each worker may copy as many."""
        return self.budget // (1 + self._settings.workers)

    def _holder(self) -> ZygoteClient | None:
        return self._memory if self._memory is not None and self._memory.alive else None

    async def _hold(self, version: ServedVersion) -> int:
        zygote = ZygoteClient(self._gateway_port)
        try:
            size = await zygote.hold(version.path, version.stored, self._share())
        except BaseException:
            await zygote.close()
            raise
        self._memory, self._in_memory = zygote, version.number
        return size

    def _let_go(self) -> None:
        if self._memory is not None:
            self._later(self._memory.retire())
        self._memory, self._in_memory = None, None

    def _living_disk(self) -> ZygoteClient:
        if self._disk is None or not self._disk.alive:
            if self._disk is not None:
                self._later(self._disk.close())
            self._disk = ZygoteClient(self._gateway_port, self._access)
        return self._disk

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _sum(self, version: ServedVersion) -> str:
        return f"it needs {self.need(version)} bytes in memory, and {self.budget} are allowed"
