"""What the page of a policy reads of its version beside the document: similar policies, offices."""

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice
from typing import Final

from pyoxigraph import NamedNode, Triple

from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.ontology.namespaces import USDG
from urbansdg.store import statements

_TOPICS: Final = (
    ("usdg:addressesTarget", NamedNode(str(USDG.addressesTarget)), 3),
    ("usdg:theme", NamedNode(str(USDG.theme)), 2),
    ("usdg:instrument", NamedNode(str(USDG.instrument)), 1),
)
"""The properties that similar policies share, and how much each counts."""

_MOST_TOPICS: Final = 10
_MOST_POLICIES: Final = 300  # of a topic; a page reads so many links at most
_LISTED: Final = 6
_CONTACT: Final = NamedNode(str(USDG.contact))
_MOST_OFFICES: Final = 20


@dataclass(frozen=True, slots=True)
class SimilarPolicy:
    """A policy that shares topics with another: its lead city, and what they share."""

    policy: PageValue
    city: PageValue | None
    shared: tuple[PageValue, ...]


def similar_policies(facts: PageFacts) -> list[SimilarPolicy]:
    """Return the policies that share the most targets, themes and instruments with the topic."""
    version = facts.version
    if version is None:
        return []
    topics = {
        (predicate, NamedNode(topic)): weight
        for name, predicate, weight in _TOPICS
        for topic in facts.things(facts.iri, name)
    }
    links = list(topics)[:_MOST_TOPICS]
    policies_of = version.names.linking(links, _MOST_POLICIES)
    weights = dict[str, int]()
    for link, policies in policies_of.items():
        weight = topics[link]
        for policy in policies:
            weights[policy] = weights.get(policy, 0) + weight
    weights.pop(facts.iri, None)
    candidates = (policy for policy in weights if "/policy/" in policy)
    best = nsmallest(_LISTED, candidates, key=lambda policy: (-weights[policy], policy))
    cities = version.values(best, str(USDG.leadCity))
    city_of = {policy: min(values[str(USDG.leadCity)]) for policy, values in cities.items()}
    facts.names.update(version.names_of((*best, *city_of.values())))
    return [
        SimilarPolicy(
            facts.link(policy),
            facts.link(city_of[policy]) if policy in city_of else None,
            tuple(
                facts.coded(topic) if "/sdg/" in topic else facts.link(topic) for topic in shared
            ),
        )
        for policy in best
        for shared in ([topic.value for (_, topic), of in policies_of.items() if policy in of][:3],)
    ]


def offices(facts: PageFacts) -> list[str]:
    """Return the offices to ask about the topic: its own, else those of its lead city."""
    own = facts.things(facts.iri, "usdg:contact")
    if own or facts.version is None:
        return own[:_MOST_OFFICES]
    store = facts.version.store
    cities = [NamedNode(city) for city in facts.things(facts.iri, "usdg:leadCity")]
    links = (quad.object for quad in statements(store, cities, (_CONTACT,)))
    of_city = {link.value for link in links if isinstance(link, NamedNode)}
    of_cities = sorted(of_city)[:_MOST_OFFICES]
    facts.include(_statements(facts, of_cities))
    return of_cities


def _statements(facts: PageFacts, things: Iterable[str]) -> list[Triple]:
    if facts.version is None:
        return []
    nodes = [NamedNode(iri) for iri in things]
    return [quad.triple for quad in islice(statements(facts.version.store, nodes), 500)]
