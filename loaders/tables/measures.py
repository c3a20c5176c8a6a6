"""Tables of measurements: city indicators, data sets, and observations of the RDF Data Cube."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from hashlib import sha256
from typing import Final

import pyoxigraph as ox

from urbansdg.loaders.cells.sdg_codes import GOAL, TARGET
from urbansdg.loaders.parse.cell_values import (
    TermConverter,
    decimal,
    iri_converter,
    link,
    plain,
    prose,
    year,
)
from urbansdg.loaders.parse.facts import ReadResult, Record
from urbansdg.loaders.parse.statistics.observation_attributes import status_iri
from urbansdg.loaders.parse.statistics.reference_periods import reference_period
from urbansdg.loaders.tables.csv_table import header
from urbansdg.loaders.tables.field_mapping import (
    Field,
    column_facts,
    node,
    record_fact,
    term,
    type_facts,
)
from urbansdg.loaders.tables.parts import CHECKED, INDICATOR, KEY, concepts
from urbansdg.ontology.iris import Iris, part, sdg, sex, slug

INDICATORS = header("key name unit matches", "key name unit")
DATASETS = header("key title source licence dimensions", "key title")
OBSERVATIONS = header(
    "dataset city indicator year value unit unit_code area_kind boundary_year sex age urbanisation"
    " income education occupation disability activity product composite custom status"
    " nature reporting_type method source checked",
    "dataset city indicator year value unit",
)
WHOLE: Final = {"area_kind": "unspecified", "sex": "_T", "age": "_T", "urbanisation": "_T"}
"""The values of the dimensions of a place as a whole (RDF Data Cube, IC-11: none is missing)."""
_FURTHER: Final = {
    "income": ("usdg:incomeQuantile", "usdg:incomeQuantileComponent"),
    "education": ("sdmx-dimension:educationLev", "usdg:educationComponent"),
    "occupation": ("sdmx-dimension:occupation", "usdg:occupationComponent"),
    "disability": ("usdg:disabilityStatus", "usdg:disabilityStatusComponent"),
    "activity": ("usdg:economicActivity", "usdg:economicActivityComponent"),
    "product": ("usdg:product", "usdg:productComponent"),
    "composite": ("usdg:compositeBreakdown", "usdg:compositeBreakdownComponent"),
    "custom": ("usdg:customBreakdown", "usdg:customBreakdownComponent"),
}
"""The properties and components of the dimensions that only some data sets have."""
_COMMON: Final = (
    *("usdg:cityComponent", "usdg:indicatorComponent", "usdg:yearComponent"),
    *("usdg:areaKindComponent", "usdg:sexComponent", "usdg:ageComponent"),
    *("usdg:urbanisationComponent", "usdg:valueComponent", "usdg:unitComponent"),
    *("usdg:unitCodeComponent", "usdg:boundaryYearComponent", "usdg:natureComponent"),
    *("usdg:reportingTypeComponent", "usdg:statusComponent", "usdg:methodComponent"),
    "usdg:sourceComponent",
)
"""The components of `usdg:indicatorStructure`."""
FURTHER_DIMENSIONS: Final = tuple(_FURTHER)
_SIGNS: Final = re.compile("[<>\u2264\u2265=+\u00b1\u20ac$\u00a3\u00a5\u20a9\u2030]")
_HASH: Final = 8
_CITY_ITSELF: Final = ("municipality", "unspecified")
_MATCHES: Final = iri_converter(sdg, f"{INDICATOR}|{TARGET}|{GOAL}")


def indicators(iris: Iris) -> TermConverter:
    """Return a converter to an indicator or series of the UN, or of a city, by its key."""

    def mint(key: str) -> str:
        return sdg(key) if re.fullmatch(INDICATOR, key) else iris.indicator(key)

    return iri_converter(mint, f"{INDICATOR}|{KEY}")


_INDICATOR_COLUMNS: Final = (
    Field("name", "skos:prefLabel", prose),
    Field("unit", "usdg:unit", prose),
    Field("matches", "skos:broadMatch", _MATCHES),
)


def indicator(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a city's own indicator."""
    iri = iris.indicator(record.text("key"))
    yield from type_facts(record, iri, "usdg:CityIndicator")
    yield from column_facts(record, iri, _INDICATOR_COLUMNS)


_DATASET_COLUMNS: Final = (
    Field("title", "dcterms:title", prose),
    Field("source", "dcterms:source", link),
    Field("licence", "dcterms:license", link),
)


