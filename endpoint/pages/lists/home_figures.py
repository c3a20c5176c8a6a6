"""The figures of the home page: cities by their number of policies, and the policies of each goal.

Workers count the policies, once per version; the drawing is made once per version and language.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import Final

from cachetools import LRUCache
from markupsafe import Markup
from starlette.requests import Request

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.figures.figure_blocks import goals_figure, map_figure
from urbansdg.endpoint.figures.figure_data import GoalValues, MapPoint
from urbansdg.endpoint.html.language_lookup import local_name
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.document import NameCache
from urbansdg.endpoint.page_query import selected
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.pages.page_addresses import GOAL_CODES
from urbansdg.endpoint.pages.things.drawings.map_lists import policies_of
from urbansdg.endpoint.pages.things.sort_order import code_of
from urbansdg.endpoint.pages.things.version_facts import VersionFacts
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.errors import QueryError, StoreError
from urbansdg.ontology.namespaces import PREFIXES, SDG

_MOST: Final = 1_500
_DECADE: Final = re.compile(r"\d{3}0", re.ASCII)
_PREFIX: Final = f"PREFIX usdg: <{PREFIXES['usdg']}>\n"
_BY_CITY: Final = f"""{_PREFIX}SELECT ?thing (COUNT(DISTINCT ?policy) AS ?policies) {{
  ?policy a usdg:Policy ; usdg:leadCity ?thing
}} GROUP BY ?thing ORDER BY DESC(?policies) ?thing LIMIT {_MOST}"""
_BY_GOAL: Final = f"""{_PREFIX}SELECT ?thing (COUNT(DISTINCT ?policy) AS ?policies) {{
  ?policy a usdg:Policy ; usdg:addressesGoal ?thing
}} GROUP BY ?thing LIMIT 100"""

_BY_DECADE: Final = f"""{_PREFIX}SELECT ?thing ?decade (COUNT(DISTINCT ?policy) AS ?policies) {{
  {{ SELECT ?policy (MIN(STR(?year)) AS ?first) {{
    ?policy a usdg:Policy ; usdg:implementationPeriod/usdg:startYear ?year
  }} GROUP BY ?policy }}
  ?policy usdg:addressesGoal ?thing
  BIND(CONCAT(SUBSTR(?first, 1, 3), "0") AS ?decade)
}} GROUP BY ?thing ?decade LIMIT 1000"""

_UNDATED: Final = f"""{_PREFIX}SELECT (COUNT(DISTINCT ?policy) AS ?policies) {{
  ?policy a usdg:Policy ; usdg:addressesGoal ?thing
  FILTER NOT EXISTS {{ ?policy usdg:implementationPeriod/usdg:startYear ?year }}
}}"""

GOALS: Final = tuple(f"{SDG}{code}" for code in GOAL_CODES)
"""The goals that have a figure, by IRI."""

PolicyNumbers = Mapping[str, int]
"""The number of policies by the IRI of a city or a goal."""


@dataclass(frozen=True, slots=True)
class HomeFigures:
    """The map of the cities, the decades of the goals, and the policies by the code of a goal."""

    world: Markup
    decades: Markup | None
    goals: Mapping[str, int]


@dataclass(slots=True)
class HomeNumbers:
    """What the figures of one version need, and the drawings in each language.

    Those of older versions are dropped, so that what is forgotten does not stay in memory.
    """

    mark: str
    by_city: PolicyNumbers
    by_goal: PolicyNumbers
    by_decade: Mapping[tuple[str, str], int]
    undated: int
    drawings: LRUCache[tuple[str, ...], HomeFigures] = field(default_factory=lambda: LRUCache(32))
    lock: Lock = field(default_factory=Lock)


@dataclass(slots=True)
class NumberCache:
    """The numbers of the version that was counted last."""

    latest: HomeNumbers | None = None

    async def numbers(
        self, context: Context, request: Request, snapshot: Snapshot
    ) -> HomeNumbers | None:
        """Return the numbers of policies, None where workers are too busy to count them."""
        if self.latest is not None and self.latest.mark == snapshot.mark:
            return self.latest
        try:
            rows = [
                await selected(context, request, snapshot, query)
                for query in (_BY_CITY, _BY_GOAL, _BY_DECADE)
            ]
            (undated,) = await selected(context, request, snapshot, _UNDATED)
        except (Fault, QueryError, StoreError):
            return None  # the page is shown without its figures
        by_city, by_goal, by_decade = [[row for row in of if "thing" in row] for of in rows]
        self.latest = HomeNumbers(
            snapshot.mark,
            {row["thing"]: int(row["policies"]) for row in by_city},
            {row["thing"]: int(row["policies"]) for row in by_goal},
            {(row["thing"], row["decade"]): int(row["policies"]) for row in by_decade},
            int(undated["policies"]),
        )
        return self.latest


def home_figures(
    snapshot: Snapshot, site: SiteLinks, numbers: HomeNumbers, names: ThingList
) -> HomeFigures:
    """Return the figures of the home page for a reader; `names` are those of the goals."""
    key = (site.root, site.words.language, site.reader.query_language or "")
    with numbers.lock:
        figures = numbers.drawings.get(key)
    if figures is None:
        figures = HomeFigures(
            _world(snapshot, site, numbers.by_city),
            _decades(site, numbers.by_decade, numbers.undated, names),
            {code: number for iri, number in numbers.by_goal.items() if (code := code_of(iri))},
        )
        with numbers.lock:
            numbers.drawings[key] = figures
    return figures


def _decades(
    site: SiteLinks, numbers: Mapping[tuple[str, str], int], undated: int, names: ThingList
) -> Markup | None:
    """Return the small multiples of the goals, by the decade in which their policies began.

    A note has the number of policies whose start is not known, which the tiles of goals count.
    """
    starts = sorted({int(decade) for _, decade in numbers if _DECADE.fullmatch(decade)})
    if not starts:
        return None
    first = max(starts[0], starts[-1] - 110)  # at most twelve decades
    decades = [str(decade) for decade in range(first, starts[-1] + 10, 10)]
    panels = []
    for iri in GOALS:
        link = names.short(iri)
        values = tuple((decade, Decimal(numbers.get((iri, decade), 0))) for decade in decades)
        panels.append(GoalValues(code_of(iri), link.text, values, link.href))
    words = site.words
    columns = (words("goal"), words("decade"), words("policies"))
    note = words("figure_undated", n=undated) if undated else ""
    return goals_figure(words, words("figure_by_decade"), columns, panels, note)


def _world(snapshot: Snapshot, site: SiteLinks, by_city: PolicyNumbers) -> Markup:
    version = VersionFacts(snapshot.mark, snapshot.store, NameCache(snapshot.store))
    positions, countries = version.positions(), version.countries()
    cities = [iri for iri in by_city if iri in positions]
    names = ThingList.of(snapshot.store, site, cities)
    points = []
    for iri in cities:
        link = names.named(iri)
        number, country = by_city[iri], local_name(countries.get(iri, ""))
        point = MapPoint(
            link.text, number, link.href, *positions[iri], key=local_name(iri), country=country
        )
        points.append(point)
    words = site.words
    columns = (words("city"), words("policies"))
    return map_figure(words, words("figure_world"), columns, points, address=policies_of(site))
