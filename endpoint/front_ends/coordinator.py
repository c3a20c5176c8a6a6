"""The coordinator: what one process does for all front ends of a server.

It forks their workers, so that a version is in memory once; it has the queue of writes and the
process that publishes them, the gateway for SERVICE, and the upkeep. It answers no request of a
client. Where it is killed, its workers end with it: queries that are under way fail, the look-ups
and kept answers of the front ends do not, and the next coordinator forks new workers.
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.front_ends.coordinator_messages import VersionMessage, is_of_this_user
from urbansdg.endpoint.front_ends.front_end import FrontEnd, own_tiers
from urbansdg.endpoint.front_ends.write_service import serve_write
from urbansdg.endpoint.upkeep import Upkeep
from urbansdg.endpoint.versions.version_follower import Follower
from urbansdg.endpoint.workers.storage_tiers import StorageTiers
from urbansdg.endpoint.workers.zygote_client import ForkedWorker, ZygoteGone
from urbansdg.endpoint.writes.publisher import Publisher
from urbansdg.endpoint.writes.write_queue import LocalWriteQueue, WriteQueue
from urbansdg.sandbox.packet_link import PacketLink
from urbansdg.settings import Settings
from urbansdg.store import Access, Backend

_NEED_SECONDS: Final = 0.1
"""A front end that needs a worker asks again sooner than that."""


class Coordinator:
    """Serves the front ends that connect."""

    def __init__(
        self, place: FrontEnd, tiers: StorageTiers, queue: WriteQueue, patience: float
    ) -> None:
        """Fork workers from the tiers; writes wait in the queue, for `patience` seconds."""
        if place.sockets is None:
            raise TypeError(place)
        self._sockets = place.sockets
        self._gateway = place.gateway
        self._tiers = tiers
        self._queue = queue
        self._patience = patience
        self._rows = place.shared.rows
        self._links: set[_FrontEndLink] = set()
        self._needs: dict[_FrontEndLink, float] = {}
        self._workers: dict[int, _OwnedWorker] = {}
        self._steps: dict[int, asyncio.Task[bool]] = {}
        self._newest = -1
        self._keeping: asyncio.Task[None] | None = None

    async def run(self, upkeep: Upkeep, follower: Follower, on_ready: Callable[[], None]) -> None:
        """Serve until SIGTERM."""
        gateway = self._gateway
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
            self._links.add(_FrontEndLink(self, connection))

    def forget(self, link: "_FrontEndLink") -> None:
        """Stop serving a front end that has ended."""
        self._links.discard(link)
        self._needs.pop(link, None)
        for worker in self._workers.values():
            if worker.owner is link:
                worker.process.kill()

    def need(self, link: "_FrontEndLink") -> None:
        """Ask the other front ends for a worker for one."""
        self._needs[link] = time.monotonic()
        for other in tuple(self._links - {link}):
            other.send({"owe": link.index})

    def lend(self, lender: "_FrontEndLink", pid: int, descriptors: list[int]) -> None:
        """Give a worker to the front end that has needed one for longest, or back."""
        worker = self._workers.get(pid)
        if worker is None:  # it has ended on its way
            lender.send({"resize": lender.index})
            return
        limit = time.monotonic() - _NEED_SECONDS
        self._needs = {link: since for link, since in self._needs.items() if since > limit}
        taker = next((link for link in self._needs if link is not lender), lender)
        self._needs.pop(taker, None)
        if taker is not lender:
            for link, change in ((lender, -1), (taker, 1)):
                self._rows.set_workers(link.index, self._rows.workers(link.index) + change)
        worker.owner = taker
        message = {"taken": worker.number, "pid": pid, "tier": worker.process.tier}
        if not taker.send(message, *descriptors):
            worker.process.kill()

    async def fork(self, owner: "_FrontEndLink", version: VersionMessage) -> ForkedWorker:
        """Return a new worker of a front end; raises `ZygoteGone`."""
        process = await self._tiers.fork(version)
        self._workers[process.pid] = _OwnedWorker(process, version.number, owner)
        return process

    def watch(self, process: ForkedWorker) -> None:
        """Report the end of a worker to the front end that has it then."""
        process.ended.add_done_callback(partial(self._ended, process.pid))

    def kill(self, owner: "_FrontEndLink", pid: int) -> None:
        """Kill a worker of a front end, unless it has ended."""
        worker = self._workers.get(pid)
        if worker is not None and worker.owner is owner:
            worker.process.kill()

    def _ended(self, pid: int, ended: "asyncio.Future[int]") -> None:
        worker = self._workers.pop(pid, None)
        if worker is not None and not ended.cancelled():
            worker.owner.send({"ended": pid, "status": ended.result()})

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
        worker = self._workers.get(pid)
        if worker is not None:
            worker.owner.send({"stop": pid, "calls": most_calls})

    def _moved(self, number: int) -> None:
        for link in tuple(self._links):
            link.send({"moved": number})


@dataclass(slots=True)
class _OwnedWorker:
    """A worker: its process, the number of its version, and the front end that has it."""

    process: ForkedWorker
    number: int
    owner: "_FrontEndLink"


class _FrontEndLink:
    """The connection of one front end."""

    def __init__(self, coordinator: Coordinator, connection: socket.socket) -> None:
        self._coordinator = coordinator
        self.index = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._link = PacketLink(connection, self._do, self.close)
        self.send = self._link.send

    def close(self) -> None:
        """End the workers of the front end, and forget it."""
        self._link.close()
        self._coordinator.forget(self)

    def _do(self, message: dict[str, Any], descriptors: list[int]) -> None:
        """Do what a message of the front end says."""
        if "kill" in message:
            self._coordinator.kill(self, message["kill"])
        elif "hello" in message:
            self.index = message["hello"]
        elif "need" in message:
            self._coordinator.need(self)
        elif "lend" in message:
            self._coordinator.lend(self, message["lend"], descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
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
            worker = await self._coordinator.fork(self, version)
        except (ZygoteGone, OSError) as error:
            self.send({"unborn": number, "reason": str(error)})  # the front end logs it
            return
        message = {"born": number, "pid": worker.pid, "tier": worker.tier}
        if not self.send(message, worker.control.fileno(), worker.data, worker.errors):
            worker.kill()
        worker.close()
        self._coordinator.watch(worker)

    async def _advance(self, number: int, version: VersionMessage) -> None:
        in_memory = await self._coordinator.advance(version)
        self.send({"advanced": number, "in_memory": in_memory})


def run_coordinator(
    settings: Settings, store: Backend, place: FrontEnd, on_ready: Callable[[], None]
) -> None:
    """Be the coordinator of the front ends that share a place, until SIGTERM.

    Raises `StoreError` where there is no graph.
    """
    asyncio.run(_coordinate(settings, store, place, on_ready))


async def _coordinate(
    settings: Settings, store: Backend, place: FrontEnd, on_ready: Callable[[], None]
) -> None:
    access, follower = Access.of(settings), Follower(store)
    editions = Editions(store, access.environment(settings.base) if access else None)
    patience = max(settings.wait_seconds, settings.lock_seconds)
    queue = LocalWriteQueue(Publisher(settings))
    tiers = own_tiers(settings, store, place.gateway)
    coordinator = Coordinator(place, tiers, queue, patience)
    upkeep = Upkeep(settings, store, follower, editions)
    await coordinator.run(upkeep, follower, on_ready)
