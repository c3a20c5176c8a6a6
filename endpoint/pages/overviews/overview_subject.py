"""Which things have an overview of policies, and the patterns of their policies and cities."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Triple

from urbansdg.ontology.namespaces import PREFIXES, VOCAB, expanded

_TYPE: Final = f"{PREFIXES['rdf']}type"

_OF_CONCEPTS: Final = {
    "theme": "usdg:theme/skos:broader*",
    "status": "usdg:status",
    "policy-type": "usdg:policyType",
    "instrument": "usdg:instrument",
    "population-group": "usdg:populationGroup",
}
"""The path from a policy to a concept, by the vocabulary of the concept."""

_COUNTRY: Final = "usdg:country"
_AREA: Final = "usdg:country/usdg:withinArea+"
_REGION: Final = "usdg:region"
_MEMBER: Final = "usdg:membership/org:organization"

_OF_KINDS: Final = (
    ("sdgo:Goal", "goal", "usdg:addressesGoal", None),
    ("sdgo:Target", "target", "usdg:addressesTarget", None),
    ("sdgo:Indicator", "indicator", "usdg:outcome/usdg:indicator", None),
    ("usdg:CityIndicator", "indicator", "usdg:outcome/usdg:indicator", None),
    ("usdg:Country", "country", f"usdg:leadCity/{_COUNTRY}", _COUNTRY),
    ("usdg:StatisticalArea", "area", f"usdg:leadCity/{_AREA}", _AREA),
    ("usdg:Region", "region", f"usdg:leadCity/{_REGION}", _REGION),
    ("usdg:CityNetwork", "network", f"usdg:leadCity/{_MEMBER}", _MEMBER),
    ("org:Organization", "organisation", "usdg:stakeholder/usdg:organisation", None),
)
"""Class, kind, path from a policy, and path from a city, where cities belong to such a thing."""


@dataclass(frozen=True, slots=True)
class OverviewSubject:
    """A thing with an overview: `policies` and `cities` are patterns of `?policy` and `?city`."""

    iri: str
    kind: str
    policies: str
    cities: str | None = None

    @property
    def filter(self) -> tuple[str, str] | None:
        """The parameter of `/policies` for these policies: its name and its value."""
        code = self.iri.replace("#", "/").rpartition("/")[2]
        names = {"goal": "goal", "target": "target", "theme": "theme", "country": "country"}
        names |= {"area": "region", "status": "status", "instrument": "instrument"}
        name = names.get(self.kind)
        return (name, code) if name else None


def subject_of(iri: str, statements: Iterable[Triple]) -> OverviewSubject | None:
    """Return the subject of an overview for a thing with these statements, None for others."""
    node = NamedNode(iri)
    kinds = {
        triple.object.value
        for triple in statements
        if triple.predicate.value == _TYPE and isinstance(triple.object, NamedNode)
    }
    for term, kind, of_policies, of_cities in _OF_KINDS:
        if expanded(term) in kinds:
            cities = f"?city {of_cities} {node} ." if of_cities else None
            return OverviewSubject(iri, kind, f"?policy {of_policies} {node} .", cities)
    scheme = iri.removeprefix(VOCAB).partition("#")[0] if iri.startswith(VOCAB) else ""
    path = _OF_CONCEPTS.get(scheme)
    return OverviewSubject(iri, scheme, f"?policy {path} {node} .") if path else None
