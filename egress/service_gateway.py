"""The gateway for SERVICE: a server on loopback that sends a worker's requests, within limits.

A worker evaluates SERVICE in the engine, which connects to any URL in the query. The query is
therefore rewritten to send its requests to this gateway, at an address that only the server and its
workers know; the kernel refuses workers every other port (`urbansdg.sandbox.network_isolation`).
The gateway contacts a host only if `Egress` allows it, follows redirects only to such hosts, and
returns a response only if it is complete within the limits: a cut one would look complete to the
engine.
"""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Final
from urllib.parse import unquote, urljoin

import httpcore
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from urbansdg.egress.egress_policy import Egress, Forbidden, PinnedBackend
from urbansdg.ontology.media_types import SPARQL_JSON, SPARQL_QUERY, SPARQL_XML
from urbansdg.settings import Settings

_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_MOST_REDIRECTS: Final = 3
_OK: Final = 200
_ACCEPT: Final = f"{SPARQL_JSON}, {SPARQL_XML};q=0.9, */*;q=0.1".encode()
_HEADERS: Final = (
    (b"Accept", _ACCEPT),
    (b"Accept-Encoding", b"identity"),  # compression would bypass the size limit
    (b"Content-Type", SPARQL_QUERY.encode()),
    (b"User-Agent", b"urbansdg"),
)


class NoUsableAnswer(Exception):
    """A host returned no usable response; the text says why."""


class Gateway:
    """Sends requests to the endpoints in SERVICE; an ASGI application with its own socket."""

    def __init__(self, settings: Settings) -> None:
        """Bind a free port on loopback; raises OSError if there is none."""
        self._egress = Egress.of(settings)
        self._seconds = settings.service_seconds
        self._bytes = settings.service_bytes
        self._secret = secrets.token_urlsafe(24)
        self._socket = socket.create_server(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        """The port that workers may connect to."""
        return int(self._socket.getsockname()[1])

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that SERVICE may contact."""
        return tuple(sorted(self._egress.hosts))

    @property
    def address(self) -> str:
        """The prefix that a worker puts before the percent-encoded URL of a service."""
        return f"http://127.0.0.1:{self.port}/{self._secret}/"

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Run the gateway during the block."""
        config = uvicorn.Config(
            self, lifespan="off", ws="none", log_config=None, access_log=False, proxy_headers=False
        )
        server = _GatewayServer(config)
        running = asyncio.ensure_future(server.serve(sockets=[self._socket]))
        try:
            yield
        finally:
            server.should_exit = server.force_exit = True
            await running
            self._socket.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the request to the service in the path, and return its response."""
        request = Request(scope, receive)
        segments = scope["raw_path"].decode("ascii").split("/", 2)
        if len(segments) < 3 or not secrets.compare_digest(segments[1], self._secret):  # noqa: PLR2004
            answer: Response | None = Response("Not found.", 404)
        else:
            query = await request.body()
            answer = await _until_disconnect(receive, self._answer(unquote(segments[2]), query))
        if answer is not None:
            await answer(scope, receive, send)

    async def _answer(self, url: str, query: bytes) -> Response:
        try:
            async with asyncio.timeout(self._seconds):
                media_type, body = await self._request(url, query)
        except TimeoutError:
            return Response(f"The service did not respond within {self._seconds:g} seconds.", 504)
        except Forbidden as error:
            return Response(f"SERVICE may not contact {error}.", 403)
        except (NoUsableAnswer, httpcore.NetworkError, httpcore.ProtocolError, ValueError) as error:
            return Response(f"The service failed: {error}", 502)
        return Response(body, media_type=media_type)

    async def _request(self, url: str, query: bytes) -> tuple[str, bytes]:
        """Return the media type and the body of a service's response."""
        backend = PinnedBackend(self._egress)
        async with httpcore.AsyncConnectionPool(network_backend=backend, http1=True) as pool:
            for _ in range(_MOST_REDIRECTS + 1):
                self._egress.check_url(url)
                async with pool.stream("POST", url, headers=_HEADERS, content=query) as answer:
                    if answer.status not in _REDIRECTS:
                        return await self._read(answer)
                    url = urljoin(url, _header(answer, b"location"))
        raise NoUsableAnswer("too many redirects.")

    async def _read(self, answer: httpcore.Response) -> tuple[str, bytes]:
        if answer.status != _OK:
            raise NoUsableAnswer(f"its status is {answer.status}.")
        if _header(answer, b"content-encoding") not in {"", "identity"}:
            raise NoUsableAnswer("its response is compressed.")
        body = bytearray()
        async for chunk in answer.aiter_stream():
            body += chunk
            if len(body) > self._bytes:
                raise NoUsableAnswer(f"its response is longer than {self._bytes} bytes.")
        return _header(answer, b"content-type"), bytes(body)


async def _until_disconnect(
    receive: Receive, work: Coroutine[None, None, Response]
) -> Response | None:
    """Return the result, or None if the worker that sent the request disconnects first."""
    doing, gone = asyncio.ensure_future(work), asyncio.ensure_future(receive())
    try:
        await asyncio.wait((doing, gone), return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        gone.cancel()
        doing.cancel()


def _header(answer: httpcore.Response, name: bytes) -> str:
    values = (value for key, value in answer.headers if key.lower() == name)
    return next(values, b"").decode("latin-1")


class _GatewayServer(uvicorn.Server):
    """A second server, which leaves signals to the main one."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
