"""The coordinator: what one process does for all front ends of a server.

It forks their workers, so that a version is in memory once; it has the queue of writes and the
process that publishes them, the gateway for SERVICE, and the upkeep. It answers no request of a
client. Where it is killed, its workers end with it: queries that are under way fail, the look-ups
and kept answers of the front ends do not, and the next coordinator forks new workers.
"""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from urbansdg.egress.service_gateway import Gateway
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.front_ends.coordinator_messages import (
    PACKET,
    CoordinatorSockets,
    VersionMessage,
    is_of_this_user,
)
from urbansdg.endpoint.front_ends.front_end import own_tiers
from urbansdg.endpoint.front_ends.write_service import serve_write
from urbansdg.endpoint.upkeep import Upkeep
from urbansdg.endpoint.versions.version_follower import Follower
from urbansdg.endpoint.workers.storage_tiers import StorageTiers
from urbansdg.endpoint.workers.zygote_client import ForkedWorker, ZygoteGone
from urbansdg.endpoint.writes.publisher import Publisher
from urbansdg.endpoint.writes.write_queue import LocalWriteQueue, WriteQueue
from urbansdg.sandbox.frames import frame, unpacked
from urbansdg.settings import Settings
from urbansdg.store import Access, Backend

_LOG: Final = logging.getLogger(__name__)


class Coordinator:
    """Serves the front ends that connect."""

    def __init__(
        self, sockets: CoordinatorSockets, tiers: StorageTiers, queue: WriteQueue, patience: float
    ) -> None:
        """Fork workers from the tiers; writes wait in the queue, for `patience` seconds."""
        self._sockets = sockets
        self._tiers = tiers
        self._queue = queue
        self._patience = patience
        self._links: set[_FrontEndLink] = set()
        self._steps: dict[int, asyncio.Task[bool]] = {}
        self._newest = -1
        self._keeping: asyncio.Task[None] | None = None

    async def run(
        self,
        upkeep: Upkeep,
        follower: Follower,
        gateway: Gateway | None,
        on_ready: Callable[[], None],
    ) -> None:
        """Serve until SIGTERM."""
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, stopped.set)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: the front ends go first
        self._sockets.packets.settimeout(0)
        self._sockets.writes.settimeout(0)
        serve = partial(serve_write, self._queue, self._patience)
        if gateway is not None:
            gateway.stop_worker = self._stop_worker
        async with gateway.serving() if gateway else contextlib.nullcontext():
            writes = await asyncio.start_unix_server(serve, sock=self._sockets.writes)
            loop.add_reader(self._sockets.packets, self._accept)
            jobs = [
                asyncio.ensure_future(follower.follow(lambda _: None)),
                *map(asyncio.ensure_future, upkeep.jobs()),
            ]
            on_ready()
            try:
                await stopped.wait()
            finally:
                loop.remove_reader(self._sockets.packets)
                writes.close()
                for job in (*jobs, *self._steps.values(), self._keeping):
                    if job is not None:
                        job.cancel()
                await asyncio.gather(*jobs, return_exceptions=True)
                await upkeep.close()
                await self._queue.close()
                for link in tuple(self._links):
                    link.close()
                await self._tiers.close()

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, InterruptedError):
            connection, _ = self._sockets.packets.accept()
            if not is_of_this_user(connection):
                connection.close()
                return
            connection.settimeout(0)
            self._links.add(_FrontEndLink(self, connection))

    def forget(self, link: "_FrontEndLink") -> None:
        """Stop serving a front end that has ended."""
        self._links.discard(link)

    async def fork(self, version: VersionMessage) -> ForkedWorker:
        """Return a new worker; raises `ZygoteGone`."""
        return await self._tiers.fork(version)

    async def advance(self, version: VersionMessage) -> bool:
        """Bring the memory to a version, once for all; return whether it is there."""
        number = version.number
        if number < self._newest:
            return False
        step = self._steps.get(number)
        if step is None:
            for older in [older for older in self._steps if older < number]:
                del self._steps[older]
            step = self._steps[number] = asyncio.ensure_future(self._advanced(version))
        return await asyncio.shield(step)

    def keep(self, version: VersionMessage) -> None:
        """Keep a version in memory, unless a newer one is to be there."""
        if version.number <= self._newest:
            return
        self._newest = version.number
        if self._keeping is not None:
            self._keeping.cancel()
        moved = partial(self._moved, version.number)
        self._keeping = asyncio.ensure_future(self._tiers.keep(version, moved))

    async def _advanced(self, version: VersionMessage) -> bool:
        if self._keeping is not None:
            self._keeping.cancel()
        is_there = await self._tiers.advance(version)
        self.keep(version)
        return is_there

    def _stop_worker(self, pid: int, most_calls: int) -> None:
        for link in tuple(self._links):
            if link.has(pid):
                link.send({"stop": pid, "calls": most_calls})

    def _moved(self, number: int) -> None:
        for link in tuple(self._links):
            link.send({"moved": number})


