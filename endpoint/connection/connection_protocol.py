"""Which class carries the connections: by the setting `fast_path` and by uvicorn's internals.

`bounded_connection` and `fast_connection` extend private classes of uvicorn, which any of its
releases may change. So `self_check` tries each once at start-up. Where that fails, the server does
without the class, says so in its log, and answers through plain ASGI.
"""

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from urbansdg.egress.networks import networks
from urbansdg.endpoint.connection.self_check import ProbeHandler, failure
from urbansdg.endpoint.shared_memory.client_table import ClientTable
from urbansdg.sandbox.resource_limits import allow_open_files
from urbansdg.settings import Settings

if TYPE_CHECKING:  # these import uvicorn's internals, which may be others
    from urbansdg.endpoint.connection.bounded_connection import ConnectionLimits
    from urbansdg.endpoint.connection.fast_connection import RequestHandler

_LOG: Final = logging.getLogger(__name__)
_ENCODED: Final = 3  # a byte of a query is at most three of an address: %E2
_HEAD_BESIDES: Final = 1 << 17
_OTHER_FILES: Final = 256
"""Files beside the connections: of the versions, of workers, of what is being sent."""


@dataclass(frozen=True)
class ConnectionProtocol:
    """How uvicorn carries connections: options of its configuration, and a job beside it."""

    options: dict[str, Any]
    watch: Callable[[], Coroutine[Any, Any, None]]


def choose_protocol(
    settings: Settings, fast_path: "RequestHandler", table: ClientTable
) -> ConnectionProtocol:
    """Return the fastest protocol that works with the installed uvicorn.

    Logs a warning where that is not the one that the settings ask for.
    """
    if settings.fast_path == "auto":
        probe = ProbeHandler()
        error = failure(lambda: _fast(settings, probe, ClientTable()), probe)
        if error is None:
            return _fast(settings, fast_path, table)
        _LOG.warning(
            "The fast path is off, because this version of uvicorn has other internals (%s)."
            " Queries are answered through ASGI, more slowly. Install the version of uvicorn that"
            " pyproject.toml names, or set URBANSDG_FAST_PATH=off.",
            error,
        )
    error = failure(lambda: _bounded(settings, ClientTable()))
    if error is None:
        return _bounded(settings, table)
    _LOG.warning(
        "Slow and large requests are not limited, because this version of uvicorn has other"
        " internals (%s). Put a proxy before the server that limits them, or install the version"
        " of uvicorn that pyproject.toml names.",
        error,
    )
    # uvicorn's own limit is the only one that is left; above it, uvicorn answers 503
    options = {"http": "auto", "limit_concurrency": settings.connections}
    return ConnectionProtocol(options, _watch_nothing)


def _fast(settings: Settings, handler: "RequestHandler", table: ClientTable) -> ConnectionProtocol:
    from urbansdg.endpoint.connection.bounded_connection import watch
    from urbansdg.endpoint.connection.fast_connection import FastConnection

    limits = _limits(settings, table)
    return ConnectionProtocol(
        {"http": partial(FastConnection, limits, handler)}, partial(watch, limits)
    )


def _bounded(settings: Settings, table: ClientTable) -> ConnectionProtocol:
    from urbansdg.endpoint.connection.bounded_connection import BoundedConnection, watch

    limits = _limits(settings, table)
    return ConnectionProtocol({"http": partial(BoundedConnection, limits)}, partial(watch, limits))


def _limits(settings: Settings, table: ClientTable) -> "ConnectionLimits":
    from urbansdg.endpoint.connection.bounded_connection import ConnectionLimits

    return ConnectionLimits(
        settings.request_seconds,
        settings.query_length * _ENCODED + _HEAD_BESIDES,
        _connections(settings.connections),
        networks(settings.trusted_proxies),
        table,
    )


def _connections(most: int) -> int:
    """Return how many connections there may be: fewer where the process may not open more files."""
    files = allow_open_files(most + _OTHER_FILES)
    possible = max(1, min(most, files - _OTHER_FILES))
    if possible < most:
        _LOG.warning(
            "The server takes %d connections, not %d: it may open %d files."
            " Raise the limit (`ulimit -n`), or lower URBANSDG_CONNECTIONS.",
            *(possible, most, files),
        )
    return possible


async def _watch_nothing() -> None:
    return
