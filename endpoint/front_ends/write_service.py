"""Writes of front ends, done by the coordinator: a connection for each, with frames both ways.

    coordinator -> front end   {"turn": true}, or {"refused": ...}
    front end -> coordinator   the order, see `WriteMessage`; or it leaves
    coordinator -> front end   the outcome, see `publisher_messages`

The turn ends when the front end leaves: by then it serves the version.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from urbansdg.endpoint.front_ends.coordinator_messages import CoordinatorSockets
from urbansdg.endpoint.writes.publisher_messages import (
    RefusedWrite,
    WriteMessage,
    WriteOutcome,
    outcome_of,
    to_message,
)
from urbansdg.endpoint.writes.write_queue import Publish, WriteQueue
from urbansdg.errors import StoreBusy, UrbanSdgError, WriteLost
from urbansdg.sandbox.frames import LENGTH, frame

_MORE_PATIENCE: Final = 5.0
_PAUSE: Final = 0.1
_LOG: Final = logging.getLogger(__name__)


async def serve_write(
    queue: WriteQueue,
    patience: float,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Do one write of a front end; one that leaves before the outcome is there ends its write."""
    try:
        async with queue.turn(patience) as publish:
            await _send(writer, {"turn": True})
            order = WriteMessage.read(await _receive(reader))
            left = asyncio.ensure_future(reader.read(1))
            work = asyncio.ensure_future(_outcome(publish, order))
            try:
                await asyncio.wait((left, work), return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    await _send(writer, to_message(work.result()))
                    await left
            finally:
                for task in (left, work):
                    task.cancel()
                await asyncio.gather(left, work, return_exceptions=True)
    except StoreBusy as busy:
        await _send(writer, to_message(RefusedWrite(busy.code, busy.reason)))
    except (EOFError, ConnectionError):
        pass  # the front end has left
    finally:
        writer.close()


async def _outcome(publish: Publish, order: WriteMessage) -> WriteOutcome:
    """Return the outcome of a write; the errors of the project are outcomes too."""
    try:
        return await publish(order)
    except UrbanSdgError as error:
        return RefusedWrite(error.code, error.reason)


class RemoteWriteQueue:
    """The queue of the coordinator, for a front end; it has the methods of `WriteQueue`."""

    def __init__(self, sockets: CoordinatorSockets) -> None:
        """Connect for each write."""
        self._sockets = sockets

    @asynccontextmanager
    async def turn(self, patience: float) -> AsyncIterator[Publish]:
        """Wait for the writes before this one; raises `StoreBusy`, `WriteLost`."""
        try:
            async with asyncio.timeout(patience + _MORE_PATIENCE):
                reader, writer = await self._accepted_turn()
        except TimeoutError:
            raise StoreBusy("Another write is in progress.", "Try again later.") from None
        try:
            yield partial(_published, reader, writer)
        finally:
            writer.close()

    async def close(self) -> None:
        """Do nothing: the coordinator has the process that publishes."""

    async def _accepted_turn(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a connection whose turn it is; a coordinator that was killed is succeeded."""
        while True:
            connection = self._sockets.connect_write()
            reader, writer = await asyncio.open_unix_connection(sock=connection)
            try:
                refused = outcome_of(await _receive(reader))
            except (EOFError, ConnectionError):
                writer.close()
                await asyncio.sleep(_PAUSE)
                continue
            except BaseException:
                writer.close()
                raise
            if isinstance(refused, RefusedWrite):
                writer.close()
                raise refused.error()
            return reader, writer


async def _published(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, order: WriteMessage
) -> WriteOutcome:
    """Send an order, and return its outcome; raises `WriteLost`."""
    with contextlib.suppress(EOFError, ConnectionError):
        await _send(writer, order.message())
        outcome = outcome_of(await _receive(reader))
        if outcome is not None:
            return outcome
    raise WriteLost(
        "The process that does the writes was killed while it was at work.",
        "Read the graph to see whether the write was done.",
    )


async def _send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    writer.write(frame(message))
    await writer.drain()


async def _receive(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Return the next message; raises EOFError where there is none."""
    try:
        (size,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        message: dict[str, Any] = json.loads(await reader.readexactly(size))
    except asyncio.IncompleteReadError:
        raise EOFError from None
    return message
