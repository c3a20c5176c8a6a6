"""What two versions have and have not in common, quad by quad and graph by graph."""

from collections.abc import Iterator
from typing import Literal

import pyoxigraph as ox

from urbansdg.store.fork import graph_node
from urbansdg.store.graph_store import GraphStore
from urbansdg.store.version import Version

Sign = Literal["-", "+"]


def difference(store: GraphStore, one: Version, other: Version) -> Iterator[tuple[Sign, ox.Quad]]:
    """Yield what leads from one version to another: what goes, then what comes, for each graph.

    Graphs that were made from the same bytes are not looked at. Raises `VersionDamaged`.
    """
    before, after = store.read(one), store.read(other)
    named = {str(each.value) for each in (*before.named_graphs(), *after.named_graphs())}
    for name in sorted(named | {"default"}):
        if not _same(one, other, name):
            yield from (("-", quad) for quad in _only(before, after, name))
            yield from (("+", quad) for quad in _only(after, before, name))


def rdf_patch(changes: Iterator[tuple[Sign, ox.Quad]]) -> Iterator[str]:
    """Yield the lines of an RDF Patch, one transaction (https://afs.github.io/rdf-delta/)."""
    yield "TX ."
    for sign, quad in changes:
        yield f"{'A' if sign == '+' else 'D'} {_terms(quad)} ."
    yield "TC ."


def n_quads(changes: Iterator[tuple[Sign, ox.Quad]], sign: Sign) -> Iterator[str]:
    """Yield the lines of N-Quads of what comes, or of what goes."""
    return (f"{_terms(quad)} ." for each, quad in changes if each == sign)


def _terms(quad: ox.Quad) -> str:
    graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else f" {quad.graph_name}"
    return f"{quad.subject} {quad.predicate} {quad.object}{graph}"


def _only(here: ox.Store, there: ox.Store, graph: str) -> Iterator[ox.Quad]:
    quads = here.quads_for_pattern(None, None, None, graph_node(graph))
    yield from sorted((quad for quad in quads if quad not in there), key=str)


def _same(one: Version, other: Version, graph: str) -> bool:
    before, after = one.graphs.get(graph), other.graphs.get(graph)
    return before is not None and bool(before.source) and before == after
