"""The errors of the HTTP API: one response for each status, which operations refer to.

Source: RFC 9457 (Problem Details for HTTP APIs).
"""

from http import HTTPStatus
from typing import Any, Final

from urbansdg.ontology.media_types import (
    HTML,
    JSON,
    JSON_LD,
    N_TRIPLES,
    PROBLEM_JSON,
    RDF_XML,
    TEXT,
    TURTLE,
)

_REPORTS: Final = (
    *(TURTLE, JSON_LD),
    *(RDF_XML, N_TRIPLES),
)
_MEDIA_TYPES: Final = (PROBLEM_JSON, JSON, TEXT, HTML)

STATUSES: Final = {
    400: "The request is malformed: a parameter, the SPARQL text or the data cannot be read.",
    401: "The request needs a token, or the token is invalid or expired.",
    403: "Refused: the endpoint takes no writes, the token does not cover the graph, or the query "
    "uses SERVICE or LOAD with a host that is not allowed.",
    404: "There is no such thing, version, page or form.",
    405: "The address does not take this method; Allow lists those that it takes.",
    406: "None of the formats or profiles of the address is accepted.",
    408: "The body did not arrive in time.",
    410: "It was removed, or the version is no longer kept.",
    412: "The condition in If-Match or If-None-Match does not hold.",
    413: "The query or the body is too long.",
    414: "The address is too long.",
    415: "The media type, charset or content coding of the body is not supported.",
    416: "The range is outside of the file.",
    422: "The data does not validate against the shapes; `problems` lists the first results. The "
    "SHACL report is available as RDF.",
    429: "The client has used its share; Retry-After says when to ask again.",
    501: "The graph is in a SPARQL engine, which does not support this.",
    502: "A remote endpoint, queried through SERVICE, gave no answer.",
    503: "Not available now, or over a limit of memory or size; with Retry-After where a later "
    "request may succeed.",
    504: "The query ran into its time limit.",
}
"""The statuses of errors, and what each means here."""

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A problem document (RFC 9457, section 3).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "The reason phrase of the status."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong."},
        "code": {"type": "string", "description": "A stable code of the kind of error."},
        "remedy": {"type": "string", "description": "What to do about it."},
        "place": {"description": "Where it is wrong: a line and column, a file, a cell."},
        "value": {"description": "The value that is wrong."},
        "problems": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Each problem, where there are several.",
        },
    },
}
"""The schema of problem documents."""


_EXAMPLE: Final = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": "There is no version 99.",
    "code": "bad-request",
    "remedy": "Leave out `version` to query the current one.",
}


def reference_of(status: int) -> dict[str, str]:
    """Return the reference to the response of a status; raises `KeyError` for an unknown one."""
    return {"$ref": f"#/components/responses/{_name(status)}"}


def problem_responses() -> dict[str, Any]:
    """Return the responses to put into the components of the document."""
    return {
        _name(status): {
            "description": text,
            "content": {name: _content(name, status) for name in _media_types(status)},
        }
        for status, text in STATUSES.items()
    }


def _name(status: int) -> str:
    if status not in STATUSES:
        raise KeyError(f"Status {status} has no description in STATUSES.")
    return f"Problem{status}"


def _media_types(status: int) -> tuple[str, ...]:
    return (*_MEDIA_TYPES, *_REPORTS) if status == HTTPStatus.UNPROCESSABLE_ENTITY else _MEDIA_TYPES


def _content(media_type: str, status: int) -> dict[str, Any]:
    if "json" not in media_type or media_type == JSON_LD:
        return {}
    content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if status == HTTPStatus.NOT_FOUND:
        content["example"] = _EXAMPLE
    return content
