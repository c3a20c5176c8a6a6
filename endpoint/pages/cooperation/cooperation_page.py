"""The cooperation board at `/cooperation`: a page, JSON and CSV."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Final

from pyoxigraph import NamedNode
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import OF_A_VERSION
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.page_query import SelectionRow, selected
from urbansdg.endpoint.pages.comparison.city_comparison import facts_of
from urbansdg.endpoint.pages.comparison.comparison_queries import facts_query
from urbansdg.endpoint.pages.cooperation import cooperation_queries as queries
from urbansdg.endpoint.pages.cooperation.cooperation_board import matches_of, read_items
from urbansdg.endpoint.pages.cooperation.cooperation_queries import KINDS, STATES, BoardFilter
from urbansdg.endpoint.pages.cooperation.cooperation_view import (
    PATH,
    SIZE,
    BoardPage,
    CooperationView,
)
from urbansdg.endpoint.pages.lists.paging import neighbours, number_of, turn_of
from urbansdg.endpoint.pages.page_addresses import goal_of
from urbansdg.endpoint.pages.page_form import check_parameters, chosen_version, form_of, send_form
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.namespaces import SDG, VOCAB

PARAMETERS: Final = ("kind", "state", "city", "theme", "goal", "target", "day", "page", "version")
_LONGEST: Final = 2_000
_EXCERPT: Final = 100
_TARGET: Final = re.compile(r"(?:[1-9]|1[0-7])\.(?:[1-9][0-9]?|[a-d])", re.ASCII)
_KEY: Final = re.compile(r"[\w-]{1,100}")


def cooperation_routes(context: Context) -> list[BaseRoute]:
    """Return the route of the cooperation board."""
    return [Route(PATH, _Board(context).answer, methods=READING)]


@dataclass(frozen=True)
class _Board:
    context: Context

    async def answer(self, request: Request) -> Response:
        """Answer with a page of the board; raises `Fault` (400, 404, 406, 410)."""
        check_parameters(request, PARAMETERS)
        media_type, number, narrowed = form_of(request), number_of(request), self._filter(request)
        site = SiteLinks.of(request, self.context.iris.base)
        version = await chosen_version(self.context, request)
        board = await self._page(request, version.snapshot, narrowed, number, site)
        view = partial(CooperationView, version, site, narrowed, board)
        # A board changes with the day too, so that it has no Last-Modified of the version.
        headers = neighbours(site.base, board.turn)
        if version.number is not None and request.query_params.get("day"):
            headers["cache-control"] = OF_A_VERSION
        return await send_form(
            request,
            media_type,
            version.snapshot.mark,
            site,
            selection=f"{narrowed} {number} {version.number}",
            view=view,
            file="cooperation.csv",
            headers=headers,
        )

    def _filter(self, request: Request) -> BoardFilter:
        texts = {name: text for name, text in request.query_params.items() if text}
        kind, state = texts.get("kind"), texts.get("state", "open")
        if kind is not None and kind not in KINDS:
            raise _unknown("kind", kind, f"Send one of: {', '.join(KINDS)}.")
        if state not in STATES:
            raise _unknown("state", state, f"Send one of: {', '.join(STATES)}.")
        goal = goal_of(request)
        target = texts.get("target", "").strip().removeprefix(str(SDG)) or None
        if target is not None and not _TARGET.fullmatch(target):
            raise _unknown("target", target, "Send the code of a target: ?target=11.2.")
        city, theme = texts.get("city"), texts.get("theme")
        return BoardFilter(
            _day(texts.get("day")),
            state,
            kind,
            city and _iri("city", city, self.context.iris.city(city) if _is_key(city) else city),
            theme and _iri("theme", theme, f"{VOCAB}theme#{theme}" if _is_key(theme) else theme),
            goal,
            target,
        )

    async def _page(
        self,
        request: Request,
        snapshot: Snapshot,
        narrowed: BoardFilter,
        number: int,
        site: SiteLinks,
    ) -> BoardPage:
        async def rows(query: str) -> list[SelectionRow]:
            return await selected(self.context, request, snapshot, query)

        totals = {
            state: int((await rows(queries.count_query(narrowed, state)))[0]["total"])
            for state in STATES
        }
        listed = await rows(queries.board_query(narrowed, (number - 1) * SIZE, SIZE + 1))
        iris = [row["it"] for row in listed if "it" in row]
        if number > 1 and not iris:
            raise fault(404, "There is no such page of the board.", "Start with the first page.")
        turn = turn_of(site, PATH, number, more=len(iris) > SIZE)
        items = await run_in_threadpool(read_items, snapshot.store, iris[:SIZE])
        matching = await rows(queries.matches_query(iris[:SIZE], narrowed.day)) if iris else []
        cities = dict.fromkeys(city for row in matching for city in (row["here"], row["there"]))
        facts = facts_of(await rows(facts_query(cities))) if cities else {}
        choices = await rows(queries.cities_query())
        return BoardPage(
            totals,
            tuple(items),
            matches_of(matching, facts),
            turn,
            _with(narrowed.city, (row["city"] for row in choices if "city" in row)),
            _with(narrowed.theme, (row["theme"] for row in choices if "theme" in row)),
        )


def _with(chosen: str | None, things: Iterable[str]) -> tuple[str, ...]:
    """Return the things to choose from; the chosen one is among them, even where it has nothing."""
    return tuple(dict.fromkeys([*things, *([chosen] if chosen else [])]))


def _is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def _iri(name: str, text: str, iri: str) -> str:
    """Return the IRI of a filter; raises `Fault` (400)."""
    try:
        if len(iri) <= _LONGEST:
            return NamedNode(iri).value
    except ValueError:
        pass
    raise _unknown(
        name, text, "Send an IRI or a key; the lists on the page /cooperation have them."
    )


def _day(text: str | None) -> date:
    """Return the day of a board, today in UTC by default; raises `Fault` (400)."""
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unknown("day", text, "Send a day such as ?day=2026-11-30.") from None


def _unknown(name: str, text: str, remedy: str) -> Fault:
    return fault(400, f"Unknown {name} {text[:_EXCERPT]!r}.", remedy)
