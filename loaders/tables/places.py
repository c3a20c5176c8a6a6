"""Tables of places: areas, countries, regions and cities."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final

import pyoxigraph as ox

from urbansdg.loaders.parse.cell_values import (
    LanguageText,
    TermConverter,
    Terms,
    boxes,
    decimal,
    head_count,
    iri_converter,
    language_tagged,
    link,
    plain,
    wkt,
    year,
)
from urbansdg.loaders.parse.facts import Cell, ReadResult, Record
from urbansdg.loaders.tables.country_names import country_code, similar_countries
from urbansdg.loaders.tables.csv_table import header
from urbansdg.loaders.tables.field_mapping import (
    Field,
    column_facts,
    node,
    record_fact,
    type_facts,
)
from urbansdg.loaders.tables.measures import WHOLE, breakdown_columns, is_wider
from urbansdg.loaders.tables.parts import CHECKED, KEY, Part
from urbansdg.ontology.iris import Iris, concept, geonames, is_fictitious, part, un_area, wikidata

LANGUAGES = ("en", "fr", "es", "ru", "zh", "ar", "ko")
AREAS = header("m49 within en fr es ru zh ar", "m49 en")
EXTENTS = header("country extent", "country extent")
CITIES = header(
    "key geonames wikidata country region unlocode latitude longitude homepage"
    " en fr es ru zh ar ko other alternative",
    "key country en",
)
POPULATIONS = header(
    "city year population area_kind boundary_year source checked", "city year population source"
)
CITY_AREAS = header(
    "key city latitude longitude en fr es ru zh ar ko other source checked", "key city"
)
REGIONS = header("code country en fr es ru zh ar ko", "code country en")
SUBDIVISION = r"[A-Z]{2}-[A-Z0-9]{1,3}"
_ALPHA3 = r"[A-Z]{3}"
_DIGITS = r"[0-9]{1,3}"
_POPULATION = Part("population", "usdg:population", "qb:Observation")
_PEOPLE = ("indicator", "population")
_LABELS = tuple(Field(language, "skos:prefLabel", LanguageText(language)) for language in LANGUAGES)
_LINKS = (
    Field("geonames", "schema:sameAs", iri_converter(geonames, r"[1-9][0-9]*")),
    Field("wikidata", "schema:sameAs", iri_converter(wikidata, r"Q[1-9][0-9]*")),
)


def country_converter(iris: Iris) -> TermConverter:
    """Return a converter from the codes and names of countries to their IRIs."""

    def convert(cell: Cell) -> Terms:
        for item in cell.parts():
            code = item.text if re.fullmatch(_ALPHA3, item.text) else country_code(item.text)
            if code is not None:
                yield ox.NamedNode(iris.country(code))
                continue
            similar = ", ".join(similar_countries(item.text))
            hint = f" Similar: {similar}." if similar else ""
            yield item.problem(
                "bad-key",
                f"Unknown country: {item.text!r}.",
                f"Write its name or its ISO 3166-1 code, for example KOR.{hint}",
            )

    return convert


def _m49(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("m49", "usdg:m49", plain),
        Field("m49", "skos:exactMatch", iri_converter(un_area, _DIGITS)),
        Field("within", "usdg:withinArea", iri_converter(iris.area, _DIGITS)),
    )


@cache
def _area_columns(iris: Iris) -> tuple[Field, ...]:
    return (*_LABELS, *_m49(iris))


def area(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an area of the UN M49 standard."""
    iri = iris.area(record.text("m49"))
    yield from type_facts(record, iri, "usdg:StatisticalArea")
    yield from column_facts(record, iri, _area_columns(iris))


@cache
def _country_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        *_LABELS,
        Field("alpha2", "usdg:isoAlpha2", plain),
        Field("alpha3", "usdg:isoAlpha3", plain),
        *_LINKS,
        *_m49(iris),
    )


