"""A connection on which nothing is asked any more is closed."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from urbansdg.endpoint.connection.bounded_connection import BoundedConnection, ConnectionLimits

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def _app(_scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


async def _seen(idle: float) -> bytes:
    """Return what comes after two answers on a connection that rests for so many seconds."""
    config = uvicorn.Config(cast("Any", _app), log_config=None)
    config.load()
    state = uvicorn.Server(config).server_state
    loop = asyncio.get_running_loop()
    limits = ConnectionLimits(head_seconds=60, head_bytes=1 << 16, connections=9)
    factory = partial(BoundedConnection, limits, config, state, {})
    async with await loop.create_server(factory, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for _ in range(2):
            writer.write(_REQUEST)
            await reader.readuntil(b"ok")
        (connection,) = limits.open
        connection.end_if_overdue(loop.time() + idle)
        if not connection.transport.is_closing():
            writer.write(_REQUEST)
        came = await reader.read(1 << 16)
        writer.close()
        await writer.wait_closed()
    return came


def test_a_connection_that_rests_is_closed_after_its_time() -> None:
    """A connection goes on for some seconds after an answer, and is closed without a word then."""
    assert asyncio.run(_seen(4)).startswith(b"HTTP/1.1 200 ")
    assert asyncio.run(_seen(6)) == b""
