"""The endpoint as one ASGI application.

FastAPI carries the documented API and the pages; `/sparql`, where every microsecond counts, is a
plain ASGI application before it.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from urbansdg.endpoint.api_document import add_api_document
from urbansdg.endpoint.cache.answer_cache import AnswerCache
from urbansdg.endpoint.cache.answer_source import Answers
from urbansdg.endpoint.cache.document_cache import CachedApplication, DocumentCache
from urbansdg.endpoint.connection.fast_path import FastPath
from urbansdg.endpoint.context import Context
from urbansdg.endpoint.current_version import CurrentVersion, UpToDate
from urbansdg.endpoint.dereference.document_routes import POLICY, Documents, documents_routes
from urbansdg.endpoint.dereference.memento import Memento
from urbansdg.endpoint.dereference.vocabulary_routes import vocabulary_routes
from urbansdg.endpoint.discovery.discovery_routes import discovery_routes, states_routes
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.editions.subject_files import SubjectFiles
from urbansdg.endpoint.editor.editor_terms import editor_routes
from urbansdg.endpoint.front_ends.front_end import FrontEnd, gateway_of
from urbansdg.endpoint.html.canonical_address import Canonical
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import NO_STORE
from urbansdg.endpoint.media.media_routes import media_routes
from urbansdg.endpoint.media.pictures import Pictures
from urbansdg.endpoint.monitoring.front_end_report import keep_reporting
from urbansdg.endpoint.monitoring.health import condition_router
from urbansdg.endpoint.monitoring.metrics import Metrics, ObservedApplication, RequestNotes
from urbansdg.endpoint.pages.comparison.comparison_page import comparison_routes
from urbansdg.endpoint.pages.cooperation.cooperation_page import cooperation_routes
from urbansdg.endpoint.pages.lists.home_page import home_routes
from urbansdg.endpoint.pages.lists.mentions_page import mentions_routes
from urbansdg.endpoint.pages.search.list_pages import listing_routes
from urbansdg.endpoint.pages.search.search_page import search_routes
from urbansdg.endpoint.pages.search.suggestions import suggest_routes
from urbansdg.endpoint.query.graph_store_protocol import graphs_routes
from urbansdg.endpoint.query.sparql_protocol import SparqlApplication
from urbansdg.endpoint.query.triple_pattern_fragments import fragments_routes
from urbansdg.endpoint.questions.question_figure import figure_routes
from urbansdg.endpoint.questions.question_pages import questions_routes
from urbansdg.endpoint.reconcile.reconcile_routes import reconcile_routes
from urbansdg.endpoint.replaced_versions import ReplacedVersions
from urbansdg.endpoint.search.search_indexes import SearchIndexes
from urbansdg.endpoint.upkeep import Upkeep
from urbansdg.endpoint.versions.version_follower import Follower
from urbansdg.endpoint.web.content_codings import ContentCodings
from urbansdg.endpoint.web.content_negotiation import Negotiation
from urbansdg.endpoint.web.cors import CrossOriginSharing
from urbansdg.endpoint.web.options_method import Options, allowed
from urbansdg.endpoint.web.path_prefix import mounted, rooted
from urbansdg.endpoint.web.problem_details import Fault, fault, fault_of, problem_document
from urbansdg.endpoint.web.rate_limit import Clients
from urbansdg.endpoint.workers.version_pools import VersionPools
from urbansdg.endpoint.workers.worker_frames import QueryEnding
from urbansdg.endpoint.workers.worker_pool import WorkerPool
from urbansdg.endpoint.writes.http_writer import HttpWriter
from urbansdg.errors import ServeError, StoreError, UrbanSdgError, WorkersUnavailable
from urbansdg.ontology.iris import Iris
from urbansdg.ontology.media_types import HTML
from urbansdg.settings import Settings
from urbansdg.store import Access, Backend
from urbansdg.store.versions.file_errors import CAUSES_OF_WRITES, number_of, write_failure

_CORRUPT: Final = "Corruption"  # so the engine's error begins, which has no class of its own
_LOG: Final = logging.getLogger(__name__)


class Dispatcher:
    """Sends `/sparql` to its own application and everything else to FastAPI."""

    def __init__(self, sparql: ASGIApp, others: ASGIApp) -> None:
        """Take the two applications; the second one has the lifespan."""
        self._sparql = sparql
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        hot = scope["type"] == "http" and scope["path"] in ("/sparql", "/sparql/")
        await (self._sparql if hot else self._others)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The application, and the fast path to it for ordinary requests."""

    app: ASGIApp
    fast_path: FastPath


