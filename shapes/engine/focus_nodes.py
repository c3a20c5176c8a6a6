"""Focus nodes: in what portions those that are to be judged are named to the engine."""

from collections.abc import Collection

import pyoxigraph as ox

from urbansdg.shapes.engine.solutions import solutions

PORTION = 250
"""So many nodes are named in one query: of more, the engine's joins take ever longer."""

_PER_NODE = 200
"""Where there are fewer statements than these for each node, to judge all of them is faster."""


def portions(store: ox.Store, focus: Collection[str]) -> list[list[str]] | None:
    """Return the nodes in portions, in their order; None where all nodes are better judged."""
    if len(focus) > PORTION and has_fewer(store, _PER_NODE * len(focus)):
        return None
    named = sorted(focus)
    return [named[start : start + PORTION] for start in range(0, len(named), PORTION)]


def has_fewer(store: ox.Store, statements: int) -> bool:
    """Tell whether a store has fewer statements than these; the engine counts faster than we."""
    some = f"{{ SELECT * {{ ?any ?path ?thing }} LIMIT {statements} }}"
    (row,) = solutions(store, f"SELECT (COUNT(*) AS ?many) {{ {some} }}")
    return int(row["many"].value) < statements
