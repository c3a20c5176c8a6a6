"""Metrics for Prometheus, and one line of the access log for each request.

Neither has personal data: no address, no query text, no path with a search in it. A query is
identified by a hash.
"""

import asyncio
import hashlib
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TextIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.http_fields.http_methods import METHODS
from urbansdg.endpoint.web.problem_details import fault_of
from urbansdg.errors import WorkersUnavailable
from urbansdg.ontology.kinds_of_things import KINDS
from urbansdg.ontology.media_types import PROBLEM_JSON

_NOTES: Final = "urbansdg.notes"
_SECONDS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)
_PLACES: Final = frozenset(
    [
        "sparql",
        "id",
        "doc",
        "graph",
        "graphs",
        "fragments",
        "describe",
        "health",
        "ready",
        "metrics",
        "ontology",
        "shapes",
        "vocab",
        "static",
        "api",
        "dataset",
        "dumps",
        "events",
        "sitemap",
        "linkset",
        "memento",
        "timegate",
        "timemap",
        "queries",
        "search",
        "mentions",
        *(kind.plural for kind in KINDS),
    ]
)


@dataclass
class RequestNotes:
    """What a handler adds to a log line: the hash of the query, the version, the outcome.

    `token` is the label of the token of a write, never its secret.
    """

    query: str | None = None
    version: int | None = None
    outcome: str = "whole"
    token: str | None = None

    @classmethod
    def of(cls, scope: Scope) -> "RequestNotes":
        """Return the notes of a request, to write on."""
        notes = scope.setdefault(_NOTES, cls())
        return notes if isinstance(notes, cls) else cls()

    def asks(self, query: str) -> None:
        """Note the query, by its hash."""
        self.query = hashlib.blake2b(query.encode(), digest_size=8).hexdigest()


class Metrics:
    """The metrics of one server, in a registry of its own."""

    def __init__(self, context: Context) -> None:
        """Count requests, and read the state of the workers for each scrape."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "urbansdg_requests",
            "Requests that were answered.",
            ("place", "method", "status", "outcome"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "urbansdg_request_seconds",
            "Time from the head of a request to the end of its answer.",
            ("place",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.bytes = Counter(
            "urbansdg_answer_bytes", "Bytes of answers.", ("place",), registry=self.registry
        )
        # Looking a counter up by its labels takes longer than counting.
        self._counting: dict[tuple[str, ...], tuple[Counter, Histogram, Counter]] = {}
        self._watch(context)

    def tell(self, labels: tuple[str, str, str, str], size: int, seconds: float) -> None:
        """Count a request: its place, method, status and outcome, the bytes of its answer."""
        if labels not in self._counting:
            place = labels[0]
            self._counting[labels] = (
                self.requests.labels(*labels),
                self.seconds.labels(place),
                self.bytes.labels(place),
            )
        requests, times, sizes = self._counting[labels]
        requests.inc()
        times.observe(seconds)
        sizes.inc(size)

    def _watch(self, context: Context) -> None:
        pool, documents = context.pool, context.documents
        gauges = {
            "workers_idle": ("Workers that wait for a query.", lambda: pool.load.idle),
            "workers_busy": ("Workers that evaluate one.", lambda: pool.load.busy),
            "queries_waiting": ("Queries that wait for a worker.", lambda: pool.load.waiting),
            "workers_replaced": ("Workers that ended on a query.", lambda: pool.replaced),
            "documents_kept": ("Answers of documents and pages kept.", lambda: len(documents)),
            "documents_kept_bytes": ("Bytes that these take.", lambda: documents.size),
            "documents_kept_hits": ("Requests answered by one.", lambda: documents.hits),
            "documents_kept_misses": ("Requests that found none.", lambda: documents.misses),
            "version": ("Number of the version served.", lambda: context.snapshot().number),
            "triples": ("Statements of that version.", lambda: context.snapshot().triples),
        }
        for name, (meaning, read) in gauges.items():
            Gauge(f"urbansdg_{name}", meaning, registry=self.registry).set_function(read)


class ObservedApplication:
    """Counts and logs the responses of another ASGI application."""

    def __init__(self, app: ASGIApp, metrics: Metrics, log: TextIO | None) -> None:
        """Observe `app`; `log` takes one JSON line for each request, None for no log."""
        self._app = app
        self._metrics = metrics
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = _Sent(send)
        RequestNotes.of(scope)  # whoever passes a copy of the scope on passes the same notes on
        began = time.perf_counter()
        try:
            await self._app(scope, receive, sent)
        except asyncio.CancelledError:  # by uvicorn, whose shutdown waits for a limited time
            if not sent.status:
                await _stopping(scope, sent)
            # A response that has begun is left unfinished; uvicorn closes its connection.
        finally:
            self.tell(scope, sent.status, sent.bytes, time.perf_counter() - began)

    def tell(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        """Count and log a request that was answered with that status, 0 for none, and size."""
        notes = RequestNotes.of(scope)
        place = _place(scope["path"])
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.tell((place, method, str(status), notes.outcome), size, seconds)
        if self._log is not None:
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "method": method,
                "place": place,
                "status": status,
                "outcome": notes.outcome,
                "seconds": round(seconds, 6),
                "bytes": size,
                "version": notes.version,
                "query": notes.query,
            }
            if notes.token is not None:
                line["token"] = notes.token
            print(json.dumps(line), file=self._log, flush=True)


async def _stopping(scope: Scope, send: Send) -> None:
    """Answer a request that was not answered before the server stops."""
    error = fault_of(WorkersUnavailable("The server is stopping.", "Send the request again later."))
    RequestNotes.of(scope).outcome = error.problem.code
    fields = (*error.headers, (b"content-type", PROBLEM_JSON.encode()), (b"connection", b"close"))
    await send({"type": "http.response.start", "status": error.status, "headers": fields})
    await send({"type": "http.response.body", "body": error.body()})


class _Sent:
    """What is sent of an answer: its status (0 for none), and how many bytes of its body."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.bytes = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.bytes += len(message.get("body", b""))
        await self._send(message)


def _place(path: str) -> str:
    """Return the part of the site that a path belongs to: one of few values, for any path."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return f"/{first}" if not first or first.partition(".")[0] in _PLACES else "other"
