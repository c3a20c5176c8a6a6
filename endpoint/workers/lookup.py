"""Look-ups: what is said of one thing, where it leads, and how many statements there are.

They are answered in the front end, without the engine.

A query of one of a few plain forms is read by a regular expression and answered from the index of
subjects: no query is parsed, planned or evaluated, and the work is bounded by the number of
statements that are read. All else, and whatever is in doubt, is left to a worker, which would give
the same rows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from json.encoder import encode_basestring
from typing import Final, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, Triple, serialize

from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.ontology.media_types import GRAPHS
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import ReadableGraph

_MOST: Final = 100  # statements that are read: some tenths of a millisecond
_LONGEST: Final = 4096
_GRAPHS: Final = {form.name: form.engine for form in GRAPHS if isinstance(form.engine, RdfFormat)}
_TYPE: Final = NamedNode(PREFIXES["rdf"] + "type")
_STRING: Final = NamedNode(PREFIXES["xsd"] + "string")

_GAP: Final = r"[ \t\r\n]"
_IRI: Final = r'<[a-z][a-z0-9+.-]*+:[^<>"{}|^`\\\x00-\x20]*+>'
_PREFIX: Final = r"(?:[a-z][a-z0-9_]*+)?+:"
_NAME: Final = rf"{_PREFIX}[a-z0-9_][a-z0-9_-]*+"
_VARIABLE: Final = r"[?$][a-z_][a-z0-9_]*+"
_DECLARED: Final = re.compile(rf"({_PREFIX}){_GAP}*+({_IRI})", re.IGNORECASE)
_QUERY: Final = re.compile(
    rf"""{_GAP}*+ (?P<prologue>(?:PREFIX{_GAP}++ {_PREFIX}{_GAP}*+ {_IRI}{_GAP}*+)*+)
    (?: DESCRIBE{_GAP}*+ (?P<described>{_IRI}|{_NAME})
      | SELECT{_GAP}*+ (?P<projected>\*|{_VARIABLE}(?:{_GAP}++{_VARIABLE})*+) {_GAP}*+
        (?:WHERE{_GAP}*+)?+ \{{ {_GAP}*+
          (?P<subject>{_IRI}|{_NAME}) {_GAP}++
          (?P<predicate>{_IRI}|{_NAME}|a|{_VARIABLE}) (?P<often>\+)?+ {_GAP}++
          (?P<object>{_VARIABLE}) {_GAP}*+ \.?+ {_GAP}*+
        \}} (?:{_GAP}*+ LIMIT{_GAP}++ (?P<limit>[0-9]{{1,9}}))?+
    ) {_GAP}*+""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)


