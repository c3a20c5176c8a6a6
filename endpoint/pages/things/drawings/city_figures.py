"""The figures of a city: its region, its policies by goal and over time, its indicators."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.figure_blocks import (
    bars_figure,
    lines_figure,
    map_figure,
    timeline_figure,
)
from urbansdg.endpoint.figures.figure_data import ChartSeries, Degrees, MapPoint, TimeSpan
from urbansdg.endpoint.html.cube_dimensions import BREAKDOWN_DIMENSIONS
from urbansdg.endpoint.html.language_lookup import local_name
from urbansdg.endpoint.pages.things.drawings.map_lists import policies_of
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.ontology.namespaces import expanded

_NEAREST: Final = 24
_FARTHEST: Final = 12.0  # degrees
_MOST_POLICIES: Final = 60
_MOST_INDICATORS: Final = 6
_OVER: Final = frozenset({"completed", "ended"})
"""The states of policies that do not go on."""


@dataclass(frozen=True, slots=True)
class CityFigures:
    """The figures of the page of a city; None where there is nothing to draw."""

    region: Markup | None
    goals: Markup | None
    policies: Markup | None
    indicators: tuple[Markup, ...]


def city_figures(
    facts: PageFacts,
    goals: Sequence[tuple[str, str, str | None, int]],
    policies: Sequence[str],
    observations: Sequence[tuple[str, Sequence[str]]],
) -> CityFigures:
    """Return the figures of a city.

    `goals` has the code, the name, the address and the number of policies of each goal;
    `observations` has indicators with their observations by time.
    """
    words = facts.site.words
    bars = [(f"{code} {name}", Decimal(count), href) for code, name, href, count in goals]
    codes = [code for code, *_ in goals]
    columns = (words("goal"), words("policies"))
    return CityFigures(
        _region(facts),
        bars_figure(words, words("figure_by_goal"), columns, bars, goals=codes) if bars else None,
        policies_over_time(facts, policies),
        tuple(_indicators(facts, observations)),
    )


def _region(facts: PageFacts) -> Markup | None:
    if facts.version is None:
        return None
    positions = facts.version.positions()
    here = positions.get(facts.iri)
    if here is None:
        return None
    near = facts.version.cities_near(here, _FARTHEST, _NEAREST + 1)
    neighbours = [iri for iri in near if iri != facts.iri][:_NEAREST]
    facts.names.update(facts.version.names_of(neighbours))
    counts = facts.version.policy_counts()
    points = [city_point(facts, facts.iri, here, counts.get(facts.iri, 0), is_focus=True)]
    points += [city_point(facts, iri, positions[iri], counts.get(iri, 0)) for iri in neighbours]
    words = facts.site.words
    title = words("figure_around", n=points[0].label)
    columns = (words("city"), words("policies"))
    return map_figure(
        words, title, columns, points, is_region=True, address=policies_of(facts.site)
    )


def city_point(
    facts: PageFacts, iri: str, place: Degrees, number: int, *, is_focus: bool = False
) -> MapPoint:
    """Return a city as a place on a map."""
    link = facts.link(iri)
    country = facts.version.countries().get(iri, "") if facts.version else ""
    return MapPoint(
        link.text,
        number,
        link.href,
        *place,
        is_focus=is_focus,
        key=local_name(iri),
        country=local_name(country),
    )


def policies_over_time(facts: PageFacts, policies: Sequence[str]) -> Markup | None:
    """Return the timeline of some policies by their periods, None where none has a date."""
    if facts.version is None:
        return None
    some = list(dict.fromkeys(policies))[:_MOST_POLICIES]
    period, start, end, kind, status = map(
        expanded,
        (
            *("usdg:implementationPeriod", "usdg:startYear", "usdg:endYear"),
            *("usdg:periodKind", "usdg:status"),
        ),
    )
    periods = facts.version.values(some, period, status)
    parts = [part for of_policy in periods.values() for part in of_policy.get(period, ())]
    years = facts.version.values(parts)
    spans = []
    for policy in some:
        of_parts = [years.get(part, {}) for part in periods.get(policy, {}).get(period, [])]
        actual = [one for one in of_parts if one.get(kind, [""])[0].endswith("#actual")]
        chosen = (actual or of_parts)[:1]
        for one in chosen:
            first, last = one.get(start, [""])[0], one.get(end, [""])[0]
            if first or last:
                link = facts.link(policy)
                (state, *_) = periods[policy].get(status, [""])
                spans.append(time_span(link.text, first, last, state, link.href))
    if not spans:
        return None
    spans.sort(key=lambda span: (span.start or span.end or "", span.label))
    words = facts.site.words
    columns = (words("policy"), words("start"), words("end"))
    return timeline_figure(words, words("figure_policies_over_time"), columns, spans)


def time_span(label: str, start: str, end: str, status: str, href: str | None = None) -> TimeSpan:
    """Return a row of a timeline; `status` is that of the policy, "" where it is not known.

    What is over, on a day that is not known, does not go on: its start alone is drawn.
    """
    is_over = status.rpartition("#")[2] in _OVER and not end
    return TimeSpan(label, start or None, end or None, href, is_event=is_over)


def _indicators(
    facts: PageFacts, observations: Sequence[tuple[str, Sequence[str]]]
) -> Iterator[Markup]:
    """Yield a chart for each indicator and unit with two values: measured, baseline or aim."""
    words = facts.site.words
    charts: dict[tuple[str, str], list[ChartSeries]] = {}
    for indicator, of_indicator in observations:
        name = facts.link(indicator).text if indicator else words("indicator")
        for unit, line in _measured(facts, of_indicator):
            charts.setdefault((name, unit), []).append(line)
    for aim in facts.things(facts.iri, "usdg:cityGoal"):
        of_aim = facts.thing(aim, "usdg:indicator")
        unit_of_aim = facts.first(aim, "usdg:unit")
        name = facts.link(of_aim).text if of_aim else words("city_goals")
        points = tuple(_aim(facts, aim))
        if points:
            unit = unit_of_aim.text if unit_of_aim else ""
            line = ChartSeries(words("figure_to_aim"), points)
            charts.setdefault((name, unit), []).append(line)
    columns = (words("value"), words("year"), words("value"))
    whole = [
        (f"{name} ({unit})" if unit else name, lines)
        for (name, unit), lines in charts.items()
        if sum(len(line.points) for line in lines) > 1
    ]
    for title, lines in whole[:_MOST_INDICATORS]:
        yield lines_figure(words, title, columns, lines)


_Points = list[tuple[str | Decimal, Decimal]]


def _measured(facts: PageFacts, observations: Sequence[str]) -> Iterator[tuple[str, ChartSeries]]:
    """Yield a unit and a line for each unit and group of the observations of an indicator."""
    lines: dict[tuple[str, str], _Points] = {}
    words = facts.site.words
    for seen in observations:
        year = facts.raw(seen, "sdmx-dimension:refPeriod")
        value = amount(facts.raw(seen, "sdmx-measure:obsValue"))
        if not year or value is None:
            continue
        unit = facts.first(seen, "sdmx-attribute:unitMeasure")
        groups = [words("figure_measured")]
        for name in ("sdmx-dimension:sex", *BREAKDOWN_DIMENSIONS):
            group = facts.first(seen, name)
            if group and group.text not in {"_T", "T"} and not group.text.endswith("-T"):
                groups.append(group.text)
        key = (unit.text if unit else "", ", ".join(groups))
        lines.setdefault(key, []).append((year, value))
    for (unit_text, label), points in lines.items():
        yield unit_text, ChartSeries(label, tuple(points))


def _aim(facts: PageFacts, aim: str) -> Iterator[tuple[str | Decimal, Decimal]]:
    """Yield the baseline and the aim of a city with their years."""
    for year_name, value_name in (
        ("usdg:baselineYear", "usdg:baselineValue"),
        ("usdg:targetYear", "usdg:targetValue"),
    ):
        year, value = facts.raw(aim, year_name), amount(facts.raw(aim, value_name))
        if year and value is not None:
            yield year, value


def amount(text: str) -> Decimal | None:
    """Return a number of the graph, None if it is not one."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
