"""The OpenAPI operations of things, documents, Mementos and vocabularies.

Sources: Cool URIs for the Semantic Web, section 4.2; Memento (RFC 7089); Content Negotiation by
Profile (W3C Working Draft).
"""

from typing import Final

from urbansdg.endpoint.linked_data.profile_negotiation import EXTENSIONS
from urbansdg.endpoint.openapi.operation import (
    DescribedResponse,
    HttpOperation,
    HttpParameter,
    RequestBody,
)
from urbansdg.endpoint.openapi.parameters import (
    ACCEPT_DATETIME,
    ACCEPT_PROFILE,
    CANONICAL,
    DOCUMENT_TYPES,
    EXTENSION,
    IF_NONE_MATCH,
    IRI,
    LANG,
    MEDIA_TYPE,
    NOT_MODIFIED,
    NUMBER,
    PROFILE,
    RDF_TYPES,
    path_parameter,
)
from urbansdg.ontology.media_types import FORM, HTML, JSON_LD, LINK_FORMAT, OWL_AXIOMS, TURTLE

_CITY: Final = "city/1835848"
_THING: Final = path_parameter(
    "The kind and the name of the thing, slashes included. The path of a document may end with an "
    f"extension: {', '.join(f'`.{extension}`' for extension in EXTENSIONS)}.",
    _CITY,
)
_MENTIONS: Final = HttpParameter(
    "page",
    "The page of the statements with the thing as object, 500 to a page.",
    schema={"type": "integer", "minimum": 1, "maximum": 999_999},
    example=1,
)
_CHOICE: Final = (PROFILE, MEDIA_TYPE, ACCEPT_PROFILE, LANG)
_DOCUMENT: Final = DescribedResponse(
    "The document, in the profile and the form that the address or the request asks for.",
    DOCUMENT_TYPES,
    ("ETag", "Last-Modified", "Link", "Content-Location", "Content-Profile", "Urbansdg-Version"),
    example={
        "type": "Feature",
        "id": "http://localhost:8000/id/city/1835848",
        "geometry": {"type": "Point", "coordinates": [126.9784, 37.566]},
        "properties": {"name": "Seoul"},
    },
)
_MENTIONS_PAGE: Final = DescribedResponse(
    "The HTML page of the mentions, where a page after the first is asked for as HTML.",
    headers=("Location",),
)
_STATE: Final = DescribedResponse(
    "The state at the time that is asked for.", headers=("Location", "Link")
)
_ERRORS: Final = (400, 404, 406, 410, 414, 503)
_PAGE_ERRORS: Final = (400, 404, 406, 410, 414, 429, 503, 504)
"""The errors of documents whose pages have an overview, for which workers evaluate queries."""

_VIEW: Final = (
    HttpParameter(
        "sort",
        "On pages with a table of policies, the column to sort by; `-` before it reverses.",
        example="-year",
    ),
    HttpParameter("region", "Only policies of this region of the UN (M49).", example="030"),
    HttpParameter("status", "Only policies with this status.", example="in-progress"),
    HttpParameter("has", "Only policies with a `budget` or an `outcome`.", example="budget"),
    HttpParameter("list", "The page of the table, of 50 policies.", example=1),
)
"""The view of the table of an overview; other values are ignored, and RDF is as without them."""

_TIMED: Final = HttpParameter(
    "query",
    "A SPARQL query. Other parameters of `/sparql` are kept.",
    required=True,
    example="ASK { ?s ?p ?o }",
)
_TIMEMAP: Final = DescribedResponse("The list of the states (RFC 7089, section 5).", (LINK_FORMAT,))