def create_endpoint(
    settings: Settings, store: Backend, front_end: FrontEnd | None = None
) -> Endpoint:
    """Return the endpoint over a graph; its workers start and end with the application's lifespan.

    Raises `StoreError` where there is no graph.
    """
    context = create_context(settings, store, front_end)
    metrics = Metrics(context)
    log = sys.stderr if settings.access_log else None
    is_alone = front_end is None or front_end.sockets is None
    documents = _documents(context)
    api = create_api(context, metrics, documents, is_alone=is_alone)
    sparql = SparqlApplication(context)
    front = _framed(Dispatcher(sparql, Options(api)), context)
    observed = ObservedApplication(CachedApplication(front, context.documents), metrics, log)
    app = UpToDate(mounted(observed, settings.base), context.current)
    small = None if documents.memento is None else documents.memento.small_original
    framed = None if small is None else _framed(small, context)
    return Endpoint(app, FastPath(context, sparql, framed, observed))


@dataclass(frozen=True, slots=True)
class _DocumentHandlers:
    """The handlers of documents, and of their Mementos where versions are kept."""

    current: Documents
    memento: Memento | None


def _documents(context: Context) -> _DocumentHandlers:
    current, editions = Documents(context), context.editions
    if editions is None or not editions.store.capabilities.keeps_versions:
        return _DocumentHandlers(current, None)
    return _DocumentHandlers(current, Memento(context, editions, current))


def _framed(app: ASGIApp, context: Context) -> ASGIApp:
    """Return an application whose responses have the fields and codings that all have."""
    shared = CrossOriginSharing(Canonical(app, context.iris))
    return ContentCodings(rooted(shared, context.settings.base))


def create_context(
    settings: Settings, store: Backend, front_end: FrontEnd | None = None
) -> Context:
    """Return what every part of the endpoint is given, of a front end that is alone for None."""
    front_end = front_end or FrontEnd(gateway=gateway_of(settings))
    access, part, shared = Access.of(settings), front_end.part_of(settings), front_end.shared
    tiers = front_end.tiers(settings, store)
    pool, follower = WorkerPool(part, tiers), Follower(store, logs=front_end.sockets is None)
    cache = AnswerCache(part.cache_bytes if access is None else 0)
    archive, policy = VersionPools(part, tiers), settings.query_seconds if access else None
    front_end.join_pool(pool, tiers, partial(_stop_query, pool, archive))
    room = part.document_cache_bytes if store.capabilities.is_exclusive else 0
    current = CurrentVersion(follower, pool, shared.rows)
    writer = HttpWriter(settings, store, current, front_end.write_queue(settings))
    environment = access.environment(settings.base) if access else None
    editions = Editions(store, environment)
    return Context(
        settings,
        store,
        pool,
        tiers,
        Answers(store, follower, pool, archive, cache, policy),
        Iris(settings.base),
        Negotiation(),
        follower,
        Clients.from_settings(settings, shared.clients),
        DocumentCache(room, follower),
        current,
        writer,
        front_end.gateway,
        editions,
        SearchIndexes(store, editions.folder, environment),
        access,
        shared=shared,
    )


def _stop_query(pool: WorkerPool, archive: VersionPools, pid: int, most_calls: int) -> None:
    """End the query of a worker that makes too many requests by SERVICE."""
    for workers in (pool, *archive.pools):
        workers.stop_query(pid, QueryEnding("calls", str(most_calls)))


def create_api(
    context: Context,
    metrics: Metrics,
    handlers: _DocumentHandlers | None = None,
    *,
    is_alone: bool = True,
) -> FastAPI:
    """Return the application that has every route but `/sparql`."""
    documents = handlers or _documents(context)
    api = FastAPI(
        lifespan=lambda _: _lifespan(context, is_alone=is_alone),
        redirect_slashes=False,
        openapi_url=None,  # `add_api_document` adds it, with the plain routes in it
    )

    faulty = partial(_faulty, context.iris.base)
    for error in (Fault, HTTPException, UrbanSdgError, 500):
        api.add_exception_handler(error, faulty)
    for unread in (OSError, RuntimeError):
        api.add_exception_handler(
            unread, partial(_unreadable, context.iris.base, context.store.directory)
        )
    api.add_exception_handler(ClientDisconnect, _gone)
    api.include_router(condition_router(context, metrics))
    # what browsers ask for beside RDF, which cannot name it
    api.add_route("/favicon.ico", lambda _: RedirectResponse("/static/favicon.svg", 308))
    api.mount("/static", StaticFiles(packages=[("urbansdg.endpoint", "static")]))
    catalogue = None if context.editions is None else context.editions.folder
    pictures = Pictures.of(context.settings, context.store, catalogue)
    for route in (
        *home_routes(context),
        *listing_routes(context),
        *search_routes(context),
        *suggest_routes(context),
        *mentions_routes(context),
        *questions_routes(context),
        *editor_routes(context),
        *figure_routes(context),
        *comparison_routes(context),
        *cooperation_routes(context),
        *media_routes(context, pictures),
        *reconcile_routes(context),
        *graphs_routes(context),
        *fragments_routes(context),
        *states_routes(context, documents.memento),
        *documents_routes(documents.current),
        *vocabulary_routes(context),
        *discovery_routes(context, documents.current),
    ):
        api.router.routes.append(route)
    add_api_document(api, context)
    return api


