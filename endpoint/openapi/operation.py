"""The operations of the HTTP API, described in tables beside their routes.

Most routes are plain Starlette routes, or ASGI applications, for speed; FastAPI knows nothing of
their parameters. So each folder with routes has a table of `HttpOperation`, and
`urbansdg.endpoint.api_document` merges the tables into the OpenAPI document. A test compares the
tables with the routes of the application.

Source: OpenAPI Specification 3.1, sections 4.8.10 to 4.8.17.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from urbansdg.endpoint.openapi.problem_responses import reference_of

JsonObject = dict[str, Any]

_CONVERTER: Final = re.compile(r":[a-z]+\}")


@dataclass(frozen=True, slots=True)
class HttpParameter:
    """A parameter of an operation; with `repeats` it may be sent more than once."""

    name: str
    description: str
    place: Literal["query", "path", "header"] = "query"
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    example: object = None
    repeats: bool = False

    def to_json(self) -> JsonObject:
        """Return the Parameter Object (section 4.8.12)."""
        schema = dict(self.schema)
        document: JsonObject = {
            "name": self.name,
            "in": self.place,
            "description": self.description,
            "required": self.required or self.place == "path",
            "schema": {"type": "array", "items": schema} if self.repeats else schema,
        }
        if self.example is not None:
            document["example"] = [self.example] if self.repeats else self.example
        return document


@dataclass(frozen=True, slots=True)
class DescribedResponse:
    """A response that is not an error: its media types, the header fields that matter, an example.

    `schema` and `example` hold for the JSON media types only.
    """

    description: str
    media_types: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    schema: Mapping[str, object] = field(default_factory=dict)
    example: object = None

    def to_json(self) -> JsonObject:
        """Return the Response Object (section 4.8.17)."""
        document: JsonObject = {"description": self.description}
        if self.headers:
            document["headers"] = {
                name: {"description": HEADERS[name], "schema": {"type": "string"}}
                for name in self.headers
            }
        if self.media_types:
            document["content"] = {name: self._media(name) for name in self.media_types}
        return document

    def _media(self, media_type: str) -> JsonObject:
        if "json" not in media_type:
            return {}
        example = {} if self.example is None else {"example": self.example}
        return {"schema": dict(self.schema), **example}


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The body of a request: a schema for each media type, with an example for each."""

    description: str
    media_types: Mapping[str, Mapping[str, object]]
    required: bool = True

    def to_json(self) -> JsonObject:
        """Return the Request Body Object (section 4.8.13)."""
        content = {name: dict(media) for name, media in self.media_types.items()}
        return {"description": self.description, "required": self.required, "content": content}


@dataclass(frozen=True, slots=True)
class HttpOperation:
    """A method of a path, with its parameters and responses; `errors` are statuses of problems.

    `path` is written as in the route, with the converter of each parameter.
    """

    method: str
    path: str
    tag: str
    summary: str
    description: str = ""
    parameters: tuple[HttpParameter, ...] = ()
    responses: Mapping[int, DescribedResponse] = field(default_factory=dict)
    errors: tuple[int, ...] = ()
    body: RequestBody | None = None
    needs_token: bool = False

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it: `/dumps/{number}/{name}`."""
        return template_of(self.path)

    def to_json(self) -> JsonObject:
        """Return the Operation Object (section 4.8.10)."""
        responses = {str(status): response.to_json() for status, response in self.responses.items()}
        responses |= {str(status): reference_of(status) for status in self.errors}
        document: JsonObject = {
            "tags": [self.tag],
            "summary": self.summary,
            "operationId": _identifier(self.method, self.template),
            "responses": dict(sorted(responses.items())),
        }
        if self.description:
            document["description"] = self.description
        if self.parameters:
            document["parameters"] = [parameter.to_json() for parameter in self.parameters]
        if self.body is not None:
            document["requestBody"] = self.body.to_json()
        if self.needs_token:
            document["security"] = [{"token": []}]
        return document


def template_of(path: str) -> str:
    """Return the path of a route as OpenAPI writes it, without converters of parameters."""
    return _CONVERTER.sub("}", path)


def _identifier(method: str, template: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", template)
    return "_".join((method.lower(), *words)) if words else f"{method.lower()}_home"


HEADERS: Final = {
    "Content-Disposition": "The name under which a client saves the file.",
    "Content-Language": "The language of the page.",
    "Content-Location": "The address of the form that was chosen.",
    "Content-Profile": "The IRI of the profile of the answer.",
    "ETag": "The entity tag, for If-None-Match and If-Match (RFC 9110, section 8.8.3).",
    "Last-Modified": "When the content changed last (RFC 9110, section 8.8.2).",
    "Link": "Typed links (RFC 8288).",
    "Location": "Where the request leads.",
    "Memento-Datetime": "The time of the state that is answered from (RFC 7089, section 2.1.1).",
    "Urbansdg-Added": "How many statements the write added; 0 where nothing changed.",
    "Urbansdg-Removed": "How many statements the write removed; 0 where nothing changed.",
    "Urbansdg-Version": "The number of the version that is answered from, or that was made.",
}
"""The header fields of answers, and what each says."""
