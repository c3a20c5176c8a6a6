"""A worker: a process that evaluates one query at a time, and may die of it.

It parses, plans, evaluates and serialises; the front end does none of these, because parsing alone
can hold the interpreter for seconds or overflow the stack. The front end enforces the time limit by
killing the worker: the engine cannot be interrupted. The worker limits its own memory and processor
time. `zygote` forks workers, `worker_channel` is the front end's side of one.
"""

import fcntl
import os
import re
import secrets
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final, Protocol, cast
from urllib.parse import unquote

from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    serialize,
)

from urbansdg.endpoint.workers.formats.result_sink import ResultSink, write_csv
from urbansdg.endpoint.workers.formats.result_workbook import MOST_ROWS, SheetFull, write_workbook
from urbansdg.endpoint.workers.worker_frames import (
    GRAPH_FOLLOWS,
    RESULTS_FOLLOW,
    QueryEnding,
    QueryMessage,
)
from urbansdg.ontology.media_types import GRAPHS, RESULTS, XLSX
from urbansdg.ontology.rdf_xml_names import NamelessTerm, named
from urbansdg.ontology.xml_text import UnwritableCharacter, code_point, xml_file
from urbansdg.sandbox.frames import split
from urbansdg.sandbox.resource_limits import (
    address_space,
    peak_memory,
    set_memory_limit,
    set_processor_time,
)
from urbansdg.sparql.clauses import has_service
from urbansdg.sparql.datasets.dataset_merger import DatasetMerger
from urbansdg.sparql.datasets.from_clauses import FromClauses, from_clauses
from urbansdg.sparql.exact_casts import EXACT_CASTS
from urbansdg.sparql.extension_functions import missing_function
from urbansdg.sparql.group_concat import with_simple_literals
from urbansdg.sparql.select_all import selects_all, with_columns
from urbansdg.sparql.service_clauses import ServiceRefused, routed
from urbansdg.sparql.syntax_errors import mistake

RESULT_FORMS: Final = {
    form.name: form.engine for form in RESULTS if isinstance(form.engine, QueryResultsFormat)
}
GRAPH_FORMS: Final = {
    form.name: form.engine for form in GRAPHS if isinstance(form.engine, RdfFormat)
}
_CHUNK: Final = 1 << 16
_BUFFER_BYTES: Final = 1 << 24
_GATEWAY_ANSWER: Final = re.compile(
    r"Error [^\n]* returned by (?P<url>\S+) with payload:\n(?P<text>.*)", re.DOTALL
)
_STORAGE_ERRORS: Final = ("Corruption", "IO error")
_SPENT: Final = 4  # a worker that has taken a quarter of its memory for a query is replaced


class QueryEvaluator(Protocol):
    """Evaluates queries, one at a time."""

    def answer(self, question: QueryMessage) -> QueryEnding:
        """Evaluate a query and return how it ended; by then its answer is in it or in the pipe."""


def work(answering: QueryEvaluator, memory: int, control: socket.socket) -> None:
    """Answer the queries that come over `control`, until it is closed.

    `memory` is the bytes that a query may take beyond the idle worker, unless it asks for others.
    """
    bound = _Bound(address_space(), memory)
    bound.set(memory)
    plenty = peak_memory() + memory // _SPENT
    control.sendall(QueryEnding("ready").frame())
    for body in _frames(control):
        question = QueryMessage.read(body)
        bound.set(question.memory or memory)
        set_processor_time(question.cpu_seconds)
        ending = answering.answer(question)
        control.sendall(replace(ending, spent=peak_memory() > plenty).frame())


