"""The published order of graphs: whose fact pages and search prefer, of several sources of one.

The order changes no graph: each keeps the facts of its own source, and a query finds all of them.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from urbansdg.ontology.namespaces import PREFIXES

ORDER: Final[tuple[tuple[str, ...], ...]] = (
    ("un-sdg-kos",),
    (),
    ("ontology", "sdg", "countries", "cities", "policies", "example"),
    ("wikidata",),
    ("country-codes", "unlocode-links", "natural-earth"),
)
"""The graphs by name, first those that are preferred.

The UN's vocabulary; then every graph that the order does not name, such as a city's own; then the
bundled data; then Wikidata; then gazetteers and links of the whole world.
"""

OTHERS: Final = next(place for place, names in enumerate(ORDER, 1) if not names)
"""The place of the graphs that the order does not name."""

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

POSITIONS: Final = tuple(
    NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (
        ("geo", "lat"),
        ("geo", "long"),
        ("gsp", "hasGeometry"),
        ("gsp", "hasCentroid"),
        ("gsp", "asWKT"),
    )
)
"""The properties that say where a thing is, of which readers prefer one source."""

_PLACES: Final = {name: place for place, names in enumerate(ORDER, 1) for name in names}


@lru_cache(maxsize=4096)
def precedence(graph: str) -> int:
    """Return the place of a graph, given by its IRI, in the order: 1 is the first."""
    return _PLACES.get(graph.rpartition("/graph/")[2], OTHERS)


def outranked(quads: Iterable[Quad]) -> frozenset[Triple]:
    """Return the triples of which a preferred graph has another value, in the same language.

    All quads must be of properties of which one source is to be preferred.
    """
    groups: dict[tuple[object, ...], dict[Triple, int]] = defaultdict(dict)
    for quad in quads:
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
