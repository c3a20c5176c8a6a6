"""Metrics for Prometheus, and one line of the access log for each request.

Neither has personal data: no address, no query text, no path with a search in it. A query is
identified by a hash.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import Final, TextIO

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.http_fields.http_methods import METHODS
from urbansdg.endpoint.monitoring.front_end_report import summed_report
from urbansdg.endpoint.web.problem_details import fault_of
from urbansdg.errors import WorkersUnavailable
from urbansdg.ontology.kinds_of_things import KINDS
from urbansdg.ontology.media_types import PROBLEM_JSON

_NOTES: Final = "urbansdg.notes"
_LABELS: Final = ("place", "method", "status", "outcome")
_GAUGES: Final = {
    "front_ends": "Processes that answer requests.",
    "workers_idle": "Workers that wait for a query.",
    "workers_busy": "Workers that evaluate one.",
    "queries_waiting": "Queries that wait for a worker.",
    "workers_replaced": "Workers that ended on a query.",
    "documents_kept": "Answers of documents and pages kept.",
    "documents_kept_bytes": "Bytes that these take.",
    "documents_kept_hits": "Requests answered by one.",
    "documents_kept_misses": "Requests that found none.",
}
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


class Metrics(Collector):
    """The metrics of one server, over all its front ends, in a registry of its own."""

    def __init__(self, context: Context) -> None:
        """Count requests, and read the state of the workers for each scrape."""
        self._context = context
        self._counters = context.shared.counters
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def tell(self, labels: tuple[str, str, str, str], size: int, seconds: float) -> None:
        """Count a request: its place, method, status and outcome, the bytes of its answer."""
        self._counters.add(labels, size, seconds)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics, summed over the front ends."""
        requests = CounterMetricFamily(
            "urbansdg_requests", "Requests that were answered.", labels=_LABELS
        )
        sizes = CounterMetricFamily("urbansdg_answer_bytes", "Bytes of answers.", labels=["place"])
        times = HistogramMetricFamily(
            "urbansdg_request_seconds",
            "Time from the head of a request to the end of its answer.",
            labels=["place"],
        )
        bounds = (*map(floatToGoString, self._counters.bounds), "+Inf")
        places: dict[str, list[float]] = {}
        for labels, (count, size, seconds, buckets) in sorted(self._counters.sums().items()):
            requests.add_metric(labels, count)
            values = [size, seconds, *buckets]
            before = places.get(labels[0], [0.0] * len(values))
            places[labels[0]] = [a + b for a, b in zip(before, values, strict=True)]
        for place, (size, seconds, *buckets) in places.items():
            sizes.add_metric([place], size)
            cumulated = list(zip(bounds, accumulate(buckets), strict=True))
            times.add_metric([place], cumulated, sum_value=seconds)
        yield from (requests, times, sizes)
        yield from self._gauges()

    def _gauges(self) -> Iterator[Metric]:
        summed, snapshot = summed_report(self._context), self._context.snapshot()
        for name, meaning in _GAUGES.items():
            yield GaugeMetricFamily(f"urbansdg_{name}", meaning, value=summed[name])
        yield GaugeMetricFamily(
            "urbansdg_version", "Number of the version served.", value=snapshot.number
        )
        yield GaugeMetricFamily(
            "urbansdg_triples", "Statements of that version.", value=snapshot.triples
        )


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
