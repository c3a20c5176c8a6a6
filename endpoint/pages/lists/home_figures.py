"""The figures of the home page: cities by their number of policies, and the policies of each goal.

Workers count the policies, once per version; the drawing is made once per version and language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from cachetools import LRUCache
from markupsafe import Markup
from starlette.requests import Request

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.figures.figure_blocks import map_figure
from urbansdg.endpoint.figures.figure_data import MapPoint
from urbansdg.endpoint.html.language_lookup import local_name
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.document import NameCache
from urbansdg.endpoint.pages.lists.page_query import selected
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.pages.things.sort_order import code_of
from urbansdg.endpoint.pages.things.version_facts import VersionFacts
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.errors import QueryError, StoreError
from urbansdg.ontology.namespaces import PREFIXES

_MOST: Final = 1_500
_MOST_IN_LIST: Final = 50
_PREFIX: Final = f"PREFIX usdg: <{PREFIXES['usdg']}>\n"
_BY_CITY: Final = f"""{_PREFIX}SELECT ?thing (COUNT(DISTINCT ?policy) AS ?policies) {{
  ?policy a usdg:Policy ; usdg:leadCity ?thing
}} GROUP BY ?thing ORDER BY DESC(?policies) ?thing LIMIT {_MOST}"""
_BY_GOAL: Final = f"""{_PREFIX}SELECT ?thing (COUNT(DISTINCT ?policy) AS ?policies) {{
  ?policy a usdg:Policy ; usdg:addressesGoal ?thing
}} GROUP BY ?thing LIMIT 100"""

PolicyNumbers = Mapping[str, int]
"""The number of policies by the IRI of a city or a goal."""


@dataclass(slots=True)
class HomeNumbers:
    """What the figures of one version need, and the drawings in each language.

    Those of older versions are dropped, so that what is forgotten does not stay in memory.
    """

    mark: str
    by_city: PolicyNumbers
    by_goal: PolicyNumbers
    drawings: LRUCache[tuple[str, ...], Markup] = field(default_factory=lambda: LRUCache(32))
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
            by_city, by_goal = [
                {
                    row["thing"]: int(row["policies"])
                    for row in await selected(context, request, snapshot, query)
                    if "thing" in row
                }
                for query in (_BY_CITY, _BY_GOAL)
            ]
        except (Fault, QueryError, StoreError):
            return None  # the page is shown without its figures
        self.latest = HomeNumbers(snapshot.mark, by_city, by_goal)
        return self.latest


@dataclass(frozen=True, slots=True)
class HomeFigures:
    """The map of the cities, and the number of policies by the code of their goal."""

    world: Markup
    goals: Mapping[str, int]


def home_figures(snapshot: Snapshot, site: SiteLinks, numbers: HomeNumbers) -> HomeFigures:
    """Return the figures of the home page for a reader."""
    goals = {code: number for iri, number in numbers.by_goal.items() if (code := code_of(iri))}
    key = (site.root, site.words.language, site.reader.query_language or "")
    with numbers.lock:
        world = numbers.drawings.get(key)
    if world is None:
        world = _world(snapshot, site, numbers.by_city)
        with numbers.lock:
            numbers.drawings[key] = world
    return HomeFigures(world, goals)


def _world(snapshot: Snapshot, site: SiteLinks, by_city: PolicyNumbers) -> Markup:
    positions = VersionFacts(snapshot.mark, snapshot.store, NameCache(snapshot.store)).positions()
    cities = [iri for iri in by_city if iri in positions]
    names = ThingList.of(snapshot.store, site, cities)
    points = []
    for iri in cities:
        link = names.named(iri)
        points.append(
            MapPoint(link.text, by_city[iri], link.href, *positions[iri], key=local_name(iri))
        )

    def address(places: Sequence[MapPoint]) -> str | None:
        if len(places) > _MOST_IN_LIST:
            return None
        return site.at("/policies", city=",".join(place.key for place in places))

    words = site.words
    columns = (words("city"), words("policies"))
    return map_figure(words, words("figure_world"), columns, points, address=address)
