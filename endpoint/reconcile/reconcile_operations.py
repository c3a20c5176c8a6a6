"""The OpenAPI operations of `/reconcile`.

Source: Reconciliation Service API 0.2 (W3C Entity Reconciliation Community Group).
"""

import json
from typing import Any, Final

from urbansdg.endpoint.openapi.operation import (
    DescribedResponse,
    HttpOperation,
    HttpParameter,
    RequestBody,
)
from urbansdg.endpoint.openapi.parameters import CANONICAL, IF_NONE_MATCH, IRI, LANG, NOT_MODIFIED
from urbansdg.endpoint.reconcile.query_batch import BATCH_SIZE
from urbansdg.ontology.media_types import FORM, HTML, JSON
from urbansdg.ontology.namespaces import USDG

_TAG: Final = "Reconciliation"
_QUERIES: Final = json.dumps(
    {"q0": {"query": "Seol", "type": "city", "properties": [{"pid": "country", "v": "Korea"}]}}
)
_EXTEND: Final = json.dumps(
    {
        "ids": ["http://localhost:8000/id/city/1835848"],
        "properties": [{"id": "country"}, {"id": "population"}],
    }
)
_ENTITY: Final = "http://localhost:8000/id/city/1835848"
_OBJECT: Final = {"type": "object"}
_READ: Final = ("ETag", "Urbansdg-Version")
_ANSWER: Final = DescribedResponse(
    "The manifest; with `queries`, the candidates of each query in `result`, the best first; with "
    "`extend`, the values of the properties.",
    (JSON,),
    _READ,
    _OBJECT,
)
_SUGGESTIONS: Final = DescribedResponse(
    "The suggestions in `result`, ten at a time.",
    (JSON,),
    _READ,
    {
        "type": "object",
        "required": ["result"],
        "properties": {"result": {"type": "array", "items": {"type": "object"}}},
    },
)
_KNOWN: Final = {304: NOT_MODIFIED, 308: CANONICAL}
_ABOUT: Final = (
    "The Reconciliation Service API 0.2, which OpenRefine speaks: it matches names in a table with "
    "cities, countries, policies, organisations, goals, targets and indicators, in any language, "
    "misspelt or not. Identifiers of entities are their IRIs. `match` is true for a candidate that "
    f"is surely the one. A batch has at most {BATCH_SIZE} queries; a malformed query has an empty "
    "result, and the reason in `error`."
)
_QUERIES_PARAMETER: Final = HttpParameter(
    "queries",
    "A batch of queries as a JSON object. Each query has `query` (the name), `type`, `limit`, "
    "`properties` (objects with `pid` and `v`) and `type_strict`.",
    example=_QUERIES,
)
_EXTEND_PARAMETER: Final = HttpParameter(
    "extend", "A data extension query: a JSON object with `ids` and `properties`.", example=_EXTEND
)
_PREFIX: Final = HttpParameter("prefix", "The beginning of a name.", required=True, example="seo")
_CURSOR: Final = HttpParameter(
    "cursor",
    "How many suggestions to skip.",
    schema={"type": "integer", "minimum": 0, "maximum": 999_999},
    example=10,
)
_FORM_SCHEMA: Final[dict[str, Any]] = {
    "schema": {
        "type": "object",
        "description": "`queries` or `extend`, not both.",
        "properties": {"queries": {"type": "string"}, "extend": {"type": "string"}},
    },
    "example": {"queries": _QUERIES},
}


def _type(description: str) -> HttpParameter:
    return HttpParameter("type", description, schema=IRI, example=str(USDG.City))


def _suggest(name: str, summary: str, *more: HttpParameter, needs_index: bool) -> HttpOperation:
    return HttpOperation(
        "GET",
        f"/reconcile/suggest/{name}",
        _TAG,
        summary,
        "A suggest service of the Reconciliation Service API.",
        (_PREFIX, _CURSOR, *more, LANG, IF_NONE_MATCH),
        {200: _SUGGESTIONS, **_KNOWN},
        (400, 429, 503) if needs_index else (400, 429),
    )


RECONCILE_OPERATIONS: Final = (
    HttpOperation(
        "GET",
        "/reconcile",
        _TAG,
        "Match names with entities",
        f"{_ABOUT} Without parameters: the service manifest.",
        (_QUERIES_PARAMETER, _EXTEND_PARAMETER, LANG, IF_NONE_MATCH),
        {200: _ANSWER, **_KNOWN},
        (400, 413, 414, 429, 503, 504),
    ),
    HttpOperation(
        "POST",
        "/reconcile",
        _TAG,
        "Match names with entities",
        _ABOUT,
        (LANG,),
        {200: _ANSWER},
        (400, 408, 413, 415, 429, 503, 504),
        RequestBody("The form.", {FORM: _FORM_SCHEMA}),
    ),
    _suggest(
        "entity",
        "Suggest entities",
        _type("Only entities of this type; unknown types are ignored."),
        needs_index=True,
    ),
    _suggest("type", "Suggest types", needs_index=False),
    _suggest("property", "Suggest properties", needs_index=False),
    HttpOperation(
        "GET",
        "/reconcile/properties",
        _TAG,
        "Propose properties of a type",
        "The properties that data extension can add to entities of a type.",
        (
            _type("The type; without it, the properties of all types."),
            HttpParameter(
                "limit", "The most properties.", schema={"type": "integer", "minimum": 0}, example=5
            ),
            LANG,
            IF_NONE_MATCH,
        ),
        {
            200: DescribedResponse(
                "The properties in `properties`.", (JSON,), _READ, {"type": "object"}
            ),
            **_KNOWN,
        },
        (400, 429),
    ),
    HttpOperation(
        "GET",
        "/reconcile/preview",
        _TAG,
        "Preview an entity",
        "A small page for a frame; any site may frame it.",
        (
            HttpParameter("id", "The identifier.", schema=IRI, required=True, example=_ENTITY),
            LANG,
            IF_NONE_MATCH,
        ),
        {
            200: DescribedResponse("The page.", (HTML,), (*_READ, "Content-Language")),
            **_KNOWN,
        },
        (404, 429),
    ),
)
"""The operations of the reconciliation service."""
