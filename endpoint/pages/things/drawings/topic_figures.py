"""The figures of goals, targets, themes, places, organisations and indicators, from overviews."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.figure_blocks import bars_figure, lines_figure, map_figure
from urbansdg.endpoint.figures.figure_data import ChartSeries, MapPoint
from urbansdg.endpoint.pages.overviews.overview_subject import OverviewSubject
from urbansdg.endpoint.pages.overviews.policy_overview import Measured, PolicyOverview
from urbansdg.endpoint.pages.overviews.table_view import TableView
from urbansdg.endpoint.pages.things.drawings.city_figures import amount, city_point
from urbansdg.endpoint.pages.things.drawings.map_lists import policies_of
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.endpoint.pages.things.sort_order import code_of, natural

_OF_REGION: Final = frozenset({"country", "region"})
_MOST_CITIES: Final = 1_500
_MOST_CHARTS: Final = 4


@dataclass(frozen=True, slots=True)
class TopicFigures:
    """The figures of a page with an overview of policies; None where there is nothing to draw."""

    cities: Markup | None
    goals: Markup | None
    regions: Markup | None
    measured: tuple[Markup, ...]


def topic_figures(facts: PageFacts, overview: PolicyOverview) -> TopicFigures:
    """Return the figures of a thing with an overview."""
    return TopicFigures(
        _cities(facts, overview),
        _goals(facts, overview),
        _regions(facts, overview),
        tuple(_measured(facts, overview.measured))[:_MOST_CHARTS],
    )


def _cities(facts: PageFacts, overview: PolicyOverview) -> Markup | None:
    """Return a map of the cities by their number of policies."""
    if facts.version is None:
        return None
    numbers = dict(overview.cities) or Counter(row.city for row in overview.rows if row.city)
    positions = facts.version.positions()
    points: list[MapPoint] = [
        city_point(facts, city, positions[city], number)
        for city, number in list(numbers.items())[:_MOST_CITIES]
        if city in positions
    ]
    if not points:
        return None
    words = facts.site.words
    kind = overview.subject.kind
    title = words("figure_world" if overview.cities else "figure_acting")
    return map_figure(
        words,
        title,
        (words("city"), words("policies")),
        points,
        is_region=kind in _OF_REGION,
        address=policies_of(facts.site, **_filters(overview.subject)),
    )


def _filters(subject: OverviewSubject) -> dict[str, str]:
    """Return the parameters by which the list of policies has those of a subject.

    A map of a country names cities, or the country itself.
    """
    is_place = subject.kind in _OF_REGION
    return dict([subject.filter]) if subject.filter and not is_place else {}


def _goals(facts: PageFacts, overview: PolicyOverview) -> Markup | None:
    """Return the policies of a place or an organisation by goal."""
    if not overview.goals:
        return None
    words = facts.site.words
    ordered = sorted(overview.goals, key=lambda pair: natural(pair[0]))
    links = [(facts.coded(iri), number) for iri, number in ordered]
    rows = [(link.text, Decimal(number), link.href) for link, number in links]
    codes = [code_of(iri) for iri, _ in ordered]
    columns = (words("goal"), words("policies"))
    return bars_figure(words, words("figure_by_goal"), columns, rows, goals=codes)


def _regions(facts: PageFacts, overview: PolicyOverview) -> Markup | None:
    """Return the policies on a topic by region of the world; a region without one has no bar."""
    words, view = facts.site.words, TableView()
    rows = [
        (
            facts.link(row.iri).text,
            Decimal(row.counts.policies),
            facts.site.at(f"{facts.site.path}#policies", **view.in_region(row.code).parameters())
            if facts.site.path.startswith("/doc/")
            else facts.link(row.iri).href,
        )
        for row in overview.regions
        if row.depth == 0
    ]
    if not overview.totals.policies or not rows:
        return None
    columns = (words("region"), words("policies"))
    return bars_figure(words, words("figure_by_region"), columns, rows)


def _time_of(point: tuple[str | Decimal, Decimal]) -> str:
    return str(point[0])


def _measured(facts: PageFacts, measured: Sequence[Measured]) -> Iterator[Markup]:
    """Yield a chart for each unit, with a line for each city; cities with most values first."""
    by_unit: dict[str, dict[str, list[tuple[str | Decimal, Decimal]]]] = {}
    for one in measured:
        value = amount(one.value)
        if value is not None:
            lines = by_unit.setdefault(one.unit, {})
            lines.setdefault(one.city, []).append((one.year, value))
    words = facts.site.words
    columns = (words("city"), words("year"), words("value"))
    for unit, lines in by_unit.items():
        ordered = sorted(lines.items(), key=lambda pair: (-len(pair[1]), facts.link(pair[0]).text))
        series = [
            ChartSeries(link.text, tuple(sorted(points, key=_time_of)), link.href)
            for link, points in ((facts.link(city), points) for city, points in ordered)
        ]
        title = words("figure_of_cities", n=unit or words("value"))
        yield lines_figure(words, title, columns, series)
