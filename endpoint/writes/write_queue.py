"""The queue of writes: one at a time, whichever front end they come from."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from urbansdg.endpoint.writes.publisher import Publisher
from urbansdg.endpoint.writes.publisher_messages import WriteMessage, WriteOutcome
from urbansdg.errors import StoreBusy

Publish = Callable[[WriteMessage], Awaitable[WriteOutcome]]


class WriteQueue(Protocol):
    """Where a write waits for its turn."""

    def turn(self, patience: float) -> AbstractAsyncContextManager[Publish]:
        """Wait for the writes before this one, up to the patience; give the way to publish.

        The turn ends with the block. Raises `StoreBusy`, `WriteLost`.
        """

    async def close(self) -> None:
        """End the process that publishes, and with it a write that is under way."""


class LocalWriteQueue:
    """The queue of the process that has the publisher."""

    def __init__(self, publisher: Publisher) -> None:
        """Publish with that publisher."""
        self._publisher = publisher
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, patience: float) -> AsyncIterator[Publish]:
        """Wait for the writes before this one; raises `StoreBusy`."""
        try:
            async with asyncio.timeout(patience):
                await self._lock.acquire()
        except TimeoutError:
            raise StoreBusy("Another write is in progress.", "Try again later.") from None
        try:
            yield self._publisher.publish
        finally:
            self._lock.release()

    async def close(self) -> None:
        """End the process that publishes."""
        await self._publisher.close()
