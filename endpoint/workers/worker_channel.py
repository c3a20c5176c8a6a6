"""The front end's side of one worker: sends it queries, and receives answers with back-pressure."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final

from urbansdg.endpoint.versions.version_follower import ServedVersion
from urbansdg.endpoint.workers.worker_frames import QueryEnding
from urbansdg.endpoint.workers.zygote_client import ForkedWorker
from urbansdg.sandbox.frames import split
from urbansdg.sandbox.process_end import ProcessEnd

_CHUNK: Final = 1 << 18
_FRAMES: Final = 1 << 18
_HIGH: Final = 1 << 20  # bytes of an answer that are buffered for a slow client
_HEAD: Final = 1 << 14
_LAST_WORDS: Final = 1 << 16


class WorkerDied(Exception):
    """The worker's process has ended; `end` says how."""

    def __init__(self, end: ProcessEnd) -> None:
        """Keep how the worker ended."""
        super().__init__(f"it {end.reason}")
        self.end = end


class WorkerChannel:
    """The sockets and pipes of one worker, which answers one question at a time."""

    def __init__(
        self, birth: ForkedWorker, version: ServedVersion, ending: QueryEnding | None = None
    ) -> None:
        """Listen to a worker that serves that version; `ending` is of one that is ready."""
        self.pid = birth.pid
        self.version = version
        self.tier = birth.tier
        self.ended = birth.ended
        self._birth = birth
        self._loop = asyncio.get_running_loop()
        self._frames = bytearray()
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._enough = _HEAD  # bytes for which the waiting task is woken
        self._listener: Callable[[], None] | None = None
        self._reading = False
        self._lost = False
        self._killed = False
        self.ending = ending
        birth.control.settimeout(0)
        self._loop.add_reader(birth.control, self._receive_message)
        self._read()

    @property
    def is_reusable(self) -> bool:
        """Whether the worker can take another query: it ended the last one, and is not spent."""
        return not self._lost and self.ending is not None and not self.ending.spent

    @property
    def short(self) -> bytes | None:
        """The whole answer after the byte of its kind, if it is short and has arrived."""
        return None if self._lost or self.ending is None else self.ending.short

    async def ready(self) -> None:
        """Wait until the worker has opened its version; raises `WorkerDied`."""
        while self.ending is None:
            await self._next_event()

    async def ask(self, frame: bytes) -> None:
        """Send a query in its frame; `head` and `rest` give the answer."""
        sent = self.put(frame)
        if sent < len(frame) and not self._lost:
            await self._send(frame[sent:])

    def put(self, frame: bytes) -> int:
        """Send a query without waiting; return how many bytes were sent: all, unless it is long."""
        self._chunks.clear()
        self._size = 0
        self.ending = None
        self._enough = _HEAD
        if not self._reading:
            self._read()
        try:
            return self._birth.control.send(frame)
        except BlockingIOError:
            return 0
        except OSError:
            self._lost = True
            return 0

    async def _send(self, rest: bytes) -> None:
        try:
            await self._loop.sock_sendall(self._birth.control, rest)
        except OSError:
            self._lost = True

    async def head(self) -> bytes:
        """Return the first bytes of the answer: all of it, if it is small.

        Waits for the end or for 16 KiB: until then a query that fails still gets a proper error.
        """
        self._enough = _HEAD
        while self._size < _HEAD and self.ending is None:
            await self._next_event()
        return self._take()

    async def rest(self) -> AsyncIterator[bytes]:
        """Yield what follows the head, as it comes; raises `WorkerDied`."""
        self._enough = 1
        while True:
            while not self._size and self.ending is None:
                await self._next_event()
            if not self._size:
                return
            yield self._take()

    async def _death(self) -> WorkerDied:
        status = await self.ended
        try:
            words = os.read(self._birth.errors, _LAST_WORDS)
        except BlockingIOError:
            words = b""
        return WorkerDied(ProcessEnd.of(status, words.decode(errors="replace")))

    def kill(self) -> None:
        """Have the worker killed, if it has not ended yet, and close its descriptors."""
        if self._killed:
            return
        self._killed = self._lost = True
        self._birth.kill()
        self._loop.remove_reader(self._birth.control)
        self._pause()
        self._birth.control.close()
        os.close(self._birth.data)
        os.close(self._birth.errors)

    def leave(self) -> ForkedWorker:
        """Stop listening to an idle worker, and return it for another process to listen to."""
        self._killed = self._lost = True
        self._loop.remove_reader(self._birth.control)
        self._pause()
        return self._birth

    def stop(self, ending: QueryEnding) -> None:
        """End the query in this way, whatever the worker does; the worker takes no other."""
        if self.ending is None:
            self.ending = ending
            self._lost = True
            self._notify()

    async def _next_event(self) -> None:
        if self._lost:
            raise await self._death()
        wake = self._loop.create_future()
        self.listen(partial(_wake, wake))
        await wake

    def listen(self, listener: Callable[[], None]) -> None:
        """Call the listener once: at the end, at enough of the answer, or if the worker is lost."""
        self._listener = listener

    def _notify(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener()

    def _take(self) -> bytes:
        taken = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        if not self._reading and self.ending is None:
            self._read()
        return taken

    def _read(self) -> None:
        self._reading = True
        self._loop.add_reader(self._birth.data, self._receive)

    def _pause(self) -> None:
        self._reading = False
        self._loop.remove_reader(self._birth.data)

    def _receive(self) -> bool:
        """Read a chunk of the answer; return whether there was one."""
        try:
            chunk = os.read(self._birth.data, _CHUNK)
        except BlockingIOError:
            return False
        if not chunk:  # the other end is closed: the worker has died
            self._pause()
            return False
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size >= _HIGH:
            self._pause()
        if self._size >= self._enough:
            self._notify()
        return True

    def _receive_message(self) -> None:
        try:
            received = self._birth.control.recv(_FRAMES)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self._lost = True
            self._loop.remove_reader(self._birth.control)
        self._frames += received
        for body in split(self._frames):
            self._end_answer(body)
        if self.ending is not None or self._lost:  # a part of a frame changes nothing
            self._notify()

    def _end_answer(self, body: bytes) -> None:
        ending = QueryEnding.read(body)
        if ending.short is not None:
            self._chunks.append(ending.short)
            self._size += len(ending.short)
        else:
            # The worker wrote all of the answer before this ending: at most a full pipe is left.
            while self._receive():
                pass
        self.ending = ending


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