class _FrontEndLink:
    """The connection of one front end, and its workers."""

    def __init__(self, coordinator: Coordinator, connection: socket.socket) -> None:
        self._coordinator = coordinator
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._workers: dict[int, ForkedWorker] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._loop.add_reader(connection, self._receive)

    def close(self) -> None:
        """End the workers of the front end, and forget it."""
        if self._is_closed:
            return
        self._is_closed = True
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._coordinator.forget(self)
        for worker in self._workers.values():
            worker.kill()

    def has(self, pid: int) -> bool:
        """Return whether a worker is of this front end."""
        return pid in self._workers

    def send(self, message: dict[str, Any], *descriptors: int) -> bool:
        """Send a message; return whether the front end is there to read it."""
        if self._is_closed:
            return False
        try:
            socket.send_fds(self._socket, [frame(message)], descriptors)
        except OSError:
            self.close()
        return not self._is_closed

    def _receive(self) -> None:
        try:
            packet = self._socket.recv(PACKET)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            packet = b""
        if not packet:
            self.close()
            return
        message = unpacked(packet)
        if "kill" in message:
            worker = self._workers.get(message["kill"])
            if worker is not None:
                worker.kill()
        elif "fork" in message:
            self._later(self._fork(message["fork"], VersionMessage.read(message["version"])))
        elif "advance" in message:
            self._later(self._advance(message["advance"], VersionMessage.read(message["version"])))
        else:
            self._coordinator.keep(VersionMessage.read(message["version"]))

    def _later(self, work: Any) -> None:  # noqa: ANN401  # a coroutine
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fork(self, number: int, version: VersionMessage) -> None:
        try:
            worker = await self._coordinator.fork(version)
        except (ZygoteGone, OSError) as error:
            _LOG.warning("a worker could not be forked: %r", error)
            self.send({"unborn": number})
            return
        message = {"born": number, "pid": worker.pid, "tier": worker.tier}
        self._workers[worker.pid] = worker
        worker.ended.add_done_callback(partial(self._ended, worker.pid))
        if not self.send(message, worker.control.fileno(), worker.data, worker.errors):
            worker.kill()
        worker.close()

    async def _advance(self, number: int, version: VersionMessage) -> None:
        in_memory = await self._coordinator.advance(version)
        self.send({"advanced": number, "in_memory": in_memory})

    def _ended(self, pid: int, ended: "asyncio.Future[int]") -> None:
        self._workers.pop(pid, None)
        if not ended.cancelled():
            self.send({"ended": pid, "status": ended.result()})


def run_coordinator(
    settings: Settings,
    store: Backend,
    sockets: CoordinatorSockets,
    gateway: Gateway | None,
    on_ready: Callable[[], None],
) -> None:
    """Be the coordinator until SIGTERM; raises `StoreError` where there is no graph."""
    asyncio.run(_coordinate(settings, store, sockets, gateway, on_ready))


async def _coordinate(
    settings: Settings,
    store: Backend,
    sockets: CoordinatorSockets,
    gateway: Gateway | None,
    on_ready: Callable[[], None],
) -> None:
    access, follower = Access.of(settings), Follower(store)
    editions = Editions(store, access.environment(settings.base) if access else None)
    patience = max(settings.wait_seconds, settings.lock_seconds)
    queue = LocalWriteQueue(Publisher(settings))
    coordinator = Coordinator(sockets, own_tiers(settings, store, gateway), queue, patience)
    upkeep = Upkeep(settings, store, follower, editions)
    await coordinator.run(upkeep, follower, gateway, on_ready)
