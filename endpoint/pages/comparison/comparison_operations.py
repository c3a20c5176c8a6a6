"""The operation of the comparison of cities, for the OpenAPI document."""

from typing import Final

from urbansdg.endpoint.openapi.operation import DescribedResponse, HttpOperation, HttpParameter
from urbansdg.endpoint.openapi.parameters import (
    CANONICAL,
    IF_NONE_MATCH,
    LANG,
    NOT_MODIFIED,
    VERSION,
)
from urbansdg.endpoint.pages.comparison.comparison_view import MOST_CITIES, PATH
from urbansdg.ontology.media_types import CSV, HTML, JSON

COMPARISON_OPERATIONS: Final = (
    HttpOperation(
        "GET",
        PATH,
        "Pages",
        f"Compare up to {MOST_CITIES} cities",
        "Population, policies by goal, target and theme, whom to ask, costs per inhabitant, "
        "indicators, what one city has and another lacks; and the cities that are like the first, "
        "with the reasons. CSV has one value in each row. Amounts are not converted between "
        "currencies.",
        (
            HttpParameter(
                "city",
                f"A city, by its key or its IRI; at most {MOST_CITIES} different ones.",
                example="1835848",
                repeats=True,
            ),
            HttpParameter(
                "goal",
                "Only policies for this goal, given by its number from 1 to 17.",
                schema={"type": "string", "pattern": "^([1-9]|1[0-7])$"},
                example="11",
            ),
            HttpParameter(
                "theme",
                "Only policies on this theme, given by its key or its IRI.",
                example="transport",
            ),
            HttpParameter("q", "Words of the name of a city, to choose one on the page."),
            HttpParameter(
                "format",
                "The form of the answer, before Accept.",
                schema={"type": "string", "enum": ["html", "json", "csv"]},
            ),
            VERSION,
            LANG,
            IF_NONE_MATCH,
        ),
        {
            200: DescribedResponse(
                "The comparison.",
                (HTML, JSON, CSV),
                ("ETag", "Content-Language"),
                {"type": "object", "required": ["version", "cities", "topics", "similar"]},
            ),
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
        (400, 404, 406, 410, 429, 503, 504),
    ),
)
"""The operation of the comparison."""
