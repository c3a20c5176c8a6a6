"""The server's side of the zygote: orders workers from it, and learns when they end."""

import asyncio
import contextlib
import fcntl
import json
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from urbansdg.endpoint.workers.memory_tier import NotInMemory
from urbansdg.endpoint.workers.zygote import serve_forks
from urbansdg.sandbox.child_process import Limits, spawn
from urbansdg.sandbox.packet_link import PacketLink
from urbansdg.store import Access

_PIPE_BYTES: Final = 1 << 20  # the most that a process without privileges may ask for
_GOODBYE_SECONDS: Final = 5


Tier = Literal["disk", "memory", "engine"]


class ZygoteGone(Exception):
    """The zygote has ended, or cannot be started; the caller starts another one."""

    def __init__(self, reason: str = "the process that forks workers has ended") -> None:
        """Keep the reason, a clause for the log."""
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class ForkedWorker:
    """A new worker: its process, its control socket, and the pipes of its answers and of stderr.

    `ended` is done when the process is reaped: its exit status, negative for a signal. `tier` is
    where it reads its version from; `kill` asks the zygote to kill it.
    """

    pid: int
    control: socket.socket
    data: int
    errors: int
    ended: asyncio.Future[int]
    tier: Tier
    kill: Callable[[], None]

    def close(self) -> None:
        """Close its socket and pipes here."""
        _close(self.control, self.data, self.errors)


class ZygoteClient:
    """One zygote process, and the workers forked from it."""

    def __init__(self, gateway_port: int | None = None, access: Access | None = None) -> None:
        """Start the zygote; needs a running event loop.

        Its workers may connect to the gateway's port, and to the engine of `access`.
        Raises `ZygoteGone` where the system does not start its process.
        """
        ports = {gateway_port} if gateway_port else set()
        place, ports = ("disk", ports) if access is None else ("engine", {*ports, *access.ports})
        self._loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._process = spawn(
                serve_forks,
                theirs.fileno(),
                place,
                limits=Limits(ports=ports),
                environment=None if access is None else access.environment(),
                descriptors=(theirs.fileno(),),
            )
        except OSError as error:
            ours.close()
            raise ZygoteGone(f"the system does not start its process: {error}") from error
        finally:
            theirs.close()
        self._births: deque[asyncio.Future[int]] = deque()
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._holding: asyncio.Future[int] | None = None
        self.tier: Tier = "disk" if access is None else "engine"
        self.gone = asyncio.Event()
        self._link = PacketLink(ours, self._receive_message, self._lose)

    @property
    def alive(self) -> bool:
        """Whether the zygote runs."""
        return not self.gone.is_set()

    async def hold(self, path: Path, triples: int, memory: int) -> int:
        """Have the zygote read the version at `path` into memory, for all later workers.

        Returns the bytes that it takes, at most `memory`. Raises `NotInMemory` and `ZygoteGone`.
        """
        order = {"path": str(path.absolute()), "triples": triples, "memory": memory}
        size = await self._memory_taken({"hold": order})
        self.tier = "memory"
        return size

    async def advance(self, path: Path, triples: int, memory: int, things: Iterable[str]) -> int:
        """Have the zygote go to the version at `path`, which differs from its own on `things`.

        Returns the bytes that it takes more. Raises `NotInMemory`, after which no worker is to be
        forked from it, and `ZygoteGone`.
        """
        order = {"path": str(path.absolute()), "triples": triples, "memory": memory}
        listed = os.memfd_create("things")
        try:
            with os.fdopen(os.dup(listed), "w") as file:
                json.dump(list(things), file)
            os.lseek(listed, 0, os.SEEK_SET)
            return await self._memory_taken({"advance": order}, listed)
        finally:
            os.close(listed)

    async def _memory_taken(self, order: dict[str, Any], *descriptors: int) -> int:
        self._holding = self._loop.create_future()
        self._send(order, *descriptors)
        return await self._holding

    async def fork(self, path: Path, base: str, memory: int) -> ForkedWorker:
        """Have a worker forked (`worker_process.work`); raises `ZygoteGone`."""
        ours, theirs = socket.socketpair()
        data, errors = _pipe(_PIPE_BYTES), _pipe(None)
        try:
            order = {"fork": {"path": str(path.absolute()), "base": base, "memory": memory}}
            self._send(order, theirs.fileno(), data[1], errors[1])
            born = self._loop.create_future()
            self._births.append(born)
            pid = await born
        except BaseException:
            _close(ours, data[0], errors[0])
            raise
        finally:
            _close(theirs, data[1], errors[1])
        return ForkedWorker(
            pid, ours, data[0], errors[0], self._ends[pid], self.tier, partial(self._kill, pid)
        )

    def _kill(self, pid: int) -> None:
        """Have a worker killed; does nothing if it has ended by itself."""
        with contextlib.suppress(ZygoteGone):  # then its workers have ended too
            self._send({"kill": pid})

    async def retire(self) -> None:
        """End the zygote when its last worker has ended."""
        while self.alive and (self._births or self._ends):
            await asyncio.wait((*self._births, *self._ends.values()))
        await self.close()

    async def close(self) -> None:
        """End the zygote, and with it every worker."""
        if self._holding is not None and not self._holding.done():
            self._process.kill()  # it reads no messages meanwhile
        self._lose()
        if not await asyncio.to_thread(self._process.wait, _GOODBYE_SECONDS):
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    def _send(self, order: dict[str, Any], *descriptors: int) -> None:
        if not self._link.send(order, *descriptors):
            raise ZygoteGone

    def _receive_message(self, message: dict[str, Any], _: list[int]) -> None:
        if "born" in message:
            self._ends[message["born"]] = self._loop.create_future()
            _settle(self._births.popleft(), message["born"])
        elif "held" in message:
            self._finish_holding(message["held"])
        elif "not_held" in message:
            self._finish_holding(NotInMemory(message["not_held"]))
        else:
            _settle(self._ends.pop(message["ended"]), message["status"])

    def _finish_holding(self, outcome: int | Exception) -> None:
        if self._holding is None or self._holding.done():
            return
        if isinstance(outcome, Exception):
            self._holding.set_exception(outcome)
        else:
            self._holding.set_result(outcome)

    def _lose(self) -> None:
        if not self.alive:
            return
        self.gone.set()
        self._link.close()
        self._finish_holding(ZygoteGone())
        for born in self._births:
            if not born.done():
                born.set_exception(ZygoteGone())
        for ended in self._ends.values():
            _settle(ended, -9)  # the kernel kills them with their parent


def _settle(future: asyncio.Future[int], value: int) -> None:
    if not future.done():
        future.set_result(value)


def _close(end: socket.socket, *descriptors: int) -> None:
    end.close()
    for descriptor in descriptors:
        os.close(descriptor)


def _pipe(size: int | None) -> tuple[int, int]:
    """Return a pipe that does not block its reader, with room for `size` bytes where allowed."""
    reading, writing = os.pipe2(os.O_CLOEXEC)
    os.set_blocking(reading, False)
    if size is not None:
        with contextlib.suppress(OSError):  # the user's pipes are at their limit (pipe(7))
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, size)
    return reading, writing
