"""The search of all texts of things, in every language, with facets.

An index of the version finds the things. A graph in a SPARQL engine has no index: there a query
finds texts with the words as they are written.
"""

from typing import Final

from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.pages.search.list_handler import ListDefinition, ListHandler
from urbansdg.search.search_request import FILTERS

SIZE: Final = 20
"""The results on a page."""

SEARCH: Final = ListDefinition(
    "search", None, None, FILTERS, SIZE, "relevance", "search.html.jinja"
)


def search_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the search, and of its results as CSV."""
    handler = ListHandler(context, SEARCH)
    return [
        Route(SEARCH.path, handler.answer, methods=READING),
        Route(f"{SEARCH.path}.csv", handler.table, methods=READING),
    ]
