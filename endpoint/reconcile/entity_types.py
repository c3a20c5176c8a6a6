"""The types of the entities that are matched, and how clients may name them.

The identifier of a type is the IRI of its class. Clients may also send its prefixed name
(`usdg:City`) or the name of the kind in addresses (`city`, `cities`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from urbansdg.endpoint.html.interface_texts import InterfaceTexts
from urbansdg.ontology.namespaces import expanded


@dataclass(frozen=True, slots=True)
class EntityType:
    """A type: the kind in the index, its class, its word on pages, and the type above it."""

    kind: str
    plural: str
    term: str
    word: str
    broader: str = ""

    @property
    def iri(self) -> str:
        """The IRI of the class, which identifies the type."""
        return expanded(self.term)

    def to_json(self, words: InterfaceTexts) -> dict[str, str]:
        """Return the type as a client reads it (section 3.2 of the specification)."""
        return {"id": self.iri, "name": words(self.word)}


CITY: Final = EntityType("city", "cities", "usdg:City", "city")
COUNTRY: Final = EntityType("country", "countries", "usdg:Country", "country")
POLICY: Final = EntityType("policy", "policies", "usdg:Policy", "policy")
ORGANISATION: Final = EntityType(
    "organisation", "organisations", "org:Organization", "organisation"
)
NETWORK: Final = EntityType(
    "network", "networks", "usdg:CityNetwork", "city_network", ORGANISATION.term
)
GOAL: Final = EntityType("goal", "goals", "sdgo:Goal", "goal")
TARGET: Final = EntityType("target", "targets", "sdgo:Target", "target")
INDICATOR: Final = EntityType("indicator", "indicators", "sdgo:Indicator", "indicator")
CITY_INDICATOR: Final = EntityType(
    "city-indicator", "city-indicators", "usdg:CityIndicator", "city_indicator"
)

TYPES: Final = (
    *(CITY, COUNTRY, POLICY, ORGANISATION, NETWORK),
    *(GOAL, TARGET, INDICATOR, CITY_INDICATOR),
)
"""All types; the first ones are what most tables of clients have."""


@cache
def _by_name() -> dict[str, EntityType]:
    named: dict[str, EntityType] = {}
    for it in TYPES:
        local = it.term.partition(":")[2]
        names = (it.iri, it.term, local, it.kind, it.plural)
        named.update((name.casefold(), it) for name in names)
    return named


def type_of(identifier: str) -> EntityType | None:
    """Return the type that a client names, None for an unknown one."""
    return _by_name().get(identifier.strip().casefold())


def with_narrower(types: Iterable[EntityType]) -> tuple[EntityType, ...]:
    """Return types with those below them: networks are organisations too."""
    terms = {it.term for it in types}
    return tuple(it for it in TYPES if it.term in terms or it.broader in terms)
