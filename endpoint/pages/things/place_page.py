"""The pages of countries, regions, organisations and networks, and those of indicators."""

from typing import Final

from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.endpoint.pages.things.sort_order import by_code, code_of, natural
from urbansdg.ontology.namespaces import SDG

TEMPLATE: Final = "place.html.jinja"
INDICATOR: Final = "indicator.html.jinja"


def place_page(facts: PageFacts) -> dict[str, object]:
    """Return the variables of the template of a place or an organisation."""
    parts = sorted(
        map(facts.link, facts.pointing("usdg:withinArea")), key=lambda it: it.text.casefold()
    )
    indicators = sorted(
        map(facts.coded, facts.pointing("usdg:custodian")), key=lambda it: natural(it.text)
    )
    return {"parts": parts, "indicators": indicators}


def indicator_page(facts: PageFacts) -> dict[str, object]:
    """Return the variables of the template of an indicator."""
    targets = facts.things(facts.iri, "sdgo:isIndicatorOf")
    number = facts.coded(facts.iri).text.partition(" ")[0]
    code = number if facts.iri.startswith(str(SDG)) else ""
    goal = code_of(targets[0]).partition(".")[0] if targets else ""
    return {
        "code": code,
        "goal": goal,
        "above": [facts.coded(target) for target in by_code(facts, targets)],
    }
