"""A worker: one process that evaluates one query at a time and may die of it.

It parses, plans, evaluates and serialises; the front end does none of these. It knows no time
limit: the front end kills it. What it enforces itself is memory, through RLIMIT_AS.
"""

import fcntl
import os
import re
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Final, Protocol
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

from urbansdg.endpoint.clauses import has_dataset
from urbansdg.endpoint.formats import GRAPHS, RESULTS
from urbansdg.endpoint.frames import GRAPH_FOLLOWS, RESULTS_FOLLOW, Ending, Question, split
from urbansdg.endpoint.process import address_space
from urbansdg.endpoint.service import ServiceRefused, routed
from urbansdg.endpoint.syntax import mistake

RESULT_FORMS: Final = {
    form.name: form.engine for form in RESULTS if isinstance(form.engine, QueryResultsFormat)
}
GRAPH_FORMS: Final = {
    form.name: form.engine for form in GRAPHS if isinstance(form.engine, RdfFormat)
}
# Among the tokens that the engine would have expected stand its reasons, in words.
_REASON: Final = re.compile(r"\b[A-Z][A-Za-z]*(?: [a-z]+){2,}\b")
_CHUNK: Final = 1 << 16
_SPENT: Final = 4  # a worker that holds a quarter of its memory after a query is replaced


class Answering(Protocol):
    """Answers questions, each into the pipe that it was given."""

    def answer(self, question: Question) -> Ending:
        """Answer a question and say how it ended; its bytes are in the pipe by then."""


def work(answering: Answering, memory: int, control: socket.socket) -> None:
    """Answer the questions that come over `control`, until it is closed.

    `memory` is the bytes that a query may take beyond the idle worker.
    """
    _bound_memory(memory)
    plenty = _peak() + memory // _SPENT
    control.sendall(Ending("ready").frame())
    for body in _frames(control):
        question = Question.read(body)
        signal.setitimer(signal.ITIMER_PROF, question.cpu_seconds)  # SIGPROF ends the process
        ending = answering.answer(question)
        signal.setitimer(signal.ITIMER_PROF, 0)
        control.sendall(replace(ending, spent=_peak() > plenty).frame())


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


def _peak() -> int:
    """Return the most memory that the process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def _bound_memory(memory: int) -> None:
    limit = address_space() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Evaluation:
    """Evaluates questions on one store, into one pipe."""

    def __init__(self, store: Store, base: str, data: int) -> None:
        """Serialise into the pipe `data`, through its name: the engine then writes by itself.

        `base` is what relative IRIs in queries are resolved against.
        """
        self._store = store
        self._base = base
        self._data = data
        self.sink = f"/dev/fd/{data}"
        self._sync_complaint = _sync_complaint()

    def answer(self, question: Question) -> Ending:
        """Evaluate a question and say how it ended; its bytes are in the pipe by then."""
        try:
            led = routed(question.query, question.gateway, question.hosts)
            return self.serialise(self.evaluate(replace(question, query=led)), question)
        except ServiceRefused as refusal:
            return Ending("refused", str(refusal))
        except SyntaxError as error:
            return misspelt(str(error), question.query)
        except MemoryError:
            return Ending("memory")
        except (OSError, ValueError, RuntimeError) as error:
            return _failure(str(error), question.gateway)

    def evaluate(self, question: Question) -> QuerySolutions | QueryTriples | QueryBoolean:
        """Begin to evaluate a question."""
        if question.default_graphs is None and question.named_graphs is None:
            # The engine's union would also stand above the query's own FROM.
            union = not has_dataset(question.query)
            return self._store.query(
                question.query, base_iri=self._base, use_default_graph_as_union=union
            )
        return self._store.query(
            question.query,
            base_iri=self._base,
            default_graph=[NamedNode(iri) for iri in question.default_graphs or ()],
            named_graphs=[NamedNode(iri) for iri in question.named_graphs or ()],
        )

    def serialise(
        self, found: QuerySolutions | QueryTriples | QueryBoolean, question: Question
    ) -> Ending:
        """Write what was found in the format of its kind."""
        if isinstance(found, QueryTriples):
            if question.graphs is None:
                return Ending("unacceptable", "graph")
            os.write(self._data, GRAPH_FOLLOWS)
            return self.ending(partial(found.serialize, self.sink, GRAPH_FORMS[question.graphs]))
        if question.results is None:
            return Ending("unacceptable", "results")
        os.write(self._data, RESULTS_FOLLOW)
        return self.ending(partial(found.serialize, self.sink, RESULT_FORMS[question.results]))

    def ending(self, serialise: Callable[[], object]) -> Ending:
        """Write into the pipe `sink`, and say how that ended."""
        try:
            serialise()
        except OSError as error:
            if str(error) != self._sync_complaint:
                raise
        return Ending("done")


def _failure(message: str, gateway: str | None) -> Ending:
    """Tell what failed: a service, if the gateway is named in it, whose address is left out."""
    if gateway is None or gateway not in message:
        return Ending("failed", message)
    return Ending("service", unquote(message.replace(gateway, "")))


def _sync_complaint() -> str | None:
    """Return what the engine says when it has written everything and then syncs a pipe.

    It ends by fsync, which no pipe has (EINVAL): an answer of which nothing else is said is whole.
    """
    answer = Store().query("ASK {}")
    reading, writing = os.pipe()
    try:
        if isinstance(answer, QueryBoolean):
            answer.serialize(f"/dev/fd/{writing}", QueryResultsFormat.JSON)
    except OSError as error:
        return str(error)
    finally:
        os.close(reading)
        os.close(writing)
    return None


def misspelt(message: str, query: str) -> Ending:
    """Tell where the query is wrong and why: in the engine's words, if these are words."""
    wrong = mistake(query)
    reason = _REASON.search(message)
    if reason:
        said = reason[0].lower()
    else:
        said = f"{wrong.token!r} cannot stand here" if wrong.token else "it ends too early"
    return Ending("syntax", said, line=wrong.line, column=wrong.column, token=wrong.token)
