"""The event stream over HTTP: the view at `/events`, and immutable pages for each version.

The view has no members and is cached for seconds. A page of a version changes only where personal
data is redacted. A harvester stays in sync by polling `/events` and following new relations.
Sources: Linked Data Event Streams 1.0 (SEMIC), the TREE hypermedia specification.
"""

from collections.abc import Iterable, Iterator
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
from urbansdg.endpoint.history.event_members import NAMESPACES, moment, page_iri, stream, term
from urbansdg.endpoint.http_fields.cache_control import OF_A_VERSION, kept_for
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.web.conditional_requests import last_modified, not_modified_response
from urbansdg.endpoint.web.content_negotiation import choose
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import GRAPHS, Format
from urbansdg.store.history.history_index import Changes, HistoryIndex

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
        Route("/events/{number:int}/{page:int}", events.page, methods=READING),
    ]


@dataclass(frozen=True)
class _Stream:
    context: Context
    editions: Editions

    async def view(self, request: Request) -> Response:
        """Answer with the view: a relation to each page."""
        form = _form(request)
        history = await self.editions.history(self.context.snapshot().number)
        tag = f'"{history.number}-{form.extension}"'
        quads = await run_in_threadpool(
            read, self.editions.folder, partial(_view, history.number, self.context.iris.base)
        )
        headers = {"cache-control": kept_for(10)} | _validators(tag, history.created)
        return _answer(request, form, quads, headers)

    async def page(self, request: Request) -> Response:
        """Answer with a page of members."""
        number, page = request.path_params["number"], request.path_params["page"]
        form = _form(request)
        history = await self.editions.history(self.context.snapshot().number)
        here = ox.NamedNode(page_iri(self.context.iris.base, number, page))
        changes, quads = None, None
        if number <= history.number:
            question = partial(_page, number, page, here, self.context.iris.base)
            changes, quads = await run_in_threadpool(read, self.editions.folder, question)
        if changes is None or quads is None:
            raise fault(404, "Page not found.", "See /events for every page.")
        state = f"{changes.mark}-{history.redactions}-{changes.created:%Y%m%d%H%M%S}"
        tag = f'"{state}-{page}-{form.extension}"'
        headers = {"cache-control": OF_A_VERSION} | _validators(tag, changes.created)
        return _answer(request, form, quads, headers)


def _validators(tag: str, moment: datetime) -> dict[str, str]:
    return {"etag": tag, "last-modified": last_modified(moment)}


def _form(request: Request) -> Format:
    choice = choose(request.headers.get("accept"), STREAM_FORMATS)
    if choice is None:
        offers = ", ".join(form.media_type for form in STREAM_FORMATS)
        raise fault(406, "No format of the stream is accepted.", f"Accept one of: {offers}.")
    return choice.format


def _answer(
    request: Request, form: Format, quads: list[ox.Quad], headers: dict[str, str]
) -> Response:
    headers = headers | {"vary": "Accept"}
    engine = form.engine if isinstance(form.engine, ox.RdfFormat) else ox.RdfFormat.TRIG
    body = ox.serialize(quads, format=engine, prefixes=NAMESPACES) or b""
    return not_modified_response(request, headers) or Response(
        body, headers=headers, media_type=form.media_type
    )


def _page(
    number: int, page: int, here: ox.NamedNode, base: str, index: HistoryIndex
) -> tuple[Changes | None, list[ox.Quad] | None]:
    """Return the changes of a version and the content of a page of them, None without it."""
    content = index.page(number, page)
    if content is None:
        return None, None
    view = ox.NamedNode(f"{base}/events")
    return index.changes_of(number), [
        ox.Quad(here, term("rdf:type"), term("tree:Node")),
        ox.Quad(stream(base), term("tree:view"), view),
        ox.Quad(here, term("dcterms:isPartOf"), view),
        *ox.parse(content, format=ox.RdfFormat.N_QUADS),
    ]


def _view(last: int, base: str, index: HistoryIndex) -> list[ox.Quad]:
    """Return the view of the stream up to a version."""
    return list(_relations(index.changes(last), base))


def _relations(all_changes: Iterable[Changes], base: str) -> Iterator[ox.Quad]:
    view, collection = ox.NamedNode(f"{base}/events"), stream(base)
    for subject, name, value in (
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
    ):
        yield ox.Quad(subject, term(name), value)
    for changes in all_changes:
        for page in range(1, changes.pages + 1):
            yield from _relation(view, changes, page)


def _relation(view: ox.NamedNode, changes: Changes, page: int) -> Iterator[ox.Quad]:
    """Yield the relations to a page; all its members have the time of its version."""
    for kind in ("GreaterThanOrEqualToRelation", "LessThanOrEqualToRelation"):
        relation = ox.NamedNode(f"{view.value}#{kind}-{changes.number}-{page}")
        for name, value in (
            ("rdf:type", term(f"tree:{kind}")),
            ("tree:path", term("as:published")),
            ("tree:value", moment(changes.created)),
            ("tree:node", ox.NamedNode(f"{view.value}/{changes.number}/{page}")),
        ):
            yield ox.Quad(relation, term(name), value)
        yield ox.Quad(view, term("tree:relation"), relation)
