"""Look-ups: what is said of one thing, where it leads, and how many statements there are.

A query of one of a few plain forms (`urbansdg.sparql.lookup_form`) is answered in the front end,
from the index of subjects: no query is parsed, planned or evaluated, and the number of statements
that are read is bounded. Everything else, and whatever is in doubt, is left to a worker, which
would give the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from json.encoder import encode_basestring
from typing import Final, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.ontology.media_types import GRAPHS
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.sparql.lookup_form import Columns, TotalForm, lookup_form
from urbansdg.store import MergedStore, ReadableGraph

_MOST: Final = 100  # statements that are read: some tenths of a millisecond
_GRAPHS: Final = {form.name: form.engine for form in GRAPHS if isinstance(form.engine, RdfFormat)}
_STRING: Final = NamedNode(PREFIXES["xsd"] + "string")


class OpenVersion(Protocol):
    """A version that is open: its store, and how many triples it has."""

    @property
    def store(self) -> ReadableGraph:
        """The store."""

    @property
    def triples(self) -> int:
        """The number of triples: one that is in two graphs counts once."""


class _Doubtful(Exception):
    """The query or the answer has something that is left to a worker."""


End = NamedNode | BlankNode | Literal


@dataclass(frozen=True, slots=True)
class Lookup:
    """A query for the statements about a subject, perhaps with one predicate.

    `columns` are the variables of the table in their order, each with what it is bound to:
    `predicate`, `object`, or None for nothing; without any, the answer is the statements.
    """

    subject: NamedNode
    predicate: NamedNode | None
    columns: Columns
    most: int | None

    def answer(self, version: OpenVersion, question: QueryMessage) -> bytes | None:
        """Return the answer in the format asked for, None where a worker is to give it."""
        if not isinstance(version.store, MergedStore):
            return None
        try:
            quads = self._matches(version.store)
            if self.columns:
                return _table(self.columns, quads) if question.results == "json" else None
            return _statements(quads, question.graphs)
        except (_Doubtful, OSError):
            return None

    @property
    def is_graph(self) -> bool:
        """Whether the answer is RDF, not a table."""
        return not self.columns

    def _matches(self, store: MergedStore) -> list[Quad]:
        quads = store.merged(self.subject, self.predicate, None)
        read = list(islice(quads, _MOST + 1))
        # Which rows a LIMIT takes is the engine's choice: pages by OFFSET must be of one order.
        if len(read) > _MOST or (self.most is not None and len(read) > self.most):
            raise _Doubtful
        return read


@dataclass(frozen=True, slots=True)
class Path:
    """A query for what a subject leads to by one predicate, in one step or more.

    `columns` are as those of a `Lookup`. The order of several ends is the engine's own, so only one
    end, or none, is answered here.
    """

    subject: NamedNode
    predicate: NamedNode
    columns: Columns
    most: int | None
    is_graph: bool = False

    def answer(self, version: OpenVersion, question: QueryMessage) -> bytes | None:
        """Return the answer as JSON, None where a worker is to give it."""
        if question.results != "json" or not isinstance(version.store, MergedStore):
            return None
        try:
            return _table(self.columns, self._matches(version.store))
        except (_Doubtful, OSError):
            return None

    def _matches(self, store: MergedStore) -> list[Quad]:
        """Return a statement for each end."""
        ends = self._step(store, self.subject)
        if len(ends) > 1 or (self.most is not None and len(ends) > self.most):
            raise _Doubtful
        for end in ends:
            if not isinstance(end, Literal) and not self._step(store, end) <= ends:
                raise _Doubtful  # it leads on
        return [Quad(self.subject, self.predicate, end) for end in ends]

    def _step(self, store: MergedStore, start: NamedNode | BlankNode) -> set[End]:
        """Return what one step leads to; two ends are as good as more."""
        ends = set[End]()
        for quad in islice(store.merged(start, self.predicate, None), 2):
            if isinstance(quad.object, Triple):
                raise _Doubtful
            ends.add(quad.object)
        return ends


def is_here(version: OpenVersion) -> bool:
    """Tell whether a version is on this machine, not in an engine elsewhere."""
    return isinstance(version.store, MergedStore)


@dataclass(frozen=True, slots=True)
class Total:
    """A query for the number of all statements, as the variable `name`."""

    name: str
    is_graph: bool = False

    def answer(self, version: OpenVersion, question: QueryMessage) -> bytes | None:
        """Return the answer, which is known of each version; None where a worker is to give it."""
        if question.results != "json" or not is_here(version):
            return None
        row = f'{{"{self.name}":{_written(Literal(version.triples))}}}'
        return f'{{"head":{{"vars":["{self.name}"]}},"results":{{"bindings":[{row}]}}}}'.encode()


@lru_cache(maxsize=2048)
def lookup_of(query: str) -> Lookup | Path | Total | None:
    """Return the look-up that a query is; None for any other query, and for one in doubt."""
    form = lookup_form(query)
    if form is None:
        return None
    if isinstance(form, TotalForm):
        return Total(form.name)
    if form.repeats and form.predicate is not None:
        return Path(form.subject, form.predicate, form.columns, form.most)
    return Lookup(form.subject, form.predicate, form.columns, form.most)


def _statements(quads: Sequence[Quad], form: str | None) -> bytes | None:
    engine = _GRAPHS.get(form or "")
    if engine is None or any(isinstance(quad.object, BlankNode) for quad in quads):
        raise _Doubtful  # what is said of a blank node belongs to a description
    if engine == RdfFormat.RDF_XML:
        raise _Doubtful  # it may have no name for a property, which a worker looks for
    return serialize((quad.triple for quad in quads), format=engine)


def _table(columns: Columns, quads: Sequence[Quad]) -> bytes:
    names = ",".join(f'"{name}"' for name, _ in columns)
    bound = [(f'"{name}":', part) for name, part in columns if part]
    rows = ",".join(
        "{" + ",".join([name + _written(getattr(quad, part)) for name, part in bound]) + "}"
        for quad in quads
    )
    return f'{{"head":{{"vars":[{names}]}},"results":{{"bindings":[{rows}]}}}}'.encode()


def _written(term: object) -> str:
    """Return a term as SPARQL 1.1 Query Results JSON has it."""
    if isinstance(term, NamedNode):
        return f'{{"type":"uri","value":{encode_basestring(term.value)}}}'
    if isinstance(term, BlankNode):
        return f'{{"type":"bnode","value":{encode_basestring(term.value)}}}'
    if not isinstance(term, Literal) or term.direction is not None:
        raise _Doubtful
    text = f'{{"type":"literal","value":{encode_basestring(term.value)}'
    if term.language is not None:
        return f'{text},"xml:lang":{encode_basestring(term.language)}}}'
    if term.datatype != _STRING:
        return f'{text},"datatype":{encode_basestring(term.datatype.value)}}}'
    return text + "}"
