"""The lists: all policies, cities, goals, themes and others, narrowed by facets, in pages."""

from typing import Final

from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.pages.lists.paging import SIZE
from urbansdg.endpoint.pages.search.facet_controls import FacetLabels
from urbansdg.endpoint.pages.search.list_handler import ListDefinition, ListHandler
from urbansdg.endpoint.search.facet_reader import KINDS_OF_LISTS
from urbansdg.ontology.kinds_of_things import CITY, COUNTRY, GOAL, KINDS, POLICY, ThingKind
from urbansdg.search.search_request import FILTERS

_FACETS: Final = {
    POLICY: tuple(facet for facet in FILTERS if facet != "kind"),
    CITY: ("country", "region", "language", "has"),
    COUNTRY: ("region", "language"),
    GOAL: (),
}
_OTHER_FACETS: Final = ("language", "has")


def _definition(kind: ThingKind) -> ListDefinition:
    return ListDefinition(
        kind.plural,
        kind,
        KINDS_OF_LISTS[kind.plural],
        _FACETS.get(kind, _OTHER_FACETS),
        SIZE,
        "name",
        "list.html.jinja",
    )


LISTS: Final = tuple(map(_definition, KINDS))


def listing_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the lists, and of each as CSV."""
    labels = FacetLabels()
    handlers = [ListHandler(context, listing, labels) for listing in LISTS]
    return [
        *(Route(handler.of.path, handler.answer, methods=READING) for handler in handlers),
        *(Route(f"{handler.of.path}.csv", handler.table, methods=READING) for handler in handlers),
    ]
