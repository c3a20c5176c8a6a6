"""The merge of the graphs that a query names as its default graph (SPARQL 1.1, 13.2.1).

The store has the merge of all graphs only. For several of them the engine reads one after the
other, and finds a triple twice that two of them state. Where that is so, the graphs are copied into
a store in memory, within the memory of the query.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from pyoxigraph import NamedNode, Quad, Store


@dataclass(frozen=True, slots=True)
class DatasetMerger:
    """Merges graphs of one store, and remembers which of them have a triple in common."""

    store: Store
    _overlaps: dict[tuple[NamedNode, NamedNode], bool] = field(default_factory=dict)

    def merged(self, default: Sequence[NamedNode], named: Collection[NamedNode]) -> Store | None:
        """Return a store with a merge as its default graph; None where no triple comes twice."""
        if not any(self._overlap(*pair) for pair in combinations(default, 2)):
            return None
        merge = Store()
        merge.bulk_extend(_quads(self.store, default, named))
        return merge

    def _overlap(self, one: NamedNode, other: NamedNode) -> bool:
        """Tell whether two graphs have a triple in common."""
        if (one, other) not in self._overlaps:
            pattern = "{ ?s ?p ?o }"
            query = f"ASK {{ GRAPH {one} {pattern} GRAPH {other} {pattern} }}"
            self._overlaps[one, other] = bool(self.store.query(query))
        return self._overlaps[one, other]


def _quads(
    store: Store, default: Sequence[NamedNode], named: Collection[NamedNode]
) -> Iterator[Quad]:
    for graph in default:
        for quad in store.quads_for_pattern(None, None, None, graph):
            yield Quad(quad.subject, quad.predicate, quad.object)
    for graph in named:
        yield from store.quads_for_pattern(None, None, None, graph)
