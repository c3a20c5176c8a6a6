"""The server: uvicorn on a socket of ours, in one process or in several."""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Final

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from urbansdg.endpoint.app import create_endpoint
from urbansdg.endpoint.connection.connection_protocol import ConnectionProtocol, choose_protocol
from urbansdg.endpoint.front_ends.coordinator import run_coordinator
from urbansdg.endpoint.front_ends.coordinator_messages import CoordinatorSockets
from urbansdg.endpoint.front_ends.front_end import (
    FrontEnd,
    all_workers,
    front_end_count,
    gateway_of,
)
from urbansdg.endpoint.front_ends.supervisor import Role, Supervisor
from urbansdg.endpoint.http_fields.security_fields import SECURITY_FIELDS
from urbansdg.endpoint.shared_memory.shared_state import SharedState
from urbansdg.endpoint.versions.served_directory import served
from urbansdg.errors import PortTaken, ServeError, UrbanSdgError
from urbansdg.settings import Settings
from urbansdg.store import Backend

_OF_CLIENTS: Final = (
    "returned without completing response",
    "Invalid HTTP request",
    "Unsupported upgrade request",
    "No supported WebSocket library",
)
_LOG: Final = logging.getLogger(__name__)
_BACKLOG: Final = 2048
_GOODBYE_SECONDS: Final = 5


@dataclass(slots=True)
class _Startable:
    """An application, and the error of the project for which it did not start.

    Starlette sends the trace of such an error, and uvicorn logs it; here the caller reports it.
    """

    app: ASGIApp
    failure: UrbanSdgError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on except the trace of such an error."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        failed: list[Message] = []

        async def sent(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failed.append(message)
            else:
                await send(message)

        try:
            await self.app(scope, receive, sent)
        except UrbanSdgError as error:
            self.failure = error
            failed = [{**message, "message": ""} for message in failed]
        finally:
            for message in failed:
                await send(message)


class _Announced(uvicorn.Server):
    """Says when the server listens, and watches its connections."""

    def __init__(
        self, config: uvicorn.Config, protocol: ConnectionProtocol, on_ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._protocol = protocol
        self._on_ready = on_ready
        self._watching: asyncio.Future[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            gc.freeze()  # what is here now stays: no collection need look at it again
            self._watching = asyncio.ensure_future(self._protocol.watch())
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if self._watching is not None:
            self._watching.cancel()


def serve(settings: Settings, store: Backend, on_ready: Callable[[str], None]) -> None:
    """Serve the graph until SIGTERM or SIGINT; `on_ready` is given the address, once it answers.

    With more than one front end, this process becomes their supervisor: it must have no threads.
    Raises `PortTaken`, `ServeError` where the address cannot be listened on or the workers do not
    start, and `StoreError` where there is no graph.
    """
    count = front_end_count(settings)
    with _listen(settings.host, settings.port) as listener, served(store.directory):
        host, port = listener.getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        warn_of_root()
        if count == 1:
            front_end = FrontEnd(gateway=gateway_of(settings))
            serve_front_end(settings, store, listener, front_end, lambda: on_ready(address))
        else:
            _supervise(count, settings, store, listener, lambda: on_ready(address))


def _supervise(
    count: int,
    settings: Settings,
    store: Backend,
    listener: socket.socket,
    on_ready: Callable[[], None],
) -> None:
    """Fork the coordinator and the front ends, and replace them until a signal."""
    shared, sockets, gateway = SharedState.of(count), CoordinatorSockets(), gateway_of(settings)
    workers = all_workers(settings, count)
    for index in range(count):
        shared.rows.set_workers(index, workers // count + (index < workers % count))
    of_all = settings.model_copy(update={"workers": workers})
    coordinate = partial(run_coordinator, of_all, store, FrontEnd(shared, 0, sockets, gateway))

    def work(index: int, ready: Callable[[], None]) -> None:
        shared.join(index)
        front_end = FrontEnd(shared, index, sockets, gateway)
        serve_front_end(settings, store, listener, front_end, ready)

    supervisor = Supervisor(
        Role("coordinator", coordinate),
        [
            Role(f"front end {index + 1}", partial(work, index), partial(shared.clear, index))
            for index in range(count)
        ],
        2 * _GOODBYE_SECONDS,
        listener.close,
    )
    gc.collect()
    gc.freeze()  # what is here is shared by all that are forked
    try:
        supervisor.run(on_ready)
    finally:
        sockets.close()


def serve_front_end(
    settings: Settings,
    store: Backend,
    listener: socket.socket,
    front_end: FrontEnd,
    on_ready: Callable[[], None],
) -> None:
    """Answer requests that come to a socket until SIGTERM or SIGINT; raises as `serve`."""
    endpoint = create_endpoint(settings, store, front_end)
    protocol = choose_protocol(settings, endpoint.fast_path, front_end.shared.clients)
    app = _Startable(endpoint.app)
    config = uvicorn.Config(
        app,
        **protocol.options,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        headers=list(SECURITY_FIELDS),
        proxy_headers=False,  # see `urbansdg.endpoint.web.rate_limit`
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_of_the_server)
    server = _Announced(config, protocol, on_ready)
    # uvicorn exits with 3 where the application does not start; its error says more
    with _signals_obeyed(), contextlib.suppress(SystemExit):
        server.run(sockets=[listener])
    if not server.started:
        raise app.failure or ServeError("The server could not start.", "The lines above say why.")


def warn_of_root() -> None:
    """Log a warning where the process has the rights of root, which the server never needs."""
    if os.geteuid() == 0:
        _LOG.warning(
            "The server runs as root: an error in it could change the whole system."
            " Run it as a user of its own; docs/how-to/deploy.md says how."
        )


@contextlib.contextmanager
def _signals_obeyed() -> Iterator[None]:
    """Take the signals as obeyed once uvicorn has shut down: it raises them again after that."""
    before = {kind: signal.signal(kind, _nothing) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    return


def _is_of_the_server(record: logging.LogRecord) -> bool:
    """Tell whether a record is of the server: what clients do wrong would fill any disk.

    Cut answers are in the access log, see `urbansdg.endpoint.monitoring.metrics`.
    """
    return not any(text in str(record.msg) for text in _OF_CLIENTS)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"Another process listens on port {port}.",
                "Stop it, or choose another port with --port.",
            ) from None
        raise ServeError(
            f"The address {host}:{port} cannot be listened on: {error.strerror}.",
            "Set --host and --port to an address of this machine.",
        ) from None
    return listener
