"""What a store in memory and a published version have in common for those who read them."""

from collections.abc import Iterator
from typing import Protocol

import pyoxigraph as ox

_Node = ox.NamedNode | ox.BlankNode
Substitutions = dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]


class RdfDataset(Protocol):
    """A dataset: `pyoxigraph.Store` is one, `urbansdg.store.versions.merged_store` has another.

    The quads are those of all graphs. A query is evaluated on all graphs together: with a union,
    where the dataset has not kept their merge.
    """

    def __iter__(self) -> Iterator[ox.Quad]:
        """Yield all quads."""

    def __contains__(self, quad: ox.Quad) -> bool:
        """Tell whether a quad is there."""

    def quads_for_pattern(
        self,
        subject: _Node | ox.Triple | None,
        predicate: ox.NamedNode | None,
        object: _Node | ox.Literal | ox.Triple | None,  # noqa: A002  # pyoxigraph's name
        graph_name: _Node | ox.DefaultGraph | None = None,
    ) -> Iterator[ox.Quad]:
        """Yield the quads of a pattern, None standing for anything."""

    def query(
        self,
        query: str,
        *,
        base_iri: str | None = None,
        use_default_graph_as_union: bool = False,
        substitutions: Substitutions | None = None,
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Evaluate a query."""

    def named_graphs(self) -> Iterator[_Node]:
        """Yield the names of the graphs."""


def count(dataset: RdfDataset, query: str, *, of_union: bool = False) -> int:
    """Return the number that a SELECT query counts as ?n; `of_union` is for a store without merge.

    Raises TypeError for another form of query.
    """
    rows = dataset.query(query, use_default_graph_as_union=of_union)
    if not isinstance(rows, ox.QuerySolutions):
        raise TypeError("a count is a SELECT query")
    return int(next(rows)["n"].value)
