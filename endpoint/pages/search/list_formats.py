"""The formats of lists and results: the choice of one, and the header fields of the answer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from urbansdg.endpoint.dereference.document_routes import POLICY
from urbansdg.endpoint.http_fields.cache_control import OF_A_VERSION, REVALIDATE
from urbansdg.endpoint.search.search_parameters import SearchParameters
from urbansdg.endpoint.web.conditional_requests import not_modified_response
from urbansdg.endpoint.web.content_negotiation import preferred
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import ATOM, CSV, HTML, JSON, SPARQL_QUERY

FORMS: Final = {
    "html": HTML,
    "json": JSON,
    "csv": CSV,
    "atom": ATOM,
    "sparql": SPARQL_QUERY,
}
"""The values of `?format=`, with their media types; the first is what clients get by default."""


@dataclass(frozen=True, slots=True)
class ListForm:
    """The format of an answer; it is fixed if the address determines it."""

    name: str
    media_type: str
    is_fixed: bool

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        charset = "; charset=utf-8" if self.media_type.startswith("text/") else ""
        return self.media_type + charset


def form_of(
    request: Request, parameters: SearchParameters, extension: str | None = None
) -> ListForm:
    """Return the format of an answer: of the address, else by Accept; raises `Fault` (406)."""
    known = ", ".join(FORMS)
    if parameters.form is not None and parameters.form not in FORMS:
        message = f"Unknown format {parameters.form[:60]!r}."
        raise fault(406, message, f"Ask for one of: {known}.")
    name = extension or parameters.form
    if name is not None:
        return ListForm(name, FORMS[name], is_fixed=True)
    media_type = preferred(request.headers.get("accept"), tuple(FORMS.values()))
    for name, offer in FORMS.items():
        if offer == media_type:
            return ListForm(name, offer, is_fixed=False)
    raise fault(406, "No format of this list is accepted.", f"Use ?format= with one of: {known}.")


def list_response(
    request: Request,
    form: ListForm,
    tag: str,
    body: Callable[[], bytes | Iterator[bytes]],
    headers: Mapping[str, str],
    *,
    version: int | None,
    language: str,
) -> Response:
    """Return 304 where the client has the answer, else the answer; call it in a thread.

    `version` is the version that the request names, `language` the language of the page.
    """
    whole = {
        "etag": tag,
        "cache-control": REVALIDATE if version is None else OF_A_VERSION,
        "vary": "Accept-Language" if form.is_fixed else "Accept, Accept-Language",
        "x-robots-tag": "noindex",
        **headers,
    }
    not_modified = not_modified_response(request, whole)
    if not_modified is not None:
        return not_modified
    whole["content-language"] = language
    if form.name == "html":
        whole["content-security-policy"] = POLICY
    content = body()
    if isinstance(content, bytes):
        return Response(content, headers=whole, media_type=form.content_type)
    return StreamingResponse(content, headers=whole, media_type=form.content_type)
