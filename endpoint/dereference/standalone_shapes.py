"""The shapes with all that they look up, in one graph: for SHACL processors without our graph.

A constraint such as `sh:class skos:Concept` looks up nodes that are described in other documents:
concepts of the schemes, targets of the framework, cities, organisations. Given as the shapes and
as a second data graph, this one makes a processor give the verdicts of a load on one document.
"""

from collections.abc import Collection, Iterator

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse

from urbansdg.ontology.iris import Iris
from urbansdg.ontology.namespaces import PREFIXES, RDF, USDG
from urbansdg.ontology.vocabulary_files import ontology_files, scheme_files
from urbansdg.shapes.model.shape_profile import PROFILES, profile_files
from urbansdg.store import ReadableGraph

_KINDS = (
    *(USDG["City"], USDG["Country"], USDG["Region"], USDG["StatisticalArea"], USDG["CityArea"]),
    *(f"{PREFIXES['org']}Organization", USDG["CityNetwork"], USDG["Policy"]),
)
"""Classes of the things that others refer to."""
_FRAMEWORK = "sdg"


def standalone_shapes(store: ReadableGraph, iris: Iris) -> set[Triple]:
    """Return the minimum shapes, the vocabularies, and what things of a graph refer to.

    That is the framework, places, organisations and policies, without their parts.
    """
    triples = set(_published())
    framework = NamedNode(iris.graph(_FRAMEWORK))
    triples.update(quad.triple for quad in store.quads_for_pattern(None, None, None, framework))
    things = set(_things(store))
    for thing in things:
        for quad in store.quads_for_pattern(thing, None, None):
            if not _leads_on(quad.object, things, f"{iris.base}/id/"):
                triples.add(quad.triple)
    return triples


def _things(store: ReadableGraph) -> Iterator[NamedNode]:
    for kind in _KINDS:
        for quad in store.quads_for_pattern(None, NamedNode(RDF["type"]), NamedNode(kind)):
            if isinstance(quad.subject, NamedNode):
                yield quad.subject


def _leads_on(value: object, things: Collection[NamedNode], space: str) -> bool:
    """Return whether a value is a node that is left out: a part, such as a contact or a budget."""
    if isinstance(value, BlankNode):
        return True
    return isinstance(value, NamedNode) and value.value.startswith(space) and value not in things


def _published() -> Iterator[Triple]:
    """Yield the shapes of the minimum profile, the ontology and the concept schemes."""
    for source in (*profile_files(PROFILES[0]), *ontology_files(), *scheme_files()):
        text = source.read_bytes()
        # Blank nodes of two files may have one label.
        for quad in parse(text, format=RdfFormat.TURTLE, rename_blank_nodes=True):
            yield quad.triple
