"""The facets: by which properties a thing has a value, and the codes of the values.

`SPARQL_PATHS` says the same in SPARQL, so that a query has exactly the results of a filter.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import pyoxigraph as ox

from urbansdg.ontology.kinds_of_things import CITY, COUNTRY
from urbansdg.ontology.namespaces import PREFIXES, RDF, SDG, SDGO, USDG, VOCAB

_OF_CITIES: Final = "(usdg:leadCity|usdg:partnerCity)"
SPARQL_PATHS: Final = {
    "goal": "usdg:addressesGoal",
    "target": "usdg:addressesTarget",
    "theme": "usdg:theme",
    "status": "usdg:status",
    "type": "usdg:policyType",
    "instrument": "usdg:instrument",
    "city": _OF_CITIES,
    "country": f"{_OF_CITIES}?/usdg:country",
    "region": f"({_OF_CITIES}?/usdg:country)?/usdg:withinArea+",
}
"""The property paths from a thing to the values of a facet: of policies, cities and countries."""

PARTS: Final = {
    "budget": USDG.budget,
    "outcome": USDG.outcome,
    "contact": USDG.contact,
    "media": USDG.media,
}
"""The values of the facet `has`, each with the property that a thing has it by."""

_DIRECT: Final = {
    "goal": USDG.addressesGoal,
    "target": USDG.addressesTarget,
    "theme": USDG.theme,
    "status": USDG.status,
    "type": USDG.policyType,
    "instrument": USDG.instrument,
}
SPACES: Final = {
    "goal": str(SDG),
    "target": str(SDG),
    "theme": f"{VOCAB}theme#",
    "status": f"{VOCAB}status#",
    "type": f"{VOCAB}policy-type#",
    "instrument": f"{VOCAB}instrument#",
}
"""The spaces of the IRIs whose last part is the code of a value; others are codes as a whole."""

PLACES: Final = {"city": CITY.name, "country": COUNTRY.name, "region": "area"}
"""The facets whose values are places of the installation, each with its name in their IRIs."""

_SKOS_CONCEPT: Final = f"{PREFIXES['skos']}Concept"
THEMES: Final = f"{VOCAB}theme"
KIND_CLASSES: Final = {
    "policy": str(USDG.Policy),
    "city": str(USDG.City),
    "goal": str(SDGO.Goal),
    "target": str(SDGO.Target),
    "indicator": str(SDGO.Indicator),
    "theme": _SKOS_CONCEPT,
    "country": str(USDG.Country),
    "network": str(USDG.CityNetwork),
    "organisation": f"{PREFIXES['org']}Organization",
    "city-indicator": str(USDG.CityIndicator),
    "region": str(USDG.Region),
    "area": str(USDG.StatisticalArea),
    "city-area": str(USDG.CityArea),
    "offer": str(USDG.CooperationOffer),
    "request": str(USDG.CooperationRequest),
    "dataset": f"{PREFIXES['qb']}DataSet",
}
"""The class of each kind, by the code of the kind; a thing has every kind that it is of.

