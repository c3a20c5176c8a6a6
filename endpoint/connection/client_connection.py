"""A client's connection, bounded in time, size and number.

uvicorn waits for the rest of a request for ever and takes a head of any size: a few hundred slow
senders would use up the server's descriptors, one sender of an endless header its memory. Here a
head has to arrive in time, a body has to get on, an answer has to be taken, and there are only so
many connections, of which one address has at most half.
"""

import asyncio
import ipaddress
import json
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Final, cast

from starlette.types import ASGIApp, Scope
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from urbansdg.endpoint.connection.fast_path import FastPath, FastPathRequest
from urbansdg.endpoint.connection.request_heads import HeaderPairs, Whole
from urbansdg.endpoint.web.problem_details import PROBLEM_JSON

_FIELD: Final = 1 << 13  # the longest header field; that of nginx and Apache
_FIELDS: Final = 1 << 16  # all of them together
_BODY_SECONDS: Final = 25.0  # a body brings 64 KiB in this time, or ends in it
_BODY_BYTES: Final = 1 << 16
_TAKING_SECONDS: Final = 30.0  # some of a waiting answer is taken in this time
_FAREWELL_SECONDS: Final = 3.0  # and the rest of it, once the connection is to be closed
_BETWEEN_LOOKS: Final = 0.5
_TOO_LARGE: Final = "The head of the request is too large."
_LONGEST_URL: Final = (1 << 16) - 1  # the library that reads it takes no longer one
_TOO_LONG: Final = "The address of the request is too long: send the query by POST."
_UNKNOWN_CODING: Final = "The transfer coding of the request is not known here: use chunked."
_ONE_HOST: Final = "The request does not name its host, or names two (RFC 9112, 3.2)."


