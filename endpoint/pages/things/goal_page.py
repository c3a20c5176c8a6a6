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
        "below": [facts.coded(target) for target in by_code(facts, targets)],
        "below_key": "targets",
    }


def target_page(facts: PageFacts) -> dict[str, object]:
    """Return the variables of the template for a target."""
    below = facts.things(facts.iri, "sdgo:hasIndicator") or facts.things(facts.iri, "skos:narrower")
    return {
        **_topic(facts, "usdg:addressesTarget", "target"),
        "below": [facts.coded(target) for target in by_code(facts, below)],
        "below_key": "indicators",
    }


def theme_page(facts: PageFacts) -> dict[str, object]:
    """Return the variables of the template for a theme."""
    narrower = facts.values(facts.iri, "skos:narrower")
    return _topic(facts, "usdg:theme", "theme") | {"below": narrower, "below_key": "themes"}


def _topic(facts: PageFacts, link: str, kind: str) -> dict[str, object]:
    iris = facts.pointing(link)
    policies = [policy for policy in iris if "/policy/" in policy] or iris
    acting = sorted(
        _policy_lines(facts, policies), key=lambda acting: acting.policy.text.casefold()
    )
    return {
        "code": code_of(facts.iri),
        "goal": code_of(facts.iri).partition(".")[0],
        "kind": facts.site.words(kind),
        "filter": kind,
        "policies": acting,
        "cities": list(_acting(acting)),
        "above": [facts.coded(goal) for goal in facts.things(facts.iri, "sdgo:isTargetOf")],
        "others": [facts.link(policy) for policy in iris if policy not in policies],
    }


def _policy_lines(facts: PageFacts, policies: Iterable[str]) -> Iterator[PolicyLine]:
    for policy in policies:
        city = facts.thing(policy, "usdg:leadCity")
        yield PolicyLine(facts.link(policy), facts.link(city) if city else None)


def _acting(lines: Iterable[PolicyLine]) -> Iterator[Acting]:
    counted = Counter(acting.city for acting in lines if acting.city is not None)
    for city, number in sorted(counted.items(), key=lambda item: (-item[1], item[0].text)):
        yield Acting(city, number)
