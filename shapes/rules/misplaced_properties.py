"""The scan for things that have a property of another class, generated from the ontology.

The rule `term-of-another-class` reads the classes of each property from the graph. To look them up
for every statement is slow, so its screen subtracts the instances of the classes of a property from
the things that have it: one scan for all properties of the same classes.
"""

from collections import defaultdict
from collections.abc import Iterable

import pyoxigraph as ox

from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset

_INCLUDES = ox.NamedNode(f"{PREFIXES['schema']}domainIncludes")
_BELOW = ox.NamedNode(f"{PREFIXES['rdfs']}subClassOf")


def misplaced_pattern(store: RdfDataset, paths: Iterable[ox.NamedNode]) -> str:
    """Return a SPARQL pattern of each ?focus that has one of the predicates without its class.

    Only predicates of the ontology that have `schema:domainIncludes` in the store count.
    """
    by_classes = defaultdict[frozenset[str], list[str]](list)
    for path in paths:
        if path.value.startswith(USDG) and (classes := _classes(store, path)):
            by_classes[classes].append(str(path))
    branches = (
        f"{{ VALUES ?path {{ {' '.join(sorted(properties))} }} ?focus ?path ?value"
        + "".join(f" MINUS {{ ?focus a {name} }}" for name in sorted(classes))
        + " }"
        for classes, properties in by_classes.items()
    )
    return " UNION ".join(branches) or "VALUES ?focus {}"


def _classes(store: RdfDataset, path: ox.NamedNode) -> frozenset[str]:
    """Return the classes of a property and the classes below them, in SPARQL syntax."""
    named = set[ox.NamedNode]()
    left = {quad.object for quad in store.quads_for_pattern(path, _INCLUDES, None, None)}
    while new := {node for node in left if isinstance(node, ox.NamedNode)} - named:
        named |= new
        below = (store.quads_for_pattern(None, _BELOW, above, None) for above in new)
        left = {quad.subject for quads in below for quad in quads}
    return frozenset(map(str, named))
