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
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, cast

from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from urbansdg.endpoint.asked import Asked
from urbansdg.endpoint.begun import Begun
from urbansdg.endpoint.channel import Channel
from urbansdg.endpoint.compression import packed
from urbansdg.endpoint.context import Context
from urbansdg.endpoint.faults import Fault
from urbansdg.endpoint.limits import Meter
from urbansdg.endpoint.lookup import is_here
from urbansdg.endpoint.observation import Notes, Observed
from urbansdg.endpoint.pool import Answer, all_busy, answer_of
from urbansdg.endpoint.representation import cache_status
from urbansdg.endpoint.sparql import SMALLEST_PACKED, Sparql
from urbansdg.problems import UrbanSdgError

_METHODS: Final = ("GET", "POST")
_UNUSUAL: Final = frozenset(
    {b"authorization", b"if-none-match", b"content-encoding", b"accept-datetime"}
)
_LONGEST_QUERY: Final = 1 << 15  # bytes; a socket takes them at once
_LARGEST_PACKED: Final = 1 << 14
_PATIENCE: Final = 0.01  # seconds that a worker has for an answer
_BETWEEN_LOOKS: Final = 0.005
_SHORTEST: Final = 0.1  # seconds of a time limit that allows for so much patience

Start = Callable[[RequestResponseCycle, ASGIApp], None]


@dataclass(eq=False, slots=True)
class Errand:
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


class Express:
    """Answers requests on their connections, or has them answered in the usual way."""

    def __init__(self, context: Context, sparql: Sparql, observed: Observed) -> None:
        """Answer as `sparql` does, and tell `observed` of it."""
        self._context = context
        self._sparql = sparql
        self._observed = observed
        self._hops: set[Hop] = set()
        self._is_looking = False

    def answer(self, cycle: RequestResponseCycle, app: ASGIApp, start: Start) -> None:
        """Answer a request that has come whole, now or later, or start `app` on it."""
        errand = Errand(cycle, app, start, time.perf_counter())
        asked = self._asked(errand)
        if asked is None:
            errand.usually()
            return
        kept = self._kept(asked)
        if kept is None:
            self._ask(errand, asked)
        elif asked.shown.coding is not None and len(kept.head) > _LARGEST_PACKED:
            errand.usually()
        else:
            self._send(errand, asked, kept)

    def keep_and_send(self, errand: Errand, asked: Asked, answer: Answer) -> None:
        """Send a whole answer that was found now."""
        if asked.shown.repeats:
            self._context.answers.cache.keeping(asked.key, answer)
        self._send(errand, asked, answer)

    def _send(self, errand: Errand, asked: Asked, answer: Answer) -> None:
        """Send a whole answer."""
        cycle, body = errand.cycle, answer.head
        coding, line = asked.shown.coding, b""
        if coding is not None and len(body) >= SMALLEST_PACKED:
            body, line = packed(body, coding), b"content-encoding: %b\r\n" % coding.encode()
        cycle.transport.writelines((self._head(cycle, asked, answer, line, len(body)), body))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        self._tell(errand, asked, answer.version, 200, len(body))

    def left(self, errand: Errand, asked: Asked) -> None:
        """Note that the client has gone."""
        notes = Notes.of(errand.scope)
        notes.outcome = "gone"
        self._tell(errand, asked, None, 0, 0)

    def over(self, hop: "Hop") -> None:
        """Forget a query that a worker was asked."""
        self._hops.discard(hop)

    def _asked(self, errand: Errand) -> Asked | None:
        """Return an ordinary query; what is wrong with another one is said in the usual way."""
        cycle, scope = errand.cycle, errand.scope
        if (
            scope["path"] != "/sparql"
            or scope["method"] not in _METHODS
            or scope["http_version"] != "1.1"
            or cycle.waiting_for_100_continue
            or cycle.flow.write_paused
            or len(cycle.body) > _LONGEST_QUERY
            or not is_here(self._context.snapshot())
            or not _UNUSUAL.isdisjoint(name for name, _ in scope["headers"])
        ):
            return None
        try:
            asked = self._sparql.reading(scope, bytes(cycle.body))
        except (Fault, UrbanSdgError):
            return None
        if asked is None or asked.version is not None or asked.limits.seconds < _SHORTEST:
            return None
        if self._context.engine is not None:  # nothing about an engine is quick
            return None
        return asked

    def _kept(self, asked: Asked) -> Answer | None:
        if not asked.shown.repeats:
            return None
        return self._context.answers.cache.find(self._context.snapshot().mark, asked.key)

    def _ask(self, errand: Errand, asked: Asked) -> None:
        if len(asked.frame) > _LONGEST_QUERY:
            errand.usually()
            return
        clients, held = self._context.clients, ExitStack()
        try:
            charge = held.enter_context(clients.asking(clients.of(errand.scope)))
        except Fault:
            errand.usually()
            return
        began = time.monotonic()
        answer = self._context.answers.looked_up(asked.question, asked.limits)
        if answer is not None:
            charge(time.monotonic() - began)
            held.close()
            self.keep_and_send(errand, asked, answer)
            return
        hop = Hop(self, self._context, errand, asked, held, charge)
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

    def _head(
        self, cycle: RequestResponseCycle, asked: Asked, answer: Answer, coding: bytes, size: int
    ) -> bytes:
        parts = [b"HTTP/1.1 200 OK\r\n"]
        for name, value in cycle.default_headers:
            parts += (name, b": ", value, b"\r\n")
        parts += (asked.head(answer), b"cache-status: ")
        parts += (cache_status(answer, repeats=asked.shown.repeats), b"\r\n", coding)
        if not cycle.keep_alive:
            parts.append(b"connection: close\r\n")
        parts.append(b"content-length: %d\r\n\r\n" % size)
        return b"".join(parts)

    def _tell(
        self, errand: Errand, asked: Asked, version: int | None, status: int, size: int
    ) -> None:
        scope = errand.scope
        notes = Notes.of(scope)
        notes.query, notes.version = asked.name, version
        seconds = time.perf_counter() - errand.began
        self._observed.tell(scope, status, size, seconds)


@dataclass(eq=False, slots=True)
class Hop:
    """A query on its way to a worker and back.

    It counts for the client until `held` is closed; `charge` takes the seconds of the worker.
    """

    express: Express
    context: Context
    errand: Errand
    asked: Asked
    held: ExitStack
    charge: Callable[[float], None]
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
            if now - self._since > _PATIENCE:
                self._continue()
        elif now - self._since > self.context.settings.wait_seconds:
            self.context.pool.withdraw(self.claim)
            self._end()
            self._go_on(Begun(None, all_busy()))

    def _heard(self) -> None:
        worker, asked = self._worker, self.asked
        body = None if worker is None else worker.short
        if worker is None or body is None or len(body) > min(asked.limits.size, asked.limits.rows):
            self._continue()
            return
        answer = answer_of(worker, body, Meter(asked.limits, asked.question.results))
        self._end()
        self.context.pool.release(worker)
        if self.errand.cycle.disconnected:
            self.express.left(self.errand, asked)
        else:
            self.express.keep_and_send(self.errand, asked, answer)

    def _continue(self) -> None:
        """Have the usual way end what the worker has begun."""
        self._end()
        self._go_on(Begun(self._worker))

    def _go_on(self, begun: Begun) -> None:
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
            self.charge(time.monotonic() - self._since)
        self.held.close()
