"""The OpenAPI operations of the home page, the lists, the search and the mentions."""

from typing import Final

from urbansdg.endpoint.openapi.operation import DescribedResponse, HttpOperation, HttpParameter
from urbansdg.endpoint.openapi.parameters import (
    CANONICAL,
    IF_NONE_MATCH,
    IRI,
    LANG,
    NOT_MODIFIED,
    PAGE,
    VERSION,
)
from urbansdg.endpoint.pages.search.list_formats import FORMS
from urbansdg.endpoint.pages.search.list_handler import ListDefinition
from urbansdg.endpoint.pages.search.list_pages import LISTS
from urbansdg.endpoint.pages.search.search_page import SEARCH
from urbansdg.endpoint.search.facet_reader import EXAMPLES
from urbansdg.ontology.media_types import CSV, HTML, SUGGESTIONS
from urbansdg.search.search_request import SORTS

_TAG: Final = "Pages"
_FIELDS: Final = ("ETag", "Content-Language", "Link")
_PAGE: Final = DescribedResponse("The page.", (HTML,), _FIELDS)
_ANSWERS: Final = {200: _PAGE, 304: NOT_MODIFIED, 308: CANONICAL}
_STATUSES: Final = (400, 404, 429, 503, 504)
"""The errors of pages for which a worker evaluates a query."""

_LIST_STATUSES: Final = (400, 404, 406, 410, 429, 503, 504)
_DOCUMENT: Final = {
    "type": "object",
    "properties": {
        "total": {"type": "integer"},
        "page": {"type": "integer"},
        "pages": {"type": "integer"},
        "version": {"type": "integer"},
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "iri": {"type": "string", "format": "iri"},
                    "kind": {"type": "string"},
                    "label": {"type": "string"},
                    "snippet": {"type": "string"},
                    "score": {"type": ["number", "null"]},
                },
            },
        },
        "facets": {
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "value": {"type": "string"},
                        "label": {"type": "string"},
                        "count": {"type": "integer"},
                    },
                },
            },
        },
        "links": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_RESULTS: Final = DescribedResponse(
    "The page, or the same in another format.", tuple(FORMS.values()), _FIELDS, _DOCUMENT
)
_TABLE: Final = DescribedResponse(
    "The table: a row for a thing.", (CSV,), ("ETag", "Content-Language", "Content-Disposition")
)
_FORMAT: Final = HttpParameter(
    "format",
    "The format, before Accept. `csv` has all things, not only those of the page; `atom` is a "
    "feed; `sparql` is the query with the same meaning.",
    schema={"type": "string", "enum": list(FORMS)},
    example="json",
)
_WORDS: Final = HttpParameter(
    "q",
    "Words of any language, a code (`SDG 11`, `11.2`) or an IRI. Similar words count where few "
    "things have the words themselves.",
    example="transport",
)


def _facet(name: str) -> HttpParameter:
    return HttpParameter(
        name,
        f"Only things with this {name}: a code or an IRI; several are separated by commas.",
        repeats=True,
        example=EXAMPLES[name],
    )


def _sort(of: ListDefinition) -> HttpParameter:
    return HttpParameter(
        "sort",
        "The order: by name in the language of the page, or by the latest change.",
        schema={"type": "string", "enum": list(SORTS)},
        example=of.order,
    )


def _parameters(of: ListDefinition) -> tuple[HttpParameter, ...]:
    facets = tuple(map(_facet, of.facets))
    return (*((_WORDS,) if of.kind is None else ()), *facets, _sort(of), VERSION, LANG)


def _listing(of: ListDefinition) -> HttpOperation:
    summary = "Search the texts of things" if of.kind is None else f"List the {of.name}"
    return HttpOperation(
        "GET",
        of.path,
        _TAG,
        summary,
        f"{of.size} to a page, with the number of all and counts of the facets. An unknown "
        "parameter is an error.",
        (*_parameters(of), PAGE, _FORMAT, IF_NONE_MATCH),
        {200: _RESULTS, 304: NOT_MODIFIED, 308: CANONICAL},
        _LIST_STATUSES,
    )


def _table(of: ListDefinition) -> HttpOperation:
    what = "the results of a search" if of.kind is None else f"the {of.name}"
    return HttpOperation(
        "GET",
        f"{of.path}.csv",
        _TAG,
        f"Download {what}",
        "All of them, as a table.",
        (*_parameters(of), IF_NONE_MATCH),
        {200: _TABLE, 304: NOT_MODIFIED, 308: CANONICAL},
        _LIST_STATUSES,
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
    *map(_table, LISTS),
    _listing(SEARCH),
    _table(SEARCH),
    HttpOperation(
        "GET",
        "/suggest",
        _TAG,
        "Suggest names for an unfinished search",
        "In the format of the OpenSearch Suggestions extension: the words, and for each of at most "
        "ten things a name that has them, a description, and the address of the page.",
        (_WORDS, _facet("kind"), VERSION, LANG, IF_NONE_MATCH),
        {
            200: DescribedResponse(
                "The suggestions.",
                (SUGGESTIONS,),
                ("ETag", "Content-Language"),
                {"type": "array"},
                [
                    "seo",
                    ["Seoul"],
                    ["City"],
                    ["http://localhost:8000/doc/city/1835848"],
                ],
            ),
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
        (400, 404, 410, 501, 503),
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