def country(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a country."""
    iri = iris.country(record.text("alpha3"))
    yield from type_facts(record, iri, "usdg:Country")
    yield from column_facts(record, iri, _country_columns(iris))


_EXTENT_COLUMNS: Final = (Field("extent", "gsp:asWKT", boxes),)


def extent(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the bounding boxes of a country (GeoSPARQL 1.1, 8.5.1)."""
    iri = iris.country(record.text("country"))
    geometry = part(iri, "extent")
    yield record_fact(record, iri, "gsp:hasBoundingBox", ox.NamedNode(geometry))
    yield from type_facts(record, geometry, "gsp:Geometry")
    yield from column_facts(record, geometry, _EXTENT_COLUMNS)


def country_links(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield only the links of a country to other registers."""
    yield from column_facts(record, iris.country(record.text("alpha3")), _LINKS)


@cache
def _region_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        *_LABELS,
        Field("code", "usdg:isoSubdivision", plain),
        Field("country", "usdg:country", country_converter(iris)),
    )


def region(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a first-level subdivision of a country."""
    iri = iris.region(record.text("code"))
    yield from type_facts(record, iri, "usdg:Region")
    yield from column_facts(record, iri, _region_columns(iris))


@cache
def _city_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        *_LABELS,
        *_LINKS,
        Field("country", "usdg:country", country_converter(iris)),
        Field("region", "usdg:region", iri_converter(iris.region, SUBDIVISION)),
        Field("unlocode", "usdg:unLocode", plain),
        Field("latitude", "geo:lat", decimal),
        Field("longitude", "geo:long", decimal),
        Field("homepage", "foaf:homepage", link),
        Field("other", "skos:prefLabel", language_tagged),
        Field("alternative", "skos:altLabel", language_tagged),
    )


def city(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a city."""
    iri = iris.city(record.text("key"))
    yield from type_facts(record, iri, "usdg:City")
    yield from column_facts(record, iri, _city_columns(iris))
    yield from _geometry(record, iri)


def _geometry(record: Record, iri: str) -> Iterator[ReadResult]:
    """Yield the position of a city (GeoSPARQL 1.1, 8.5): in WKT, longitude comes first.

    The point is its only geometry and its centroid, so that one node serves both properties.
    """
    if "latitude" not in record.cells or "longitude" not in record.cells:
        return
    geometry = part(iri, "geometry")
    point = f"POINT({record.text('longitude')} {record.text('latitude')})"
    for predicate in ("gsp:hasGeometry", "gsp:hasCentroid"):
        yield record_fact(record, iri, predicate, ox.NamedNode(geometry))
    yield from type_facts(record, geometry, "gsp:Geometry")
    yield record_fact(record, geometry, "gsp:asWKT", wkt(point))


@cache
def _city_area_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        *_LABELS,
        Field("other", "skos:prefLabel", language_tagged),
        Field("city", "usdg:areaOf", iri_converter(iris.city, KEY)),
        Field("latitude", "geo:lat", decimal),
        Field("longitude", "geo:long", decimal),
        Field("source", "dcterms:source", link),
        CHECKED,
    )


def city_area(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a part of a city."""
    iri = iris.city_area(record.text("key"))
    yield from type_facts(record, iri, "usdg:CityArea")
    yield from column_facts(record, iri, _city_area_columns(iris))
    yield from _geometry(record, iri)


@cache
def _population_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("city", "sdmx-dimension:refArea", iri_converter(iris.city, KEY)),
        Field("year", "sdmx-dimension:refPeriod", year),
        Field("population", "sdmx-measure:obsValue", head_count),
        *breakdown_columns(),
        Field("source", "dcterms:source", link),
        CHECKED,
    )


def population(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the observation of a city's population in a year, and its data set.

    The populations of an installation are one data set, so that a city has one value for a year and
    a kind of area (RDF Data Cube, IC-12). Those of a register of the world are another one, whose
    key is the cell `dataset`.
    """
    city_iri, area = iris.city(record.text("city")), record.text("area_kind")
    key = f"{record.text('year')}-{area}" if is_wider(area) else record.text("year")
    own = record.text("dataset")
    key = f"{own}-{key}" if own else key
    iri = yield from _POPULATION.of(record, city_iri, key)
    complete = replace(record, cells={**WHOLE, **record.cells})
    yield from column_facts(complete, iri, _population_columns(iris))
    bundled = "example-population" if is_fictitious(city_iri) else "population"
    populations = iris.dataset(own or bundled)
    yield record_fact(record, iri, "qb:dataSet", ox.NamedNode(populations))
    yield record_fact(record, iri, "usdg:indicator", ox.NamedNode(concept(*_PEOPLE)))
    people = ox.Literal("people", language="en")
    yield record_fact(record, iri, "sdmx-attribute:unitMeasure", people)
    yield record_fact(record, iri, "usdg:unitCode", ox.Literal("PS"))
    yield from type_facts(record, populations, "qb:DataSet")
    yield record_fact(record, populations, "qb:structure", node("usdg:indicatorStructure"))
    title = ox.Literal("Populations of cities", language="en")
    yield record_fact(record, populations, "dcterms:title", title)
