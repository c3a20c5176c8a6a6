"""The OpenAPI operation of the terms that the query editor completes."""

from typing import Final

from urbansdg.endpoint.openapi.operation import DescribedResponse, HttpOperation
from urbansdg.endpoint.openapi.parameters import IF_NONE_MATCH, LANG, NOT_MODIFIED
from urbansdg.ontology.media_types import JSON

_LABELLED: Final = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
}

EDITOR_OPERATIONS: Final = (
    HttpOperation(
        "GET",
        "/sparql/terms",
        "SPARQL",
        "List the terms that a query can name",
        "The prefixes, and the IRIs of classes and properties with their labels, for completion in "
        "an editor.",
        (LANG, IF_NONE_MATCH),
        {
            200: DescribedResponse(
                "The terms.",
                (JSON,),
                ("ETag", "Content-Language"),
                {
                    "type": "object",
                    "properties": {
                        "prefixes": {"type": "object"},
                        "classes": _LABELLED,
                        "properties": _LABELLED,
                    },
                },
            ),
            304: NOT_MODIFIED,
        },
        (503,),
    ),
)
"""The operation of the terms."""
