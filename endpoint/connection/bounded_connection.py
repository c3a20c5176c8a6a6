"""A client's connection, bounded in time, size and number.

uvicorn waits for the rest of a request without limit and takes a head of any size: a few hundred
slow senders would use up the server's descriptors, and one sender of an endless header its memory.
Here a head must arrive in time, a body must make progress, an answer must be read, and the number
of connections is limited, of which one address has at most half. A client that comes when there are
too many takes the place of another connection that waits, see `ConnectionLimits.make_room`.
`fast_connection` adds the fast path to this class; `connection_protocol` chooses between the two,
and checks uvicorn's internals before either is used.
"""

import asyncio
import ipaddress
import json
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from urbansdg.endpoint.connection.http1_writer import Http1Writer
from urbansdg.endpoint.shared_memory.client_table import ClientSlot, ClientTable
from urbansdg.endpoint.web.http_response import HeaderFields, HttpResponse
from urbansdg.endpoint.web.rate_limit import network_of
from urbansdg.ontology.media_types import PROBLEM_JSON

_FIELD: Final = 1 << 13  # the longest header field; that of nginx and Apache
_FIELDS: Final = 1 << 16  # all of them together
_BODY_SECONDS: Final = 25.0  # a body brings 64 KiB in this time, or ends
_BODY_BYTES: Final = 1 << 16
_TAKING_SECONDS: Final = 30.0  # some of a waiting response is read in this time
_FAREWELL_SECONDS: Final = 3.0  # and the rest of it, once the connection is closing
_BETWEEN_LOOKS: Final = 0.5
_WRITER: Final = Http1Writer()
_TOO_LARGE: Final = "The head of the request is too large."
LONGEST_URL: Final = (1 << 16) - 1  # the library that reads it takes no longer one
_TOO_LONG: Final = "The address of the request is too long: send the query by POST."
_UNKNOWN_CODING: Final = "The transfer coding of the request is not known here: use chunked."
_ONE_HOST: Final = "The request does not name its host, or names two (RFC 9112, 3.2)."