async def _faulty(base: str, request: Request, error: Exception) -> Response:
    """Turn whatever went wrong into a problem document, a page for browsers."""
    if isinstance(error, HTTPException):
        header_fields = (
            (name.lower().encode(), text.encode())
            for name, text in _headers_of_error(request, error)
        )
        message = f"{error.detail.rstrip('.')}."
        remedy = "See the home page, /, for the content of this site."
        if error.status_code == HTTPStatus.NOT_FOUND:
            message = "There is nothing at this address."
        elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            message = f"{request.method} is not allowed at this address."
            remedy = "Use one of the methods in the header Allow."
        error = fault(error.status_code, message, remedy, tuple(header_fields))
    if isinstance(error, UrbanSdgError):
        error = fault_of(error)
    if not isinstance(error, Fault):
        error = fault(
            500,
            "Internal server error.",
            "Report the address and the time of the request to the operator.",
        )
    RequestNotes.of(request.scope).outcome = error.problem.code
    headers = {name.decode(): value.decode() for name, value in error.headers}
    headers |= {"cache-control": NO_STORE, "vary": "Accept"}
    site = SiteLinks.of(request, base)
    body, media_type = problem_document(error, request.headers.get("accept"), site)
    if media_type.startswith(HTML):
        headers |= {"content-security-policy": POLICY, "vary": "Accept, Accept-Language"}
    return Response(body, error.status, headers, media_type)


async def _unreadable(base: str, directory: Path, request: Request, error: Exception) -> Response:
    """Answer 503 where files cannot be read, or an upload not be written; raise others again."""
    if not isinstance(error, OSError) and not str(error).startswith(_CORRUPT):
        raise error
    if isinstance(error, OSError) and number_of(error) in CAUSES_OF_WRITES:
        failed = write_failure(error, directory)
        _LOG.error("%s", failed)
        return await _faulty(base, request, failed)
    _LOG.error("the graph cannot be read: %s", error)
    headers = ((b"retry-after", b"60"),)
    remedy = "Ask again when it is restored."
    unread = fault(503, "The graph cannot be read.", remedy, headers, kind=StoreError)
    return await _faulty(base, request, unread)


async def _gone(request: Request, _error: Exception) -> Response:
    """Answer a request whose client closed the connection before it arrived: nobody reads this."""
    RequestNotes.of(request.scope).outcome = "gone"
    return Response(status_code=400)


def _headers_of_error(request: Request, error: HTTPException) -> list[tuple[str, str]]:
    """Return the headers of an error; a route of several to an address knows only its methods."""
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        whole = {**request.scope, "root_path": ""}  # a mount has moved its part of the path there
        return [("allow", allowed(request.app.router.routes, whole))]
    return list((error.headers or {}).items())


async def _start_workers(context: Context) -> None:
    """Start the workers; raises `ServeError` where none can be started."""
    try:
        await context.pool.start(context.snapshot(), keep=True)
    except WorkersUnavailable as error:
        raise ServeError(str(error), error.reason.remedy) from error


@contextlib.asynccontextmanager
async def _lifespan(context: Context, *, is_alone: bool) -> AsyncIterator[None]:
    """Run the front end; one that is alone does the work of the coordinator too."""
    gateway = context.gateway if is_alone else None
    async with gateway.serving() if gateway else contextlib.nullcontext():
        await _start_workers(context)
        replaced = ReplacedVersions(
            context.store, context.shelf, context.answers.archive, context.indexes
        )
        jobs = [
            context.follower.follow(context.pool.switch),
            context.current.follow(),
            replaced.watch(),
            keep_reporting(context),
        ]
        upkeep = subjects = None
        if is_alone and context.editions is not None:
            upkeep = Upkeep(context.settings, context.store, context.follower, context.editions)
            jobs += upkeep.jobs()
        elif context.editions is not None and context.store.capabilities.keeps_versions:
            place = context.store.directory
            subjects = SubjectFiles(place, context.follower, context.editions.folder, makes=False)
            jobs.append(subjects.keep())
        tasks = [asyncio.ensure_future(job) for job in jobs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if context.writer is not None:
                await context.writer.queue.close()
            for part in (
                upkeep or context.editions,
                subjects,
                context.indexes,
                context.answers.archive,
                context.pool,
                context.tiers,
            ):
                if part is not None:
                    await part.close()
