"""The OpenAPI operations of `/sparql`, `/graphs` and `/fragments`.

Sources: SPARQL 1.1 Protocol; SPARQL 1.1 Graph Store HTTP Protocol; Triple Pattern Fragments.
"""

from collections.abc import Mapping
from typing import Any, Final

from urbansdg.endpoint.openapi.operation import (
    DescribedResponse,
    HttpOperation,
    HttpParameter,
    RequestBody,
)
from urbansdg.endpoint.openapi.parameters import (
    ACCEPT_DATETIME,
    GRAPH_TYPES,
    IF_NONE_MATCH,
    IRI,
    NOT_MODIFIED,
    PAGE,
    RESULT_TYPES,
    VERSION,
    path_parameter,
)
from urbansdg.endpoint.results.result_views import VIEWS
from urbansdg.ontology.media_types import (
    FORM,
    GRAPHS,
    HTML,
    JSON_LD,
    MULTIPART_FORM,
    RESULTS,
    SPARQL_QUERY,
    SPARQL_UPDATE,
    WORKBOOK,
)
from urbansdg.ontology.namespaces import PREFIXES, USDG

_QUERY: Final = f"SELECT ?city WHERE {{ ?city a <{USDG.City}> }} ORDER BY ?city LIMIT 5"
_UPDATE: Final = 'INSERT DATA { GRAPH <urn:notes> { <urn:note:1> <urn:text> "checked" } }'
_TURTLE: Final = '<urn:note:1> <urn:text> "checked" .'
_NAME: Final = {"type": "string"}
_IRIS: Final = {"type": "array", "items": IRI}
_FORMATS: Final = (*RESULTS, *GRAPHS)
_SPARQL_ERRORS: Final = (400, 401, 403, 404, 405, 406, 410, 429, 502, 503, 504)
_OUTCOME: Final = ("Urbansdg-Version", "Urbansdg-Added", "Urbansdg-Removed")
_READ: Final = ("ETag", "Link", "Memento-Datetime", "Urbansdg-Version")

SPARQL_JSON: Final = {
    "type": "object",
    "description": "SPARQL 1.1 Query Results JSON Format: `results` for SELECT, `boolean` for ASK.",
    "properties": {
        "head": {"type": "object"},
        "boolean": {"type": "boolean"},
        "results": {
            "type": "object",
            "properties": {"bindings": {"type": "array", "items": {"type": "object"}}},
        },
    },
}


def _limits() -> dict[str, Mapping[str, Any]]:
    """Return the fields of a query that lower a limit of the server, with their schemas."""
    return {
        "timeout": {"type": "string", "description": "Lowers the time limit: `2.5`, `500ms`."},
        "max-rows": {"type": "string", "description": "Lowers the limit on rows of a table."},
        "max-bytes": {"type": "string", "description": "Lowers the limit on the size, in bytes."},
        "max-memory": {"type": "string", "description": "Lowers the limit on memory, in bytes."},
    }


