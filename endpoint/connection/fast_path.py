"""The short way: what is asked of `/sparql` most is answered on its connection, without a task.

An ASGI application takes a task, queues, timers and messages for each request, several times what a
worker takes for a look-up. Here an ordinary query is answered from what is kept, or goes to a
worker as soon as it is read, and the answer to the client as soon as it has come. Whatever is not
ordinary, is long, fails, or takes its time goes the usual way, by `sparql`, which is given the
worker that is at work on it already: errors, limits and disconnections are seen to there alone.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol, cast

from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from urbansdg.endpoint.cache.document_cache import Sent
from urbansdg.endpoint.cache.document_cache import key_of as document_key
from urbansdg.endpoint.connection.request_heads import UNUSUAL, HeaderPairs, RequestHeads, Whole
from urbansdg.endpoint.context import Context
from urbansdg.endpoint.monitoring.metrics import Notes, Observed
from urbansdg.endpoint.query.parsed_request import NegotiationHeaders, ParsedRequest
from urbansdg.endpoint.query.response_headers import cache_status
from urbansdg.endpoint.query.sparql_protocol import SMALLEST_PACKED, Sparql
from urbansdg.endpoint.web.compression import packed
from urbansdg.endpoint.web.path_prefix import path_of_base
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.endpoint.web.rate_limit import ClientQuery
from urbansdg.endpoint.workers.lookup import is_here, lookup_of
from urbansdg.endpoint.workers.started_query import StartedQuery
from urbansdg.endpoint.workers.worker_channel import Channel
from urbansdg.endpoint.workers.worker_pool import WorkerAnswer, all_busy, whole_of
from urbansdg.errors import UrbanSdgError

_METHODS: Final = ("GET", "POST")
_LONGEST_QUERY: Final = 1 << 15  # bytes; a socket takes them at once
_LARGEST_PACKED: Final = 1 << 14
_LARGEST_JOINED: Final = 1 << 13  # bytes that are copied sooner than written apart
_PATIENCE: Final = 0.05  # seconds that a worker has for an answer
_OF_LIMIT: Final = 0.1  # but no more than a tenth of the time limit
_BETWEEN_LOOKS: Final = 0.005
_SHORTEST: Final = 0.1  # seconds of a time limit that allows for so much patience

Start = Callable[[RequestResponseCycle, ASGIApp], None]


class IdleConnection(Protocol):
    """A connection on which no request is at work: what a request that is known by its head needs.

    Such a request is answered with `rest`, or becomes an errand.
    """

    transport: asyncio.Transport

    @property
    def default_headers(self) -> HeaderPairs:
        """The header fields of every answer; another object whenever they are others."""

    def scope_of(self, whole: Whole) -> Scope:
        """Return what ASGI tells of a request."""

    def errand_of(self, scope: Scope, whole: Whole, began: float) -> "FastPathRequest":
        """Return a request to be answered later, as one that was read now."""

    def rest(self) -> None:
        """Go on to the next request: this one is answered."""


@dataclass(eq=False, slots=True)
class FastPathRequest:
    """A request that came whole, and how to have it answered in the usual way."""

    cycle: RequestResponseCycle
    app: ASGIApp
    start: Start
    began: float

    @property
    def scope(self) -> Scope:
        """What ASGI tells of the request: to uvicorn a type of its own."""
        return cast("Scope", self.cycle.scope)

    def usually(self) -> None:
        """Have it answered in the usual way."""
        self.start(self.cycle, self.app)


class FastPath:
    """Answers requests on their connections, or has them answered in the usual way."""

    def __init__(self, context: Context, sparql: Sparql, observed: Observed) -> None:
        """Answer as `sparql` does, and tell `observed` of it."""
        self._context = context
        self._sparql = sparql
        self._observed = observed
        self._is_at_root = not path_of_base(context.settings.base)
        self._heads = RequestHeads()
        self._default: HeaderPairs = ()
        self._opening = b""
        self._hops: set[FastPathResponse] = set()
        self._is_looking = False

    def at_once(self, line: IdleConnection, packet: bytes) -> bool:
        """Answer a query whose head is known, or take it on; tell whether that was done."""
        began = time.perf_counter()
        whole = self._heads.read(packet)
        if whole is None or len(whole.body) > _LONGEST_QUERY:
            return False
        scope = line.scope_of(whole)
        asked = self._read(scope, whole.body, whole.fields.told)
        if asked is None:
            return False
        try:
            answer = self._kept(asked) or self._looked_up(scope, asked)
        except Fault:
            return False
        if answer is None:
            self._hop(line.errand_of(scope, whole, began), asked)
        elif _is_long(asked, answer):
            return False
        else:
            size = self._write(line.transport, line.default_headers, asked, answer)
            line.rest()
            self._tell(scope, began, asked, size, answer.version)
        return True

    def learn(self, packet: bytes, cycle: RequestResponseCycle) -> None:
        """Learn the head of a request that was read whole, and is all of that packet."""
        if cycle.keep_alive:
            self._heads.learn(packet, list(cycle.scope["headers"]), bytes(cycle.body))

    def answer(self, cycle: RequestResponseCycle, app: ASGIApp, start: Start) -> None:
        """Answer a request that has come whole, now or later, or start `app` on it."""
        errand = FastPathRequest(cycle, app, start, time.perf_counter())
        document = self._document(errand)
        if document is not None:
            self._give(errand, document)
            return
        asked = self._asked(errand)
        if asked is None:
            errand.usually()
            return
        try:
            answer = self._kept(asked) or self._looked_up(errand.scope, asked)
        except Fault:
            errand.usually()
            return
        if answer is None:
            self._hop(errand, asked)
        elif _is_long(asked, answer):
            errand.usually()
        else:
            self._send(errand, asked, answer)

    def keep_and_send(
        self, errand: FastPathRequest, asked: ParsedRequest, answer: WorkerAnswer
    ) -> None:
        """Send a whole answer that a worker gave."""
        self._keep(asked, answer)
        self._send(errand, asked, answer)

    def _send(self, errand: FastPathRequest, asked: ParsedRequest, answer: WorkerAnswer) -> None:
        """Send a whole answer."""
        cycle, line = errand.cycle, b"" if errand.cycle.keep_alive else b"connection: close\r\n"
        size = self._write(cycle.transport, cycle.default_headers, asked, answer, line)
        self._end(cycle)
        self._tell(errand.scope, errand.began, asked, size, answer.version)

    def _write(
        self,
        transport: asyncio.Transport,
        default: HeaderPairs,
        asked: ParsedRequest,
        answer: WorkerAnswer,
        line: bytes = b"",
    ) -> int:
        """Write an answer, with one more line in its head; return how many bytes its body has."""
        body, coding = answer.head, asked.shown.coding
        if coding is not None and len(body) >= SMALLEST_PACKED:
            body = packed(body, coding)
            line += b"content-encoding: %b\r\n" % coding.encode()
        parts = (
            *(self._opened(default), asked.head(answer), b"cache-status: "),
            cache_status(answer, repeats=asked.shown.repeats),
            b"\r\n%bcontent-length: %d\r\n\r\n" % (line, len(body)),
        )
        if len(body) > _LARGEST_JOINED:
            transport.writelines((b"".join(parts), body))
        else:
            transport.write(b"".join((*parts, body)))
        return len(body)

    def _opened(self, default: HeaderPairs) -> bytes:
        """Return the beginning of a whole answer; the fields of all are others each second."""
        if default is not self._default:
            fields = b"".join(b"%b: %b\r\n" % pair for pair in default)
            self._default, self._opening = default, b"HTTP/1.1 200 OK\r\n" + fields
        return self._opening

    def _end(self, cycle: RequestResponseCycle) -> None:
        """Have the connection go on to its next request, or close it."""
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()

    def left(self, errand: FastPathRequest, asked: ParsedRequest) -> None:
        """Note that the client has gone."""
        notes = Notes.of(errand.scope)
        notes.outcome = "gone"
        self._tell(errand.scope, errand.began, asked, 0, None)

    def over(self, hop: "FastPathResponse") -> None:
        """Forget a query that a worker was asked."""
        self._hops.discard(hop)

    def _document(self, errand: FastPathRequest) -> Sent | None:
        """Return the document that is asked for, if it is kept."""
        cycle, documents = errand.cycle, self._context.documents
        if not documents.room or not self._is_at_root or not _is_ordinary(cycle) or cycle.body:
            return None
        key = document_key(errand.scope)
        return None if key is None else documents.at_hand(key)

    def _give(self, errand: FastPathRequest, kept: Sent) -> None:
        """Send a document, or that the client has it."""
        cycle = errand.cycle
        parts = [b"HTTP/1.1 %d %b\r\n" % (kept.status, HTTPStatus(kept.status).phrase.encode())]
        for name, value in (*cycle.default_headers, *kept.headers):
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
        if errand.scope["method"] == "GET":
            parts.append(kept.body)
        cycle.transport.write(b"".join(parts))
        self._end(cycle)
        seconds = time.perf_counter() - errand.began
        self._observed.tell(errand.scope, kept.status, len(kept.body), seconds)

    def _asked(self, errand: FastPathRequest) -> ParsedRequest | None:
        """Return an ordinary query; what is wrong with another one is said in the usual way."""
        cycle, scope = errand.cycle, errand.scope
        if (
            scope["path"] != "/sparql"
            or scope["method"] not in _METHODS
            or not _is_ordinary(cycle)
            or len(cycle.body) > _LONGEST_QUERY
            or not UNUSUAL.isdisjoint(name for name, _ in scope["headers"])
        ):
            return None
        return self._read(scope, bytes(cycle.body))

    def _read(
        self, scope: Scope, body: bytes, told: NegotiationHeaders | None = None
    ) -> ParsedRequest | None:
        """Return the ordinary query of a request to `/sparql`, None where it has none."""
        if not is_here(self._context.snapshot()):
            return None
        try:
            asked = self._sparql.reading(scope, body, told)
        except (Fault, UrbanSdgError):
            return None
        if asked is None or asked.version is not None or asked.limits.seconds < _SHORTEST:
            return None
        if self._context.engine is not None:  # nothing about an engine is quick
            return None
        return asked

    def _kept(self, asked: ParsedRequest) -> WorkerAnswer | None:
        if not asked.shown.repeats:
            return None
        return self._context.answers.cache.find(self._context.snapshot().mark, asked.key)

    def _keep(self, asked: ParsedRequest, answer: WorkerAnswer) -> None:
        if asked.shown.repeats:
            self._context.answers.cache.keeping(asked.key, answer)

    def _looked_up(self, scope: Scope, asked: ParsedRequest) -> WorkerAnswer | None:
        """Return the answer of a look-up, which counts for the client; raises `Fault`."""
        if lookup_of(asked.question.query) is None:
            return None
        clients, began = self._context.clients, time.monotonic()
        with clients.asking(clients.of(scope)) as charge:
            answer = self._context.answers.looked_up(asked.question, asked.limits)
            charge(time.monotonic() - began)
        if answer is not None:
            self._keep(asked, answer)
        return answer

    def _hop(self, errand: FastPathRequest, asked: ParsedRequest) -> None:
        """Have a worker asked."""
        clients = self._context.clients
        turn = clients.asking(clients.of(errand.scope))
        try:
            turn.begin()
        except Fault:
            errand.usually()
            return
        if len(asked.frame) > _LONGEST_QUERY:
            turn.end()
            errand.usually()
            return
        hop = FastPathResponse(self, self._context, errand, asked, turn)
        self._hops.add(hop)
        self._context.pool.claim(hop.claim)
        if self._hops and not self._is_looking:
            self._look_later()

    def _look_later(self) -> None:
        self._is_looking = True
        asyncio.get_running_loop().call_later(_BETWEEN_LOOKS, self._look)

    def _look(self) -> None:
        self._is_looking = False
        now = time.monotonic()
        for hop in tuple(self._hops):
            hop.look(now)
        if self._hops:
            self._look_later()

    def _tell(
        self, scope: Scope, began: float, asked: ParsedRequest, size: int, version: int | None
    ) -> None:
        """Tell of an answer from a version, of none for None."""
        notes = Notes.of(scope)
        notes.query, notes.version = asked.name, version
        status = 0 if version is None else 200
        self._observed.tell(scope, status, size, time.perf_counter() - began)


def _is_long(asked: ParsedRequest, answer: WorkerAnswer) -> bool:
    """Tell whether it takes long to code an answer."""
    return asked.shown.coding is not None and len(answer.head) > _LARGEST_PACKED


def _is_ordinary(cycle: RequestResponseCycle) -> bool:
    """Tell whether a request can be answered at once, on its connection."""
    return (
        cycle.scope["http_version"] == "1.1"
        and not cycle.waiting_for_100_continue
        and not cycle.flow.write_paused
    )


@dataclass(eq=False, slots=True)
class FastPathResponse:
    """A query on its way to a worker and back.

    It counts for the client until its turn ends, which is charged with the seconds of the worker.
    """

    express: FastPath
    context: Context
    errand: FastPathRequest
    asked: ParsedRequest
    turn: ClientQuery
    _since: float = field(default_factory=time.monotonic)
    _worker: Channel | None = None
    _is_over: bool = False

    def claim(self, worker: Channel) -> bool:
        """Ask a worker that is free, unless nobody waits for the answer any more."""
        if self._is_over:
            return False
        if self.errand.cycle.disconnected:
            self._leave()
            return False
        self._worker = worker
        self._since = time.monotonic()
        sent = worker.put(self.asked.frame)
        if sent == len(self.asked.frame):
            worker.listen(self._heard)
        else:
            self._continue()
        return True

    def look(self, now: float) -> None:
        """See whether it takes too long for this way."""
        if self.errand.cycle.disconnected:
            self._leave()
        elif self._worker is not None:
            if now - self._since > min(_PATIENCE, _OF_LIMIT * self.asked.limits.seconds):
                self._continue()
        elif now - self._since > self.context.settings.wait_seconds:
            self.context.pool.withdraw(self.claim)
            self._end()
            self._go_on(StartedQuery(None, all_busy()))

    def _heard(self) -> None:
        worker, asked = self._worker, self.asked
        body = None if worker is None else worker.short
        if worker is None or body is None or len(body) > min(asked.limits.size, asked.limits.rows):
            self._continue()
            return
        answer = whole_of(worker, body)
        if _is_long(asked, answer):
            self._continue()
            return
        self._end()
        self.context.pool.release(worker)
        if self.errand.cycle.disconnected:
            self.express.left(self.errand, asked)
        else:
            self.express.keep_and_send(self.errand, asked, answer)

    def _continue(self) -> None:
        """Have the usual way end what the worker has begun."""
        self._end()
        self._go_on(StartedQuery(self._worker))

    def _go_on(self, begun: StartedQuery) -> None:
        errand = self.errand
        errand.start(errand.cycle, begun.continued(errand.app, self.context.pool.release))

    def _leave(self) -> None:
        """Let go of a worker whose answer nobody waits for."""
        self._end()
        self.express.left(self.errand, self.asked)
        if self._worker is None:
            self.context.pool.withdraw(self.claim)
        else:
            self.context.pool.release(self._worker)

    def _end(self) -> None:
        self._is_over = True
        self.express.over(self)
        if self._worker is not None:
            self.turn.charge(time.monotonic() - self._since)
        self.turn.end()
