"""The event stream over HTTP: the view at `/events`, and immutable pages for each version.

The view has no members and is cached for seconds. A page of a version changes only where personal
data is redacted. A harvester stays in sync by polling `/events` and following new relations.
Sources: Linked Data Event Streams 1.0 (SEMIC), the TREE hypermedia specification.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import pyoxigraph as ox
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.discovery.dcat import LDES, TITLE
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.history.change_history import read
from urbansdg.endpoint.history.event_members import NAMESPACES, page_iri, stream, term
from urbansdg.endpoint.history.stream_nodes import (
    VERSIONS,
    older_node,
    view_relations,
)
from urbansdg.endpoint.http_fields.cache_control import OF_A_VERSION, kept_for
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.web.conditional_requests import last_modified, not_modified_response
from urbansdg.endpoint.web.content_negotiation import choose
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import GRAPHS, Format
from urbansdg.store.history.history_index import HistoryIndex

STREAM_FORMATS: Final = tuple(
    sorted(
        (
            form
            for form in GRAPHS
            if isinstance(form.engine, ox.RdfFormat) and form.engine.supports_datasets
        ),
        key=lambda form: form.engine is not ox.RdfFormat.TRIG,
    )
)


def stream_routes(context: Context, editions: Editions) -> list[BaseRoute]:
    """Return the routes of the event stream."""
    events = _Stream(context, editions)
    return [
        Route("/events", events.view, methods=READING),
        Route("/events/before/{number:int}", events.older, methods=READING),
        Route("/events/{number:int}/{page:int}", events.page, methods=READING),
    ]


@dataclass(frozen=True)
class _Stream:
    context: Context
    editions: Editions

    async def view(self, request: Request) -> Response:
        """Answer with the view: relations to the newest pages, and to a node of older ones."""
        form = _form(request)
        history = await self.editions.history(self.context.snapshot().number)
        tag = f'"{history.number}-{history.redactions}-{form.extension}"'
        headers = {"cache-control": kept_for(10)} | _validators(tag, history.created)
        question = partial(_view, history.number, self.context.iris.base)
        return await self._answered(request, form, headers, question)

    async def older(self, request: Request) -> Response:
        """Answer with a node that leads to older pages."""
        before, form = request.path_params["number"], _form(request)
        history = await self.editions.history(self.context.snapshot().number)
        if before % VERSIONS or not 0 < before < history.number + VERSIONS:
            raise fault(404, "Node not found.", "See /events for the way to older pages.")
        last = min(before, history.number)  # it changes until all its versions are published
        tag = f'"before-{before}-{last}-{history.redactions}-{form.extension}"'
        headers = {"cache-control": OF_A_VERSION if last == before else kept_for(10), "etag": tag}
        question = partial(_older, before, self.context.iris.base)
        return await self._answered(request, form, headers, question)

    async def page(self, request: Request) -> Response:
        """Answer with a page of members."""
        number, page = request.path_params["number"], request.path_params["page"]
        form = _form(request)
        history = await self.editions.history(self.context.snapshot().number)
        known = number <= history.number
        changes = await run_in_threadpool(
            read, self.editions.folder, lambda index: index.changes_of(number) if known else None
        )
        if changes is None or not 1 <= page <= changes.pages:
            raise fault(404, "Page not found.", "See /events for the way to every page.")
        state = f"{changes.mark}-{history.redactions}-{changes.created:%Y%m%d%H%M%S}"
        tag = f'"{state}-{page}-{form.extension}"'
        headers = {"cache-control": OF_A_VERSION} | _validators(tag, changes.created)
        question = partial(_page, number, page, self.context.iris.base)
        return await self._answered(request, form, headers, question)

    async def _answered(
        self,
        request: Request,
        form: Format,
        headers: dict[str, str],
        question: Callable[[HistoryIndex], list[ox.Quad]],
    ) -> Response:
        """Answer 304, or with what the index says to a question; off the event loop."""
        headers = headers | {"vary": "Accept"}
        not_modified = not_modified_response(request, headers)
        if not_modified is not None:
            return not_modified
        engine = form.engine if isinstance(form.engine, ox.RdfFormat) else ox.RdfFormat.TRIG

        def body() -> bytes:
            quads = read(self.editions.folder, question)
            return ox.serialize(quads, format=engine, prefixes=NAMESPACES) or b""

        content = await run_in_threadpool(body)
        return Response(content, headers=headers, media_type=form.media_type)


def _validators(tag: str, moment: datetime) -> dict[str, str]:
    return {"etag": tag, "last-modified": last_modified(moment)}


def _form(request: Request) -> Format:
    choice = choose(request.headers.get("accept"), STREAM_FORMATS)
    if choice is None:
        offers = ", ".join(form.media_type for form in STREAM_FORMATS)
        raise fault(406, "No format of the stream is accepted.", f"Accept one of: {offers}.")
    return choice.format


def _page(number: int, page: int, base: str, index: HistoryIndex) -> list[ox.Quad]:
    here, view = ox.NamedNode(page_iri(base, number, page)), ox.NamedNode(f"{base}/events")
    return [
        ox.Quad(here, term("rdf:type"), term("tree:Node")),
        ox.Quad(stream(base), term("tree:view"), view),
        ox.Quad(here, term("dcterms:isPartOf"), view),
        *ox.parse(index.page(number, page) or b"", format=ox.RdfFormat.N_QUADS),
    ]


def _older(before: int, base: str, index: HistoryIndex) -> list[ox.Quad]:
    return older_node(index, before, base)


def _view(last: int, base: str, index: HistoryIndex) -> list[ox.Quad]:
    """Return the view of the stream up to a version."""
    view, collection = ox.NamedNode(f"{base}/events"), stream(base)
    statements = (
        (collection, "rdf:type", term("ldes:EventStream")),
        (collection, "dcterms:title", ox.Literal(f"{TITLE}: changes", language="en")),
        (collection, "dcterms:isPartOf", ox.NamedNode(f"{base}/dataset")),
        (collection, "ldes:timestampPath", term("as:published")),
        (collection, "ldes:versionOfPath", term("as:object")),
        (collection, "ldes:versionCreateObject", term("as:Create")),
        (collection, "ldes:versionUpdateObject", term("as:Update")),
        (collection, "ldes:versionDeleteObject", term("as:Delete")),
        (collection, "tree:view", view),
        (view, "rdf:type", term("tree:Node")),
        (view, "dcterms:conformsTo", ox.NamedNode(LDES)),
    )
    described = [ox.Quad(subject, term(name), value) for subject, name, value in statements]
    return [*described, *view_relations(index, last, base)]
