"""Pages that are data too: the same content as HTML, JSON or CSV.

`?format=html|json|csv` fixes the form, for links and bookmarks; otherwise Accept chooses it.
"""

import csv
import io
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.dereference.document_routes import POLICY
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import REVALIDATE
from urbansdg.endpoint.search.search_parameters import requested_version
from urbansdg.endpoint.web.conditional_requests import entity_tag_of, not_modified_response
from urbansdg.endpoint.web.content_negotiation import preferred
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import CSV, HTML, JSON

PARAMETER: Final = "format"
_FORMS: Final = {"html": HTML, "json": JSON, "csv": CSV}
_EXCERPT: Final = 100
_BOM: Final = "\ufeff"

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Characters with which a spreadsheet takes a cell for a formula (OWASP, CSV injection)."""


class DataPage(Protocol):
    """The content of a page for a reader, in each of the forms."""

    def page(self) -> bytes:
        """Return the page, in HTML and UTF-8."""

    def document(self) -> dict[str, object]:
        """Return the document for JSON."""

    def rows(self) -> Iterable[Sequence[object]]:
        """Return the rows for CSV, the header first."""


def form_of(request: Request) -> str:
    """Return the media type that a request selects; raises `Fault` (406)."""
    known = ", ".join(_FORMS)
    names = request.query_params.getlist(PARAMETER)
    if names:
        if len(names) > 1 or names[0] not in _FORMS:
            message = f"Unknown format {names[-1][:_EXCERPT]!r}."
            raise fault(406, message, f"Ask for one of: {known}.")
        return _FORMS[names[0]]
    media_type = preferred(request.headers.get("accept"), tuple(_FORMS.values()))
    if media_type is None:
        remedy = f"Accept one of: {', '.join(_FORMS.values())}; or add ?{PARAMETER}= with {known}."
        raise fault(406, "No format of this page is accepted.", remedy)
    return media_type


def check_parameters(request: Request, known: Collection[str]) -> None:
    """Raise `Fault` (400) for a parameter that the page does not have; it names those it has."""
    every = {*known, "lang", PARAMETER}
    for name in request.query_params:
        if name not in every:
            message = f"Unknown parameter {name[:_EXCERPT]!r}."
            raise fault(400, message, f"Use only: {', '.join(sorted(every))}.")


def as_csv(rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV (RFC 4180) in UTF-8 with a byte order mark, which spreadsheets need.

    An apostrophe precedes a text that a spreadsheet would take for a formula.
    """
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return f"{_BOM}{text.getvalue()}".encode()


@dataclass(frozen=True, slots=True)
class ChosenVersion:
    """The version that a page is of; `number` is None where the request names none."""

    number: int | None
    snapshot: Snapshot
    keeps_versions: bool

    def permanent(self, address: Callable[..., str]) -> str | None:
        """Return the address that names the version, None where none is kept, or it is named."""
        if self.number is not None or not self.keeps_versions:
            return None
        return address(version=str(self.snapshot.number))


async def chosen_version(context: Context, request: Request) -> ChosenVersion:
    """Return the version that `?version=` names, else the current one.

    Raises `Fault`: 400 for an invalid number, 404 for an unknown one, 410 for a removed one.
    """
    number = requested_version(request)
    keeps_versions = context.store.capabilities.keeps_versions
    return ChosenVersion(number, await context.chosen_snapshot(number), keeps_versions)


async def send_form(
    request: Request,
    media_type: str,
    state: str,
    site: SiteLinks,
    *,
    selection: object,
    view: Callable[[], DataPage],
    file: str,
    headers: dict[str, str],
) -> Response:
    """Return 304 where the client has the body, else make it in a thread.

    `state` is the mark of the version; `selection` is what else the body depends on, except the
    form and the reader. `file` is the name under which a browser saves the CSV.
    """
    reader = site.reader
    wish = f"{reader.query_language or ''} {reader.wish or ''}"
    fields = {"cache-control": REVALIDATE, **headers} | {
        "etag": entity_tag_of(state, f"{request.url.path} {selection} {media_type} {wish}"),
        "vary": "Accept, Accept-Language",
    }
    if media_type == CSV:
        fields["content-disposition"] = f'attachment; filename="{file}"'
    not_modified = not_modified_response(request, fields)
    if not_modified is not None:
        return not_modified
    fields["content-language"] = site.words.language
    if media_type == HTML:
        fields["content-security-policy"] = POLICY
    content_type = media_type if media_type == JSON else f"{media_type}; charset=utf-8"
    body = await run_in_threadpool(_body, view, media_type)
    return Response(body, headers=fields, media_type=content_type)


def _body(view: Callable[[], DataPage], media_type: str) -> bytes:
    content = view()
    if media_type == JSON:
        return json.dumps(content.document(), ensure_ascii=False, indent=1, default=str).encode()
    return as_csv(content.rows()) if media_type == CSV else content.page()


def _cell(value: object) -> object:
    is_formula = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if is_formula else value