def hold_version(path: Path) -> IO[str]:
    """Keep a version from being pruned, as `urbansdg.store.retention.hold` does.

    That function is not called, because importing `urbansdg.store` takes 200 ms and a worker starts
    after every query that went wrong.
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
    """The limit on the address space of a worker, which takes `idle` bytes before any query."""

    idle: int
    memory: int
    _now: int = 0

    def set(self, memory: int) -> None:
        """Let the next query take `memory` bytes.

        What earlier queries left behind counts only if the query asks for less than usual.
        """
        limit = self.idle + memory
        if memory < self.memory:
            limit = min(self.idle + self.memory, address_space() + memory)
        if limit != self._now:
            set_memory_limit(limit)
            self._now = limit


class StoreEvaluator:
    """Evaluates queries on one store."""

    def __init__(self, store: Store, base: str, data: int) -> None:
        """Send long answers into the pipe `data`; relative IRIs are resolved against `base`."""
        self._store = store
        self._base = base
        self._merger = DatasetMerger(store)
        self.sink = sink = ResultSink(data)
        self.output = cast("IO[bytes]", sink)  # the engine calls `write` and `flush` alone

    def answer(self, question: QueryMessage) -> QueryEnding:
        """Evaluate a query and return how it ended; by then its answer is in it or in the pipe."""
        try:
            led = routed(question.query, _gateway_for_query(question.gateway), question.hosts)
            exact = with_simple_literals(in_order(led, self._base))
            return self.serialise(self.evaluate(exact, question), question)
        except ServiceRefused as refusal:
            return QueryEnding("refused", str(refusal))
        except SyntaxError as error:
            return syntax_ending(str(error), question.query, self._base)
        except MemoryError:
            return QueryEnding("memory")
        except (OSError, ValueError, RuntimeError) as error:
            return failure_ending(error, question.gateway)

    def evaluate(
        self, query: str, question: QueryMessage
    ) -> QuerySolutions | QueryTriples | QueryBoolean:
        """Start a query on the dataset of its message."""
        if question.default_graphs is None and question.named_graphs is None:
            dataset = from_clauses(query, self._base)
        else:  # the protocol's dataset replaces that of the query (SPARQL 1.1 Protocol, 2.1.4)
            default, named = question.default_graphs or (), question.named_graphs or ()
            dataset = FromClauses(tuple(map(NamedNode, default)), tuple(map(NamedNode, named)))
        if dataset is None:
            # The default graph of the store is the merge of all graphs.
            return self._store.query(query, base_iri=self._base, custom_functions=EXACT_CASTS)
        merge = self._merger.merged(dataset.default, dataset.named)
        return (merge or self._store).query(
            query,
            base_iri=self._base,
            default_graph=list(dataset.default) if merge is None else DefaultGraph(),
            named_graphs=list(dataset.named),
            custom_functions=EXACT_CASTS,
        )

    def serialise(
        self, results: QuerySolutions | QueryTriples | QueryBoolean, question: QueryMessage
    ) -> QueryEnding:
        """Write the results in the format for their kind.

        Up to `_BUFFER_BYTES` of XML are kept until the answer ends or is longer: where XML cannot
        have a character or name a property, the client then gets an error, not half an answer.
        """
        if isinstance(results, QueryTriples):
            if question.graphs is None:
                return QueryEnding("unacceptable", "graph")
            return self.write_graph(results, question.graphs)
        if question.results is None:
            return QueryEnding("unacceptable", "results")
        if question.results == XLSX.name:
            return self._write_workbook(results)
        form = RESULT_FORMS[question.results]
        if form != QueryResultsFormat.XML:
            self.sink.begin(RESULTS_FOLLOW)
            if form == QueryResultsFormat.CSV and isinstance(results, QuerySolutions):
                write_csv(results, self.output)
            else:
                results.serialize(self.output, form)
            return QueryEnding("done", short=self.sink.end())
        return self._write_xml(results)

    def _write_xml(self, results: QuerySolutions | QueryBoolean) -> QueryEnding:
        self.sink.begin(RESULTS_FOLLOW, _BUFFER_BYTES)
        try:
            results.serialize(xml_file(self.output), QueryResultsFormat.XML)
        except UnwritableCharacter as unwritable:
            return QueryEnding("unwritable", code_point(unwritable.character))
        return QueryEnding("done", short=self.sink.end())

    def _write_workbook(self, results: QuerySolutions | QueryBoolean) -> QueryEnding:
        self.sink.begin(RESULTS_FOLLOW)
        try:
            write_workbook(results, self.output)
        except SheetFull:
            return QueryEnding("sheet", str(MOST_ROWS))
        return QueryEnding("done", short=self.sink.end())

    def write_graph(self, triples: Iterable[Triple], form: str) -> QueryEnding:
        """Write triples in a format of RDF."""
        if GRAPH_FORMS[form] != RdfFormat.RDF_XML:
            self.sink.begin(GRAPH_FOLLOWS)
            if isinstance(triples, QueryTriples):  # the engine writes its own faster
                triples.serialize(self.output, GRAPH_FORMS[form])
            else:
                serialize(triples, self.output, GRAPH_FORMS[form])
            return QueryEnding("done", short=self.sink.end())
        self.sink.begin(GRAPH_FOLLOWS, _BUFFER_BYTES)
        try:
            serialize(named(triples), xml_file(self.output), RdfFormat.RDF_XML)
        except NamelessTerm as nameless:
            return QueryEnding("nameless", nameless.iri)
        except UnwritableCharacter as unwritable:
            return QueryEnding("unwritable", code_point(unwritable.character))
        return QueryEnding("done", short=self.sink.end())


def in_order(query: str, base: str) -> str:
    """Return a query that has the columns of SELECT * in the order of its text.

    The variables are those that the engine has for it on an empty store; a query with SERVICE comes
    back as it is, because the engine might call the service for that. Raises SyntaxError.
    """
    if not selects_all(query) or has_service(query):
        return query
    results = Store().query(query, base_iri=base)
    if not isinstance(results, QuerySolutions):
        return query
    return with_columns(query, [variable.value for variable in results.variables])


def _gateway_for_query(gateway: str | None) -> str | None:
    """Return the gateway's address with a name for the query, whose requests it counts."""
    return gateway and f"{gateway}{os.getpid()}/{secrets.token_hex(16)}/"


def failure_ending(error: Exception, gateway: str | None) -> QueryEnding:
    """Return the ending of a query that could be read, but not evaluated.

    The kinds of errors of the engine, whose texts alone differ:

    - an HTTP error of the gateway: a SERVICE failed;
    - `Corruption: ...` and `IO error: ...` of its storage: the version is damaged;
    - a function that it does not have, or with the wrong number of arguments;
    - the rest: an IRI of the dataset that is not valid, an operation that it does not have.
    """
    message = str(error)
    answer = _GATEWAY_ANSWER.fullmatch(message)
    if answer is not None and gateway is not None and answer["url"].startswith(gateway):
        url = unquote(answer["url"].rpartition("/")[2])
        return QueryEnding("service", f"{url} {answer['text']}")
    if gateway is not None and gateway in message:  # the gateway itself did not answer
        return QueryEnding("service", "its request was not sent")
    if message.startswith(_STORAGE_ERRORS):
        return QueryEnding("damaged", message)
    function = missing_function(message)
    if function is not None:
        return QueryEnding("failed", f"there is no function {function}")
    return QueryEnding("failed", message.rstrip(". "))


def syntax_ending(message: str, query: str, base: str) -> QueryEnding:
    """Return the ending of a query with a syntax error: its place and its reason."""
    wrong = mistake(query, message, base=base)
    return QueryEnding(
        "syntax", wrong.reason, line=wrong.line, column=wrong.column, token=wrong.token
    )
