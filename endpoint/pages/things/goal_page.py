"""The pages of goals, targets and themes: definitions, what is below them, offers and requests.

The policies on them are in the overview (`overviews`).
"""

from typing import Final

from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.endpoint.pages.things.sort_order import by_code, code_of

TEMPLATE: Final = "goal.html.jinja"


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
    others = (iri for iri in facts.pointing(link) if "/policy/" not in iri)
    return {
        "code": code_of(facts.iri),
        "goal": code_of(facts.iri).partition(".")[0],
        "kind": facts.site.words(kind),
        "above": [facts.coded(goal) for goal in facts.things(facts.iri, "sdgo:isTargetOf")],
        "others": [facts.link(thing) for thing in others],
    }
