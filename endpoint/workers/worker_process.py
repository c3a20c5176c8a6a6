"""A worker: one process that evaluates one query at a time and may die of it.

It parses, plans, evaluates and serialises; the front end does none of these. It knows no time
limit: the front end kills it. What it enforces itself is memory, through RLIMIT_AS.
"""

import fcntl
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final, Protocol, cast
from urllib.parse import unquote

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from urbansdg.endpoint.workers.result_sink import Sink
from urbansdg.endpoint.workers.worker_frames import (
    GRAPH_FOLLOWS,
    RESULTS_FOLLOW,
    Ending,
    QueryMessage,
)
from urbansdg.ontology.media_types import GRAPHS, RESULTS
from urbansdg.sandbox.frames import split
from urbansdg.sandbox.resource_limits import (
    address_space,
    peak_memory,
    set_memory_limit,
    set_processor_time,
)
from urbansdg.sparql.clauses import has_dataset
from urbansdg.sparql.service_clauses import ServiceRefused, routed
from urbansdg.sparql.syntax_errors import mistake, reason

RESULT_FORMS: Final = {
    form.name: form.engine for form in RESULTS if isinstance(form.engine, QueryResultsFormat)
}
GRAPH_FORMS: Final = {
    form.name: form.engine for form in GRAPHS if isinstance(form.engine, RdfFormat)
}
_CHUNK: Final = 1 << 16
_SPENT: Final = 4  # a worker that holds a quarter of its memory after a query is replaced


class Answering(Protocol):
    """Answers questions, each into the pipe that it was given."""

    def answer(self, question: QueryMessage) -> Ending:
        """Answer a question and say how it ended; its bytes are in the pipe by then."""


def work(answering: Answering, memory: int, control: socket.socket) -> None:
    """Answer the questions that come over `control`, until it is closed.

    `memory` is the bytes that a query may take beyond the idle worker, where it says nothing else.
    """
    bound = _Bound(address_space(), memory)
    bound.set(memory)
    plenty = peak_memory() + memory // _SPENT
    control.sendall(Ending("ready").frame())
    for body in _frames(control):
        question = QueryMessage.read(body)
        bound.set(question.memory or memory)
        set_processor_time(question.cpu_seconds)
        ending = answering.answer(question)
        control.sendall(replace(ending, spent=peak_memory() > plenty).frame())


def held(path: Path) -> IO[str]:
    """Hold a version against its removal, as `urbansdg.store.retention.hold` does.

    It is not called, for a worker starts with every query that went wrong, and the store's package
    would come with it.
    """
    record = (path.parent / "version.json").open(encoding="utf-8")
    fcntl.flock(record, fcntl.LOCK_SH)
    return record


def _frames(control: socket.socket) -> Iterator[bytes]:
    buffer = bytearray()
    while received := control.recv(_CHUNK):
        buffer += received
        yield from split(buffer)


@dataclass(slots=True)
class _Bound:
    """The limit of the process on its address space: `idle` bytes are there before any query."""

    idle: int
    memory: int
    _now: int = 0

    def set(self, memory: int) -> None:
        """Let the next query take so much; less than usual counts from what is taken by now."""
        limit = self.idle + memory
        if memory < self.memory:
            limit = min(self.idle + self.memory, address_space() + memory)
        if limit != self._now:
            set_memory_limit(limit)
            self._now = limit


class Evaluation:
    """Evaluates questions on one store."""

    def __init__(self, store: Store, base: str, data: int) -> None:
        """Send long answers into the pipe `data`; `base` is what relative IRIs are resolved by."""
        self._store = store
        self._base = base
        self.sink = sink = Sink(data)
        self.output = cast("IO[bytes]", sink)  # of which the engine calls `write` and `flush`

    def answer(self, question: QueryMessage) -> Ending:
        """Evaluate a question and say how it ended; its bytes are in it or in the pipe."""
        try:
            led = routed(question.query, question.gateway, question.hosts)
            return self.serialise(self.evaluate(led, question), question)
        except ServiceRefused as refusal:
            return Ending("refused", str(refusal))
        except SyntaxError as error:
            return misspelt(str(error), question.query)
        except MemoryError:
            return Ending("memory")
        except (OSError, ValueError, RuntimeError) as error:
            return _failure(str(error), question.gateway)

    def evaluate(
        self, query: str, question: QueryMessage
    ) -> QuerySolutions | QueryTriples | QueryBoolean:
        """Begin to evaluate a query with the dataset of its question."""
        if question.default_graphs is None and question.named_graphs is None:
            # The engine's union would also stand above the query's own FROM.
            union = not has_dataset(query)
            return self._store.query(query, base_iri=self._base, use_default_graph_as_union=union)
        return self._store.query(
            query,
            base_iri=self._base,
            default_graph=[NamedNode(iri) for iri in question.default_graphs or ()],
            named_graphs=[NamedNode(iri) for iri in question.named_graphs or ()],
        )

    def serialise(
        self, found: QuerySolutions | QueryTriples | QueryBoolean, question: QueryMessage
    ) -> Ending:
        """Write what was found in the format of its kind."""
        if isinstance(found, QueryTriples):
            if question.graphs is None:
                return Ending("unacceptable", "graph")
            self.sink.begin(GRAPH_FOLLOWS)
            found.serialize(self.output, GRAPH_FORMS[question.graphs])
            return Ending("done", short=self.sink.end())
        if question.results is None:
            return Ending("unacceptable", "results")
        self.sink.begin(RESULTS_FOLLOW)
        found.serialize(self.output, RESULT_FORMS[question.results])
        return Ending("done", short=self.sink.end())


def _failure(message: str, gateway: str | None) -> Ending:
    """Tell what failed: a service, if the gateway is named in it, whose address is left out."""
    if gateway is None or gateway not in message:
        return Ending("failed", message)
    return Ending("service", unquote(message.replace(gateway, "")))


def misspelt(message: str, query: str) -> Ending:
    """Tell where the query is wrong, and why."""
    wrong = mistake(query)
    return Ending(
        "syntax", reason(message, wrong), line=wrong.line, column=wrong.column, token=wrong.token
    )
