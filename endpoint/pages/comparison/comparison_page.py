"""The comparison of up to five cities at `/compare`: a page, JSON and CSV."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from pyoxigraph import NamedNode
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.html.page_values import plain
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import OF_A_VERSION
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.page_query import SelectionRow, selected
from urbansdg.endpoint.pages.comparison import comparison_queries as queries
from urbansdg.endpoint.pages.comparison.city_comparison import (
    TOPICS,
    CityComparison,
    CityFacts,
    costs_of,
    counts_of,
    facts_of,
    indicators_of,
)
from urbansdg.endpoint.pages.comparison.comparison_view import (
    MOST_CITIES,
    PATH,
    ComparisonRequest,
    ComparisonResult,
    ComparisonView,
)
from urbansdg.endpoint.pages.comparison.similar_cities import (
    FACTOR,
    SimilarCity,
    most_similar_in_size,
    similar_cities,
)
from urbansdg.endpoint.pages.page_addresses import goal_of
from urbansdg.endpoint.pages.page_form import check_parameters, chosen_version, form_of, send_form
from urbansdg.endpoint.web.conditional_requests import modified
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.kinds_of_things import CITY
from urbansdg.ontology.namespaces import VOCAB

PARAMETERS: Final = ("city", "goal", "theme", "q", "version")
_MOST_CHOICES: Final = 200
_MOST_SUGGESTED: Final = 20
_MOST_LISTED: Final = 30
_MOST_NEIGHBOURS: Final = 300
_MOST_CANDIDATES: Final = 400
_MOST_JUDGED: Final = 60
_MOST_TOPICS: Final = 12
_MOST_SIMILAR: Final = 8
_LONGEST: Final = 2_000
_LONGEST_WORDS: Final = 200
_EXCERPT: Final = 100

_Rows = Callable[[str], Awaitable[list[SelectionRow]]]


def comparison_routes(context: Context) -> list[BaseRoute]:
    """Return the route of the comparison of cities."""
    return [Route(PATH, _Comparison(context).answer, methods=READING)]


@dataclass(frozen=True)
class _Comparison:
    context: Context

    async def answer(self, request: Request) -> Response:
        """Answer with the comparison; raises `Fault` (400, 404, 406, 410)."""
        check_parameters(request, PARAMETERS)
        media_type, selection = form_of(request), self._selection(request)
        site = SiteLinks.of(request, self.context.iris.base)
        version = await chosen_version(self.context, request)
        snapshot = version.snapshot
        result = await self._result(request, snapshot, selection, site)
        view = partial(ComparisonView, version, site, selection, result)
        headers = modified(snapshot.created, snapshot.mark)
        if version.number is not None:
            headers["cache-control"] = OF_A_VERSION
        if request.query_params:  # crawlers are not to follow all combinations of cities
            headers["x-robots-tag"] = "noindex, nofollow"
        return await send_form(
            request,
            media_type,
            snapshot.mark,
            site,
            selection=f"{selection} {version.number}",
            view=view,
            file="comparison.csv",
            headers=headers,
        )

    def _selection(self, request: Request) -> ComparisonRequest:
        parameters = request.query_params
        texts = [text for text in parameters.getlist("city") if text]
        cities = tuple(dict.fromkeys(map(self._city, texts)))
        if len(cities) > MOST_CITIES:
            message = f"{len(cities)} cities specified: at most {MOST_CITIES} can be compared."
            raise fault(400, message, f"Leave {len(cities) - MOST_CITIES} out.")
        goal = goal_of(request)
        words = plain(parameters.get("q", "")).strip()[:_LONGEST_WORDS]
        theme = self._theme(parameters.get("theme", ""))
        return ComparisonRequest(cities, queries.PolicyFilter(goal, theme), words)

    def _theme(self, text: str) -> str | None:
        """Return the IRI of a theme, which is given by its IRI or its key; raises `Fault` (400)."""
        if not text:
            return None
        try:
            if len(text) <= _LONGEST:
                return NamedNode(text if ":" in text else f"{VOCAB}theme#{text}").value
        except ValueError:
            pass
        message = f"{text[:_EXCERPT]!r} is neither the IRI nor the key of a theme."
        raise fault(400, message, "Choose a theme on the page /compare.")

    def _city(self, text: str) -> str:
        """Return the IRI of a city, which is given by its IRI or its key; raises `Fault`."""
        try:
            if len(text) <= _LONGEST:
                iri = text if "/" in text or ":" in text else self.context.iris.city(text)
                return NamedNode(iri).value
        except ValueError:
            pass
        message = f"{text[:_EXCERPT]!r} is neither the IRI nor the key of a city."
        raise fault(400, message, "Choose a city on the page /compare.")

    async def _result(
        self, request: Request, snapshot: Snapshot, selection: ComparisonRequest, site: SiteLinks
    ) -> ComparisonResult:
        async def rows(query: str) -> list[SelectionRow]:
            return await selected(self.context, request, snapshot, query)

        choices = await self._choices(rows, snapshot, selection.words, site)
        themes = tuple(row["theme"] for row in await rows(queries.themes_query()))
        cities, narrowed = selection.cities, selection.narrowed
        if not cities:
            nothing = CityComparison((), {}, {kind: {} for kind in TOPICS}, (), {})
            return ComparisonResult(nothing, choices=choices, themes=themes)
        facts = facts_of(await rows(queries.facts_query(cities)))
        for city in cities:
            if city not in facts:
                message = f"Unknown city {city[:_LONGEST]!r}."
                raise fault(404, message, "Choose a city on the page /compare.")
        policies = await rows(queries.policies_query(cities, narrowed))
        topics = {
            kind: counts_of(await rows(queries.topics_query(cities, way, narrowed)))
            for kind, way in TOPICS.items()
        }
        comparison = CityComparison(
            tuple(facts[city] for city in cities),
            _counts(policies),
            topics,
            costs_of(await rows(queries.budgets_query(cities, narrowed))),
            indicators_of(await rows(queries.indicators_query(cities))),
        )
        alike = await self._similar(rows, facts[cities[0]], selection)
        listed = await rows(queries.listed_query(cities, narrowed))
        contacts = [*listed, *await rows(queries.offices_query(cities))]
        return ComparisonResult(
            comparison,
            tuple(alike),
            choices,
            themes,
            {city: _distinct(listed, city, "policy")[:_MOST_LISTED] for city in cities},
            {city: _distinct(contacts, city, "office") for city in cities},
        )

    async def _choices(
        self, rows: _Rows, snapshot: Snapshot, words: str, site: SiteLinks
    ) -> tuple[str, ...]:
        """Return the cities to choose from: those with names like the words, or all by name.

        The search index forgives spelling mistakes; without it, names have to have the words.
        """
        indexes = self.context.indexes
        index = await indexes.ready(snapshot) if words and indexes is not None else None
        if index is not None:
            similar = await run_in_threadpool(
                index.suggestions, words, (CITY.name,), _MOST_SUGGESTED
            )
            return tuple(city.iri for city in similar)
        language = site.reader.query_language or site.words.language
        named = await rows(queries.names_query(words, language, _MOST_CHOICES))
        return tuple(row["city"] for row in named if "city" in row)

    async def _similar(
        self, rows: _Rows, mine: CityFacts, selection: ComparisonRequest
    ) -> list[SimilarCity]:
        """Return the cities that are like one and have policies that count.

        Those around it and those of its size are looked at; where they are few, also those that
        share its themes and targets.
        """
        searches = [queries.neighbours_query(mine.iri, _MOST_NEIGHBOURS)]
        if mine.population is not None:
            people = mine.population.people
            bounds = (people / FACTOR, people * FACTOR)
            searches.append(queries.peers_query(mine.iri, *bounds, _MOST_NEIGHBOURS))
        others = dict.fromkeys([row["other"] for query in searches for row in await rows(query)])
        if len(others) < _MOST_JUDGED:
            own = [
                row["about"]
                for way in (TOPICS["targets"], TOPICS["themes"])
                for row in await rows(queries.topics_query([mine.iri], way))
                if "about" in row
            ]
            sharing = queries.sharers_query(mine.iri, own[:_MOST_TOPICS], _MOST_JUDGED)
            others |= dict.fromkeys([row["other"] for row in await rows(sharing)] if own else ())
        candidates = [city for city in others if city not in selection.cities]
        counts = _counts(
            await rows(queries.policies_query(candidates[:_MOST_CANDIDATES], selection.narrowed))
        )
        candidates = [city for city in candidates if counts.get(city)]
        if not candidates:
            return []
        known = facts_of(await rows(queries.facts_query(candidates)))
        nearest = most_similar_in_size(mine, known.values(), _MOST_JUDGED)
        topics = {
            kind: counts_of(await rows(queries.topics_query((mine.iri, *nearest), way)))
            for kind, way in TOPICS.items()
        }
        alike = similar_cities(mine, (known[city] for city in nearest), topics, _MOST_SIMILAR)
        return [replace(city, policies=counts[city.facts.iri]) for city in alike]


def _distinct(rows: list[SelectionRow], city: str, name: str) -> tuple[str, ...]:
    """Return the values of a variable in the rows of a city, each once."""
    of_city = (row for row in rows if row.get("city") == city)
    return tuple(dict.fromkeys(row[name] for row in of_city if name in row))


def _counts(rows: list[SelectionRow]) -> dict[str, int]:
    """Return the numbers of policies by city."""
    return {row["city"]: int(row["policies"]) for row in rows if "city" in row}
