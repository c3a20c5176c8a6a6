"""The default graph of queries: the RDF merge of all graphs, no triple twice (SPARQL 1.1, 13.1).

A store keeps the merge in the engine's own default graph. A triple is added to it with the first
named graph that states it, and removed with the last. The graph that clients write to as the
default graph is a named graph here (`urbansdg.ontology.iris.Iris.default_graph`).

This module imports the engine alone: the process that does an edit starts with every write.
"""

from collections.abc import Iterable

import pyoxigraph as ox

_DEFAULT = ox.DefaultGraph()


def settle(store: ox.Store, quads: Iterable[ox.Quad]) -> int:
    """Make the merge agree with the named graphs in some quads; return how many it gains.

    `quads` are those that were added or removed. It costs what these cost, whatever the size of the
    store. Doing it twice changes nothing.
    """
    gained, lost = set[ox.Quad](), set[ox.Quad]()
    for quad in quads:
        terms = (quad.subject, quad.predicate, quad.object)
        merged = ox.Quad(*terms, _DEFAULT)
        is_stated = quad in store or any(
            not isinstance(other.graph_name, ox.DefaultGraph)
            for other in store.quads_for_pattern(*terms, None)
        )
        if is_stated != (merged in store):
            (gained if is_stated else lost).add(merged)
    store.extend(gained)
    for merged in lost:
        store.remove(merged)
    return len(gained) - len(lost)
