"""Migration: updates of ours that bring every named graph up to date with the ontology.

The updates follow the rules in `urbansdg.ontology.migrations`: an operation whose pattern has no
solution has nothing to do, and `?g` is the graph that it rewrites.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

import pyoxigraph as ox

from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.sparql.update_operations import Operation, operations


def is_pending(updates: Iterable[str], state: RdfDataset) -> bool:
    """Tell whether a state has data that an update would rewrite."""
    every = chain.from_iterable(map(_operations, updates))
    return any(next(_matched(operation, state), None) is not None for operation in every)


def migrate(updates: Iterable[str], fork: ox.Store) -> frozenset[str]:
    """Run the updates on a fork; return the graphs that they rewrote, maybe to the same content.

    The merge of the fork does not follow.
    """
    rewritten: set[str] = set()
    for operation in chain.from_iterable(map(_operations, updates)):
        graphs = set(_matched(operation, fork))
        if graphs:
            rewritten |= graphs
            fork.update(operation.text)
    return frozenset(rewritten)


def _operations(update: str) -> tuple[Operation, ...]:
    """Return the operations of an update of ours.

    Raises `ValueError` for an update that cannot be divided: its graphs would be unknown.
    """
    parts = operations(update)
    if parts is None or any(part.pattern is None or part.graphs is not None for part in parts):
        raise ValueError(f"a migration needs DELETE or INSERT in GRAPH ?g, and WHERE: {update}")
    return parts


def _matched(operation: Operation, state: RdfDataset) -> Iterator[str]:
    """Yield the graphs in which an operation has something to rewrite."""
    query = f"{operation.prologue}\nSELECT DISTINCT ?g WHERE {{ {operation.pattern} }}"
    rows = state.query(query)
    if not isinstance(rows, ox.QuerySolutions):
        raise TypeError("a SELECT query has solutions")
    for row in rows:
        name = row["g"]
        if not isinstance(name, ox.NamedNode):
            raise ValueError(f"a migration has to bind ?g to a graph: {operation.text}")  # noqa: TRY004
        yield name.value
