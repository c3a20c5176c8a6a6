"""A version in a store: its named graphs, and their merge as the default graph of queries.

RocksDB holds the merge beside the named graphs (`urbansdg.sparql.datasets.graph_merge`). Whoever
reads by pattern, iterates or dumps means the named graphs and never meets a triple twice because of
the merge; whoever queries means the merge. This class keeps the two apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.rdf.rdf_dataset import Substitutions, count

_Node = ox.NamedNode | ox.BlankNode
_DEFAULT: Final = ox.DefaultGraph()
_OF_DATASETS: Final = (ox.RdfFormat.N_QUADS, ox.RdfFormat.TRIG)


@dataclass(frozen=True, slots=True, eq=False)
class MergedStore:
    """A store whose default graph is the merge of its named graphs.

    `store` is the engine's store; nothing but the merge is written to its default graph.
    """

    store: ox.Store

    def quads_for_pattern(
        self,
        subject: _Node | ox.Triple | None,
        predicate: ox.NamedNode | None,
        object: _Node | ox.Literal | ox.Triple | None,  # noqa: A002  # pyoxigraph's name
        graph_name: _Node | ox.DefaultGraph | None = None,
    ) -> Iterator[ox.Quad]:
        """Yield the quads of named graphs that match a pattern, None standing for anything."""
        if graph_name is None:
            if subject is predicate is object is None:
                return iter(self)
            quads = self.store.quads_for_pattern(subject, predicate, object, None)
            if subject is not None:  # few: a list is faster than a generator
                return iter([quad for quad in quads if quad.graph_name != _DEFAULT])
            return (quad for quad in quads if not isinstance(quad.graph_name, ox.DefaultGraph))
        if isinstance(graph_name, ox.DefaultGraph):
            return iter(())
        return self.store.quads_for_pattern(subject, predicate, object, graph_name)

    def merged(
        self,
        subject: _Node | ox.Triple | None,
        predicate: ox.NamedNode | None,
        object: _Node | ox.Literal | ox.Triple | None,  # noqa: A002  # pyoxigraph's name
    ) -> Iterator[ox.Quad]:
        """Yield the triples of the merge that match a pattern, as quads of the default graph."""
        return self.store.quads_for_pattern(subject, predicate, object, _DEFAULT)

    def __iter__(self) -> Iterator[ox.Quad]:
        """Yield the quads of all named graphs, graph by graph."""
        for graph in self.store.named_graphs():
            yield from self.store.quads_for_pattern(None, None, None, graph)

    def __contains__(self, quad: ox.Quad) -> bool:
        """Tell whether a named graph has a quad."""
        return not isinstance(quad.graph_name, ox.DefaultGraph) and quad in self.store

    def __len__(self) -> int:
        """Return the number of quads of all named graphs; the engine counts all of them."""
        return count(self.store, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")

    def query(
        self,
        query: str,
        *,
        base_iri: str | None = None,
        use_default_graph_as_union: bool = True,  # noqa: ARG002  # as pyoxigraph; always the merge
        substitutions: Substitutions | None = None,
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Evaluate a query whose default graph is the merge."""
        return self.store.query(query, base_iri=base_iri, substitutions=substitutions)

    def named_graphs(self) -> Iterator[_Node]:
        """Yield the names of the graphs."""
        return self.store.named_graphs()

    def contains_named_graph(self, graph_name: _Node | ox.DefaultGraph) -> bool:
        """Tell whether there is a graph of that name."""
        return self.store.contains_named_graph(graph_name)

    def dump(
        self,
        output: str | PathLike[str] | None = None,
        format: ox.RdfFormat | None = None,  # noqa: A002  # pyoxigraph's name
        *,
        from_graph: _Node | ox.DefaultGraph | None = None,
        prefixes: dict[str, str] | None = None,
    ) -> bytes | None:
        """Write one graph, or all named graphs in a format of datasets, into a file."""
        if from_graph is None and format in _OF_DATASETS:
            return ox.serialize(iter(self), output, format, prefixes=prefixes)
        return self.store.dump(output, format, from_graph=from_graph, prefixes=prefixes)


@dataclass(frozen=True, slots=True, eq=False)
class UnmergedStore:
    """A version as an older release wrote it: without the merge, clients' default graph unnamed.

    Its unnamed graph is read as the named graph `default`.
    """

    store: ox.Store
    default: ox.NamedNode

    def quads_for_pattern(
        self,
        subject: _Node | ox.Triple | None,
        predicate: ox.NamedNode | None,
        object: _Node | ox.Literal | ox.Triple | None,  # noqa: A002  # pyoxigraph's name
    ) -> Iterator[ox.Quad]:
        """Yield the quads of all graphs that match a pattern, None standing for anything."""
        return map(self._placed, self.store.quads_for_pattern(subject, predicate, object, None))

    def __iter__(self) -> Iterator[ox.Quad]:
        """Yield the quads of all graphs."""
        return map(self._placed, self.store)

    def __contains__(self, quad: ox.Quad) -> bool:
        """Tell whether a graph has a quad."""
        if quad.graph_name == self.default and _moved(quad, _DEFAULT) in self.store:
            return True
        return quad in self.store

    def named_graphs(self) -> Iterator[_Node]:
        """Yield the names of the graphs."""
        named = {*self.store.named_graphs()}
        if next(self.store.quads_for_pattern(None, None, None, _DEFAULT), None) is not None:
            named.add(self.default)
        return iter(named)

    def _placed(self, quad: ox.Quad) -> ox.Quad:
        is_unnamed = isinstance(quad.graph_name, ox.DefaultGraph)
        return _moved(quad, self.default) if is_unnamed else quad


def _moved(quad: ox.Quad, graph: ox.NamedNode | ox.DefaultGraph) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)
