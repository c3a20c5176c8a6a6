"""The gateway for SERVICE: a server on loopback that sends a worker's requests, within limits.

Its paths are `/SECRET/PID/QUERY/URL`: PID is the process of a worker, QUERY a name that it makes up
for each query, URL is percent-encoded. A query makes a limited number of requests, redirects
included. Over it, the gateway has the worker stopped: the engine takes a request that fails in
FILTER EXISTS, and any with SILENT, for an answer without rows.

A worker evaluates SERVICE in the engine, which connects to any URL in the query. The query is
therefore rewritten to send its requests to this gateway, at an address that only the server and its
workers know; the kernel refuses workers every other port (`urbansdg.sandbox.network_isolation`).
The gateway contacts a host only if `Egress` allows it, follows redirects only to such hosts, and
returns a response only if it is complete within the limits: a cut one would look complete to the
engine.
"""

import asyncio
import contextlib
import json
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Final
from urllib.parse import unquote, urljoin

import httpcore
import uvicorn
from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from urbansdg.egress.egress_policy import Egress, Forbidden, PinnedBackend
from urbansdg.ontology.media_types import (
    JSON,
    PROBLEM_JSON,
    SPARQL_JSON,
    SPARQL_QUERY,
    SPARQL_XML,
    TEXT,
)
from urbansdg.settings import Settings

_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_MOST_REDIRECTS: Final = 3
_OK: Final = 200
_SEGMENTS: Final = 5
_QUERIES: Final = 1 << 12
"""How many queries are counted at once: far more than there are workers."""

_TOO_MANY: Final = 429
"""The status of a request beyond those that its query may make."""

_REFUSAL_BYTES: Final = 1 << 16
_LONGEST_DETAIL: Final = 1000
_PROBLEM_MEMBERS: Final = ("detail", "message", "error", "exception", "title")
"""Where a JSON document says what is wrong: that of RFC 9457, and those of other endpoints."""
_ACCEPT: Final = f"{SPARQL_JSON}, {SPARQL_XML};q=0.9, */*;q=0.1".encode()
_HEADERS: Final = (
    (b"Accept", _ACCEPT),
    (b"Accept-Encoding", b"identity"),  # compression would bypass the size limit
    (b"Content-Type", SPARQL_QUERY.encode()),
    (b"User-Agent", b"urbansdg"),
)


class NoUsableAnswer(Exception):
    """A host returned no usable response; the text says what it did."""


class TooManyCalls(Exception):
    """The query has made all the requests that it may make."""


class Gateway:
    """Sends requests to the endpoints in SERVICE; an ASGI application with its own socket.

    `stop_worker` is called with the process id of a worker whose query makes too many requests, and
    with how many it may make.
    """

    def __init__(self, settings: Settings) -> None:
        """Bind a free port on loopback; raises OSError if there is none."""
        self._egress = Egress.of(settings)
        self._seconds = settings.service_seconds
        self._bytes = settings.service_bytes
        self._most_calls = settings.service_calls
        self._calls: LRUCache[str, int] = LRUCache(_QUERIES)
        self.stop_worker: Callable[[int, int], None] = _stop_nothing
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
        """The prefix that a worker puts before the name of a query and the URL of a service."""
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
        segments = scope["raw_path"].decode("ascii").split("/", _SEGMENTS - 1)
        if len(segments) < _SEGMENTS or not secrets.compare_digest(segments[1], self._secret):
            answer: Response | None = Response("Not found.", 404)
        else:
            query = await request.body()
            work = self._answer("/".join(segments[2:4]), unquote(segments[4]), query)
            answer = await _until_disconnect(receive, work)
        if answer is not None:
            await answer(scope, receive, send)

    async def _answer(self, name: str, url: str, query: bytes) -> Response:
        try:
            async with asyncio.timeout(self._seconds):
                media_type, body = await self._request(name, url, query)
        except TimeoutError:
            return Response(f"did not respond within {self._seconds:g} seconds", 504)
        except TooManyCalls:
            return Response("may not be contacted again", _TOO_MANY)
        except Forbidden as error:
            return Response(f"may not be contacted: {error} is not allowed", 403)
        except NoUsableAnswer as error:
            return Response(str(error), 502)
        except (httpcore.NetworkError, httpcore.ProtocolError, ValueError) as error:
            return Response(f"failed: {error}", 502)
        return Response(body, media_type=media_type)

    async def _request(self, name: str, url: str, query: bytes) -> tuple[str, bytes]:
        """Return the media type and the body of a service's response."""
        backend = PinnedBackend(self._egress)
        async with httpcore.AsyncConnectionPool(network_backend=backend, http1=True) as pool:
            for _ in range(_MOST_REDIRECTS + 1):
                self._egress.check_url(url)
                self._count(name)
                async with pool.stream("POST", url, headers=_HEADERS, content=query) as answer:
                    if answer.status not in _REDIRECTS:
                        return await self._read(answer)
                    url = urljoin(url, _header(answer, b"location"))
        raise NoUsableAnswer("redirects too often")

    def _count(self, name: str) -> None:
        """Count a request of a query; raises `TooManyCalls`."""
        calls = self._calls.get(name, 0)
        if calls >= self._most_calls:
            pid = name.partition("/")[0]
            if pid.isdecimal():
                self.stop_worker(int(pid), self._most_calls)
            raise TooManyCalls
        self._calls[name] = calls + 1

    async def _read(self, answer: httpcore.Response) -> tuple[str, bytes]:
        is_encoded = _header(answer, b"content-encoding") not in {"", "identity"}
        if answer.status != _OK:
            detail = "" if is_encoded else await _detail(answer)
            raise NoUsableAnswer(f"responds with status {answer.status}{detail and ': '}{detail}")
        if is_encoded:
            raise NoUsableAnswer("sends a compressed response")
        body = bytearray()
        async for chunk in answer.aiter_stream():
            body += chunk
            if len(body) > self._bytes:
                raise NoUsableAnswer(f"sends a response longer than {self._bytes} bytes")
        return _header(answer, b"content-type"), bytes(body)


def _stop_nothing(_pid: int, _most: int) -> None:
    """Stand for the stopping of a worker where there is none."""


async def _detail(answer: httpcore.Response) -> str:
    """Return what a service says of its error, on one line: in a problem document or plain text."""
    body = bytearray()
    async for chunk in answer.aiter_stream():
        body += chunk
        if len(body) > _REFUSAL_BYTES:
            break
    media_type = _header(answer, b"content-type").partition(";")[0].strip().lower()
    text = bytes(body[:_REFUSAL_BYTES]).decode("utf-8", "replace")
    if media_type in (JSON, PROBLEM_JSON):
        text = _problem(text)
    elif media_type != TEXT:
        return ""
    words = " ".join(text.split())
    readable = "".join(character for character in words if character.isprintable())
    return readable[:_LONGEST_DETAIL].rstrip(". ")


def _problem(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    members = document if isinstance(document, dict) else {}
    texts = (members.get(name) for name in _PROBLEM_MEMBERS)
    return next((text for text in texts if isinstance(text, str) and text), "")


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
