"""The operation of the cooperation board, for the OpenAPI document."""

from typing import Final

from urbansdg.endpoint.openapi.operation import DescribedResponse, HttpOperation, HttpParameter
from urbansdg.endpoint.openapi.parameters import (
    CANONICAL,
    IF_NONE_MATCH,
    LANG,
    NOT_MODIFIED,
    PAGE,
    VERSION,
)
from urbansdg.endpoint.pages.cooperation.cooperation_queries import KINDS, STATES
from urbansdg.endpoint.pages.cooperation.cooperation_view import PATH, SIZE
from urbansdg.ontology.media_types import CSV, HTML, JSON

COOPERATION_OPERATIONS: Final = (
    HttpOperation(
        "GET",
        PATH,
        "Pages",
        "List the offers and requests of cities",
        "Those that close first come first; those that have closed are a list of their own "
        "(`state=closed`). Each has its open counterparts in other cities, with what they share. "
        f"{SIZE} to a page; contacts are offices.",
        (
            HttpParameter("kind", "Only this kind.", schema={"type": "string", "enum": [*KINDS]}),
            HttpParameter(
                "state",
                "Those that are open on the day (the default), or those that have closed.",
                schema={"type": "string", "enum": [*STATES]},
            ),
            HttpParameter("city", "Only those of this city, given by its key or its IRI."),
            HttpParameter("theme", "Only those on this theme.", example="transport"),
            HttpParameter(
                "goal",
                "Only those on a target of this goal, given by its number from 1 to 17.",
                schema={"type": "string", "pattern": "^([1-9]|1[0-7])$"},
            ),
            HttpParameter("target", "Only those on this target.", example="11.2"),
            HttpParameter(
                "day",
                "The day that decides what is open; today in UTC by default.",
                schema={"type": "string", "format": "date"},
            ),
            HttpParameter(
                "format",
                "The form of the answer, before Accept.",
                schema={"type": "string", "enum": ["html", "json", "csv"]},
            ),
            PAGE,
            VERSION,
            LANG,
            IF_NONE_MATCH,
        ),
        {
            200: DescribedResponse(
                "A page of the board.",
                (HTML, JSON, CSV),
                ("ETag", "Content-Language", "Link"),
                {"type": "object", "required": ["version", "day", "total", "page", "results"]},
            ),
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
        (400, 404, 406, 410, 429, 503, 504),
    ),
)
"""The operation of the cooperation board."""
