"""The mentions of a thing: all statements with it as object, a hundred to a page."""

from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dereference.document_routes import answered, entity_tag, unknown
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.profile_negotiation import HERE
from urbansdg.endpoint.page_query import SelectionRow, selected
from urbansdg.endpoint.pages.lists.paging import SIZE, iri_of, neighbours, number_of, turn_of
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.web.conditional_requests import modified

PATH: Final = "/mentions"


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing, and the property that links it to another."""

    thing: PageValue
    property: PageValue


def mentions_routes(context: Context) -> list[BaseRoute]:
    """Return the route of the mentions of a thing."""
    return [Route(PATH, _Mentions(context).answer, methods=READING)]


@dataclass(frozen=True)
class _Mentions:
    context: Context

    async def answer(self, request: Request) -> Response:
        """Answer with a page of the mentions of `?uri=`; raises `Fault` (400, 404)."""
        number, iri = number_of(request), iri_of(request.query_params.get("uri", ""))
        site, snapshot = SiteLinks.of(request, self.context.iris.base), self.context.snapshot()
        rows = await selected(self.context, request, snapshot, _query(iri, number))
        if not rows:
            raise unknown()
        turn = turn_of(site, PATH, number, more=len(rows) > SIZE)
        tag = entity_tag(snapshot.mark, f"{PATH} {number} {iri}", HERE, site.reader)

        def body() -> bytes:
            linked = (term for row in rows[:SIZE] for term in row.values())
            catalogue = ThingList.of(snapshot.store, site, (iri, *linked))
            return framed(
                "mentions.html.jinja",
                site,
                crumbs=(),
                version=snapshot.number,
                thing=catalogue.named(iri),
                mentions=[_mention(catalogue, row) for row in rows[:SIZE]],
                turn=turn,
            )

        more = neighbours(site.base, turn) | modified(snapshot.created, snapshot.mark)
        return await answered(request, HERE, tag, body, more)


def _query(iri: str, number: int) -> str:
    return f"""SELECT DISTINCT ?property ?thing {{
        ?thing ?property {NamedNode(iri)} FILTER(isIRI(?thing)) }}
        ORDER BY ?property ?thing LIMIT {SIZE + 1} OFFSET {(number - 1) * SIZE}"""


def _mention(catalogue: ThingList, row: SelectionRow) -> Mention:
    return Mention(catalogue.named(row["thing"]), catalogue.named(row["property"]))
