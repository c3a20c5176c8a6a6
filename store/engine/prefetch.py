"""What is asked of an engine thing by thing, gathered before in a few questions."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from urbansdg.store.engine.readable_graph import GraphName, Patterns, ReadableGraph, Subject
from urbansdg.store.engine.remote_graph import Remote

_MOST: Final = 10_000
"""So many statements of some things are read at once; they are asked for one by one beyond."""

_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class PrefetchedGraph:
    """A graph of which some statements are at hand: of a thing those with the `known` properties.

    All else is asked for.
    """

    graph: Patterns
    store: ox.Store
    known: dict[ox.NamedNode, frozenset[ox.NamedNode]]

    def quads_for_pattern(
        self,
        subject: Subject | ox.Triple | None,
        predicate: ox.NamedNode | None,
        object: Subject | ox.Literal | ox.Triple | None,  # noqa: A002  # pyoxigraph's name
        graph_name: GraphName | None = None,
    ) -> Iterator[ox.Quad]:
        """Yield the quads of a pattern, None standing for anything."""
        at_hand = isinstance(subject, ox.NamedNode) and predicate in self.known.get(subject, ())
        source: Patterns = self.store if at_hand else self.graph
        return source.quads_for_pattern(subject, predicate, object, graph_name)


def gathered(
    graph: ReadableGraph,
    things: Iterable[str],
    properties: Collection[ox.NamedNode],
    links: Collection[ox.NamedNode],
    naming: Collection[ox.NamedNode],
) -> Patterns:
    """Return a graph with what is asked of some things at hand, if an engine has it.

    That is their statements with `properties` and `links`, and those with `naming` of the things
    that their `links` lead to. A graph on this disk is returned as it is.
    """
    if not isinstance(graph, Remote):
        return graph
    prefetched = PrefetchedGraph(graph, ox.Store(), {})
    first = dict.fromkeys(map(ox.NamedNode, things))
    leading = list(_gather(prefetched, graph, list(first), (*properties, *links)))
    further = dict.fromkeys(quad.object for quad in leading if quad.predicate in links)
    named = (term for term in further if isinstance(term, ox.NamedNode) and term not in first)
    list(_gather(prefetched, graph, list(named), naming))
    return prefetched


def _gather(
    prefetched: PrefetchedGraph,
    graph: Remote,
    things: list[ox.NamedNode],
    properties: Collection[ox.NamedNode],
) -> Iterator[ox.Quad]:
    """Fetch the statements on some things with some properties ahead, and yield them."""
    for begin in range(0, len(things), _AT_ONCE):
        some = things[begin : begin + _AT_ONCE]
        quads = list(graph.statements(some, properties, _MOST))
        if len(quads) < _MOST:
            prefetched.store.extend(quads)
            prefetched.known.update(dict.fromkeys(some, frozenset(properties)))
            yield from quads