The first one is the kind by which a thing is presented. A concept is a theme only in the scheme of
themes. `concept`, `term` (of the vocabulary) and `other` are of those that have no other kind.
"""

_TERMS_OF_OWL: Final = (
    *("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty", "Ontology"),
    *("NamedIndividual",),
)
TERM_CLASSES: Final = (
    *(f"{PREFIXES['owl']}{name}" for name in _TERMS_OF_OWL),
    *(f"{PREFIXES['skos']}ConceptScheme", f"{PREFIXES['rdf']}Property"),
)
"""The classes of what is a `term`."""

_LONGEST_SPAN: Final = 500
"""Years: a longer period has the decades of its ends only."""

_WITHIN: Final = ox.NamedNode(str(USDG.withinArea))
_COUNTRY: Final = ox.NamedNode(str(USDG.country))
_CITIES: Final = (ox.NamedNode(str(USDG.leadCity)), ox.NamedNode(str(USDG.partnerCity)))
_DEEPEST_AREA: Final = 20
TYPE: Final = ox.NamedNode(str(RDF.type))

Values = Callable[
    [ox.NamedNode, ox.NamedNode], Sequence[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]
]
"""Returns the values of a property of a thing, whichever graph states them."""


@dataclass(frozen=True, slots=True)
class FacetCodes:
    """Writes the values of facets as codes, for the installation of a base URI."""

    base: str

    def code(self, facet: str, iri: str) -> str:
        """Return the code of a value: the last part of its IRI, or the IRI in another space."""
        space = SPACES.get(facet) or f"{self.base}/id/{PLACES[facet]}/"
        key = iri.removeprefix(space)
        return unquote(key) if key and key != iri and "/" not in key and "#" not in key else iri


def kinds_of(classes: Iterable[str], schemes: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of a thing of some classes, in some concept schemes; the main one first."""
    known = set(classes)
    is_theme = THEMES in set(schemes)
    kinds = [
        kind for kind, iri in KIND_CLASSES.items() if iri in known and (kind != "theme" or is_theme)
    ]
    if kinds:
        return tuple(kinds)
    if not known.isdisjoint(TERM_CLASSES):
        return ("term",)
    return ("concept",) if _SKOS_CONCEPT in known else ("other",)


def facets_of(thing: ox.NamedNode, values: Values, codes: FacetCodes) -> Iterator[tuple[str, str]]:
    """Yield the facets of a thing with its codes, except kind and language."""
    for facet, predicate in _DIRECT.items():
        for iri in _iris(values(thing, ox.NamedNode(predicate))):
            yield facet, codes.code(facet, iri.value)
    cities = [city for predicate in _CITIES for city in _iris(values(thing, predicate))]
    countries = [
        country for place in (thing, *cities) for country in _iris(values(place, _COUNTRY))
    ]
    areas = _areas((thing, *countries), values)
    for facet, places in (("city", cities), ("country", countries), ("region", areas)):
        yield from ((facet, codes.code(facet, place.value)) for place in places)
    for part, predicate in PARTS.items():
        if values(thing, ox.NamedNode(predicate)):
            yield "has", part
    for decade in _decades(thing, values):
        yield "period", decade


def _iris(terms: Iterable[object]) -> list[ox.NamedNode]:
    return [term for term in terms if isinstance(term, ox.NamedNode)]


def _areas(places: Iterable[ox.NamedNode], values: Values) -> Iterable[ox.NamedNode]:
    """Return every area around some places."""
    areas, inner = set[ox.NamedNode](), list(places)
    for _ in range(_DEEPEST_AREA):
        outer = {area for place in inner for area in _iris(values(place, _WITHIN))} - areas
        if not outer:
            break
        areas |= outer
        inner = list(outer)
    return areas


_PERIOD: Final = ox.NamedNode(str(USDG.implementationPeriod))
_START: Final = ox.NamedNode(str(USDG.startYear))
_END: Final = ox.NamedNode(str(USDG.endYear))


def _decades(thing: ox.NamedNode, values: Values) -> set[str]:
    """Return the decades in which a policy is implemented: from the start to the end, if known."""
    decades = set[str]()
    for period in values(thing, _PERIOD):
        if isinstance(period, ox.NamedNode):
            starts, ends = _years(values(period, _START)), _years(values(period, _END))
            for start in starts:
                for end in ends or (start,):
                    decades.update(_between(start, end))
    return decades


def _years(terms: Iterable[object]) -> list[int]:
    texts = (term.value for term in terms if isinstance(term, ox.Literal))
    return [int(text) for text in texts if len(text) <= len("2030") and text.isdecimal()]


def _between(start: int, end: int) -> Iterator[str]:
    if end - start > _LONGEST_SPAN:
        yield from (f"{year // 10 * 10}s" for year in (start, end))
    else:
        yield from (f"{year}s" for year in range(start // 10 * 10, end + 1, 10))
