"""The page of a city: what it is like, what it does, what it measures, offers and looks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.endpoint.pages.things.sort_order import by_code, by_date, code_of

TEMPLATE: Final = "city.html.jinja"
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the map, in degrees, and on a drawing of the world 360 wide and 180 high."""

    latitude: float
    longitude: float

    @property
    def x(self) -> float:
        """How far from the left it is drawn."""
        return self.longitude + 180

    @property
    def y(self) -> float:
        """How far from the top it is drawn."""
        return 90 - self.latitude


@dataclass(frozen=True, slots=True)
class Group:
    """Policies for one goal: its number, "" for those without one, its name, and the policies."""

    code: str
    goal: PageValue | None
    policies: tuple[PageValue, ...]


@dataclass(frozen=True, slots=True)
class IndicatorChart:
    """What was measured by one indicator: its name, and the observations in the order of time."""

    indicator: PageValue | None
    observations: tuple[str, ...]


def city_page(facts: PageFacts) -> dict[str, object]:
    """Return what the template of a city is given."""
    iri = facts.iri
    policies = facts.pointing("usdg:leadCity") + facts.pointing("usdg:partnerCity")
    offers = facts.pointing("usdg:cooperatingCity")
    return {
        "point": _point(facts),
        "populations": by_date(facts, facts.things(iri, "usdg:population"), "usdg:year")[::-1],
        "groups": tuple(_groups(facts, policies)),
        "has_more": len(policies) >= _MOST,
        "series": tuple(_series(facts)),
        "aims": facts.things(iri, "usdg:cityGoal"),
        "sayings": by_date(facts, facts.things(iri, "usdg:statement"), "dcterms:date"),
        "offers": [each for each in offers if facts.is_a(each, "usdg:CooperationOffer")],
        "requests": [each for each in offers if facts.is_a(each, "usdg:CooperationRequest")],
    }


def _point(facts: PageFacts) -> Point | None:
    try:
        latitude = float(facts.raw(facts.iri, "geo:lat"))
        longitude = float(facts.raw(facts.iri, "geo:long"))
    except ValueError:
        return None
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180  # noqa: PLR2004  # degrees
    return Point(latitude, longitude) if is_on_earth else None


def _groups(facts: PageFacts, policies: list[str]) -> Iterator[Group]:
    goals: dict[str, list[str]] = {}
    for policy in dict.fromkeys(policies):
        for goal in facts.things(policy, "usdg:addressesGoal") or [""]:
            goals.setdefault(goal, []).append(policy)
    for goal in by_code(facts, [each for each in goals if each]):
        yield Group(code_of(goal), facts.link(goal), _links(facts, goals[goal]))
    if "" in goals:
        yield Group("", None, _links(facts, goals[""]))


def _links(facts: PageFacts, found: list[str]) -> tuple[PageValue, ...]:
    return tuple(sorted(map(facts.link, found), key=lambda each: each.text.casefold()))


def _series(facts: PageFacts) -> Iterator[IndicatorChart]:
    measured: dict[str, list[str]] = {}
    for seen in facts.pointing("sdmx-dimension:refArea"):
        if seen in facts.document.beside:
            measured.setdefault(facts.thing(seen, "usdg:indicator") or "", []).append(seen)
    for indicator in by_code(facts, list(measured)):
        name = facts.link(indicator) if indicator else None
        yield IndicatorChart(
            name, tuple(by_date(facts, measured[indicator], "sdmx-dimension:refPeriod"))
        )
