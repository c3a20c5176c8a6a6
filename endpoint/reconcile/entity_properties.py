"""The properties of entities: what queries compare, and what data extension reads.

The identifier of a property is its IRI; clients may send its prefixed name (`usdg:country`) or its
local name too. A property of the table may follow several statements, as the population does from a
city to its observation to the number. Any other IRI is read as a property of the entity itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from pyoxigraph import NamedNode

from urbansdg.endpoint.reconcile.entity_types import (
    CITY,
    COUNTRY,
    GOAL,
    INDICATOR,
    NETWORK,
    ORGANISATION,
    POLICY,
    TARGET,
    TYPES,
    EntityType,
)
from urbansdg.ontology.namespaces import PREFIXES, expanded, shortened


@dataclass(frozen=True, slots=True)
class EntityProperty:
    """A property: its IRI, the statements it follows, the types that have it, that of its values.

    `value_type` is the class of the values where these are entities.
    """

    iri: str
    path: tuple[str, ...]
    types: tuple[EntityType, ...] = ()
    value_type: str = ""

    @property
    def steps(self) -> tuple[NamedNode, ...]:
        """The predicates from an entity to the values."""
        return tuple(map(NamedNode, self.path))


def _property(term: str, *types: EntityType, path: str = "", values: str = "") -> EntityProperty:
    """Return a property by prefixed names; `path` has those of its statements, by spaces."""
    steps = tuple(map(expanded, (path or term).split()))
    return EntityProperty(expanded(term), steps, types, values and expanded(values))


_SDG: Final = (GOAL, TARGET, INDICATOR)

COUNTRY_OF: Final = _property("usdg:country", CITY, values="usdg:Country")
"""The country of a city."""

PROPERTIES: Final = (
    COUNTRY_OF,
    _property("usdg:region", CITY, values="usdg:Region"),
    _property("usdg:population", CITY, path="usdg:population sdmx-measure:obsValue"),
    _property("usdg:unLocode", CITY),
    _property("geo:lat", CITY),
    _property("geo:long", CITY),
    _property(
        "usdg:membership", CITY, path="usdg:membership org:organization", values="org:Organization"
    ),
    _property("usdg:isoAlpha2", COUNTRY),
    _property("usdg:isoAlpha3", COUNTRY),
    _property("usdg:m49", COUNTRY),
    _property("usdg:withinArea", COUNTRY, values="usdg:StatisticalArea"),
    _property("usdg:leadCity", POLICY, values="usdg:City"),
    _property("usdg:partnerCity", POLICY, values="usdg:City"),
    _property("usdg:addressesGoal", POLICY, values="sdgo:Goal"),
    _property("usdg:addressesTarget", POLICY, values="sdgo:Target"),
    _property("usdg:theme", POLICY, values="skos:Concept"),
    _property("usdg:status", POLICY, values="skos:Concept"),
    _property("usdg:policyType", POLICY, values="skos:Concept"),
    _property("usdg:instrument", POLICY, values="skos:Concept"),
    _property("usdg:startYear", POLICY, path="usdg:implementationPeriod usdg:startYear"),
    _property("usdg:endYear", POLICY, path="usdg:implementationPeriod usdg:endYear"),
    _property("usdg:amount", POLICY, path="usdg:budget usdg:amount"),
    _property("usdg:currency", POLICY, path="usdg:budget usdg:currency"),
    _property("dcterms:abstract", POLICY),
    _property("dcterms:source", POLICY),
    _property("skos:notation", *_SDG),
    _property("skos:broader", TARGET, INDICATOR, values="skos:Concept"),
    _property("usdg:shortName", *_SDG),
    _property("usdg:tier", INDICATOR, values="skos:Concept"),
    _property("usdg:custodian", INDICATOR, values="org:Organization"),
    _property("foaf:homepage", CITY, ORGANISATION, NETWORK),
    _property("skos:prefLabel", CITY, COUNTRY, ORGANISATION, NETWORK),
    _property("skos:altLabel", CITY, ORGANISATION, NETWORK),
    _property("schema:sameAs", CITY, COUNTRY, ORGANISATION, NETWORK),
)
"""The properties that are proposed, in the order in which clients list them."""


@cache
def _by_name() -> dict[str, EntityProperty]:
    named: dict[str, EntityProperty] = {}
    for it in PROPERTIES:
        term = shortened(it.iri)
        for name in (it.iri, term, term.partition(":")[2]):
            named.setdefault(name.casefold(), it)
    return named


def property_of(identifier: str) -> EntityProperty | None:
    """Return the property that a client names: one of the table, or any IRI; else None."""
    known = _by_name().get(identifier.strip().casefold())
    if known is not None:
        return known
    prefix, colon, local = identifier.partition(":")
    iri = PREFIXES[prefix] + local if colon and prefix in PREFIXES else identifier
    if not iri.startswith(("http://", "https://")):
        return None
    try:
        NamedNode(iri)
    except ValueError:
        return None
    return EntityProperty(iri, (iri,))


def properties_of(types: Iterable[EntityType]) -> list[EntityProperty]:
    """Return the properties that are proposed for entities of some types, all for no type."""
    of_types = set(types) or set(TYPES)
    return [it for it in PROPERTIES if of_types & set(it.types)]
