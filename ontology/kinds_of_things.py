"""The table of kinds of things: how each is named in addresses, in lists and in the vocabulary.

Things of an installation have IRIs below `/id/<name>/`, which `urbansdg.ontology.iris` mints.
"""

from dataclasses import dataclass
from typing import Final

from urbansdg.ontology.namespaces import expanded


@dataclass(frozen=True, slots=True)
class ThingKind:
    """A kind: `name` in the IRIs of its things, `plural` in the address of their list.

    `name` is empty where the things have the IRIs of another vocabulary. `term` is the class as
    prefix and name, `usdg:Policy`.
    """

    name: str
    plural: str
    term: str

    @property
    def iri(self) -> str:
        """The IRI of the class."""
        return expanded(self.term)


POLICY: Final = ThingKind("policy", "policies", "usdg:Policy")
CITY: Final = ThingKind("city", "cities", "usdg:City")
GOAL: Final = ThingKind("", "goals", "sdgo:Goal")
THEME: Final = ThingKind("", "themes", "skos:Concept")
"""A concept of the scheme of themes: the class alone does not make it one."""
ORGANISATION: Final = ThingKind("organisation", "organisations", "org:Organization")
NETWORK: Final = ThingKind("organisation", "networks", "usdg:CityNetwork")
COUNTRY: Final = ThingKind("country", "countries", "usdg:Country")
INDICATOR: Final = ThingKind("indicator", "indicators", "usdg:CityIndicator")
"""An indicator that a city keeps of itself; those of the UN are `sdgo:Indicator`."""

KINDS: Final = (POLICY, CITY, GOAL, THEME, ORGANISATION, NETWORK, COUNTRY, INDICATOR)
"""Those that have a list, in the order of the lists."""
