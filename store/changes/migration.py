"""Migration: updates of ours that bring every named graph up to date with the ontology.

The updates follow the rules in `urbansdg.ontology.migrations`: an operation whose pattern has no
solution has nothing to do, and `?g` is the graph that it rewrites.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import pyoxigraph as ox

from urbansdg.sparql.update_operations import DEFAULT, Operation, operations

_STAND_IN: Final = ox.NamedNode("urn:urbansdg:default-graph")
"""The name of the default graph during a migration, because `GRAPH ?g` matches named graphs."""


def is_pending(updates: Iterable[str], state: ox.Store) -> bool:
    """Tell whether a state has data that an update would rewrite."""
    every = list(chain.from_iterable(map(_operations, updates)))
    unnamed = ox.Store()
    default = state.quads_for_pattern(None, None, None, ox.DefaultGraph())
    unnamed.extend(
        ox.Quad(quad.subject, quad.predicate, quad.object, _STAND_IN) for quad in default
    )
    return any(
        next(_matched(operation, store), None) is not None
        for operation in every
        for store in (state, unnamed)
    )


def migrate(updates: Iterable[str], fork: ox.Store) -> frozenset[str]:
    """Run the updates on a fork; return the graphs that they rewrote, maybe to the same content."""
    every = list(chain.from_iterable(map(_operations, updates)))
    rewritten: set[str] = set()
    default = next(fork.quads_for_pattern(None, None, None, ox.DefaultGraph()), None)
    if every and default is not None:
        fork.update(f"MOVE DEFAULT TO {_STAND_IN}")
    for operation in every:
        graphs = set(_matched(operation, fork))
        if graphs:
            rewritten |= graphs
            fork.update(operation.text)
    if every and default is not None:
        fork.update(f"MOVE {_STAND_IN} TO DEFAULT")
    return frozenset(DEFAULT if name == _STAND_IN.value else name for name in rewritten)


def _operations(update: str) -> tuple[Operation, ...]:
    """Return the operations of an update of ours.

    Raises `ValueError` for an update that cannot be divided: its graphs would be unknown.
    """
    parts = operations(update)
    if parts is None or any(part.pattern is None or part.graphs is not None for part in parts):
        raise ValueError(f"a migration needs DELETE or INSERT in GRAPH ?g, and WHERE: {update}")
    return parts


def _matched(operation: Operation, state: ox.Store) -> Iterator[str]:
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
