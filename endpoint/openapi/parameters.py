"""The parameters, media types and headers that several operations share."""

from typing import Final

from urbansdg.endpoint.html.interface_texts import LANGUAGES
from urbansdg.endpoint.openapi.operation import DescribedResponse, HttpParameter
from urbansdg.ontology.media_types import GEOJSON, GRAPHS, HTML, RESULTS, TURTLE, Format
from urbansdg.ontology.namespaces import SCHEMA_HTTPS

IRI: Final = {"type": "string", "format": "iri"}


def media_types(formats: tuple[Format, ...]) -> tuple[str, ...]:
    """Return the media types of formats, and the aliases under which they are answered too."""
    aliases = (alias for form in formats for alias in form.aliases)
    return tuple(dict.fromkeys((*(form.media_type for form in formats), *aliases)))


RESULT_TYPES: Final = media_types(RESULTS)
GRAPH_TYPES: Final = media_types(GRAPHS)
RDF_TYPES: Final = tuple(form.media_type for form in GRAPHS)
"""The media types of RDF without aliases: those of documents."""

DOCUMENT_TYPES: Final = (*RDF_TYPES, GEOJSON.media_type, HTML)

LANG: Final = HttpParameter(
    "lang",
    f"The language of the page, before Accept-Language. Pages are written in {', '.join(LANGUAGES)}"
    "; names of things are shown in any language that the data have. Other values are ignored.",
    example="fr",
)
PROFILE: Final = HttpParameter(
    "_profile",
    "The profile of the answer, as a token or an IRI (W3C, Content Negotiation by Profile): "
    "`urbansdg`, `schema`, `geojson` (places), `dcat` and `void` (the dataset), `alt` (the list of "
    "profiles). An unknown profile is answered with 406.",
    example="urbansdg",
)
MEDIA_TYPE: Final = HttpParameter(
    "_mediatype", "The media type of the answer, before Accept.", example=TURTLE
)
EXTENSION: Final = HttpParameter(
    "extension",
    "The ending that fixes the form, before Accept.",
    "path",
    {"type": "string", "enum": ["html", *(form.extension for form in GRAPHS)]},
    example="ttl",
)
ACCEPT_PROFILE: Final = HttpParameter(
    "Accept-Profile",
    "The profiles that the client prefers, as IRIs in angle brackets. Unknown ones are ignored.",
    "header",
    example=f"<{SCHEMA_HTTPS}>",
)
ACCEPT_DATETIME: Final = HttpParameter(
    "Accept-Datetime",
    "Leads to the state at this time (Memento, RFC 7089, section 2.1.1). An HTTP date.",
    "header",
    example="Fri, 01 Jan 2100 00:00:00 GMT",
)
IF_NONE_MATCH: Final = HttpParameter(
    "If-None-Match", "Entity tags that the client has: the answer is 304 for one of them.", "header"
)
PAGE: Final = HttpParameter(
    "page", "The number of the page, from 1.", schema={"type": "integer", "minimum": 1}, example=1
)
NUMBER: Final = HttpParameter(
    "number",
    "The number of a version.",
    "path",
    {"type": "integer", "minimum": 1, "maximum": 10**9},
    example=1,
)
VERSION: Final = HttpParameter(
    "version",
    "The number of the version to answer from; the current one without it.",
    schema={"type": "integer", "minimum": 1},
    example=1,
)

NOT_MODIFIED: Final = DescribedResponse(
    "The client has the current answer (If-None-Match, If-Modified-Since).", headers=("ETag",)
)
CANONICAL: Final = DescribedResponse(
    "The address is another spelling of the one in Location: doubled slashes, a slash at the end, "
    "other percent-encoding.",
    headers=("Location",),
)


def path_parameter(description: str, example: str, name: str = "path") -> HttpParameter:
    """Return the parameter that stands for the rest of a path, slashes included."""
    return HttpParameter(name, description, "path", example=example)
