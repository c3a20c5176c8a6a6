"""The OpenAPI document at `/openapi.json`, and as a page at `/docs`.

FastAPI describes the routes that are its own; each folder with plain routes has a table of
operations, and this module merges them. The page at `/docs` is rendered on the server: the usual
viewers load scripts from other hosts, which the content security policy of the pages forbids.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from urbansdg import __version__
from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dereference.document_operations import DOCUMENT_OPERATIONS
from urbansdg.endpoint.dereference.document_routes import answered, entity_tag
from urbansdg.endpoint.discovery.discovery_operations import DISCOVERY_OPERATIONS
from urbansdg.endpoint.editor.editor_operations import EDITOR_OPERATIONS
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import NO_CACHE
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.profile_negotiation import HERE
from urbansdg.endpoint.media.media_operations import MEDIA_OPERATIONS
from urbansdg.endpoint.openapi.operation import template_of
from urbansdg.endpoint.openapi.problem_responses import PROBLEM_SCHEMA, problem_responses
from urbansdg.endpoint.openapi.reference import reference_page
from urbansdg.endpoint.pages.comparison.comparison_operations import COMPARISON_OPERATIONS
from urbansdg.endpoint.pages.cooperation.cooperation_operations import COOPERATION_OPERATIONS
from urbansdg.endpoint.pages.search.page_operations import PAGE_OPERATIONS
from urbansdg.endpoint.query.query_operations import QUERY_OPERATIONS
from urbansdg.endpoint.questions.question_operations import QUESTION_OPERATIONS
from urbansdg.endpoint.reconcile.reconcile_operations import RECONCILE_OPERATIONS
from urbansdg.endpoint.web.conditional_requests import entity_tag_of, not_modified_response
from urbansdg.endpoint.web.path_prefix import path_of_base
from urbansdg.ontology.media_types import JSON

OPERATIONS: Final = (
    *QUERY_OPERATIONS,
    *DOCUMENT_OPERATIONS,
    *DISCOVERY_OPERATIONS,
    *PAGE_OPERATIONS,
    *QUESTION_OPERATIONS,
    *EDITOR_OPERATIONS,
    *COMPARISON_OPERATIONS,
    *COOPERATION_OPERATIONS,
    *MEDIA_OPERATIONS,
    *RECONCILE_OPERATIONS,
)
"""Every operation that a plain route answers."""

INTERNAL: Final = {
    "/openapi.json": "the OpenAPI document itself",
    "/docs": "the OpenAPI document for people",
    "/api/openapi.json": "the former address of the OpenAPI document, now a redirect",
    "/favicon.ico": "redirects to the icon of the pages, which browsers request here",
    "/static": "the style sheet and the icon of the pages",
}
"""The routes that the document leaves out, each with the reason."""

TAGS: Final = {
    "SPARQL": "The SPARQL 1.1 Protocol.",
    "Graph Store": "The SPARQL 1.1 Graph Store HTTP Protocol: graphs as a whole.",
    "Linked data": "Things and the documents on them.",
    "Memento": "Documents and answers as they were (RFC 7089).",
    "Vocabularies": "The ontology, the shapes and the concept schemes of the project.",
    "Dataset": "The description of the dataset.",
    "Dumps": "The whole graph, or one named graph, as a file.",
    "Events": "The changes between versions, as a linked data event stream.",
    "Triple pattern fragments": "For clients that join by themselves.",
    "Reconciliation": "Names in tables, matched with things (Reconciliation Service API 0.2).",
    "Pages": "Pages for people, in seven languages.",
    "Crawling": "For crawlers, feed readers and browsers.",
    "Service": "The state of the server, for operators.",
}
"""The sections of the document, in their order."""

_DESCRIPTION: Final = """\
The HTTP API of an Urban SDG graph: SPARQL, linked data, dumps, an event stream, and pages.

- Every GET has a HEAD. OPTIONS on any address lists its methods.
- `Accept` chooses the media type of an answer, where several are listed. Without it, the first one
  is sent.
- An error is a problem document (RFC 9457). `Accept` gives it as plain text or as a page too.
- Answers to GET have an `ETag`; `If-None-Match` is answered with 304 if nothing has changed.
- Another spelling of an address (doubled slashes, a slash at the end, other percent-encoding) is
  redirected (308) to the canonical one.
- `Accept-Encoding` may ask for brotli or gzip.
- Other sites may read every answer (CORS).
- Writes need a token: `Authorization: Bearer ...`. The operator makes it by `urbansdg token`.
"""


def api_document(routes: Iterable[BaseRoute], server: str = "/") -> dict[str, Any]:
    """Return the OpenAPI document of an application, for clients that reach it at `server`.

    An operation without a route is left out: an installation on a SPARQL engine has no mementos.
    """
    known = list(routes)
    document = get_openapi(
        title="Urban SDG graph",
        version=__version__,
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=known,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        servers=[{"url": server}],
    )
    routed = {"/sparql", *(template_of(route.path) for route in known if isinstance(route, Route))}
    paths = document["paths"]
    for operation in OPERATIONS:
        if operation.template in routed:
            path = paths.setdefault(operation.template, {})
            path[operation.method.lower()] = operation.to_json()
    document["paths"] = dict(sorted(paths.items()))
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["responses"] = problem_responses()
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of the operator."}
    }
    return document


def add_api_document(api: FastAPI, context: Context) -> None:
    """Add `/openapi.json` and `/docs` to an application, after all its other routes."""
    prefix = path_of_base(context.settings.base)

    @cache
    def document() -> dict[str, Any]:
        return api_document(api.routes, prefix or "/")

    async def as_json(request: Request) -> Response:
        body = json.dumps(document(), ensure_ascii=False, indent=1).encode()
        headers = {"etag": entity_tag_of("api", body.decode()), "cache-control": NO_CACHE}
        return not_modified_response(request, headers) or Response(
            body, headers=headers, media_type=JSON
        )

    async def as_page(request: Request) -> Response:
        site = SiteLinks.of(request, context.iris.base)
        tag = entity_tag(__version__, "/docs", HERE, site.reader)
        return await answered(request, HERE, tag, lambda: reference_page(document(), site), {})

    async def former(_: Request) -> Response:
        return RedirectResponse("/openapi.json", 308)

    for path, handler in (
        ("/openapi.json", as_json),
        ("/docs", as_page),
        ("/api/openapi.json", former),
    ):
        api.add_route(path, handler, methods=[*READING])