_DOCUMENTS: Final = (
    HttpOperation(
        "GET",
        "/id/{path:path}",
        "Linked data",
        "Redirect from a thing to its document",
        "An IRI of the graph names a thing, not a document: it is answered with 303 "
        "(Cool URIs for the Semantic Web, section 4.2).",
        (_THING, LANG),
        {
            303: DescribedResponse("The document is at Location.", headers=("Location",)),
            308: CANONICAL,
        },
        (404, 410, 414, 503),
    ),
    HttpOperation(
        "GET",
        "/doc/{path:path}",
        "Linked data",
        "Read the document on a thing",
        "All forms have the same triples. Accept-Datetime redirects to the state at that time.",
        (_THING, *_CHOICE, _MENTIONS, *_VIEW, ACCEPT_DATETIME, IF_NONE_MATCH),
        {200: _DOCUMENT, 302: _STATE, 303: _MENTIONS_PAGE, 304: NOT_MODIFIED, 308: CANONICAL},
        _PAGE_ERRORS,
    ),
    HttpOperation(
        "GET",
        "/graph/{path:path}",
        "Linked data",
        "Read the document on a named graph",
        "What is recorded of the graph: its source, licence and loading. Its triples are at "
        "`/graphs?graph=IRI`.",
        (path_parameter("The name of the graph.", "sdg"), *_CHOICE, _MENTIONS, IF_NONE_MATCH),
        {200: _DOCUMENT, 303: _MENTIONS_PAGE, 304: NOT_MODIFIED, 308: CANONICAL},
        _ERRORS,
    ),
    HttpOperation(
        "GET",
        "/describe",
        "Linked data",
        "Describe any IRI",
        "The statements of the graph on an external IRI. A thing of this graph redirects "
        "(303) to its document.",
        (
            HttpParameter(
                "uri",
                "An absolute IRI, of at most 4,096 characters.",
                schema=IRI,
                required=True,
                example="http://www.wikidata.org/entity/Q8684",
            ),
            HttpParameter(
                "format",
                "The form of the answer, before Accept.",
                schema={"type": "string", "enum": list(EXTENSIONS)},
                example="ttl",
            ),
            *_CHOICE,
            _MENTIONS,
            *_VIEW,
            IF_NONE_MATCH,
        ),
        {
            200: _DOCUMENT,
            303: DescribedResponse(
                "The document of the thing, or its mentions.", headers=("Location",)
            ),
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
        _PAGE_ERRORS,
    ),
)

_MEMENTOS: Final = (
    HttpOperation(
        "GET",
        "/timegate/doc/{path:path}",
        "Memento",
        "Redirect to a document as it was",
        "The TimeGate of a document (RFC 7089, section 4).",
        (_THING, ACCEPT_DATETIME),
        {302: _STATE, 308: CANONICAL},
        (400, 404, 410, 414, 503),
    ),
    HttpOperation(
        "GET",
        "/timemap/doc/{path:path}",
        "Memento",
        "List the states of a document",
        "The TimeMap of a document (RFC 7089, section 5): one state for each version that is kept "
        "and has the thing.",
        (_THING,),
        {200: _TIMEMAP, 308: CANONICAL},
        (404, 410, 414, 503),
    ),
    HttpOperation(
        "GET",
        "/memento/{number:int}/doc/{path:path}",
        "Memento",
        "Read a document as it was",
        "A Memento: the document as a version has it.",
        (NUMBER, _THING, *_CHOICE, _MENTIONS, IF_NONE_MATCH),
        {
            200: DescribedResponse(
                "The document of that version.",
                DOCUMENT_TYPES,
                ("Memento-Datetime", *_DOCUMENT.headers),
            ),
            303: _MENTIONS_PAGE,
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
        _ERRORS,
    ),
    HttpOperation(
        "GET",
        "/timegate/sparql",
        "Memento",
        "Redirect to the answer to a query as of a time",
        "The TimeGate of a query.",
        (_TIMED, ACCEPT_DATETIME),
        {302: _STATE, 308: CANONICAL},
        (400, 503),
    ),
    HttpOperation(
        "GET",
        "/timemap/sparql",
        "Memento",
        "List the answers to a query",
        "The TimeMap of a query: one answer from each version that is kept.",
        (_TIMED,),
        {200: _TIMEMAP, 308: CANONICAL},
        (400, 503),
    ),
)

_VOCABULARY: Final = DescribedResponse(
    "The vocabulary, in RDF or as a page.",
    (*RDF_TYPES, HTML),
    ("ETag", "Last-Modified", "Link", "Content-Location"),
)
_ONTOLOGY: Final = DescribedResponse(
    "The ontology, in RDF, as axioms or as a page.",
    (*RDF_TYPES, OWL_AXIOMS, HTML),
    ("ETag", "Last-Modified", "Link", "Content-Location"),
)
_SCHEME: Final = HttpParameter("scheme", "The name of a concept scheme.", "path", example="theme")


def _described(
    path: str, summary: str, *parameters: HttpParameter, response: DescribedResponse = _VOCABULARY
) -> tuple[HttpOperation, HttpOperation]:
    """Return the operations of a vocabulary: at its own address, and at that of each form."""
    answers = {200: response, 304: NOT_MODIFIED, 308: CANONICAL}
    choice = (*parameters, PROFILE, LANG, IF_NONE_MATCH)
    return (
        HttpOperation(
            "GET",
            path,
            "Vocabularies",
            summary,
            parameters=(*choice, MEDIA_TYPE, ACCEPT_PROFILE),
            responses=answers,
            errors=(404, 406),
        ),
        HttpOperation(
            "GET",
            f"{path}.{{extension}}",
            "Vocabularies",
            f"{summary}, in one form",
            parameters=(EXTENSION, *choice),
            responses=answers,
            errors=(404, 406),
        ),
    )


_VOCABULARIES: Final = (
    *_described("/ontology", "Read the ontology", response=_ONTOLOGY),
    HttpOperation(
        "GET",
        "/ontology/{version}",
        "Vocabularies",
        "Read a version of the ontology, or its profile in OWL 2 DL (`owl`)",
        parameters=(
            HttpParameter("version", "The version of the ontology.", "path", example="0.3.0"),
            PROFILE,
            LANG,
            IF_NONE_MATCH,
            MEDIA_TYPE,
            ACCEPT_PROFILE,
        ),
        responses={200: _ONTOLOGY, 304: NOT_MODIFIED, 308: CANONICAL},
        errors=(404, 406),
    ),
    *_described("/shapes", "Read the SHACL shapes"),
    HttpOperation(
        "GET",
        "/shapes/standalone.ttl",
        "Vocabularies",
        "Read the SHACL shapes with all that they look up",
        parameters=(IF_NONE_MATCH,),
        responses={
            200: DescribedResponse(
                "The shapes of the minimum profile, the vocabularies, the framework, the places"
                " and the organisations, in one graph.",
                (TURTLE,),
                ("ETag", "Last-Modified"),
            ),
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
    ),
    *_described("/vocab/{scheme}", "Read a concept scheme", _SCHEME),
    HttpOperation(
        "GET",
        "/context.jsonld",
        "Vocabularies",
        "Read the JSON-LD context",
        parameters=(IF_NONE_MATCH,),
        responses={
            200: DescribedResponse(
                "The context.",
                (JSON_LD,),
                ("ETag", "Last-Modified"),
                {"type": "object", "required": ["@context"]},
            ),
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
    ),
)

_PERMANENT: Final = HttpOperation(
    "POST",
    "/permanent-link",
    "Memento",
    "Ask for a permanent link",
    "Keeps the version that the link leads to: no retention policy removes it. The request is "
    "anonymous and idempotent. A client may ask a few times in a minute. All clients together keep "
    "as many versions as the operator allows (`URBANSDG_PERMANENT_LINKS`), a tenth of them in a "
    "day; 503 says that there is no room.",
    (),
    {
        303: DescribedResponse(
            "The permanent address: the Memento of the document, or the query with its version.",
            headers=("Location",),
        ),
    },
    (400, 403, 404, 408, 410, 413, 415, 429, 501, 503),
    RequestBody(
        "The path, or the whole address, of a document or a query.",
        {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["path"],
                    "properties": {
                        "path": {
                            "type": "string",
                            "description": "`/doc/...`, or `/sparql?query=...`.",
                        },
                        "version": {
                            "type": "integer",
                            "minimum": 0,
                            "description": "The version. Default: the current one.",
                        },
                    },
                },
                "example": {"path": "/doc/city/1835848"},
            }
        },
    ),
)

DOCUMENT_OPERATIONS: Final = (*_DOCUMENTS, *_MEMENTOS, _PERMANENT, *_VOCABULARIES)
"""The operations of things, documents, their states, and the vocabularies."""
