"""What cities say of themselves: networks, philosophy, and the goals they set themselves."""

from collections.abc import Iterator

from urbansdg.loaders.fact import Finding, Record
from urbansdg.loaders.mapping import Field, filled, typed_as
from urbansdg.loaders.measures import indicators
from urbansdg.loaders.parts import KEY, TARGETS, Part, concepts
from urbansdg.loaders.table import header
from urbansdg.loaders.values import day, decimal, link, minted, prose, worded, year
from urbansdg.ontology.iris import Iris, slug, wikidata

NETWORKS = header("key name homepage wikidata", "key name")
MEMBERSHIPS = header("city network since source", "city network")
STATEMENTS = header("city key kind text language date source", "city key kind text date")
CITY_GOALS = header(
    "city key target description indicator baseline baseline_year value year unit source",
    "city key target description year",
)
_MEMBERSHIP = Part("membership", "usdg:membership", "org:Membership")
_STATEMENT = Part("statement", "usdg:statement", "usdg:CityStatement")
_GOAL = Part("goal", "usdg:cityGoal", "usdg:CityGoal")


def network(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say what a network of cities is."""
    iri = iris.organisation(record.text("key"))
    yield from typed_as(record, iri, "org:Organization", "usdg:CityNetwork")
    columns = (
        Field("name", "skos:prefLabel", prose),
        Field("homepage", "foaf:homepage", link),
        Field("wikidata", "owl:sameAs", minted(wikidata, r"Q[1-9][0-9]*")),
    )
    yield from filled(record, iri, columns)


def membership(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say in which network a city is, and since when."""
    iri = yield from _MEMBERSHIP.of(record, _city(record, iris), slug(record.text("network")))
    columns = (
        Field("network", "org:organization", minted(iris.organisation, KEY)),
        Field("since", "dcat:startDate", day),
        Field("source", "dcterms:source", link),
    )
    yield from filled(record, iri, columns)


def statement(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say what a city has said of how it understands the goals."""
    iri = yield from _STATEMENT.of(record, _city(record, iris), slug(record.text("key")))
    columns = (
        Field("kind", "usdg:statementKind", concepts("statement-kind")),
        Field("text", "dcterms:description", worded(record.text("language") or record.language)),
        Field("date", "dcterms:date", day),
        Field("source", "dcterms:source", link),
    )
    yield from filled(record, iri, columns)


def city_goal(record: Record, iris: Iris) -> Iterator[Finding]:
    """Say what a city wants to reach for a target, from which baseline and by when."""
    iri = yield from _GOAL.of(record, _city(record, iris), slug(record.text("key")))
    columns = (
        Field("target", "usdg:target", TARGETS),
        Field("description", "dcterms:description", prose),
        Field("indicator", "usdg:indicator", indicators(iris)),
        Field("baseline", "usdg:baselineValue", decimal),
        Field("baseline_year", "usdg:baselineYear", year),
        Field("value", "usdg:targetValue", decimal),
        Field("year", "usdg:targetYear", year),
        Field("unit", "usdg:unit", prose),
        Field("source", "dcterms:source", link),
    )
    yield from filled(record, iri, columns)


def _city(record: Record, iris: Iris) -> str:
    return iris.city(record.text("city"))