_LIMIT_EXAMPLES: Final = {
    "timeout": "5",
    "max-rows": "100",
    "max-bytes": "100000",
    "max-memory": "100000000",
}
_VIEW: Final = HttpParameter(
    "view",
    "The view of the result on the page, where its columns allow it; the table without it.",
    schema={"type": "string", "enum": list(VIEWS)},
    example="bar",
)
_FORMAT: Final = HttpParameter(
    "format",
    "The format of the answer, before Accept: a name, a file extension or a media type. "
    f"Names: {', '.join(f'`{form.name}`' for form in _FORMATS)}, and `xlsx` for a workbook, which "
    "`Accept` does not choose. Unknown values are ignored; `output` is another name of the "
    "parameter.",
    example="json",
    repeats=True,
)
_DATASET: Final = (
    HttpParameter(
        "default-graph-uri", "A graph of the default graph to query.", schema=IRI, repeats=True
    ),
    HttpParameter("named-graph-uri", "A named graph to query.", schema=IRI, repeats=True),
)
_ANSWER: Final = DescribedResponse(
    "The results of SELECT or ASK, or the triples of CONSTRUCT or DESCRIBE; a client that prefers "
    "HTML to all formats of results gets a page with the query and its first rows. Without a "
    "query: the service description in RDF (SPARQL 1.1 Service Description), or the query form in "
    "HTML.",
    tuple(dict.fromkeys((*RESULT_TYPES, *GRAPH_TYPES, WORKBOOK, HTML))),
    _READ,
    example={
        "head": {"vars": ["city"]},
        "results": {
            "bindings": [
                {"city": {"type": "uri", "value": "http://localhost:8000/id/city/1835848"}}
            ]
        },
    },
)
_FORM: Final = {
    "schema": {
        "type": "object",
        "description": "`query` or `update`, not both.",
        "properties": {
            "query": {"type": "string", "description": "A SPARQL 1.1 query."},
            "update": {"type": "string", "description": "A SPARQL 1.1 update; needs a token."},
            "default-graph-uri": _IRIS,
            "named-graph-uri": _IRIS,
            "using-graph-uri": _IRIS,
            "using-named-graph-uri": _IRIS,
            "format": _NAME,
            "version": {"type": "integer", "minimum": 1},
            **_limits(),
        },
    },
    "example": {"query": _QUERY},
}
_SPARQL: Final = (
    HttpOperation(
        "GET",
        "/sparql",
        "SPARQL",
        "Answer a query, describe the service, or give the query form",
        "SPARQL 1.1 Protocol, section 2.1. Accept-Datetime redirects to the answer as of that "
        "time. An answer that is cut short ends without its last chunk.",
        (
            HttpParameter("query", "A SPARQL 1.1 query.", example=_QUERY),
            *_DATASET,
            _FORMAT,
            VERSION,
            _VIEW,
            *(
                HttpParameter(name, str(schema["description"]), example=_LIMIT_EXAMPLES[name])
                for name, schema in _limits().items()
            ),
            HttpParameter(
                "Prefer", "`wait=N` lowers the time limit (RFC 7240).", "header", example="wait=5"
            ),
            ACCEPT_DATETIME,
            IF_NONE_MATCH,
        ),
        {
            200: _ANSWER,
            302: DescribedResponse(
                "The answer as of Accept-Datetime (RFC 7089, section 4.1).",
                headers=("Location", "Link"),
            ),
            304: NOT_MODIFIED,
        },
        (*_SPARQL_ERRORS, 413, 414),
    ),
    HttpOperation(
        "POST",
        "/sparql",
        "SPARQL",
        "Answer a query, or run an update",
        "SPARQL 1.1 Protocol, sections 2.1 and 2.2. An update needs a token. It makes one new "
        "version, or changes nothing.",
        (*_DATASET, _FORMAT, VERSION),
        {
            200: _ANSWER,
            204: DescribedResponse("The update is done.", headers=_OUTCOME),
        },
        (*_SPARQL_ERRORS, 408, 413, 414, 415, 422),
        RequestBody(
            "The query or the update: as a form, or as it is.",
            {
                FORM: _FORM,
                SPARQL_QUERY: {"schema": _NAME, "example": _QUERY},
                SPARQL_UPDATE: {"schema": _NAME, "example": _UPDATE},
            },
        ),
    ),
)

