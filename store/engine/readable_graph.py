"""The graph as it is read: what a store on this disk and a SPARQL engine have in common."""

from collections.abc import Iterator
from os import PathLike
from typing import Protocol

import pyoxigraph as ox

Subject = ox.NamedNode | ox.BlankNode
GraphName = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


class Patterns(Protocol):
    """What is asked by pattern."""

    def quads_for_pattern(
        self,
        subject: Subject | ox.Triple | None,
        predicate: ox.NamedNode | None,
        object: Subject | ox.Literal | ox.Triple | None,  # noqa: A002  # pyoxigraph's name
        graph_name: GraphName | None = None,
    ) -> Iterator[ox.Quad]:
        """Yield the quads of a pattern, None standing for anything."""


class ReadableGraph(Patterns, Protocol):
    """A graph that is open for reading: `pyoxigraph.Store` is one, `Remote` is another."""

    def __hash__(self) -> int:
        """Tell it from others: what was counted in it is kept by it."""

    def named_graphs(self) -> Iterator[Subject]:
        """Yield the names of the graphs."""

    def contains_named_graph(self, graph_name: GraphName) -> bool:
        """Tell whether there is a graph of that name."""

    def dump(
        self,
        output: str | PathLike[str] | None = None,
        format: ox.RdfFormat | None = None,  # noqa: A002  # pyoxigraph's name
        *,
        from_graph: GraphName | None = None,
        prefixes: dict[str, str] | None = None,
    ) -> bytes | None:
        """Write a graph into a file."""
