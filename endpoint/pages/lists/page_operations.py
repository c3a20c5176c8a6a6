"""The OpenAPI operations of the home page, the lists and the search."""

from typing import Final

from urbansdg.endpoint.openapi.operation import DescribedResponse, HttpOperation, HttpParameter
from urbansdg.endpoint.openapi.parameters import (
    CANONICAL,
    IF_NONE_MATCH,
    IRI,
    LANG,
    NOT_MODIFIED,
    PAGE,
)
from urbansdg.endpoint.pages.lists.list_pages import LISTS, ListDefinition
from urbansdg.ontology.media_types import HTML

_TAG: Final = "Pages"
_PAGE: Final = DescribedResponse("The page.", (HTML,), ("ETag", "Content-Language", "Link"))
_ANSWERS: Final = {200: _PAGE, 304: NOT_MODIFIED, 308: CANONICAL}
_STATUSES: Final = (400, 404, 429, 503, 504)
"""The errors of pages for which a worker evaluates a query."""


def _filter(name: str) -> HttpParameter:
    return HttpParameter(name, f"Only policies with this {name}, given by its IRI.", schema=IRI)


def _listing(of: ListDefinition) -> HttpOperation:
    return HttpOperation(
        "GET",
        f"/{of.name}",
        _TAG,
        f"List the {of.name}",
        "By name in the language of the page, a hundred to a page.",
        (PAGE, *map(_filter, of.filters), LANG, IF_NONE_MATCH),
        _ANSWERS,
        _STATUSES,
    )


PAGE_OPERATIONS: Final = (
    HttpOperation(
        "GET",
        "/",
        _TAG,
        "Show the home page",
        "The content of the graph, and the entry points.",
        (LANG, IF_NONE_MATCH),
        _ANSWERS,
        (503,),
    ),
    *map(_listing, LISTS),
    HttpOperation(
        "GET",
        "/search",
        _TAG,
        "Search the names of things",
        "Names in every language, without regard to accents and case; 20 to a page.",
        (
            HttpParameter("q", "The words, of which the first eight count.", example="transport"),
            PAGE,
            LANG,
            IF_NONE_MATCH,
        ),
        _ANSWERS,
        _STATUSES,
    ),
    HttpOperation(
        "GET",
        "/mentions",
        _TAG,
        "List the things that link to a thing",
        "A hundred to a page.",
        (
            HttpParameter(
                "uri",
                "The IRI of the thing.",
                schema=IRI,
                required=True,
                example="http://localhost:8000/id/city/1835848",
            ),
            PAGE,
            LANG,
            IF_NONE_MATCH,
        ),
        _ANSWERS,
        _STATUSES,
    ),
)
"""The operations of pages other than documents."""
