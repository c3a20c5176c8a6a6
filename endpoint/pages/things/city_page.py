"""The page of a city: facts, policies, observations, offers and requests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.html.cube_dimensions import BREAKDOWN_DIMENSIONS
from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.pages.things.drawings.city_figures import CityFigures, city_figures
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.endpoint.pages.things.sort_order import by_code, by_date, code_of

TEMPLATE: Final = "city.html.jinja"


@dataclass(frozen=True, slots=True)
class Group:
    """The policies for a goal: its number ("" without a goal), its name, and the policies."""

    code: str
    goal: PageValue | None
    policies: tuple[PageValue, ...]


@dataclass(frozen=True, slots=True)
class IndicatorChart:
    """The observations of an indicator: its name, and the observations by time."""

    indicator: PageValue | None
    observations: tuple[str, ...]


def city_page(facts: PageFacts) -> dict[str, object]:
    """Return the variables of the template of a city."""
    iri = facts.iri
    policies = facts.pointing("usdg:leadCity") + facts.pointing("usdg:partnerCity")
    offers = facts.pointing("usdg:cooperatingCity")
    populations = facts.things(iri, "usdg:population")
    groups = tuple(_groups(facts, policies))
    series = tuple(_series(facts))
    return {
        "figures": _figures(facts, groups, policies, series),
        "populations": by_date(facts, populations, "sdmx-dimension:refPeriod")[::-1],
        "groups": groups,
        "series": series,
        "breakdowns": BREAKDOWN_DIMENSIONS,
        "aims": facts.things(iri, "usdg:cityGoal"),
        "sayings": by_date(facts, facts.things(iri, "usdg:statement"), "dcterms:date"),
        "offers": [offer for offer in offers if facts.is_a(offer, "usdg:CooperationOffer")],
        "requests": [offer for offer in offers if facts.is_a(offer, "usdg:CooperationRequest")],
    }


def _figures(
    facts: PageFacts,
    groups: tuple[Group, ...],
    policies: list[str],
    series: tuple[IndicatorChart, ...],
) -> CityFigures:
    goals = [
        (group.code, group.goal.text, group.goal.href, len(group.policies))
        for group in groups
        if group.goal
    ]
    observations = [
        (chart.indicator.iri or "" if chart.indicator else "", chart.observations)
        for chart in series
    ]
    return city_figures(facts, goals, policies, observations)


def _groups(facts: PageFacts, policies: list[str]) -> Iterator[Group]:
    goals: dict[str, list[str]] = {}
    for policy in dict.fromkeys(policies):
        for goal in facts.things(policy, "usdg:addressesGoal") or [""]:
            goals.setdefault(goal, []).append(policy)
    for goal in by_code(facts, [goal for goal in goals if goal]):
        yield Group(code_of(goal), facts.link(goal), _links(facts, goals[goal]))
    if "" in goals:
        yield Group("", None, _links(facts, goals[""]))


def _links(facts: PageFacts, iris: list[str]) -> tuple[PageValue, ...]:
    return tuple(sorted(map(facts.link, iris), key=lambda link: link.text.casefold()))


def _series(facts: PageFacts) -> Iterator[IndicatorChart]:
    measured: dict[str, list[str]] = {}
    populations = facts.things(facts.iri, "usdg:population")
    for seen in facts.pointing("sdmx-dimension:refArea"):
        if seen in facts.document.beside and seen not in populations:
            measured.setdefault(facts.thing(seen, "usdg:indicator") or "", []).append(seen)
    for indicator in by_code(facts, list(measured)):
        name = facts.link(indicator) if indicator else None
        yield IndicatorChart(
            name, tuple(by_date(facts, measured[indicator], "sdmx-dimension:refPeriod"))
        )
