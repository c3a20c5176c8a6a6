"""The check at start-up: whether connection classes work with the installed uvicorn.

A change of private classes shows in what they do sooner than in their names. So the check holds a
conversation on a connection in memory and compares the answers, rather than comparing signatures.
It takes about ten milliseconds.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from urbansdg.endpoint.connection.fast_path import FastPathRequest, IdleConnection
from urbansdg.endpoint.connection.http1_writer import Http1Writer
from urbansdg.endpoint.connection.request_heads import KnownFields, KnownRequest
from urbansdg.endpoint.web.http_response import HeaderFields, HttpResponse, send_response
from urbansdg.ontology.media_types import TEXT

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from urbansdg.endpoint.connection.connection_protocol import ConnectionProtocol

_SECONDS: Final = 5.0
_LONG: Final = 1e6  # seconds after which every connection is overdue
_KNOWN: Final = b"a packet whose head is known"
_DIRECT: Final = b"GET /direct HTTP/1.1\r\nhost: x\r\n\r\n"
_BY_ASGI: Final = b"POST /asgi HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nab"
_BODY: Final = b"answered"
_HEAD: Final = f"HTTP/1.1 200 OK\r\ncontent-type: {TEXT}\r\ncontent-length: {len(_BODY)}\r\n\r\n"
_ANSWER: Final = _HEAD.encode() + _BODY
_SEEN: Final = ["learned", "passed on", "learned", "direct", "passed on", "known"]


class ProbeHandler:
    """Stands for the fast path: answers some requests itself and passes the others on."""

    def __init__(self) -> None:
        """Begin with no request seen."""
        self.seen: list[str] = []
        self._writer = Http1Writer()

    def at_once(self, connection: IdleConnection, packet: bytes) -> bool:
        """Take the packet over whose head is known, as a request for ASGI."""
        if packet != _KNOWN:
            return False
        self.seen.append("known")
        request = KnownRequest("GET", b"", b"", KnownFields((), (), 0))
        connection.request_of(connection.scope_of(request), request, 0.0).pass_on()
        return True

    def learn(self, packet: bytes, cycle: "RequestResponseCycle") -> None:
        """Note that a request was the whole of a packet."""
        if packet.endswith(bytes(cycle.body)) and not cycle.disconnected:
            self.seen.append("learned")

    def answer(
        self,
        cycle: "RequestResponseCycle",
        app: ASGIApp,
        start: Callable[["RequestResponseCycle", ASGIApp], None],
    ) -> None:
        """Answer `/direct` on the connection, and pass all else on."""
        request = FastPathRequest(cycle, app, start, 0.0)
        if request.scope["path"] == "/direct" and request.is_ordinary:
            self.seen.append("direct")
            request.send(_response(), self._writer)
        else:
            self.seen.append("passed on")
            request.pass_on()


class _MemoryTransport(asyncio.Transport):
    """Keeps what is written, and reports when it has a given number of answers."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self._is_closing = False
        self._came = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data
        self._came.set()

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    def pause_reading(self) -> None:
        """Nothing is read here."""

    def resume_reading(self) -> None:
        """As above."""

    async def answers(self, count: int) -> None:
        """Wait for so many answers."""
        while self.written.count(_BODY) < count:
            self._came.clear()
            await self._came.wait()


def failure(
    make_config: "Callable[[], ConnectionProtocol]", probe: ProbeHandler | None = None
) -> str | None:
    """Return how connections of a protocol fail with this uvicorn, None where they work.

    `probe` is the handler of those that have a fast path.
    """
    packets = [(_BY_ASGI, 1), (_DIRECT, 1), (_BY_ASGI + _DIRECT, 2)]
    if probe is not None:
        packets.append((_KNOWN, 1))
    try:
        asyncio.run(_converse(make_config().options["http"], packets))
    except Exception as error:  # noqa: BLE001  # whatever a changed class raises is the answer
        return f"{type(error).__name__}: {error}"
    if probe is not None and probe.seen != _SEEN:
        return f"requests took other ways: {', '.join(probe.seen)}"
    return None


async def _converse(connect: Callable[..., Any], packets: list[tuple[bytes, int]]) -> None:
    """Send packets on a connection, each with so many requests, then let it rest.

    Raises whatever goes wrong: `ValueError` where the answers differ or the connection stays open.
    """
    connection, transport = _connected(connect)
    count = 0
    for packet, requests in packets:
        connection.data_received(packet)
        count += requests
        async with asyncio.timeout(_SECONDS):
            await transport.answers(count)
        await asyncio.sleep(0)  # the task of the request ends after its answer
    later = asyncio.get_running_loop().time() + _LONG
    connection.end_if_overdue(later)
    if transport.written != _ANSWER * count or not transport.is_closing():
        raise ValueError(f"unexpected answers: {bytes(transport.written[:200])!r}")
    connection.connection_lost(None)
    connection, transport = _connected(connect)
    connection.data_received(_DIRECT[:8])
    connection.end_if_overdue(later)
    if not transport.written.startswith(b"HTTP/1.1 408 "):
        raise ValueError("an unfinished head is not refused")
    connection.connection_lost(None)


def _connected(connect: Callable[..., Any]) -> tuple[Any, _MemoryTransport]:
    """Return a connection, as uvicorn makes it, and its transport."""
    config = uvicorn.Config(_app, log_config=None, lifespan="off", ws="none")
    config.load()
    state = uvicorn.Server(config).server_state
    connection = connect(config=config, server_state=state, app_state={}, _loop=None)
    transport = _MemoryTransport()
    connection.connection_made(transport)
    return connection, transport


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if body != (b"ab" if scope["method"] == "POST" else b""):
        raise ValueError(f"unexpected body: {body!r}")
    await send_response(_response(), scope, send)


def _response() -> HttpResponse:
    return HttpResponse(200, HeaderFields(((b"content-type", TEXT.encode()),)), _BODY)