@dataclass(frozen=True)
class ConnectionLimits:
    """The limits: seconds and bytes of a request's head, and the number of connections.

    `trusted` are the networks of proxies, which may open any number. `open` are the connections
    to this front end; `table` counts those to all, by address (of IPv6 the first 64 bits).
    """

    head_seconds: float
    head_bytes: int
    connections: int
    trusted: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    table: ClientTable = field(default_factory=ClientTable)
    open: "set[BoundedConnection]" = field(default_factory=set)

    def make_room(self, newcomer: "BoundedConnection") -> bool:
        """Make room for a connection that is counted already; return whether there is some.

        An address has at most half of all, unless it is a trusted proxy's. Where there are too
        many in all, one is closed that waits for a request: of the address with the most
        connections, the one that has waited longest. So a few addresses with many idle connections
        lock nobody out.
        """
        table = self.table
        of_address = table.connections(newcomer.slot)
        if of_address > max(1, self.connections // 2) and not newcomer.is_proxy:
            return False
        if table.all_connections <= self.connections:
            return True
        waiting = [
            (other.is_proxy, -table.connections(other.slot), since, id(other), other)
            for other in self.open
            if other is not newcomer and (since := other.waits_since) is not None
        ]
        if not waiting:
            return False
        min(waiting)[-1].transport.close()
        return True

    def is_proxy(self, host: str) -> bool:
        """Return whether an address is of a trusted proxy."""
        return bool(self.trusted) and any(
            ipaddress.ip_address(host) in network for network in self.trusted
        )


class Phase(Enum):
    """What the connection awaits from the client."""

    HEAD = auto()
    BODY = auto()
    NOTHING = auto()


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's protocol, within limits; `watch` ends the connections that are overdue."""

    def __init__(
        self,
        limits: ConnectionLimits,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take the limits, and what uvicorn passes to its protocols."""
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self.slot = ClientSlot(0, 0, 0)
        self.is_proxy = False
        self._phase = Phase.HEAD
        self._since = self.loop.time()
        self._received = 0
        self._fields = 0
        self._refusal: tuple[HTTPStatus, str] | None = None
        self._held_up: float | None = None
        self._is_idle = True  # nothing of the next request has come, and none is in progress
        self._closing: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and refuse it where there are too many."""
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        self.slot = self._limits.table.slot(network_of(host))
        self.is_proxy = bool(host) and self._limits.is_proxy(host)
        self._limits.table.add_connection(self.slot, 1)
        self._limits.open.add(self)
        if not self._limits.make_room(self):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "There are too many connections.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
        self._limits.open.discard(self)
        self._limits.table.add_connection(self.slot, -1)
        super().connection_lost(exc)

    @property
    def waits_since(self) -> float | None:
        """Since when it waits for a whole head; None while it has a request or is being closed."""
        has_request = self.cycle is not None and not self.cycle.response_complete
        if self.transport.is_closing() or self._held_up is not None or has_request:
            return None
        return self._since if self._is_idle or self._phase is Phase.HEAD else None

    def data_received(self, data: bytes) -> None:
        """Parse what has come; an unfinished head has a size limit."""
        if self.transport.is_closing():
            return
        self._is_idle = False
        if self._phase is Phase.NOTHING and (self.cycle is None or self.cycle.response_complete):
            self._await(Phase.HEAD)
        self._received += len(data)
        self._parse(data)
        if self._phase is Phase.HEAD and self._received > self._limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LARGE)
        elif self._phase is Phase.NOTHING and self.cycle.response_complete:
            self._is_idle = True  # the rest of a body that nobody waited for has come

    def _parse(self, data: bytes) -> None:
        """Have uvicorn parse what has come."""
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Begin the next request that has come, or wait for one."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._phase is Phase.NOTHING:
            self._since = self.loop.time()
            self._is_idle = True

    def on_message_begin(self) -> None:
        """Await a head."""
        super().on_message_begin()
        self._await(Phase.HEAD)
        self._fields = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field; raises `ValueError` where it is too long, or all of them are."""
        self._fields += len(name) + len(value)
        if len(value) > _FIELD or self._fields > _FIELDS:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LARGE
            raise ValueError(_TOO_LARGE)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Await a body, if only an empty one; raises `ValueError` for a head that is refused.

        That is one without a host, with too long an address, or with an unknown transfer coding
        (RFC 9112, 3.2, 3 and 6.1).
        """
        self._await(Phase.BODY)
        if len(self.url) > LONGEST_URL:
            self._refusal = HTTPStatus.REQUEST_URI_TOO_LONG, _TOO_LONG
            raise ValueError(_TOO_LONG)
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if codings and b",".join(codings).strip().lower() != b"chunked":
            self._refusal = HTTPStatus.NOT_IMPLEMENTED, _UNKNOWN_CODING
            raise ValueError(_UNKNOWN_CODING)
        hosts = sum(1 for name, _ in self.headers if name == b"host")
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() != "1.0"):
            raise ValueError(_ONE_HOST)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Await nothing, but the end of the answer."""
        self._await(Phase.NOTHING)
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that cannot be read."""
        self._refuse(*(self._refusal or (HTTPStatus.BAD_REQUEST, msg)))

    def pause_writing(self) -> None:
        """Record since when the client has stopped reading."""
        self._held_up = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Record that the client reads again."""
        self._held_up = None
        super().resume_writing()

    def end_if_overdue(self, now: float) -> None:
        """End the connection where the client has let it wait too long."""
        if self.transport.is_closing():
            self._closing = self._closing or now
            if now - self._closing > _FAREWELL_SECONDS:
                self.transport.abort()
        elif self._held_up is not None and now - self._held_up > _TAKING_SECONDS:
            self.transport.abort()
        elif self._phase is Phase.HEAD and now - self._since > self._limits.head_seconds:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.")
        elif self._phase is Phase.BODY:
            self._judge_body(now - self._since)
        elif self._is_idle and now - self._since > self.timeout_keep_alive:
            self.transport.close()

    def _judge_body(self, seconds: float) -> None:
        is_answered = self.cycle is not None and self.cycle.response_complete
        if seconds < (self._limits.head_seconds if is_answered else _BODY_SECONDS):
            return
        if is_answered or (not self.flow.read_paused and self._received < _BODY_BYTES):
            self.transport.abort()
        else:
            self._await(Phase.BODY)

    def _await(self, phase: Phase) -> None:
        self._phase = phase
        self._since = self.loop.time()
        self._received = 0

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer with a problem document where nothing was answered yet, and close."""
        has_started = self.cycle is not None and self.cycle.response_started
        if not self.pipeline and (not has_started or self.cycle.response_complete):
            common = self.server_state.default_headers
            _WRITER.write(self.transport, common, _refusal(status, detail), keep_alive=False)
        self.transport.close()


def _refusal(status: HTTPStatus, detail: str) -> HttpResponse:
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    body = json.dumps(problem | {"code": "bad-request"}).encode()
    fields = [(b"content-type", PROBLEM_JSON.encode())]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        fields.append((b"retry-after", b"5"))
    return HttpResponse(status, HeaderFields(fields), body)


async def watch(limits: ConnectionLimits) -> None:
    """End overdue connections, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_BETWEEN_LOOKS)
        for connection in tuple(limits.open):
            connection.end_if_overdue(loop.time())
