"""Focus nodes: divided into portions that the engine evaluates well, and named in queries."""

from collections.abc import Collection, Iterable

from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.shapes.engine.solutions import solutions

PORTION = 250
"""Nodes per query: with more, the time of the engine's joins grows faster than the number."""

_PER_NODE = 200
"""With fewer statements per node than this, validating all nodes is faster."""


def portions(store: RdfDataset, focus: Collection[str]) -> list[list[str]] | None:
    """Return the sorted nodes in portions, or None if validating all nodes is faster."""
    if len(focus) > PORTION and has_fewer(store, _PER_NODE * len(focus)):
        return None
    named = sorted(focus)
    return [named[start : start + PORTION] for start in range(0, len(named), PORTION)]


def has_fewer(store: RdfDataset, statements: int) -> bool:
    """Return whether a store has fewer statements; the engine counts faster than Python."""
    some = f"{{ SELECT * {{ ?any ?path ?thing }} LIMIT {statements} }}"
    (row,) = solutions(store, f"SELECT (COUNT(*) AS ?many) {{ {some} }}")
    return int(row["many"].value) < statements


def values(variable: str, focus: Iterable[str]) -> str:
    """Return the VALUES clause that binds a variable to the IRIs."""
    joined = "> <".join(focus)  # thousands of IRIs in a query: one call for all of them
    return f"VALUES ?{variable} {{ <{joined}> }}" if joined else f"VALUES ?{variable} {{ }}"
