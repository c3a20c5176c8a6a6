"""A bounded connection that offers each request to the fast path before it starts a task for it.

It constructs uvicorn's `RequestResponseCycle` itself and delays `_start_asgi_task`, so it depends
on more of uvicorn's internals than `bounded_connection` does.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

from starlette.types import ASGIApp, Scope
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from urbansdg.endpoint.connection.bounded_connection import (
    BoundedConnection,
    ConnectionLimits,
    Phase,
)
from urbansdg.endpoint.connection.fast_path import FastPathRequest, IdleConnection
from urbansdg.endpoint.connection.request_heads import KnownRequest
from urbansdg.endpoint.web.http_response import HeaderPairs


class RequestHandler(Protocol):
    """What answers requests on their connections: `FastPath`."""

    def at_once(self, connection: IdleConnection, packet: bytes) -> bool:
        """Answer a packet whose head is known, or take it over; return whether it did."""

    def learn(self, packet: bytes, cycle: RequestResponseCycle) -> None:
        """Remember the head of a request that was the whole of a packet."""

    def answer(
        self,
        cycle: RequestResponseCycle,
        app: ASGIApp,
        start: Callable[[RequestResponseCycle, ASGIApp], None],
    ) -> None:
        """Answer a request that has arrived whole, or `start` the application on it."""


class FastConnection(BoundedConnection):
    """A bounded connection whose requests are first offered to the fast path."""

    def __init__(
        self,
        limits: ConnectionLimits,
        handler: RequestHandler,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take the limits, the fast path, and what uvicorn passes to its protocols."""
        super().__init__(limits, config, server_state, app_state, _loop)
        self._handler = handler
        self._packet = b""
        self._is_parsing = False
        self._delayed: tuple[RequestResponseCycle, ASGIApp] | None = None

    def data_received(self, data: bytes) -> None:
        """Offer a packet to the fast path by its bytes, or have it parsed."""
        if self.transport.is_closing():
            return
        packet = data if self._is_idle and not self.flow.write_paused else b""
        self._is_idle = False
        if packet and self._handler.at_once(self, packet):
            return
        self._packet = packet
        super().data_received(data)

    def _parse(self, data: bytes) -> None:
        """Parse what has come, then offer the request that it completes."""
        self._is_parsing = True
        super()._parse(data)
        self._is_parsing = False
        packet, self._packet = self._packet, b""
        delayed, self._delayed = self._delayed, None
        if delayed is None:
            return
        cycle, app = delayed
        if cycle.more_body:
            self._start(cycle, app)
            return
        if packet and self._phase is Phase.NOTHING:
            self._handler.learn(packet, cycle)
        self._handler.answer(cycle, app, self._start)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]  # uvicorn's own type of an application
        """Delay the start until what has come is parsed: a whole request may need no task."""
        if self._is_parsing and self._delayed is None:
            self._delayed = cycle, app
        else:
            self._start(cycle, app)

    def _start(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:
        """Start the application on a request, as uvicorn does."""
        super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]  # as above

    @property
    def default_headers(self) -> HeaderPairs:
        """The header fields of every response; another object whenever they change."""
        return self.server_state.default_headers

    def scope_of(self, request: KnownRequest) -> Scope:
        """Return the ASGI scope of a request, as uvicorn makes it."""
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "headers": list(request.fields.headers),
            "state": self.app_state.copy(),
            "method": request.method,
            "path": "/sparql",
            "raw_path": b"/sparql",
            "query_string": request.query,
        }

    def request_of(self, scope: Scope, request: KnownRequest, began: float) -> FastPathRequest:
        """Return a request to be answered later, in the state in which the parser leaves one."""
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
        cycle.body += request.body
        cycle.more_body = False
        cycle.message_event.set()
        self._await(Phase.NOTHING)
        return FastPathRequest(cycle, cast("ASGIApp", self.app), self._start, began)

    def finish(self) -> None:
        """Wait for the next request: this one is answered."""
        self.server_state.total_requests += 1
        self._await(Phase.NOTHING)
        self._is_idle = True