_GRAPH: Final = HttpParameter(
    "graph", "The IRI of a graph.", schema=IRI, example="http://localhost:8000/graph/sdg"
)
_DEFAULT: Final = HttpParameter(
    "default",
    "Names the default graph; it has no value.",
    schema={"type": "string", "maxLength": 0},
)
_INDIRECT: Final = (_GRAPH, _DEFAULT)
_IF_MATCH: Final = (
    HttpParameter("If-Match", "Write only if the graph has one of these entity tags.", "header"),
    HttpParameter(
        "If-None-Match",
        "Write only if the graph has none of these entity tags; `*`: only a new graph.",
        "header",
    ),
)
_SLUG: Final = HttpParameter("Slug", "The preferred name of a new graph (RFC 5023, 9.7).", "header")
_RDF: Final[Mapping[str, Mapping[str, object]]] = {
    form.media_type: (
        {"schema": _NAME, "example": _TURTLE} if form.name == "turtle" else {"schema": _NAME}
    )
    for form in GRAPHS
    if form.name != "jsonld"
} | {
    JSON_LD: {"schema": {}, "example": {"@id": "urn:note:1", "urn:text": "checked"}},
    MULTIPART_FORM: {
        "schema": {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    },
}
_PATCH_BODY: Final = RequestBody(
    "An update that sees this graph only.",
    {SPARQL_UPDATE: {"schema": _NAME, "example": _UPDATE}},
)
_WRITE_ERRORS: Final = (400, 401, 403, 412, 414, 503)
_SENT_ERRORS: Final = (*_WRITE_ERRORS, 413, 415, 422)
_CREATED: Final = DescribedResponse("The graph is created.", headers=("Location", *_OUTCOME))
_WRITTEN: Final = DescribedResponse("The graph is changed.", headers=_OUTCOME)
_GRAPH_PATH: Final = path_parameter("The rest of the graph's own address.", "notes")


def _writes(
    path: str, named: tuple[HttpParameter, ...], *, may_name: bool
) -> tuple[HttpOperation, ...]:
    """Return the operations that write to a graph at a path."""
    body = RequestBody(
        "The triples, in one of the RDF formats, or files in a form; `Content-Encoding: gzip` is "
        "understood. A file of a form without a media type is read by the ending of its name.",
        _RDF,
    )
    slug = (_SLUG,) if may_name else ()
    sent_errors = _SENT_ERRORS if may_name else (*_SENT_ERRORS, 404)  # a path with a line break
    tag = "Graph Store"
    both = {201: _CREATED, 204: _WRITTEN}
    gone = {204: _WRITTEN}
    return (
        HttpOperation(
            "PUT",
            path,
            tag,
            "Replace a graph",
            "Section 5.3.",
            (*named, *_IF_MATCH),
            both,
            sent_errors,
            body,
            needs_token=True,
        ),
        HttpOperation(
            "POST",
            path,
            tag,
            "Add triples to a graph",
            "Section 5.5.",
            (*named, *slug, *_IF_MATCH),
            both,
            sent_errors,
            body,
            needs_token=True,
        ),
        HttpOperation(
            "PATCH",
            path,
            tag,
            "Run an update on one graph",
            "Section 5.7.",
            (*named, *_IF_MATCH),
            gone,
            (*_SENT_ERRORS, 404, 408),
            _PATCH_BODY,
            needs_token=True,
        ),
        HttpOperation(
            "DELETE",
            path,
            tag,
            "Delete a graph",
            "Section 5.4.",
            (*named, *_IF_MATCH),
            gone,
            (*_WRITE_ERRORS, 404, 422),
            needs_token=True,
        ),
    )


def _reads(path: str, named: tuple[HttpParameter, ...]) -> HttpOperation:
    return HttpOperation(
        "GET",
        path,
        "Graph Store",
        "Read a graph",
        "SPARQL 1.1 Graph Store HTTP Protocol, section 5.2.",
        (*named, VERSION, IF_NONE_MATCH),
        {
            200: DescribedResponse(
                "The triples of the graph.", GRAPH_TYPES, ("ETag", "Urbansdg-Version")
            ),
            304: NOT_MODIFIED,
        },
        (400, 404, 406, 410, 414, 503),
    )


def _term(name: str, example: str) -> HttpParameter:
    text = f"The {name}: an IRI, or a variable such as `?x`, which matches all, as no value does."
    return HttpParameter(name, text, example=example)


_FRAGMENTS: Final = HttpOperation(
    "GET",
    "/fragments",
    "Triple pattern fragments",
    "Read the triples that match a pattern",
    "A hundred triples to a page, with an estimate of their number and the Hydra controls for "
    "other pages and patterns (Triple Pattern Fragments, 2016).",
    (
        _term("subject", "http://localhost:8000/id/city/1835848"),
        _term("predicate", f"{PREFIXES['skos']}prefLabel"),
        HttpParameter(
            "object",
            'The object: an IRI, a literal such as `"Seoul"@en`, or a variable.',
            example='"Seoul"@en',
        ),
        PAGE,
        IF_NONE_MATCH,
    ),
    {
        200: DescribedResponse(
            "A page of the fragment. TriG and N-Quads keep the controls in a graph of their own.",
            GRAPH_TYPES,
            ("ETag", "Urbansdg-Version"),
        ),
        304: NOT_MODIFIED,
    },
    (400, 406, 501, 503),
)

QUERY_OPERATIONS: Final = (
    *_SPARQL,
    _reads("/graphs", _INDIRECT),
    *_writes("/graphs", _INDIRECT, may_name=True),
    _reads("/graphs/{path:path}", (_GRAPH_PATH,)),
    *_writes("/graphs/{path:path}", (_GRAPH_PATH,), may_name=False),
    *_writes("/graph/{path:path}", (_GRAPH_PATH,), may_name=False),
    _FRAGMENTS,
)
"""The operations of the SPARQL protocols and of triple pattern fragments."""
