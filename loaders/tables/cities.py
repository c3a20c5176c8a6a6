"""Tables about cities: networks, memberships, statements, and the goals that cities set."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from urbansdg.loaders.parse.cell_values import day, decimal, iri_converter, link, prose, year
from urbansdg.loaders.parse.facts import ReadResult, Record
from urbansdg.loaders.tables.csv_table import header
from urbansdg.loaders.tables.field_mapping import Field, column_facts, type_facts
from urbansdg.loaders.tables.measures import indicators
from urbansdg.loaders.tables.parts import CHECKED, KEY, TARGETS, Part, concepts
from urbansdg.ontology.iris import Iris, slug, wikidata

NETWORKS = header("key name homepage wikidata", "key name")
MEMBERSHIPS = header("city network since source checked", "city network")
STATEMENTS = header("city key kind text language date source checked", "city key kind text date")
CITY_GOALS = header(
    "city key target description indicator baseline baseline_year value year unit source checked",
    "city key target description year",
)
_MEMBERSHIP = Part("membership", "usdg:membership", "org:Membership")
_STATEMENT = Part("statement", "usdg:statement", "usdg:CityStatement")
_GOAL = Part("goal", "usdg:cityGoal", "usdg:CityGoal")


_NETWORK_COLUMNS: Final = (
    Field("name", "skos:prefLabel", prose),
    Field("homepage", "foaf:homepage", link),
    Field("wikidata", "schema:sameAs", iri_converter(wikidata, r"Q[1-9][0-9]*")),
)


def network(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a network of cities."""
    iri = iris.organisation(record.text("key"))
    yield from type_facts(record, iri, "org:Organization", "usdg:CityNetwork")
    yield from column_facts(record, iri, _NETWORK_COLUMNS)


@cache
def _membership_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("network", "org:organization", iri_converter(iris.organisation, KEY)),
        Field("since", "dcat:startDate", day),
        Field("source", "dcterms:source", link),
        CHECKED,
    )


def membership(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a city's membership in a network."""
    iri = yield from _MEMBERSHIP.of(record, _city(record, iris), slug(record.text("network")))
    yield from column_facts(record, iri, _membership_columns(iris))


_STATEMENT_COLUMNS: Final = (
    Field("kind", "usdg:statementKind", concepts("statement-kind")),
    Field("text", "dcterms:description", prose, "language"),
    Field("date", "dcterms:date", day),
    Field("source", "dcterms:source", link),
    CHECKED,
)


def statement(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a city's statement on the goals."""
    iri = yield from _STATEMENT.of(record, _city(record, iris), slug(record.text("key")))
    yield from column_facts(record, iri, _STATEMENT_COLUMNS)


@cache
def _city_goal_columns(iris: Iris) -> tuple[Field, ...]:
    return (
        Field("target", "usdg:target", TARGETS),
        Field("description", "dcterms:description", prose),
        Field("indicator", "usdg:indicator", indicators(iris)),
        Field("baseline", "usdg:baselineValue", decimal),
        Field("baseline_year", "usdg:baselineYear", year),
        Field("value", "usdg:targetValue", decimal),
        Field("year", "usdg:targetYear", year),
        Field("unit", "usdg:unit", prose),
        Field("source", "dcterms:source", link),
        CHECKED,
    )


def city_goal(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of a city's own goal for a target: baseline, value and year."""
    iri = yield from _GOAL.of(record, _city(record, iris), slug(record.text("key")))
    yield from column_facts(record, iri, _city_goal_columns(iris))


def _city(record: Record, iris: Iris) -> str:
    return iris.city(record.text("city"))
