"""The fast path: ordinary requests are answered on their connection, without a task.

An ASGI application takes a task, queues, timers and messages for each request, several times what a
worker takes for a look-up. Here an ordinary query is answered from the cache, or goes to a worker
as soon as it is read, and its response to the client as soon as the worker has answered. Whatever
is not ordinary, is long, fails, or takes its time goes through ASGI, by `sparql_protocol`, which
takes over the worker that is in use already: errors, limits and disconnections are handled there
alone. Both ways send the response of `query_response`.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, cast

from starlette.types import ASGIApp, Scope

from urbansdg.endpoint.cache.document_cache import key_of as document_key
from urbansdg.endpoint.connection.http1_writer import Http1Writer
from urbansdg.endpoint.connection.immediate_response import response_at_once
from urbansdg.endpoint.connection.request_heads import UNUSUAL, KnownRequest, RequestHeads
from urbansdg.endpoint.context import Context
from urbansdg.endpoint.http_fields.http_methods import QUERYING
from urbansdg.endpoint.monitoring.metrics import ObservedApplication, RequestNotes
from urbansdg.endpoint.query.parsed_request import NegotiationHeaders, ParsedRequest
from urbansdg.endpoint.query.query_response import response_to
from urbansdg.endpoint.query.sparql_protocol import SparqlApplication
from urbansdg.endpoint.web.compression import is_short
from urbansdg.endpoint.web.http_response import HeaderPairs, HttpResponse
from urbansdg.endpoint.web.path_prefix import path_of_base
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.endpoint.web.rate_limit import ClientQuery
from urbansdg.endpoint.workers.lookup import is_here, lookup_of
from urbansdg.endpoint.workers.started_query import StartedQuery
from urbansdg.endpoint.workers.worker_channel import WorkerChannel
from urbansdg.endpoint.workers.worker_pool import WorkerAnswer, all_busy, whole_of
from urbansdg.errors import UrbanSdgError

if TYPE_CHECKING:  # the class may be missing, see `connection_protocol`
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

_LONGEST_QUERY: Final = 1 << 15  # bytes; a socket takes them at once
_PATIENCE: Final = 0.05  # seconds that a worker has for an answer
_OF_LIMIT: Final = 0.1  # but no more than a tenth of the time limit
_BETWEEN_LOOKS: Final = 0.005
_DOCUMENTS: Final = b"/doc/"
_SHORTEST: Final = 0.1  # seconds of a time limit that allows for so much patience

Start = Callable[["RequestResponseCycle", ASGIApp], None]


class IdleConnection(Protocol):
    """A connection without a request in progress: what a request with a known head needs.

    Such a request is answered and ended with `finish`, or becomes a `FastPathRequest`.
    """

    transport: asyncio.Transport

    @property
    def default_headers(self) -> HeaderPairs:
        """The header fields of every response; another object whenever they change."""

    def scope_of(self, request: KnownRequest) -> Scope:
        """Return the ASGI scope of a request."""

    def request_of(self, scope: Scope, request: KnownRequest, began: float) -> "FastPathRequest":
        """Return a request to be answered later."""

    def finish(self) -> None:
        """Wait for the next request: this one is answered."""


@dataclass(eq=False, slots=True)
class FastPathRequest:
    """A request that arrived whole; everything that the fast path needs of uvicorn's cycle.

    `start` starts an application on a cycle, as uvicorn does.
    """

    cycle: "RequestResponseCycle"
    app: ASGIApp
    start: Start
    began: float

    @property
    def scope(self) -> Scope:
        """The ASGI scope, for which uvicorn has a type of its own."""
        return cast("Scope", self.cycle.scope)

    @property
    def is_ordinary(self) -> bool:
        """Whether it can be answered at once, on its connection."""
        cycle = self.cycle
        return (
            cycle.scope["http_version"] == "1.1"
            and not cycle.waiting_for_100_continue
            and not cycle.flow.write_paused
        )

    @property
    def is_disconnected(self) -> bool:
        """Whether the client has closed the connection."""
        return self.cycle.disconnected

    def pass_on(self) -> None:
        """Have it answered through ASGI."""
        self.start(self.cycle, self.app)

    def send(self, response: HttpResponse, writer: Http1Writer) -> int:
        """Send the whole response and end the request; return the length of the body."""
        cycle = self.cycle
        size = writer.write(
            cycle.transport,
            cycle.default_headers,
            response,
            keep_alive=cycle.keep_alive,
            with_body=self.scope["method"] != "HEAD",
        )
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return size


class FastPath:
    """Answers requests on their connections, or passes them on to ASGI."""

    def __init__(
        self,
        context: Context,
        sparql: SparqlApplication,
        documents: ASGIApp | None,
        observed: ObservedApplication,
    ) -> None:
        """Answer as `sparql` and `documents` do, and report each response to `observed`.

        `documents` answers small documents without waiting for anything, if it is there.
        """
        self._context = context
        self._sparql = sparql
        self._documents = documents
        self._observed = observed
        self._is_at_root = not path_of_base(context.settings.base)
        self._heads = RequestHeads()
        self._writer = Http1Writer()
        self._queries: set[FastPathQuery] = set()
        self._is_looking = False

    def at_once(self, connection: IdleConnection, packet: bytes) -> bool:
        """Answer a query whose head is known, or take it over; return whether it did."""
        began = time.perf_counter()
        whole = None if self._context.current.is_behind else self._heads.read(packet)
        if whole is None or len(whole.body) > _LONGEST_QUERY:
            return False
        scope = connection.scope_of(whole)
        query = self._read(scope, whole.body, whole.fields.negotiation)
        if query is None:
            return False
        try:
            answer = self._cached_answer(query) or self._looked_up(scope, query)
        except Fault:
            return False
        if answer is None:
            self._send_to_worker(connection.request_of(scope, whole, began), query)
            return True
        response = response_to(query, answer)
        if response.rest is not None:
            return False
        transport, default = connection.transport, connection.default_headers
        size = self._writer.write(transport, default, response)
        connection.finish()
        self._tell(scope, began, query, size, answer.version)
        return True

    def learn(self, packet: bytes, cycle: "RequestResponseCycle") -> None:
        """Remember the head of a request that was the whole of a packet."""
        if cycle.keep_alive:
            self._heads.learn(packet, list(cycle.scope["headers"]), bytes(cycle.body))

    def answer(self, cycle: "RequestResponseCycle", app: ASGIApp, start: Start) -> None:
        """Answer a request that arrived whole, now or later, or start `app` on it."""
        request = FastPathRequest(cycle, app, start, time.perf_counter())
        if self._context.current.is_behind:
            request.pass_on()
            return
        document = self._document(request)
        if document is not None:
            size = request.send(document, self._writer)
            seconds = time.perf_counter() - request.began
            self._observed.tell(request.scope, document.status, size, seconds)
            return
        query = self._parse_request(request)
        if query is None:
            request.pass_on()
            return
        try:
            answer = self._cached_answer(query) or self._looked_up(request.scope, query)
        except Fault:
            request.pass_on()
            return
        if answer is None:
            self._send_to_worker(request, query)
        elif not self.send(request, query, answer):
            request.pass_on()

    def keep(self, query: ParsedRequest, answer: WorkerAnswer) -> None:
        """Keep a whole answer, unless the next one may differ."""
        if query.representation.repeats:
            self._context.answers.cache.keeping(query.key, answer)

    def send(self, request: FastPathRequest, query: ParsedRequest, answer: WorkerAnswer) -> bool:
        """Send a whole answer; return False for one that takes long to compress."""
        response = response_to(query, answer)
        if response.rest is not None:
            return False
        size = request.send(response, self._writer)
        self._tell(request.scope, request.began, query, size, answer.version)
        return True

    def left(self, request: FastPathRequest, query: ParsedRequest) -> None:
        """Record that the client has gone."""
        notes = RequestNotes.of(request.scope)
        notes.outcome = "gone"
        self._tell(request.scope, request.began, query, 0, None)

    def over(self, running: "FastPathQuery") -> None:
        """Forget a query whose worker has answered."""
        self._queries.discard(running)

    def _document(self, request: FastPathRequest) -> HttpResponse | None:
        """Return the document that is requested, from the cache or made now where it is small."""
        documents = self._context.documents
        if not self._is_at_root or request.cycle.body or not request.is_ordinary:
            return None
        key = document_key(request.scope)
        if key is None:
            return None
        response = documents.at_hand(key) if documents.room else None
        if response is None and self._documents is not None and key.path.startswith(_DOCUMENTS):
            snapshot = self._context.snapshot()
            response = response_at_once(self._documents, request.scope)
            if response is not None and documents.room and request.scope["method"] == "GET":
                documents.misses += 1
                documents.keep(key, response, snapshot)
        return response

    def _parse_request(self, request: FastPathRequest) -> ParsedRequest | None:
        """Return an ordinary query; the errors of any other request are answered through ASGI."""
        cycle, scope = request.cycle, request.scope
        if (
            scope["path"] != "/sparql"
            or scope["method"] not in QUERYING
            or scope["method"] == "HEAD"
            or not request.is_ordinary
            or len(cycle.body) > _LONGEST_QUERY
            or not UNUSUAL.isdisjoint(name for name, _ in scope["headers"])
        ):
            return None
        return self._read(scope, bytes(cycle.body))

    def _read(
        self, scope: Scope, body: bytes, negotiation: NegotiationHeaders | None = None
    ) -> ParsedRequest | None:
        """Return the ordinary query of a request to `/sparql`, None where it has none."""
        if not is_here(self._context.snapshot()):
            return None
        try:
            parsed = self._sparql.reading(scope, body, negotiation)
        except (Fault, UrbanSdgError):
            return None
        if parsed is None or parsed.version is not None or parsed.limits.seconds < _SHORTEST:
            return None
        if self._context.engine is not None:  # nothing about an engine is quick
            return None
        return parsed

    def _cached_answer(self, parsed: ParsedRequest) -> WorkerAnswer | None:
        if not parsed.representation.repeats:
            return None
        return self._context.answers.cache.find(self._context.snapshot().mark, parsed.key)

    def _looked_up(self, scope: Scope, parsed: ParsedRequest) -> WorkerAnswer | None:
        """Return the answer of a look-up, which counts for the client; raises `Fault`."""
        if lookup_of(parsed.question.query) is None:
            return None
        clients, began = self._context.clients, time.monotonic()
        with clients.asking(clients.of(scope)) as charge:
            answer = self._context.answers.looked_up(parsed.question, parsed.limits)
            charge(time.monotonic() - began)
        if answer is not None:
            self.keep(parsed, answer)
        return answer

    def _send_to_worker(self, request: FastPathRequest, parsed: ParsedRequest) -> None:
        """Send the query to a worker, now or when one is free."""
        clients = self._context.clients
        turn = clients.asking(clients.of(request.scope))
        try:
            turn.begin()
        except Fault:
            request.pass_on()
            return
        if len(parsed.frame) > _LONGEST_QUERY:
            turn.end()
            request.pass_on()
            return
        running = FastPathQuery(self, self._context, request, parsed, turn)
        self._queries.add(running)
        self._context.pool.claim(running.claim)
        if self._queries and not self._is_looking:
            self._look_later()

    def _look_later(self) -> None:
        self._is_looking = True
        asyncio.get_running_loop().call_later(_BETWEEN_LOOKS, self._look)

    def _look(self) -> None:
        self._is_looking = False
        now = time.monotonic()
        for running in tuple(self._queries):
            running.look(now)
        if self._queries:
            self._look_later()

    def _tell(
        self, scope: Scope, began: float, parsed: ParsedRequest, size: int, version: int | None
    ) -> None:
        """Report an answer from a version, without one for None."""
        notes = RequestNotes.of(scope)
        notes.query, notes.version = parsed.name, version
        status = 0 if version is None else 200
        self._observed.tell(scope, status, size, time.perf_counter() - began)


@dataclass(eq=False, slots=True)
class FastPathQuery:
    """A query that a worker evaluates, or that waits for one.

    It counts against the client's quota until it ends, and the worker's seconds are charged to it.
    """

    fast_path: FastPath
    context: Context
    request: FastPathRequest
    parsed: ParsedRequest
    turn: ClientQuery
    _since: float = field(default_factory=time.monotonic)
    _worker: WorkerChannel | None = None
    _is_over: bool = False

    def claim(self, worker: WorkerChannel) -> bool:
        """Send the query to a free worker, unless the client has gone; return whether it did."""
        if self._is_over:
            return False
        if self.request.is_disconnected:
            self._leave()
            return False
        self._worker = worker
        self._since = time.monotonic()
        sent = worker.put(self.parsed.frame)
        if sent == len(self.parsed.frame):
            worker.listen(self._heard)
        else:
            self._continue()
        return True

    def look(self, now: float) -> None:
        """Pass the request on to ASGI where it takes too long."""
        if self.request.is_disconnected:
            self._leave()
        elif self._worker is not None:
            if now - self._since > min(_PATIENCE, _OF_LIMIT * self.parsed.limits.seconds):
                self._continue()
        elif now - self._since > self.context.settings.wait_seconds:
            self.context.pool.withdraw(self.claim)
            self._end()
            self._go_on(StartedQuery(None, all_busy()))

    def _heard(self) -> None:
        worker, parsed = self._worker, self.parsed
        body = None if worker is None else worker.short
        if (
            worker is None
            or body is None
            or len(body) > min(parsed.limits.size, parsed.limits.rows)
        ):
            self._continue()
            return
        if parsed.representation.coding is not None and not is_short(body):
            self._continue()
            return
        answer = whole_of(worker, body)
        self._end()
        self.context.pool.release(worker)
        if self.request.is_disconnected:
            self.fast_path.left(self.request, parsed)
        else:
            self.fast_path.keep(parsed, answer)
            self.fast_path.send(self.request, parsed, answer)

    def _continue(self) -> None:
        """Pass the request on to ASGI, with the worker that has begun it."""
        self._end()
        self._go_on(StartedQuery(self._worker))

    def _go_on(self, started_query: StartedQuery) -> None:
        request = self.request
        request.start(
            request.cycle, started_query.continued(request.app, self.context.pool.release)
        )

    def _leave(self) -> None:
        """Release the worker of a client that has gone."""
        self._end()
        self.fast_path.left(self.request, self.parsed)
        if self._worker is None:
            self.context.pool.withdraw(self.claim)
        else:
            self.context.pool.release(self._worker)

    def _end(self) -> None:
        self._is_over = True
        self.fast_path.over(self)
        if self._worker is not None:
            self.turn.charge(time.monotonic() - self._since)
        self.turn.end()
