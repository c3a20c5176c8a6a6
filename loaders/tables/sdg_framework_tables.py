"""Tables of the Sustainable Development Goals, targets and indicators, with the UN's IRIs.

The structure is that of the UN's own vocabulary (Joshi, Gonzalez Morales, Klarman, Stellato,
Helton, Lovell, Haczek: A Knowledge Organization System for the United Nations Sustainable
Development Goals, 2021): `sdgo:hasTarget` and `sdgo:hasIndicator` with their inverses, SKOS broader
and narrower, and codes as notations. The names in the tables are ours or short forms, so they are
`usdg:shortName`; `skos:prefLabel` is for the UN's wording in the UN's vocabulary.
"""

from collections.abc import Iterator
from functools import cache, partial

import pyoxigraph as ox

from urbansdg.errors import Place
from urbansdg.loaders.parse.cell_values import (
    LanguageText,
    iri_converter,
    typed_literal,
)
from urbansdg.loaders.parse.facts import Fact, ReadResult, Record
from urbansdg.loaders.tables.csv_table import header
from urbansdg.loaders.tables.field_mapping import Field, column_facts, record_fact, type_facts
from urbansdg.ontology.iris import Iris, concept, eurovoc, sdg, unbis
from urbansdg.ontology.namespaces import SDG_SCHEME, SDGO

LANGUAGES = ("en", "fr", "es", "ru", "zh", "ar", "ko")
GOALS = header(
    "code en fr es ru zh ar ko versions eurovoc unbis", "code en fr es ru zh ar ko versions"
)
TARGETS = header("code goal en ar ko versions eurovoc unbis", "code goal en versions")
AGENCIES = header("key name alternative", "key name")
INDICATORS = header(
    "code number targets en versions tier custodian eurovoc unbis",
    "code number targets en versions",
)
RETIRED = header("code number en versions replaced_by", "code number en versions")
_SCHEME = ox.NamedNode(SDG_SCHEME)
_NAMES = tuple(Field(language, "usdg:shortName", LanguageText(language)) for language in LANGUAGES)
_VERSIONS = Field(
    "versions", "usdg:validIn", iri_converter(partial(concept, "framework-version"), r"20[0-9]{2}")
)
_NAME_AND_VERSIONS = (_NAMES[0], _VERSIONS)
_NAMES_OF_TARGETS = tuple(name for name in _NAMES if name.column in TARGETS.columns)
_TIER = Field("tier", "usdg:tier", iri_converter(partial(concept, "tier"), r"[123]"))
_AGENCY_NAMES = (
    Field("name", "skos:prefLabel", LanguageText("en")),
    Field("alternative", "skos:altLabel", LanguageText("en")),
)
_SUBJECTS = (
    Field("eurovoc", "dcterms:subject", iri_converter(eurovoc, r"[0-9]+|c_[0-9a-f]+")),
    Field("unbis", "dcterms:subject", iri_converter(unbis, r"[0-9]+")),
)
_BY_WORD = {"Target": ("sdgo:hasTarget", "sdgo:isTargetOf")} | {
    "Indicator": ("sdgo:hasIndicator", "sdgo:isIndicatorOf")
}


def scheme(place: Place) -> Iterator[Fact]:
    """Yield the facts of the concept scheme."""
    record = Record(place)
    yield from type_facts(record, SDG_SCHEME, "skos:ConceptScheme")
    label = ox.Literal("Sustainable Development Goals", language="en")
    yield record_fact(record, SDG_SCHEME, "usdg:shortName", label)


def goal(record: Record) -> Iterator[ReadResult]:
    """Yield the facts of a goal."""
    iri = sdg(record.text("code"))
    yield from _concept(record, iri, "Goal", (record.text("code"),))
    yield record_fact(record, iri, "skos:topConceptOf", _SCHEME)
    yield record_fact(record, SDG_SCHEME, "skos:hasTopConcept", ox.NamedNode(iri))
    yield from column_facts(record, iri, (*_NAMES, _VERSIONS, *_SUBJECTS))


def target(record: Record) -> Iterator[ReadResult]:
    """Yield the facts of a target."""
    iri = sdg(record.text("code"))
    yield from _concept(record, iri, "Target", (record.text("code"),))
    yield from _hierarchy(record, iri, sdg(record.text("goal")), "Target")
    yield from column_facts(record, iri, (*_NAMES_OF_TARGETS, _VERSIONS, *_SUBJECTS))


def agency(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an agency that is the custodian of indicators."""
    iri = iris.organisation(record.text("key"))
    yield from type_facts(record, iri, "org:Organization")
    yield from column_facts(record, iri, _AGENCY_NAMES)


def indicator(record: Record, iris: Iris) -> Iterator[ReadResult]:
    """Yield the facts of an indicator, which has one number for each of its targets."""
    iri = sdg(record.text("code"))
    numbers = tuple(_values(record, "number"))
    yield from _concept(record, iri, "Indicator", numbers)
    yield _notation(record, iri, record.text("code"), "SDGCodePerm")
    yield from column_facts(record, iri, (*_NAME_AND_VERSIONS, _TIER, _custodian(iris), *_SUBJECTS))
    for code in _values(record, "targets"):
        yield from _hierarchy(record, iri, sdg(code), "Indicator")


def retired_indicator(record: Record) -> Iterator[ReadResult]:
    """Yield the facts of a retired indicator and its replacement.

    It refers to its targets, but no target refers to it, so that lists have the valid ones only.
    """
    iri = sdg(record.text("code"))
    numbers = tuple(_values(record, "number"))
    yield from _concept(record, iri, "Indicator", numbers)
    yield _notation(record, iri, record.text("code"), "SDGCodePerm")
    for number in numbers:
        target = ox.NamedNode(sdg(number.rpartition(".")[0]))
        yield record_fact(record, iri, "sdgo:isIndicatorOf", target)
    yield record_fact(record, iri, "owl:deprecated", typed_literal("true", "boolean"))
    yield from column_facts(
        record,
        iri,
        (*_NAME_AND_VERSIONS, Field("replaced_by", "dcterms:isReplacedBy", iri_converter(sdg))),
    )


@cache
def _custodian(iris: Iris) -> Field:
    agencies = iri_converter(iris.organisation, r"[a-z0-9]+(-[a-z0-9]+)*")
    return Field("custodian", "usdg:custodian", agencies)


def _concept(record: Record, iri: str, kind: str, codes: tuple[str, ...]) -> Iterator[Fact]:
    yield from type_facts(record, iri, f"sdgo:{kind}", "skos:Concept")
    yield record_fact(record, iri, "skos:inScheme", _SCHEME)
    for code in codes:
        yield _notation(record, iri, code, "SDGCodeCompact")
        padded = ".".join(part.zfill(2) for part in code.split("."))
        yield _notation(record, iri, padded, "SDGCode")


def _notation(record: Record, iri: str, code: str, datatype: str) -> Fact:
    literal = ox.Literal(code, datatype=ox.NamedNode(SDGO[datatype]))
    return record_fact(record, iri, "skos:notation", literal)


def _hierarchy(record: Record, iri: str, above: str, kind: str) -> Iterator[Fact]:
    down, up = _BY_WORD[kind]
    for above_to_below in (down, "skos:narrower"):
        yield record_fact(record, above, above_to_below, ox.NamedNode(iri))
    for below_to_above in (up, "skos:broader"):
        yield record_fact(record, iri, below_to_above, ox.NamedNode(above))


def _values(record: Record, column: str) -> Iterator[str]:
    cell = record.cell(column)
    return (part.text for part in cell.parts()) if cell else iter(())
