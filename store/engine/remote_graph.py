"""The graph in a SPARQL engine, read by the protocol."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.namespaces import RDF
from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.store.engine.engine_client import Engine, SolutionRow, cut, nonsense
from urbansdg.store.engine.readable_graph import GraphName, ReadableGraph, Subject
from urbansdg.store.versions.merged_store import MergedStore

_N_TRIPLES: Final = ox.RdfFormat.N_TRIPLES
_AT_ONCE: Final = 200
"""So many subjects stand in one question."""

_EVERY: Final = 100_000
"""So many statements of some subjects are more than a document has."""


PredicateAndObject = tuple[ox.NamedNode, ox.NamedNode]


@dataclass(frozen=True, slots=True)
class Remote:
    """Some named graphs of an engine; each question asks it, and raises `EngineUnavailable`."""

    engine: Engine
    graphs: tuple[str, ...]

    def quads_for_pattern(
        self,
        subject: Subject | ox.Triple | None,
        predicate: ox.NamedNode | None,
        object: Subject | ox.Literal | ox.Triple | None,  # noqa: A002  # pyoxigraph's name
        graph_name: GraphName | None = None,
    ) -> Iterator[ox.Quad]:
        """Yield the quads of a pattern of terms with names, None standing for anything."""
        return self.find_quads((subject, predicate, object, graph_name))

    def find_quads(self, pattern: tuple[object, ...], most: int | None = None) -> Iterator[ox.Quad]:
        """Yield at most so many quads of a pattern."""
        if any(isinstance(term, ox.BlankNode | ox.Triple | ox.DefaultGraph) for term in pattern):
            return  # the engine has other labels for them, and we have no graph without a name
        names = ("?s", "?p", "?o", "?g")
        s, p, o, g = (
            name if term is None else str(term) for name, term in zip(names, pattern, strict=True)
        )
        variables = " ".join(
            name for name, term in zip(names, pattern, strict=True) if term is None
        )
        limit = "" if most is None else f" LIMIT {most}"
        query = (
            f"SELECT {variables or '(1 AS ?found)'} WHERE {{ GRAPH {g} {{ {s} {p} {o} }} }}{limit}"
        )
        for row in self.engine.select(query, self.graphs):
            yield _quad(row, pattern)

    def statements(
        self, subjects: Collection[Subject], predicates: Collection[ox.NamedNode], most: int
    ) -> Iterator[ox.Quad]:
        """Yield the quads of the subjects with names, with those predicates only, if any."""
        waiting = (subject for subject in subjects if isinstance(subject, ox.NamedNode))
        restriction = f"VALUES ?p {{ {_listed(predicates)} }}" if predicates else ""
        while some := tuple(islice(waiting, _AT_ONCE)):
            query = (
                f"SELECT ?s ?p ?o ?g WHERE {{ VALUES ?s {{ {_listed(some)} }} {restriction}"
                f" GRAPH ?g {{ ?s ?p ?o }} }} LIMIT {most}"
            )
            for row in self.engine.select(query, self.graphs):
                yield _quad(row, (None, None, None, None))

    def linking(self, links: Iterable[PredicateAndObject], most: int) -> Iterator[ox.Quad]:
        """Yield the quads with one of those pairs of predicate and object, at most so many."""
        pairs = " ".join(f"({predicate} {thing})" for predicate, thing in links)
        query = (
            f"SELECT ?s ?p ?o ?g WHERE {{ VALUES (?p ?o) {{ {pairs} }}"
            f" GRAPH ?g {{ ?s ?p ?o }} }} LIMIT {most}"
        )
        for row in self.engine.select(query, self.graphs):
            yield _quad(row, (None, None, None, None))

    def count(self, kinds: Collection[ox.NamedNode]) -> dict[str, int]:
        """Count the things of those classes that have some."""
        query = (
            f"SELECT ?kind (COUNT(DISTINCT ?s) AS ?n) WHERE {{ VALUES ?kind {{ {_listed(kinds)} }}"
            " GRAPH ?g { ?s a ?kind } } GROUP BY ?kind"
        )
        rows = self.engine.select(query, self.graphs)
        return {row["kind"].value: _number(row) for row in rows}

    def is_described(self, thing: ox.NamedNode) -> bool:
        """Return whether a thing has a statement, or is a graph that is not empty."""
        query = (
            f"SELECT (1 AS ?n) WHERE {{ {{ GRAPH ?g {{ {thing} ?p ?o }} }}"
            f" UNION {{ GRAPH {thing} {{ ?s ?p ?o }} }} }} LIMIT 1"
        )
        return bool(self.engine.select(query, self.graphs))

    def containing(self, triples: Iterable[ox.Triple]) -> Iterator[ox.Quad]:
        """Yield the quads of the graphs that have those triples, whose subjects have names."""
        triples_sought = set(triples)
        predicates_of = defaultdict[Subject | ox.Triple, set[ox.NamedNode]](set)
        for triple in triples_sought:
            predicates_of[triple.subject].add(triple.predicate)
        alike = defaultdict[frozenset[ox.NamedNode], list[Subject]](list)
        for subject, predicates in predicates_of.items():
            if isinstance(subject, ox.NamedNode):
                alike[frozenset(predicates)].append(subject)
        for properties, subjects in alike.items():
            quads = self.statements(subjects, properties, _EVERY)
            yield from (quad for quad in quads if quad.triple in triples_sought)

    def named_graphs(self) -> Iterator[Subject]:
        """Yield the names of the graphs."""
        return map(ox.NamedNode, self.graphs)

    def contains_named_graph(self, graph_name: GraphName) -> bool:
        """Tell whether there is a graph of that name; no is said only while the engine answers."""
        if isinstance(graph_name, ox.NamedNode) and graph_name.value in self.graphs:
            return True
        self.engine.select("SELECT (1 AS ?n) WHERE {}", ())
        return False

    def dump(
        self,
        output: str | PathLike[str] | None = None,
        format: ox.RdfFormat | None = None,  # noqa: A002  # pyoxigraph's name
        *,
        from_graph: GraphName | None = None,
        prefixes: dict[str, str] | None = None,
    ) -> bytes | None:
        """Write a graph into a file."""
        with TemporaryFolder() as folder:
            file = Path(folder) / "graph.nt"
            file.touch()
            size = 0
            if isinstance(from_graph, ox.NamedNode):
                size = self.size(from_graph)
                self.engine.fetch(from_graph.value, file, size)
            triples = _read(file)
            if len(triples) != size:
                raise cut()
            form = format or ox.RdfFormat.TURTLE
            ordered = sorted(
                triples, key=str
            )  # Turtle writes what follows on from a subject shorter
            return ox.serialize(ordered, output, format=form, prefixes=prefixes)

    def size(self, graph: ox.NamedNode) -> int:
        """Count the triples of a graph."""
        query = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}"
        return _number(self.engine.select(query, self.graphs)[0])


def _read(file: Path) -> list[ox.Triple]:
    try:
        return [quad.triple for quad in ox.parse(path=str(file), format=_N_TRIPLES)]
    except (SyntaxError, ValueError):
        raise nonsense() from None


def statements(
    graph: ReadableGraph,
    subjects: Collection[Subject],
    predicates: Collection[ox.NamedNode] = (),
    most: int = 10_000,
) -> Iterator[ox.Quad]:
    """Yield the quads of the subjects, with those predicates only where there are some.

    At most `most` of a subject, or of some subjects together.
    """
    if isinstance(graph, Remote):
        yield from graph.statements(subjects, predicates, most)
        return
    for subject in subjects:
        for predicate in predicates or (None,):
            yield from islice(graph.quads_for_pattern(subject, predicate, None, None), most)


def linking(
    graph: ReadableGraph, links: Collection[PredicateAndObject], most: int
) -> Iterator[ox.Quad]:
    """Yield the quads with one of those pairs of predicate and object.

    At most `most` of a pair; of an engine, so many of a pair on average.
    """
    if isinstance(graph, Remote):
        if links:
            yield from graph.linking(links, most * len(links))
        return
    for predicate, thing in links:
        yield from islice(graph.quads_for_pattern(None, predicate, thing, None), most)


def find_quads(
    graph: ReadableGraph,
    pattern: tuple[Subject | None, ox.NamedNode | None, Subject | None],
    most: int,
    name: ox.NamedNode | None = None,
) -> Iterator[ox.Quad]:
    """Yield at most so many quads of a pattern, in whatever graph or in the one of that name."""
    if isinstance(graph, Remote):
        return graph.find_quads((*pattern, name), most)
    return islice(graph.quads_for_pattern(*pattern, name), most)


def merged(
    graph: ReadableGraph,
    pattern: tuple[Subject | None, ox.NamedNode | None, Subject | ox.Literal | None],
) -> Iterator[ox.Quad]:
    """Yield the triples of a pattern, as quads; of a graph on this disk each only once."""
    if isinstance(graph, MergedStore):
        return graph.merged(*pattern)
    return graph.quads_for_pattern(*pattern, None)


def leading_to(graph: ReadableGraph, thing: ox.NamedNode, most: int) -> Iterator[ox.Quad]:
    """Yield the quads whose object is a thing, those of one triple after each other.

    Of an engine at most so many.
    """
    if isinstance(graph, Remote):
        return iter(sorted(graph.find_quads((None, None, thing, None), most), key=str))
    return graph.quads_for_pattern(None, None, thing, None)


def counted(graph: ReadableGraph, kinds: Collection[ox.NamedNode]) -> dict[str, int]:
    """Count the things of some classes, by the IRIs of these."""
    if isinstance(graph, Remote):
        return dict.fromkeys((kind.value for kind in kinds), 0) | graph.count(kinds)
    quads = {kind.value: graph.quads_for_pattern(None, _TYPE, kind, None) for kind in kinds}
    return {kind: len({quad.subject for quad in of_kind}) for kind, of_kind in quads.items()}


def is_described(graph: ReadableGraph, thing: ox.NamedNode) -> bool:
    """Return whether a thing has a statement, or is a graph that is not empty."""
    if isinstance(graph, Remote):
        return graph.is_described(thing)
    patterns = ((thing, None, None, None), (None, None, None, thing))
    return any(next(graph.quads_for_pattern(*pattern), None) is not None for pattern in patterns)


def containing(graph: ReadableGraph, triples: Collection[ox.Triple]) -> Iterator[ox.Quad]:
    """Yield the quads of the graphs that have some triples."""
    if isinstance(graph, Remote):
        yield from graph.containing(triples)
        return
    for triple in triples:
        yield from graph.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)


_TYPE: Final = ox.NamedNode(RDF.type)


def _quad(row: SolutionRow, pattern: tuple[object, ...]) -> ox.Quad:
    terms = (
        row[name] if term is None else term for name, term in zip("spog", pattern, strict=True)
    )
    return ox.Quad(*terms)  # type: ignore[arg-type]  # the engine's rows have terms in their places


def _listed(terms: Iterable[Subject]) -> str:
    return " ".join(map(str, terms))


def _number(row: SolutionRow) -> int:
    return int(row["n"].value)
