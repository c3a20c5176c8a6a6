"""The pace at which an engine has to take and give bytes: silence is bounded, and dripping too.

An engine may keep us waiting for so many seconds, and what it takes or gives makes up for waiting,
a second for each `SLOWEST` bytes. So one that drips is given up as one that is silent is, wherever
it begins to, and a transfer that goes on at a sound pace is never cut, however large it is. Time
in which nobody waits for the engine does not count.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpcore
import httpx

SLOWEST: Final = 1 << 15
"""Bytes a second that an engine has to take or give, on the whole."""

INDEXED: Final = 1 << 20
"""Bytes a second that an engine has to index: it is silent while it works on what was sent."""

_SLICE: Final = 1 << 14


class Pace(httpcore.NetworkStream):
    """A connection on which the engine may keep us waiting for so many seconds.

    The protocol asks and is answered in turn, so what is written after an answer is a new question,
    and the seconds are counted anew.
    """

    def __init__(self, stream: httpcore.NetworkStream, seconds: float) -> None:
        """Take the connection, and the seconds."""
        self._stream = stream
        self._seconds = seconds
        self._left = seconds
        self._written = 0

    def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ARG002  # httpcore's interface
    ) -> bytes:
        """Return what the engine gives next; raises `httpcore.ReadTimeout`."""
        if self._written:
            self._left = self._seconds + self._written / INDEXED
            self._written = 0
        self._check(httpcore.ReadTimeout)
        began = time.monotonic()
        content = self._stream.read(max_bytes, self._left)
        self._moved(len(content), began)
        return content

    def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ARG002  # httpcore's interface
    ) -> None:
        """Give the engine some bytes; raises `httpcore.WriteTimeout`."""
        if not self._written:
            self._left = self._seconds
        for begin in range(0, len(buffer), _SLICE):
            self._check(httpcore.WriteTimeout)
            part, began = buffer[begin : begin + _SLICE], time.monotonic()
            self._stream.write(part, self._left)
            self._written += len(part)
            self._moved(len(part), began)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Return the connection in TLS; the handshake has as many seconds as an answer."""
        with _cut_after(self._seconds, self._stream.get_extra_info("socket")):
            secured = self._stream.start_tls(ssl_context, server_hostname, timeout)
        return Pace(secured, self._seconds)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # httpcore's interface
        """Return what the connection knows of itself."""
        return self._stream.get_extra_info(info)

    def _check(self, error: type[httpcore.TimeoutException]) -> None:
        if self._left <= 0:
            raise error

    def _moved(self, size: int, began: float) -> None:
        """Count the time since a reading or writing began, which moved so many bytes."""
        left = self._left - (time.monotonic() - began)
        self._left = max(left, min(self._seconds, left + size / SLOWEST))


class _Network(httpcore.NetworkBackend):
    """Connects, and enforces the transfer rate."""

    def __init__(self, seconds: float) -> None:
        self._network = httpcore.SyncBackend()
        self._seconds = seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        return Pace(stream, self._seconds)


class Paced(httpx.BaseTransport):
    """Sends the requests of a client over connections that see to the pace.

    What goes wrong is an error of httpcore's, not of httpx's.
    """

    def __init__(self, seconds: float) -> None:
        """Take the seconds that the engine may keep us waiting."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            network_backend=_Network(seconds),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return its answer as it begins."""
        url = request.url
        sent = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        answer = self._pool.handle_request(sent)
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Answer(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.close()


class _Answer(httpx.SyncByteStream):
    """The bytes of an answer, as they come."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _cut_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """Cut a connection if the block takes longer."""
    other = connection.dup()
    timer = threading.Timer(seconds, other.shutdown, (socket.SHUT_RDWR,))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        other.close()
