"""A worker's question to a SPARQL engine: checked here, answered there, and written here again.

The query is parsed as all others are, in this process that may die of it, so that mistakes are
reported in the same words and SERVICE is refused. What the engine sends is read to its end and
serialised anew: an answer that was cut short, or that makes no sense, never passes for a whole one.
"""

import io
from collections.abc import Iterable, Iterator
from typing import IO, Final

import httpx
from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
)

from urbansdg.endpoint.workers.worker_frames import QueryEnding, QueryMessage
from urbansdg.endpoint.workers.worker_process import (
    StoreEvaluator,
    failure_ending,
    in_order,
    syntax_ending,
)
from urbansdg.errors import EngineUnavailable, SettingsError
from urbansdg.ontology.media_types import N_TRIPLES, SPARQL_JSON
from urbansdg.settings import read_settings
from urbansdg.sparql.clauses import has_dataset, has_service
from urbansdg.sparql.prologue import with_one_base
from urbansdg.store import Access, Engine
from urbansdg.store.engine import dialects
from urbansdg.store.engine.engine_client import excerpt, form_of, nonsense, read_back

_CHUNK: Final = 1 << 16
_SMALL: Final = 1 << 12
_RESULT_TYPES: Final = {
    QuerySolutions: SPARQL_JSON,
    QueryBoolean: SPARQL_JSON,
    QueryTriples: N_TRIPLES,
}
_NO_GRAPH: Final = "urn:urbansdg:no-graph"
"""Stands for a dataset without graphs, which the protocol cannot tell from none at all."""

_Results = QuerySolutions | QueryTriples | QueryBoolean


def engine_of_environment() -> Engine:
    """Return the engine that this process's environment names; raises `SettingsError`."""
    access = Access.of(read_settings())
    if access is None:
        raise SettingsError("The environment names no engine.")
    return Engine(access)


class EngineEvaluator:
    """Puts questions to an engine, into one pipe."""

    def __init__(self, engine: Engine, base: str, data: int) -> None:
        """Check queries on an empty store; `base` is what relative IRIs are resolved against."""
        self._engine = engine
        self._base = base
        self._checking = StoreEvaluator(Store(), base, data)
        self._data = data

    def answer(self, question: QueryMessage) -> QueryEnding:
        """Answer a question and say how it ended; its bytes are in the pipe by then."""
        try:
            kind = self._checked(question)
            return kind if isinstance(kind, QueryEnding) else self._inquire(question, kind)
        except SyntaxError as error:
            return syntax_ending(str(error), question.query, self._base)
        except EngineUnavailable as error:
            return QueryEnding("unavailable", str(error))
        except MemoryError:
            return QueryEnding("memory")
        except (ValueError, RuntimeError) as error:
            return failure_ending(error, None)

    def _checked(self, question: QueryMessage) -> QueryEnding | type[_Results]:
        """Return of which kind the answer will be, or why there is none; raises SyntaxError."""
        if has_service(question.query):
            return QueryEnding(
                "refused", "The query has SERVICE, which the engine would do unchecked."
            )
        kind = type(self._checking.evaluate(question.query, question))
        if (question.graphs if kind is QueryTriples else question.results) is None:
            return QueryEnding("unacceptable", "graph" if kind is QueryTriples else "results")
        return kind

    def _inquire(self, question: QueryMessage, kind: type[_Results]) -> QueryEnding:
        default, named = self._dataset(question)
        query = with_one_base(in_order(question.query, self._base), self._base)
        with self._engine.ask(query, _RESULT_TYPES[kind], default, named) as response:
            if response.status_code != httpx.codes.OK:
                return _refusal(response)
            if form_of(response) != _RESULT_TYPES[kind]:
                raise nonsense()
            if dialects.is_partial(response.headers):
                return QueryEnding("late")
            most = dialects.most_rows(response.headers)
            if most is not None:
                return QueryEnding("rows", str(most))
            return self._passed_on(response, question, kind)

    def _dataset(self, question: QueryMessage) -> tuple[Iterable[str], Iterable[str]]:
        """Return the graphs of the default graph, and the named ones.

        Without any in the request or in the query, the default graph is the union of all.
        """
        default, named = question.default_graphs, question.named_graphs
        if default is not None or named is not None:
            return default or (), named or ()
        if has_dataset(question.query):
            return (), ()
        return question.union or (_NO_GRAPH,), question.union or (_NO_GRAPH,)

    def _passed_on(
        self, response: httpx.Response, question: QueryMessage, kind: type[_Results]
    ) -> QueryEnding:
        source = _Source(response)
        file = io.BufferedReader(source, _CHUNK)
        try:
            if kind is QueryTriples:
                ending = self._graph(file, question)
            elif kind is QueryBoolean:
                content = file.read(_SMALL)
                content = dialects.yes_or_no(content) or content
                ending = self._results(io.BytesIO(content), question)
            else:
                ending = self._results(file, question)
        except (SyntaxError, ValueError, TypeError):
            raise nonsense() from None
        if kind is QueryTriples and source.lines >= dialects.SURE:
            most = self._engine.most_triples if dialects.cuts_graphs(response.headers) else None
            if most is not None and source.lines >= most:
                return QueryEnding("rows", str(most))
        return ending

    def _results(self, source: IO[bytes], question: QueryMessage) -> QueryEnding:
        results = parse_query_results(source, format=QueryResultsFormat.JSON)
        return self._checking.serialise(results, question)

    def _graph(self, source: IO[bytes], question: QueryMessage) -> QueryEnding:
        return self._checking.write_graph(_triples(source), question.graphs or "")


class _Source(io.RawIOBase):
    """An answer of the engine as a file to be read, the lines counted that pass."""

    def __init__(self, response: httpx.Response) -> None:
        self._chunks = read_back(response.iter_bytes(_CHUNK))
        self._rest = b""
        self.lines = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # no other is given
        """Fill the buffer as far as there is something; 0 at the end."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self.lines += chunk.count(b"\n")
            self._rest = chunk
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _triples(source: IO[bytes]) -> Iterator[Triple]:
    return (quad.triple for quad in parse(source, format=RdfFormat.N_TRIPLES))


def _refusal(response: httpx.Response) -> QueryEnding:
    """Tell whether it is the query or the engine that is at fault."""
    text = next(response.iter_bytes(_SMALL), b"")
    words = text.decode(errors="replace")
    if dialects.is_out_of_time(words):
        return QueryEnding("late")
    if dialects.is_of_the_query(response.status_code, words):
        return QueryEnding("failed", f"the engine that holds the graph says {excerpt(text)!r}")
    return QueryEnding(
        "unavailable", f"The engine that holds the graph failed ({response.status_code})."
    )