_TOTAL: Final = re.compile(
    rf"""{_GAP}*+ (?:PREFIX{_GAP}++ {_PREFIX}{_GAP}*+ <[a-z][a-z0-9+.:/\#-]*+>{_GAP}*+)*+
    SELECT{_GAP}*+ \( {_GAP}*+ COUNT{_GAP}*+ \( {_GAP}*+ \* {_GAP}*+ \) {_GAP}*+
    AS{_GAP}++ (?P<name>{_VARIABLE}) {_GAP}*+ \) {_GAP}*+ (?:WHERE{_GAP}*+)?+
    \{{ {_GAP}*+ (?P<pattern>{_VARIABLE}{_GAP}++ {_VARIABLE}{_GAP}++ {_VARIABLE}) {_GAP}*+
    \.?+ {_GAP}*+ \}} {_GAP}*+""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)


class Held(Protocol):
    """A version that is open: its store, and how many statements it has over all graphs."""

    @property
    def store(self) -> ReadableGraph:
        """The store."""

    @property
    def triples(self) -> int:
        """The number of statements: one that is in two graphs counts twice, as for the engine."""


class _Doubtful(Exception):
    """The query or the answer has something that is left to a worker."""


Columns = tuple[tuple[str, str | None], ...]
"""The variables of a table, each with the part of a statement that it is bound to, if any."""

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

    def answer(self, version: Held, question: QueryMessage) -> bytes | None:
        """Return the answer in the format asked for, None where a worker is to give it."""
        if not isinstance(version.store, Store):
            return None
        try:
            found = self._found(version.store)
            if self.columns:
                return _table(self.columns, found) if question.results == "json" else None
            return _statements(found, question.graphs)
        except (_Doubtful, OSError):
            return None

    @property
    def is_graph(self) -> bool:
        """Whether the answer is RDF, not a table."""
        return not self.columns

    def _found(self, store: ReadableGraph) -> list[Quad]:
        found = store.quads_for_pattern(self.subject, self.predicate, None, None)
        read = list(islice(found, _MOST + 1))
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

    def answer(self, version: Held, question: QueryMessage) -> bytes | None:
        """Return the answer as JSON, None where a worker is to give it."""
        if question.results != "json" or not isinstance(version.store, Store):
            return None
        try:
            return _table(self.columns, self._found(version.store))
        except (_Doubtful, OSError):
            return None

    def _found(self, store: Store) -> list[Quad]:
        """Return a statement for each end."""
        ends = self._step(store, self.subject)
        if len(ends) > 1 or (self.most is not None and len(ends) > self.most):
            raise _Doubtful
        for end in ends:
            if not isinstance(end, Literal) and not self._step(store, end) <= ends:
                raise _Doubtful  # it leads on
        return [Quad(self.subject, self.predicate, end) for end in ends]

    def _step(self, store: Store, start: NamedNode | BlankNode) -> set[End]:
        """Return what one step leads to; two ends are as good as more."""
        ends = set[End]()
        found = store.quads_for_pattern(start, self.predicate, None, None)
        for read, quad in enumerate(found):
            if read == _MOST or isinstance(quad.object, Triple):
                raise _Doubtful
            ends.add(quad.object)
            if len(ends) > 1:
                break
        return ends


def is_here(version: Held) -> bool:
    """Tell whether a version is on this machine, not in an engine elsewhere."""
    return isinstance(version.store, Store)


@dataclass(frozen=True, slots=True)
class Total:
    """A query for the number of all statements, as the variable `name`."""

    name: str
    is_graph: bool = False

    def answer(self, version: Held, question: QueryMessage) -> bytes | None:
        """Return the answer, which is known of each version; None where a worker is to give it."""
        if question.results != "json" or not is_here(version):
            return None
        row = f'{{"{self.name}":{_written(Literal(version.triples))}}}'
        return f'{{"head":{{"vars":["{self.name}"]}},"results":{{"bindings":[{row}]}}}}'.encode()


@lru_cache(maxsize=2048)
def lookup_of(query: str) -> Lookup | Path | Total | None:
    """Return the look-up that a query is; None for any other query, and for one in doubt."""
    if len(query) > _LONGEST:
        return None
    read = _QUERY.fullmatch(query)
    if read is None:
        return _total(_TOTAL.fullmatch(query))
    try:
        prefixes = _prefixes(read["prologue"])
        if read["described"]:
            return Lookup(_named(read["described"], prefixes), None, (), None)
        return _selection(read, prefixes)
    except _Doubtful:
        return None


def _selection(read: re.Match[str], prefixes: Mapping[str, str]) -> Lookup | Path:
    subject, predicate = _named(read["subject"], prefixes), read["predicate"]
    bound = {read["object"][1:]: "object"}
    most = None if read["limit"] is None else int(read["limit"])
    is_open = predicate[0] in "?$"
    if is_open:
        bound[predicate[1:]] = "predicate"
    columns = _columns(read["projected"], bound, is_open=is_open)
    verb = None if is_open else _verb(predicate, prefixes)
    if not read["often"]:
        return Lookup(subject, verb, columns, most)
    if verb is None:
        raise _Doubtful  # no variable stands in a path
    return Path(subject, verb, columns, most)


def _total(read: re.Match[str] | None) -> Total | None:
    if read is None:
        return None
    names = {name[1:] for name in (read["name"], *read["pattern"].split())}
    # A variable that stands twice joins; a name that the pattern has is an error.
    return Total(read["name"][1:]) if len(names) == 4 else None  # noqa: PLR2004  # name, s, p, o


@lru_cache(maxsize=256)
def _prefixes(prologue: str) -> Mapping[str, str]:
    return {name: _iri(iri[1:-1]).value for name, iri in _DECLARED.findall(prologue)}


def _columns(projected: str, bound: dict[str, str], *, is_open: bool) -> Columns:
    names = sorted(bound) if projected == "*" else [name[1:] for name in projected.split()]
    if len(set(names)) < len(names) or len(bound) < 1 + is_open:
        raise _Doubtful  # a variable stands twice
    return tuple((name, bound.get(name)) for name in names)


def _verb(text: str, prefixes: Mapping[str, str]) -> NamedNode:
    if text == "a":
        return _TYPE
    return _named(text, prefixes)


def _named(text: str, prefixes: Mapping[str, str]) -> NamedNode:
    if text.startswith("<"):
        return _iri(text[1:-1])
    prefix, colon, local = text.partition(":")
    if prefix + colon not in prefixes:
        raise _Doubtful
    return _iri(prefixes[prefix + colon] + local)


def _iri(text: str) -> NamedNode:
    if "/." in text:  # the engine resolves it
        raise _Doubtful
    try:
        return NamedNode(text)
    except ValueError:
        raise _Doubtful from None


def _statements(found: Sequence[Quad], form: str | None) -> bytes | None:
    engine = _GRAPHS.get(form or "")
    if engine is None or any(isinstance(quad.object, BlankNode) for quad in found):
        raise _Doubtful  # what is said of a blank node belongs to a description
    if engine == RdfFormat.RDF_XML:
        raise _Doubtful  # it may have no name for a property, which a worker looks for
    return serialize((quad.triple for quad in found), format=engine)


def _table(columns: Columns, found: Sequence[Quad]) -> bytes:
    names = ",".join(f'"{name}"' for name, _ in columns)
    bound = [(f'"{name}":', part) for name, part in columns if part]
    rows = ",".join(
        "{" + ",".join([name + _written(getattr(quad, part)) for name, part in bound]) + "}"
        for quad in found
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
