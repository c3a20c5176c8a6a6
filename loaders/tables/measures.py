"""Tables of measurements: city indicators, data sets, and observations of the RDF Data Cube."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from urbansdg.loaders.cells.sdg_codes import TARGET
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
from urbansdg.loaders.tables.csv_table import header
from urbansdg.loaders.tables.field_mapping import Field, column_facts, node, record_fact, type_facts
from urbansdg.loaders.tables.parts import CHECKED, INDICATOR, KEY, concepts
from urbansdg.ontology.iris import Iris, sdg, sex

INDICATORS = header("key name unit matches", "key name unit")
DATASETS = header("key title source licence", "key title")
OBSERVATIONS = header(
    "dataset city indicator year value unit unit_code area_kind boundary_year sex age urbanisation"
    " nature reporting_type method source checked",
    "dataset city indicator year value unit",
)
WHOLE: Final = {"area_kind": "unspecified", "sex": "_T", "age": "_T", "urbanisation": "_T"}
"""The values of the dimensions of a place as a whole (RDF Data Cube, IC-11: none is missing)."""
_CITY_ITSELF: Final = ("municipality", "unspecified")
_MATCHES: Final = iri_converter(sdg, f"{INDICATOR}|{TARGET}")


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


def dataset(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a data set of observations."""
    iri = iris.dataset(record.text("key"))
    yield from type_facts(record, iri, "qb:DataSet")
    yield record_fact(record, iri, "qb:structure", node("usdg:indicatorStructure"))
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
        Field("indicator", "usdg:indicator", indicators(iris)),
        Field("year", "sdmx-dimension:refPeriod", year),
        Field("value", "sdmx-measure:obsValue", decimal),
        Field("unit", "sdmx-attribute:unitMeasure", prose),
        Field("unit_code", "usdg:unitCode", plain),
        *breakdown_columns(),
        Field("nature", "usdg:nature", plain),
        Field("reporting_type", "usdg:reportingType", plain),
        Field("method", "usdg:method", prose),
        Field("source", "dcterms:source", link),
        CHECKED,
    )


def observation(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an observation: the value of an indicator in a city and year."""
    iri = observation_iri(record, iris, record.text("year"))
    yield from type_facts(record, iri, "qb:Observation")
    complete = replace(record, cells={**WHOLE, **record.cells})
    yield from column_facts(complete, iri, _observation_columns(iris))


def observation_iri(record: Record, iris: Iris, when: str) -> str:
    """Return the IRI of the observation that a record's data set, city and indicator identify."""
    dataset_key, city = record.text("dataset"), record.text("city")
    stated = [record.text(column) for column in WHOLE]
    breakdown = (code for code in stated if code and code not in {"_T", *_CITY_ITSELF})
    return iris.observation(dataset_key, city, record.text("indicator"), when, *breakdown)


def is_wider(area_kind: str) -> bool:
    """Return whether a kind of area is not the city itself, so that it has values of its own."""
    return bool(area_kind) and area_kind not in _CITY_ITSELF


def observations(record: Record, iris: Iris) -> TermConverter:
    """Return a converter from a year to the observation that the other columns identify."""
    return iri_converter(lambda when: observation_iri(record, iris, when), r"[0-9]{4}")
