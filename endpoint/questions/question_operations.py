"""The OpenAPI operations of the questions."""

from typing import Final

from urbansdg.endpoint.openapi.operation import DescribedResponse, HttpOperation, HttpParameter
from urbansdg.endpoint.openapi.parameters import (
    CANONICAL,
    IF_NONE_MATCH,
    LANG,
    NOT_MODIFIED,
    RESULT_TYPES,
    VERSION,
)
from urbansdg.endpoint.results.result_views import DRAWN_VIEWS, VIEWS
from urbansdg.ontology.media_types import HTML, JSON, RESULTS, SVG, WORKBOOK
from urbansdg.queries import questions

_TAG: Final = "Pages"
_NAMES: Final = [question.name for question in questions()]


def _name(example: str) -> HttpParameter:
    schema = {"type": "string", "enum": _NAMES}
    return HttpParameter("name", "The name of the question.", "path", schema, example=example)


QUESTION_OPERATIONS: Final = (
    HttpOperation(
        "GET",
        "/questions",
        _TAG,
        "List the questions",
        "The bundled questions by topic, in the language of the page; as JSON with the parameters "
        "and the query of each.",
        (
            HttpParameter(
                "format",
                "`json` for JSON, before Accept.",
                schema={"type": "string", "enum": ["json", "html"]},
                example="json",
            ),
            LANG,
            IF_NONE_MATCH,
        ),
        {
            200: DescribedResponse(
                "The questions.",
                (HTML, JSON),
                ("Content-Language",),
                {"type": "object", "properties": {"questions": {"type": "array"}}},
            ),
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
        (503,),
    ),
    HttpOperation(
        "GET",
        "/questions/{name}",
        _TAG,
        "Answer a question",
        "A page with a form, the answer, and code to get it; or the answer as data. The parameters "
        "of each question are in the JSON of `/questions`: a thing is given by its key, its code, "
        "its IRI or its name. Unknown parameters are answered with 400.",
        (
            _name("policies_for_target"),
            VERSION,
            HttpParameter(
                "view",
                "The view of the answer on the page, where its columns allow it.",
                schema={"type": "string", "enum": list(VIEWS)},
                example="bar",
            ),
            HttpParameter(
                "format",
                "The format of the answer, before Accept: "
                f"{', '.join(f'`{form.name}`' for form in RESULTS)}, `xlsx` or `html`.",
                example="csv",
            ),
            LANG,
            IF_NONE_MATCH,
        ),
        {
            200: DescribedResponse(
                "The answer.", (HTML, *RESULT_TYPES, WORKBOOK), ("ETag", "Urbansdg-Version")
            ),
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
        (400, 404, 406, 410, 429, 503, 504),
    ),
    HttpOperation(
        "GET",
        "/figure/{name}.svg",
        _TAG,
        "Draw the answer to a question",
        "An SVG image that any site may embed, with its licence and its citation. It takes the "
        "parameters of the question too. Without `view`, it is the first view that the answer has.",
        (
            _name("goals_of_cities"),
            VERSION,
            HttpParameter(
                "view",
                "The view to draw.",
                schema={"type": "string", "enum": list(DRAWN_VIEWS)},
                example="bar",
            ),
            LANG,
            IF_NONE_MATCH,
        ),
        {
            200: DescribedResponse(
                "The image.", (SVG,), ("ETag", "Content-Language", "Urbansdg-Version", "Link")
            ),
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
        (400, 404, 410, 429, 503, 504),
    ),
)
"""The operations of the questions."""
