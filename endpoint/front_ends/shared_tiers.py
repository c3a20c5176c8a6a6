"""The tiers as a front end sees them that is not alone: workers come from the coordinator."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from functools import partial
from typing import Any, Final

from urbansdg.endpoint.front_ends.coordinator_messages import CoordinatorSockets, VersionMessage
from urbansdg.endpoint.shared_memory.front_end_rows import FrontEndRows
from urbansdg.endpoint.versions.version_follower import ServedVersion
from urbansdg.endpoint.workers.worker_pool import WorkerPool
from urbansdg.endpoint.workers.zygote_client import ForkedWorker, Tier, ZygoteGone
from urbansdg.sandbox.packet_link import PacketLink

_PAUSE: Final = 0.1
_KILLED: Final = -9
_LOG: Final = logging.getLogger(__name__)


class SharedTiers:
    """Workers of the coordinator; it has the same methods as `StorageTiers`."""

    def __init__(
        self, sockets: CoordinatorSockets, rows: FrontEndRows, index: int, lowest: Tier
    ) -> None:
        """Connect when the first worker is needed, and again where the coordinator was killed."""
        self._rows = rows
        self._index = index
        self._pool: WorkerPool | None = None
        self._sockets = sockets
        self._link: _CoordinatorLink | None = None
        self.lowest = lowest
        self.stop_worker: Callable[[int, int], None] = _stop_nothing

    async def fork(self, version: ServedVersion) -> ForkedWorker:
        """Return a new worker on a version; raises `ZygoteGone`."""
        return await self._living_link().fork(VersionMessage.of(version))

    async def advance(self, version: ServedVersion) -> bool:
        """Have the memory brought to a version; return whether it is there."""
        try:
            return await self._living_link().advance(VersionMessage.of(version))
        except ZygoteGone:
            return False

    async def keep(self, version: ServedVersion, moved: Callable[[], None]) -> None:
        """Have a version kept in memory, until cancelled; `moved` as for `StorageTiers.keep`."""
        while True:
            with contextlib.suppress(ZygoteGone):
                link = self._living_link()
                self.resize()
                link.keep(VersionMessage.of(version), moved)
                await link.gone.wait()
            await asyncio.sleep(_PAUSE)

    async def close(self) -> None:
        """Leave the coordinator, which ends the workers."""
        if self._link is not None:
            self._link.close()

    def share(self, pool: WorkerPool) -> None:
        """Have the workers of a pool shared with the other front ends."""
        self._pool = pool
        pool.share(self)

    def ask(self) -> None:
        """Ask the other front ends for a worker."""
        with contextlib.suppress(ZygoteGone):
            self._living_link().ask()

    def lend(self, worker: ForkedWorker) -> None:
        """Give a worker to the front end that asked."""
        with contextlib.suppress(ZygoteGone):  # it has ended with the coordinator
            self._living_link().lend(worker)
        worker.close()

    def owe(self) -> None:
        """Lend a worker of the pool, now or soon: another front end has asked."""
        if self._pool is not None:
            self._pool.owe()

    def resize(self) -> None:
        """Have a worker forked for one that was lost between two front ends."""
        if self._pool is not None:
            self._pool.resize(self._rows.workers(self._index))

    def take(self, worker: ForkedWorker, number: int) -> None:
        """Add a worker that another front end has lent."""
        if self._pool is not None:
            self._pool.take(worker, number)

    def _living_link(self) -> "_CoordinatorLink":
        if self._link is None or self._link.gone.is_set():
            try:
                connection = self._sockets.connect_packets()
                self._link = _CoordinatorLink(connection, self._index, self)
            except OSError as error:
                raise ZygoteGone(f"the coordinator does not answer: {error}") from None
        return self._link


@dataclass(eq=False, slots=True)
class _CoordinatorLink:
    """One connection to the coordinator; it is of no use once that has ended."""

    connection: InitVar[socket.socket]
    index: int
    tiers: SharedTiers
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _next: int = 0
    _births: dict[int, asyncio.Future[ForkedWorker]] = field(default_factory=dict)
    _advances: dict[int, asyncio.Future[bool]] = field(default_factory=dict)
    _ends: dict[int, asyncio.Future[int]] = field(default_factory=dict)
    _moved: dict[int, Callable[[], None]] = field(default_factory=dict)
    _on_disk: set[int] = field(default_factory=set)
    _last_moved: int = -1
    _link: PacketLink = field(init=False)

    def __post_init__(self, connection: socket.socket) -> None:
        """Listen, and say which front end this is."""
        self._link = PacketLink(connection, self._take, self._lose)
        self._send({"hello": self.index})

    async def fork(self, version: VersionMessage) -> ForkedWorker:
        """Return a new worker; raises `ZygoteGone`."""
        number, birth = self._number(), self._loop.create_future()
        self._births[number] = birth
        self._send({"fork": number, "version": version.record()})
        worker: ForkedWorker = await birth
        if worker.tier == "disk":
            self._on_disk.add(version.number)
        return worker

    async def advance(self, version: VersionMessage) -> bool:
        """Return whether the memory has a version now; raises `ZygoteGone`."""
        number, advance = self._number(), self._loop.create_future()
        self._advances[number] = advance
        self._send({"advance": number, "version": version.record()})
        return bool(await advance)

    def keep(self, version: VersionMessage, moved: Callable[[], None]) -> None:
        """Have a version kept in memory; call `moved` when it is there and workers are not."""
        self._moved = {version.number: moved}
        self._send({"keep": version.number, "version": version.record()})
        if self._last_moved == version.number and version.number in self._on_disk:
            moved()

    def close(self) -> None:
        """Leave: the coordinator ends the workers."""
        if self.gone.is_set():
            return
        self.gone.set()
        self._link.close()
        for birth in self._births.values():
            _fail(birth)
        for advance in self._advances.values():
            _fail(advance)
        for ended in self._ends.values():
            _settle(ended, _KILLED)

    def _number(self) -> int:
        self._next += 1
        return self._next

    def _send(self, message: dict[str, Any], *descriptors: int) -> None:
        if not self._link.send(message, *descriptors):
            raise ZygoteGone

    def _lose(self) -> None:
        _LOG.warning("the coordinator has ended; another one is started")
        self.close()

    def _take(self, message: dict[str, Any], descriptors: list[int]) -> None:
        """Do what a message of the coordinator says."""
        if descriptors:
            self._take_worker(message, *descriptors)
        elif "unborn" in message:
            _fail(self._births.pop(message["unborn"]), ZygoteGone(message["reason"]))
        elif "advanced" in message:
            _settle(self._advances.pop(message["advanced"]), message["in_memory"])
        elif "moved" in message:
            self._last_moved = message["moved"]
            self._moved.get(message["moved"], _nothing)()
        elif "stop" in message:
            self.tiers.stop_worker(message["stop"], message["calls"])
        elif "owe" in message:
            self.tiers.owe()
        elif "resize" in message:
            self.tiers.resize()
        else:
            _settle(self._ends.pop(message["ended"], None), message["status"])

    def _take_worker(self, message: dict[str, Any], control: int, data: int, errors: int) -> None:
        """Take a worker that was forked for this front end, or lent to it."""
        worker = self._worker(message["pid"], message["tier"], control, data, errors)
        if "taken" in message:
            self.tiers.take(worker, message["taken"])
            return
        birth = self._births.pop(message["born"])
        if birth.done():  # cancelled
            worker.kill()
            worker.close()
        else:
            birth.set_result(worker)

    def _worker(self, pid: int, tier: Tier, control: int, data: int, errors: int) -> ForkedWorker:
        ended = self._ends[pid] = self._loop.create_future()
        kill = partial(self._kill, pid)
        return ForkedWorker(pid, socket.socket(fileno=control), data, errors, ended, tier, kill)

    def ask(self) -> None:
        """Ask the other front ends for a worker; raises `ZygoteGone`."""
        self._send({"need": self.index})

    def lend(self, worker: ForkedWorker) -> None:
        """Give a worker away; raises `ZygoteGone`."""
        self._ends.pop(worker.pid, None)
        descriptors = (worker.control.fileno(), worker.data, worker.errors)
        self._send({"lend": worker.pid}, *descriptors)

    def _kill(self, pid: int) -> None:
        with contextlib.suppress(ZygoteGone):  # then its workers have ended too
            self._send({"kill": pid})


def _nothing() -> None:
    return


def _stop_nothing(_pid: int, _most_calls: int) -> None:
    return


def _fail(future: "asyncio.Future[Any]", error: ZygoteGone | None = None) -> None:
    if not future.done():
        future.set_exception(error or ZygoteGone("the coordinator has ended"))
        future.exception()  # its caller may be cancelled before it reads this


def _settle(future: "asyncio.Future[Any] | None", value: object) -> None:
    if future is not None and not future.done():
        future.set_result(value)
