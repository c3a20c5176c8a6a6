"""Which of several sources of a fact a page shows, by the published order of graphs.

A page shows one name in a language and one position; the RDF of a thing has those of all sources.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from urbansdg.ontology.graph_precedence import precedence
from urbansdg.ontology.namespaces import PREFIXES

NAMING: Final = tuple(
    NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (
        ("skos", "prefLabel"),
        ("dcterms", "title"),
        ("rdfs", "label"),
        ("foaf", "name"),
        ("usdg", "shortName"),
    )
)
"""The properties that name a thing; the first one that has a name in a language is preferred."""

_SINGLE: Final = frozenset(
    NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (
        ("geo", "lat"),
        ("geo", "long"),
        ("gsp", "hasGeometry"),
        ("gsp", "hasCentroid"),
        ("gsp", "asWKT"),
    )
)
"""The properties of which a page shows the values of one source only."""


def outranked(quads: Iterable[Quad]) -> frozenset[Triple]:
    """Return the triples of which a preferred source has another name or position."""
    groups: dict[tuple[object, ...], dict[Triple, int]] = defaultdict(dict)
    for quad in quads:
        if quad.predicate in NAMING or quad.predicate in _SINGLE:
            language = quad.object.language if isinstance(quad.object, Literal) else None
            graph = quad.graph_name
            place = precedence(graph.value) if isinstance(graph, NamedNode) else 0
            places = groups[quad.subject, quad.predicate, language]
            places[quad.triple] = min(place, places.get(quad.triple, place))
    return frozenset(
        triple
        for places in groups.values()
        if len(places) > 1
        for triple, place in places.items()
        if place > min(places.values())
    )


def preferred_names(triples: Iterable[Triple]) -> list[Literal]:
    """Return the names of a thing: in each language, those by the first naming property."""
    by_property: dict[NamedNode, list[Literal]] = {naming: [] for naming in NAMING}
    for triple in triples:
        if triple.predicate in by_property and isinstance(triple.object, Literal):
            by_property[triple.predicate].append(triple.object)
    names: list[Literal] = []
    languages = set[str | None]()
    for literals in by_property.values():
        names += (literal for literal in literals if literal.language not in languages)
        languages |= {literal.language for literal in literals}
    return names
