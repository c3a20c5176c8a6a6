"""The pages of goals, targets and themes: definitions, and the cities that act on them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.endpoint.pages.things.sort_order import by_code, code_of

TEMPLATE: Final = "goal.html.jinja"


@dataclass(frozen=True, slots=True)
class Acting:
    """A city, with the number of its policies on this page."""

    city: PageValue
    policies: int


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A policy, with its lead city."""

    policy: PageValue
    city: PageValue | None


def goal_page(facts: PageFacts) -> dict[str, object]:
    """Return the variables of the template for a goal."""
    targets = facts.things(facts.iri, "sdgo:hasTarget") or facts.things(facts.iri, "skos:narrower")
    return {
        **_topic(facts, "usdg:addressesGoal", "goal"),
        "below": [facts.coded(each) for each in by_code(facts, targets)],
        "below_key": "targets",
    }


def target_page(facts: PageFacts) -> dict[str, object]:
    """Return the variables of the template for a target."""
    below = facts.things(facts.iri, "sdgo:hasIndicator") or facts.things(facts.iri, "skos:narrower")
    return {
        **_topic(facts, "usdg:addressesTarget", "target"),
        "below": [facts.coded(each) for each in by_code(facts, below)],
        "below_key": "indicators",
    }


def theme_page(facts: PageFacts) -> dict[str, object]:
    """Return the variables of the template for a theme."""
    narrower = facts.values(facts.iri, "skos:narrower")
    return _topic(facts, "usdg:theme", "theme") | {"below": narrower, "below_key": "themes"}


def _topic(facts: PageFacts, link: str, kind: str) -> dict[str, object]:
    found = facts.pointing(link)
    policies = [each for each in found if "/policy/" in each] or found
    told = sorted(_told(facts, policies), key=lambda each: each.policy.text.casefold())
    return {
        "code": code_of(facts.iri),
        "goal": code_of(facts.iri).partition(".")[0],
        "kind": facts.site.words(kind),
        "filter": kind,
        "policies": told,
        "cities": list(_acting(told)),
        "above": [facts.coded(each) for each in facts.things(facts.iri, "sdgo:isTargetOf")],
        "others": [facts.link(each) for each in found if each not in policies],
    }


def _told(facts: PageFacts, policies: Iterable[str]) -> Iterator[PolicyLine]:
    for policy in policies:
        city = facts.thing(policy, "usdg:leadCity")
        yield PolicyLine(facts.link(policy), facts.link(city) if city else None)


def _acting(told: Iterable[PolicyLine]) -> Iterator[Acting]:
    counted = Counter(each.city for each in told if each.city is not None)
    for city, number in sorted(counted.items(), key=lambda item: (-item[1], item[0].text)):
        yield Acting(city, number)
