"""Look-ups: what is said of one thing, where it leads, and how many statements there are.

A query of one of a few plain forms (`urbansdg.sparql.lookup_form`) is answered in the front end,
from the subject file (`urbansdg.endpoint.subjects`) or from the index of the store: no query is
parsed, planned or evaluated, and the number of statements that are read is bounded. Everything
else, and whatever is in doubt, is left to a worker, which would give the same rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Final, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse, serialize

from urbansdg.endpoint.subjects.current_subjects import CurrentSubjects
from urbansdg.endpoint.subjects.statement_texts import (
    Row,
    is_blank,
    is_iri,
    is_literal,
    json_table,
    n_triples,
    term_text,
)
from urbansdg.endpoint.subjects.subject_file import LONGEST
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.ontology.media_types import GRAPHS
from urbansdg.sparql.lookup_form import Columns, CountForm, TotalForm, lookup_form
from urbansdg.store import MergedStore, ReadableGraph, merged

_GRAPHS: Final = {form.name: form.engine for form in GRAPHS if isinstance(form.engine, RdfFormat)}


class OpenVersion(Protocol):
    """A version that is open: its store, and how many triples it has."""

    @property
    def store(self) -> ReadableGraph:
        """The store."""

    @property
    def subjects(self) -> CurrentSubjects | None:
        """The subject file, None where there is none."""

    @property
    def triples(self) -> int:
        """The number of triples: one that is in two graphs counts once."""


class _Doubtful(Exception):
    """The query or the answer has something that is left to a worker."""


def _rows(version: OpenVersion, subject: str, predicate: NamedNode | None) -> Sequence[Row]:
    """Return the statements on a subject, with one predicate or any, in the order of the engine.

    Raises `_Doubtful` where they are too many, or have a term that is left to a worker.
    """
    rows = version.subjects.find(subject) if version.subjects else None
    if rows is None:
        return _read(version.store, NamedNode(subject), predicate)
    if predicate is None:
        return rows
    text = str(predicate).encode()
    return [row for row in rows if row[0] == text]


def _read(
    store: ReadableGraph, subject: NamedNode | BlankNode, predicate: NamedNode | None
) -> list[Row]:
    rows = list[Row]()
    for quad in islice(merged(store, (subject, predicate, None)), LONGEST + 1):
        verb, end = term_text(quad.predicate), term_text(quad.object)
        if verb is None or end is None:
            raise _Doubtful
        rows.append((verb, end))
    if len(rows) > LONGEST:
        raise _Doubtful
    return rows


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
        if not is_here(version) or (self.columns and question.results != "json"):
            return None
        try:
            rows = _rows(version, self.subject.value, self.predicate)
        except (_Doubtful, OSError):
            return None
        if not self.columns:
            return _graph(self.subject, rows, question.graphs)
        # Which rows a LIMIT takes is the engine's choice: pages by OFFSET must be of one order.
        if self.most is not None and len(rows) > self.most:
            return None
        return json_table(self.columns, rows)

    @property
    def is_graph(self) -> bool:
        """Whether the answer is RDF, not a table."""
        return not self.columns


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
        if question.results != "json" or not is_here(version):
            return None
        try:
            ends = self._step(version, str(self.subject).encode())
            if len(ends) > 1 or (self.most is not None and len(ends) > self.most):
                return None
            if not all(is_literal(end) or self._step(version, end) <= ends for end in ends):
                return None  # it leads on
        except (_Doubtful, OSError):
            return None
        return json_table(self.columns, [(str(self.predicate).encode(), end) for end in ends])

    def _step(self, version: OpenVersion, start: bytes) -> set[bytes]:
        """Return what one step leads to from a node, in N-Triples."""
        if is_blank(start):
            node = BlankNode(start[2:].decode())
            return {end for _, end in _read(version.store, node, self.predicate)}
        return {end for _, end in _rows(version, start[1:-1].decode(), self.predicate)}


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
        count = str(Literal(version.triples)).encode()
        return json_table(((self.name, "object"),), [(b"", count)])


@dataclass(frozen=True, slots=True)
class CountTable:
    """A query for the number of statements, by class or predicate, or of one.

    Its form is `urbansdg.sparql.lookup_form.CountForm`.
    """

    form: CountForm
    is_graph: bool = False

    def answer(self, version: OpenVersion, question: QueryMessage) -> bytes | None:
        """Return the answer as JSON, None where a worker is to give it."""
        counts = version.subjects.counts if version.subjects else None
        if counts is None or question.results != "json" or not is_here(version):
            return None
        predicate, ends = self.form.predicate, self.form.ends
        if all(part != "key" for _, part in self.form.columns):
            if ends is not None:
                total = counts.classes.get(str(ends).encode(), 0)
            elif predicate is not None:
                total = counts.predicates.get(str(predicate).encode(), 0)
            else:
                total = sum(counts.predicates.values())
            return _count_table(self.form, [(b"", total)])
        table = counts.predicates if predicate is None else counts.classes
        rows = sorted(table.items())
        if not all(is_iri(key) for key, _ in rows):
            return None
        if self.form.order is not None:
            rows.sort(key=itemgetter(1), reverse=self.form.order == "DESC")
        return _count_table(self.form, rows)


def _count_table(form: CountForm, rows: Iterable[tuple[bytes, int]]) -> bytes:
    parts = {"key": "predicate", "count": "object"}
    columns = tuple((name, parts[part or ""]) for name, part in form.columns)
    return json_table(columns, [(key, str(Literal(count)).encode()) for key, count in rows])


@lru_cache(maxsize=2048)
def lookup_of(query: str) -> Lookup | Path | Total | CountTable | None:
    """Return the look-up that a query is; None for any other query, and for one in doubt."""
    form = lookup_form(query)
    if form is None:
        return None
    if isinstance(form, TotalForm):
        return Total(form.name)
    if isinstance(form, CountForm):
        return CountTable(form)
    if form.repeats and form.predicate is not None:
        return Path(form.subject, form.predicate, form.columns, form.most)
    return Lookup(form.subject, form.predicate, form.columns, form.most)


def _graph(subject: NamedNode, rows: Sequence[Row], form: str | None) -> bytes | None:
    """Return statements in a format of RDF, None where a worker is to write them."""
    engine = _GRAPHS.get(form or "")
    if engine is None or any(is_blank(end) for _, end in rows):
        return None  # what is said of a blank node belongs to a description
    if engine == RdfFormat.RDF_XML:
        return None  # it may have no name for a property, which a worker looks for
    text = n_triples(subject.value, rows)
    if engine == RdfFormat.N_TRIPLES:
        return text
    quads = parse(text, format=RdfFormat.N_TRIPLES)
    return serialize((quad.triple for quad in quads), format=engine)
