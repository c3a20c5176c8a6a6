"""The places of a graph beside its cities: countries, regions, M49 areas and parts of cities."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final, cast

import pyoxigraph as ox

from urbansdg.loaders.parse.facts import Record
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.tables.country_names import COUNTRIES
from urbansdg.loaders.tables.csv_table import bundled_records
from urbansdg.loaders.tables.places import AREAS, CITY_AREAS, LANGUAGES, REGIONS
from urbansdg.ontology.iris import Iris
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset

_M49_DIGITS: Final = 3
_QUERY: Final = """
SELECT ?place ?type ?name ?code ?m49 ?city WHERE {
  VALUES ?type { usdg:Country usdg:Region usdg:StatisticalArea usdg:CityArea }
  ?place a ?type .
  { ?place skos:prefLabel|skos:altLabel ?name }
  UNION { ?place usdg:isoAlpha3|usdg:isoSubdivision ?code }
  UNION { ?place usdg:m49 ?m49 }
  UNION { ?place usdg:areaOf ?city }
}"""


class AreaKind(StrEnum):
    """The kinds of areas that a statistical value can be about."""

    CITY = "city"
    COUNTRY = "country"
    REGION = "region"
    STATISTICAL_AREA = "statistical-area"
    CITY_AREA = "city-area"


_KINDS: Final[Mapping[str, AreaKind]] = {
    f"{PREFIXES['usdg']}{name}": kind
    for name, kind in (
        ("Country", AreaKind.COUNTRY),
        ("Region", AreaKind.REGION),
        ("StatisticalArea", AreaKind.STATISTICAL_AREA),
        ("CityArea", AreaKind.CITY_AREA),
    )
}


@dataclass(frozen=True, slots=True)
class GraphPlace:
    """A place of the graph that is not a city.

    `code` is an alpha-3, ISO 3166-2 or M49 code, or the key of a city area; `names` are comparison
    keys; `city` is the key of a city area's city.
    """

    kind: AreaKind
    code: str
    names: frozenset[str]
    m49: str = ""
    city: str = ""


@dataclass(slots=True)
class GraphPlaces:
    """The places of a graph beside its cities, by code and by name."""

    places: tuple[GraphPlace, ...]
    by_code: dict[tuple[AreaKind, str], GraphPlace] = field(init=False)
    by_m49: dict[str, GraphPlace] = field(init=False)
    by_name: dict[str, list[GraphPlace]] = field(init=False)

    def __post_init__(self) -> None:
        """Index the places."""
        self.by_code = {(place.kind, place.code): place for place in self.places}
        self.by_m49 = {place.m49: place for place in self.places if place.m49}
        self.by_name = defaultdict(list)
        for place in self.places:
            for name in place.names:
                self.by_name[name].append(place)

    def named(self, text: str, *kinds: AreaKind) -> list[GraphPlace]:
        """Return the places of some kinds with a name."""
        return [
            place for place in self.by_name.get(comparison_key(text), ()) if place.kind in kinds
        ]


def places_of_store(store: RdfDataset, iris: Iris) -> GraphPlaces:
    """Return the places in a version of the graph."""
    prologue = "\n".join(f"PREFIX {prefix}: <{iri}>" for prefix, iri in PREFIXES.items())
    facts: dict[tuple[str, AreaKind], dict[str, set[str]]] = {}
    rows = store.query(prologue + _QUERY, use_default_graph_as_union=True)
    for row in cast("ox.QuerySolutions", rows):
        known = facts.setdefault((row["place"].value, _KINDS[row["type"].value]), {})
        for name in ("name", "code", "m49", "city"):
            if row[name] is not None:
                known.setdefault(name, set()).add(row[name].value)
    return GraphPlaces(tuple(_places(facts, iris)))


def _places(
    facts: Mapping[tuple[str, AreaKind], Mapping[str, set[str]]], iris: Iris
) -> Iterator[GraphPlace]:
    cities = iris.city("")
    prefixes = {kind: iri_of(kind, "", iris) for kind in AreaKind}
    for (iri, kind), known in facts.items():
        m49 = min(known.get("m49", {""}))
        code = min(known.get("code", {m49}))
        city = min(known.get("city", {""})).removeprefix(cities)
        if kind is AreaKind.CITY_AREA:
            code = iri.removeprefix(iris.city_area(""))
        if code and (iri == prefixes[kind] + code or iri == iri_of(kind, code, iris)):
            names = frozenset(map(comparison_key, known.get("name", ())))
            yield GraphPlace(kind, code, names, m49.zfill(_M49_DIGITS) if m49 else "", city)


def iri_of(kind: AreaKind, code: str, iris: Iris) -> str:
    """Return the IRI of a place by its kind and its code or key."""
    ways = {
        AreaKind.CITY: iris.city,
        AreaKind.COUNTRY: iris.country,
        AreaKind.REGION: iris.region,
        AreaKind.STATISTICAL_AREA: iris.area,
        AreaKind.CITY_AREA: iris.city_area,
    }
    return ways[kind](code)


@cache
def bundled_places() -> GraphPlaces:
    """Return the places of the bundled data."""
    return GraphPlaces(tuple(_bundled()))


def _bundled() -> Iterator[GraphPlace]:
    for row in bundled_records("countries.csv", COUNTRIES):
        yield GraphPlace(AreaKind.COUNTRY, row.text("alpha3"), _names(row), row.text("m49"))
    for row in bundled_records("regions.csv", REGIONS):
        yield GraphPlace(AreaKind.REGION, row.text("code"), _names(row))
    for row in bundled_records("areas.csv", AREAS):
        yield GraphPlace(AreaKind.STATISTICAL_AREA, row.text("m49"), _names(row), row.text("m49"))
    for row in bundled_records("city_areas.csv", CITY_AREAS):
        yield GraphPlace(AreaKind.CITY_AREA, row.text("key"), _names(row), city=row.text("city"))


def _names(row: Record) -> frozenset[str]:
    return frozenset(comparison_key(row.text(language)) for language in LANGUAGES) - {""}
