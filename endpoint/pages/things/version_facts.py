"""What the figures of a page read of its version beside the document of its thing."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from threading import Lock
from typing import Final

from cachetools import LRUCache, cached
from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.figures.figure_data import Degrees
from urbansdg.endpoint.figures.point_map import is_on_earth
from urbansdg.endpoint.linked_data.document import NameCache
from urbansdg.ontology import graph_precedence
from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.store import ReadableGraph, find_quads, statements

_LATITUDE: Final = NamedNode(f"{PREFIXES['geo']}lat")
_LONGITUDE: Final = NamedNode(f"{PREFIXES['geo']}long")
_COUNTRY: Final = NamedNode(str(USDG.country))
_OF_CITIES: Final = (NamedNode(str(USDG.leadCity)), NamedNode(str(USDG.partnerCity)))
_MOST: Final = 100_000


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """A version by its mark, open for reading, with the names of its things."""

    mark: str
    store: ReadableGraph
    names: NameCache

    def positions(self) -> Mapping[str, Degrees]:
        """Return the longitude and the latitude of all places with coordinates, by IRI."""
        return _positions(self.mark, self.store)

    def cities_near(self, here: Degrees, most_degrees: float, most: int) -> list[str]:
        """Return the cities within so many degrees of a place, the nearest first."""
        cities = _cities(self.mark, self.store)
        first = bisect_left(cities, (here[1] - most_degrees,))
        last = bisect_right(cities, (here[1] + most_degrees, math.inf))
        steepest = min(abs(here[1]) + most_degrees, 89.0)
        width = most_degrees / math.cos(math.radians(steepest))
        near = []
        for latitude, longitude, iri in cities[first:last]:
            east = abs(longitude - here[0])
            if min(east, 360 - east) <= width:
                distance = degrees_between(here, (longitude, latitude))
                if distance <= most_degrees:
                    near.append((distance, iri))
        return [iri for _, iri in nsmallest(most, near)]

    def countries(self) -> Mapping[str, str]:
        """Return the country of each city, by IRI."""
        return _countries(self.mark, self.store)

    def policy_counts(self) -> Mapping[str, int]:
        """Return the number of policies that each city leads or takes part in, by IRI."""
        return _policy_counts(self.mark, self.store)

    def names_of(self, things: Iterable[str]) -> dict[str, list[Literal]]:
        """Return the names of things, by IRI."""
        iris = tuple(dict.fromkeys(things))
        named = self.names.preferred(tuple(map(NamedNode, iris)))
        return dict(zip(iris, named, strict=True))

    def values(self, things: Iterable[str], *names: str) -> dict[str, dict[str, list[str]]]:
        """Return the values of some properties of things as text, of all properties without one."""
        values: dict[str, dict[str, list[str]]] = {}
        subjects = [NamedNode(iri) for iri in dict.fromkeys(things)]
        for quad in statements(self.store, subjects, tuple(map(NamedNode, names))):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
                of_thing = values.setdefault(quad.subject.value, {})
                texts = of_thing.setdefault(quad.predicate.value, [])
                if quad.object.value not in texts:
                    texts.append(quad.object.value)
        return values


@cached(LRUCache[str, Mapping[str, str]](2), key=lambda mark, _: mark, lock=Lock())
def _countries(_mark: str, store: ReadableGraph) -> Mapping[str, str]:
    """Return the country of each city, read once per version."""
    return {
        quad.subject.value: quad.object.value
        for quad in find_quads(store, (None, _COUNTRY, None), _MOST)
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode)
    }


@cached(LRUCache[str, Mapping[str, int]](2), key=lambda mark, _: mark, lock=Lock())
def _policy_counts(_mark: str, store: ReadableGraph) -> Mapping[str, int]:
    """Return the number of policies of each city, read once per version."""
    pairs = {
        (quad.subject, quad.object.value)
        for predicate in _OF_CITIES
        for quad in find_quads(store, (None, predicate, None), _MOST)
        if isinstance(quad.object, NamedNode)
    }
    return Counter(city for _, city in pairs)


def degrees_between(one: Degrees, other: Degrees) -> float:
    """Return the angle between two places, by the haversine formula."""
    (x1, y1), (x2, y2) = (tuple(map(math.radians, place)) for place in (one, other))
    part = math.sin((y2 - y1) / 2) ** 2
    part += math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return math.degrees(2 * math.asin(min(1.0, math.sqrt(part))))


@cached(LRUCache[str, list[tuple[float, float, str]]](2), key=lambda mark, _: mark, lock=Lock())
def _cities(mark: str, store: ReadableGraph) -> list[tuple[float, float, str]]:
    """Return the latitude, the longitude and the IRI of each city, from south to north."""
    return sorted(
        (latitude, longitude, iri)
        for iri, (longitude, latitude) in _positions(mark, store).items()
        if "/city/" in iri
    )


@cached(LRUCache[str, Mapping[str, Degrees]](2), key=lambda mark, _: mark, lock=Lock())
def _positions(_mark: str, store: ReadableGraph) -> Mapping[str, Degrees]:
    """Return all positions, read once per version; those of the preferred source of each place."""
    axes: list[dict[str, tuple[int, float]]] = []
    for axis in (_LONGITUDE, _LATITUDE):
        by_place: dict[str, tuple[int, float]] = {}
        for quad in find_quads(store, (None, axis, None), _MOST):
            graph, value = quad.graph_name, quad.object
            if not isinstance(quad.subject, NamedNode) or not isinstance(value, Literal):
                continue
            order = graph_precedence.precedence(graph.value) if isinstance(graph, NamedNode) else 0
            try:
                candidate = (order, float(value.value))
            except ValueError:
                continue
            iri = quad.subject.value
            by_place[iri] = min(candidate, by_place.get(iri, candidate))
        axes.append(by_place)
    longitudes, latitudes = axes
    return {
        iri: (longitude, latitudes[iri][1])
        for iri, (_, longitude) in longitudes.items()
        if iri in latitudes and is_on_earth(longitude, latitudes[iri][1])
    }