@dataclass(frozen=True)
class ConnectionLimits:
    """What one connection may take: seconds and bytes of a request's head; and how many may be.

    `express` answers what it can without a task; `held` counts the connections of each address.
    """

    head_seconds: float
    head_bytes: int
    connections: int
    trusted: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    express: FastPath | None = None
    held: Counter[str] = field(default_factory=Counter)

    def has_room(self, address: str) -> bool:
        """Tell whether an address may have another connection; a trusted proxy may have any."""
        if self.held.total() >= self.connections:
            return False
        return self.held[address] < max(1, self.connections // 2) or self._is_proxy(address)

    def _is_proxy(self, address: str) -> bool:
        return bool(self.trusted) and any(
            ipaddress.ip_address(address) in network for network in self.trusted
        )


class Phase(Enum):
    """What is awaited from the client."""

    HEAD = auto()
    BODY = auto()
    NOTHING = auto()


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, within bounds; `watch` ends the connections that are overdue."""

    def __init__(
        self,
        bounds: ConnectionLimits,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take the bounds, and what uvicorn gives to its protocols."""
        super().__init__(config, server_state, app_state, _loop)
        self._bounds = bounds
        self._address = ""
        self._phase = Phase.HEAD
        self._since = self.loop.time()
        self._received = 0
        self._fields = 0
        self._refusal: tuple[HTTPStatus, str] | None = None
        self._held_up: float | None = None
        self._is_reading = False
        self._put_off: tuple[RequestResponseCycle, ASGIApp] | None = None
        self._is_between = True  # nothing of the next request has come, and none is at work
        self._closing: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and refuse it where there are too many."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        has_room = self._bounds.has_room(self._address)
        self._bounds.held[self._address] += 1
        if not has_room:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "There are too many connections.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no more."""
        self._bounds.held[self._address] -= 1
        if not self._bounds.held[self._address]:
            del self._bounds.held[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; an unfinished head has a size limit."""
        if self.transport.is_closing():
            return
        packet = data if self._is_between and not self.flow.write_paused else b""
        self._is_between = False
        express = self._bounds.express
        if packet and express is not None and express.at_once(self, packet):
            return
        if self._phase is Phase.NOTHING and (self.cycle is None or self.cycle.response_complete):
            self._await(Phase.HEAD)
        self._received += len(data)
        self._is_reading = express is not None
        super().data_received(data)
        self._is_reading = False
        self._start_put_off(packet)
        if self._phase is Phase.HEAD and self._received > self._bounds.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LARGE)
        elif self._phase is Phase.NOTHING and self.cycle.response_complete:
            self._is_between = True  # the rest of a body that nobody waited for has come

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]  # uvicorn's own type of an application
        """Put the start off until what has come is read: a request that is whole needs no task."""
        if self._is_reading and self._put_off is None:
            self._put_off = cycle, app
        else:
            super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]  # as above

    def _start_put_off(self, packet: bytes) -> None:
        put_off, self._put_off = self._put_off, None
        if put_off is None:
            return
        cycle, app = put_off
        if self._bounds.express is None or cycle.more_body:
            super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]  # as above
        else:
            if packet and self._phase is Phase.NOTHING:
                self._bounds.express.learn(packet, cycle)
            self._bounds.express.answer(cycle, app, super()._start_asgi_task)  # type: ignore[arg-type]  # as above

    @property
    def default_headers(self) -> HeaderPairs:
        """The header fields of every answer; another object whenever they are others."""
        return self.server_state.default_headers

    def scope_of(self, whole: Whole) -> Scope:
        """Return what ASGI tells of a request, as uvicorn does."""
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "headers": list(whole.fields.headers),
            "state": self.app_state.copy(),
            "method": whole.method,
            "path": "/sparql",
            "raw_path": b"/sparql",
            "query_string": whole.query,
        }

    def errand_of(self, scope: Scope, whole: Whole, began: float) -> FastPathRequest:
        """Return a request to be answered later, as one that was read now."""
        self.cycle = cycle = RequestResponseCycle(
            scope=cast("Any", scope),  # uvicorn has a type of its own for it
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )
        cycle.body += whole.body
        cycle.more_body = False
        cycle.message_event.set()
        self._await(Phase.NOTHING)
        return FastPathRequest(cycle, cast("ASGIApp", self.app), super()._start_asgi_task, began)  # type: ignore[arg-type]  # as above

    def rest(self) -> None:
        """Go on to the next request: this one is answered."""
        self.server_state.total_requests += 1
        self._await(Phase.NOTHING)
        self._is_between = True

    def on_response_complete(self) -> None:
        """Begin the next request that has come, or wait for one."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())  # type: ignore[arg-type]  # as above
        elif self._phase is Phase.NOTHING:
            self._since = self.loop.time()
            self._is_between = True

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
        """Await a body, if only an empty one; raises `ValueError` where the head is none to read.

        That is one without its host, with an address that is too long, or with a coding of the body
        that nobody would undo (RFC 9112, 3.2, 3 and 6.1).
        """
        self._await(Phase.BODY)
        if len(self.url) > _LONGEST_URL:
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
        """Remember since when the client takes nothing."""
        self._held_up = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Forget it again."""
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
        elif self._phase is Phase.HEAD and now - self._since > self._bounds.head_seconds:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.")
        elif self._phase is Phase.BODY:
            self._judge_body(now - self._since)
        elif self._is_between and now - self._since > self.timeout_keep_alive:
            self.transport.close()

    def _judge_body(self, seconds: float) -> None:
        is_answered = self.cycle is not None and self.cycle.response_complete
        if seconds < (self._bounds.head_seconds if is_answered else _BODY_SECONDS):
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
        begun = self.cycle is not None and self.cycle.response_started
        if not self.pipeline and (not begun or self.cycle.response_complete):
            self.transport.write(_refusal(status, detail))
        self.transport.close()


def _refusal(status: HTTPStatus, detail: str) -> bytes:
    told = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    body = json.dumps(told | {"code": "bad-request"}).encode()
    retry = "retry-after: 5\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else ""
    head = (
        f"HTTP/1.1 {status} {status.phrase}\r\ncontent-type: {PROBLEM_JSON}\r\n{retry}"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


async def watch(state: ServerState) -> None:
    """End overdue connections, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_BETWEEN_LOOKS)
        for connection in tuple(state.connections):
            if isinstance(connection, Connection):
                connection.end_if_overdue(loop.time())
