"""The operation of pictures, for the OpenAPI document."""

from typing import Final

from urbansdg.endpoint.html.picture_address import PATH, SMALL
from urbansdg.endpoint.openapi.operation import DescribedResponse, HttpOperation, HttpParameter
from urbansdg.endpoint.openapi.parameters import CANONICAL, IF_NONE_MATCH, NOT_MODIFIED
from urbansdg.ontology.media_types import WEBP

MEDIA_OPERATIONS: Final = (
    HttpOperation(
        "GET",
        f"{PATH}/{{key}}",
        "Pages",
        "Get a picture of a policy or a city",
        "The picture of a medium that the graph names, or the poster of a video, fetched once from "
        "a host that the operator allows, and encoded again without its metadata. 404 where the "
        "graph names no such picture or its host is not allowed; 502 where it cannot be fetched "
        "or decoded. An element `img` gets a placeholder with these statuses.",
        (
            HttpParameter(
                "key",
                "The IRI of the medium in base64url without padding (RFC 4648, section 5).",
                "path",
                example="aHR0cDovL2xvY2FsaG9zdDo4MDAwL2lkL21lZGlhL2V4YW1wbGUtaGFyYm91cg",
            ),
            HttpParameter(
                "size",
                "`small` for a picture of at most 480 pixels; otherwise it has at most 1,600.",
                schema={"type": "string", "enum": [SMALL]},
            ),
            IF_NONE_MATCH,
        ),
        {
            200: DescribedResponse("The picture.", (WEBP,), ("ETag",)),
            304: NOT_MODIFIED,
            308: CANONICAL,
        },
        (400, 404, 502, 503),
    ),
)
"""The operation of pictures."""