_STRUCTURE_COLUMNS: Final = (
    Field(
        "dimensions",
        "qb:component",
        iri_converter(lambda name: term(_FURTHER[name][1]), "|".join(_FURTHER)),
    ),
)


def dataset(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a data set of observations.

    With further `dimensions`, the data set has a structure of its own: each of its observations
    has a value of each of them (RDF Data Cube, IC-11).
    """
    iri = iris.dataset(record.text("key"))
    yield from type_facts(record, iri, "qb:DataSet")
    dimensions = record.cell("dimensions")
    if dimensions is None:
        yield record_fact(record, iri, "qb:structure", node("usdg:indicatorStructure"))
    else:
        structure = part(iri, "structure")
        yield record_fact(record, iri, "qb:structure", ox.NamedNode(structure))
        yield from type_facts(record, structure, "qb:DataStructureDefinition")
        for component in _COMMON:
            yield record_fact(record, structure, "qb:component", node(component))
        components = Record(record.place, {"dimensions": dimensions.text}, record.headings)
        yield from column_facts(components, structure, _STRUCTURE_COLUMNS)
    yield from column_facts(record, iri, _DATASET_COLUMNS)


@cache
def breakdown_columns() -> tuple[Field, ...]:
    """Return the columns of the dimensions beside place, indicator and year."""
    return (
        Field("area_kind", "usdg:areaKind", concepts("area-kind")),
        Field("boundary_year", "usdg:boundaryYear", year),
        Field("sex", "sdmx-dimension:sex", iri_converter(sex, "_T|[TFMUN]")),
        Field("age", "sdmx-dimension:age", plain),
        Field("urbanisation", "usdg:urbanisation", plain),
    )


@cache
def _observation_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("dataset", "qb:dataSet", iri_converter(iris.dataset, KEY)),
        Field("city", "sdmx-dimension:refArea", iri_converter(iris.city, KEY)),
        Field("area", "sdmx-dimension:refArea", iri_converter(str)),
        Field("indicator", "usdg:indicator", indicators(iris)),
        Field("year", "sdmx-dimension:refPeriod", reference_period),
        Field("value", "sdmx-measure:obsValue", decimal),
        Field("unit", "sdmx-attribute:unitMeasure", prose),
        Field("unit_code", "usdg:unitCode", plain),
        *breakdown_columns(),
        *(Field(name, dimension, plain) for name, (dimension, _) in _FURTHER.items()),
        Field("status", "sdmx-attribute:obsStatus", iri_converter(status_iri)),
        Field("nature", "usdg:nature", plain),
        Field("reporting_type", "usdg:reportingType", plain),
        Field("method", "usdg:method", prose),
        Field("source", "dcterms:source", link),
        CHECKED,
    )


def observation(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an observation: the value of an indicator in an area and a period.

    The area is the city with a key, or the IRI in the column `area` with its key in `area_key`.
    """
    iri = observation_iri(record, iris, record.text("year"))
    yield from type_facts(record, iri, "qb:Observation")
    cells = {**WHOLE, **record.cells}
    complete = Record(record.place, cells, record.headings, record.language)
    yield from column_facts(complete, iri, _observation_columns(iris))


def observation_iri(record: Record, iris: Iris, when: str) -> str:
    """Return the IRI of the observation that a record's data set, city and indicator identify."""
    dataset_key, area = record.text("dataset"), record.text("area_key") or record.text("city")
    stated = [record.text(column) for column in WHOLE]
    breakdown = [code for code in stated if code and code not in {"_T", *_CITY_ITSELF}]
    breakdown += [
        f"{name}-{distinct_slug(record.text(name))}"
        for name in FURTHER_DIMENSIONS
        if record.text(name) not in {"", "_T"}
    ]
    period = when.replace("/", "-")
    return iris.observation(dataset_key, area, record.text("indicator"), period, *breakdown)


@lru_cache(maxsize=4096)  # a table has few breakdowns and many rows
def distinct_slug(text: str) -> str:
    """Return the slug of a text, with a hash if the text has signs that the slug loses: `<5`."""
    bare = slug(text)
    if bare and not _SIGNS.search(text):
        return bare
    return f"{bare}-{sha256(text.encode()).hexdigest()[:_HASH]}".strip("-")


def is_wider(area_kind: str) -> bool:
    """Return whether a kind of area is not the city itself, so that it has values of its own."""
    return bool(area_kind) and area_kind not in _CITY_ITSELF


def observations(record: Record, iris: Iris) -> TermConverter:
    """Return a converter from a year to the observation that the other columns identify."""
    return iri_converter(lambda when: observation_iri(record, iris, when), r"[0-9]{4}")
