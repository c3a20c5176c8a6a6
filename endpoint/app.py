"""The endpoint as one ASGI application.

FastAPI carries the documented API and the pages; `/sparql`, where every microsecond counts, is a
plain ASGI application before it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.documents import documents_routes
from urbansdg.endpoint.faults import PROBLEM_JSON, Fault, fault
from urbansdg.endpoint.follower import Follower, Versions
from urbansdg.endpoint.home import home_routes
from urbansdg.endpoint.negotiation import Negotiation
from urbansdg.endpoint.nursery import Tier
from urbansdg.endpoint.pool import Pool
from urbansdg.endpoint.sparql import Sparql
from urbansdg.endpoint.tiers import Tiers
from urbansdg.endpoint.vocabulary import vocabulary_routes
from urbansdg.ontology.iris import Iris
from urbansdg.settings import Settings


class Health(BaseModel):
    """How the server is."""

    status: str
    version: int
    triples: int
    workers: int
    tier: Tier


class Front:
    """Sends `/sparql` to its own application and everything else to FastAPI."""

    def __init__(self, sparql: ASGIApp, others: ASGIApp) -> None:
        """Take the two applications; the second one is told of start and end."""
        self._sparql = sparql
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        hot = scope["type"] == "http" and scope["path"] == "/sparql"
        await (self._sparql if hot else self._others)(scope, receive, send)


def create_app(settings: Settings, store: Versions) -> ASGIApp:
    """Return the endpoint over a graph; its workers start and end with the application's lifespan.

    Raises `StoreError` where there is no graph.
    """
    context = create_context(settings, store)
    return Front(Sparql(context), _api(context))


def create_context(settings: Settings, store: Versions) -> Context:
    """Return what every part of the endpoint is given."""
    tiers = Tiers(settings)
    pool = Pool(settings, tiers)
    return Context(
        settings, store, pool, tiers, Iris(settings.base), Negotiation(), Follower(store)
    )


def _api(context: Context) -> FastAPI:
    api = FastAPI(
        title="Urban SDG graph",
        version=version("urbansdg"),
        lifespan=lambda _: _lifespan(context),
        redirect_slashes=False,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
    )

    api.add_exception_handler(Fault, _faulty)
    api.add_exception_handler(HTTPException, _faulty)
    api.add_exception_handler(500, _faulty)
    api.mount("/static", StaticFiles(packages=[("urbansdg.endpoint", "static")]))
    for route in (
        *home_routes(context),
        *documents_routes(context),
        *vocabulary_routes(context),
    ):
        api.router.routes.append(route)

    @api.get("/health")
    async def health() -> Health:
        """Say that the server answers, on which version of the graph."""
        snapshot = context.snapshot()
        workers = len(context.pool.processes)
        return Health(
            status="ok",
            version=snapshot.number,
            triples=snapshot.triples,
            workers=workers,
            tier=context.pool.tier,
        )

    return api


async def _faulty(_: Request, error: Exception) -> Response:
    """Turn whatever went wrong into a problem document."""
    if isinstance(error, HTTPException):
        error = fault(error.status_code, f"{error.detail}.", "The home page, /, has what there is.")
    if not isinstance(error, Fault):
        error = fault(500, "The server made a mistake.", "Please report what you asked for.")
    headers = {name.decode(): value.decode() for name, value in error.headers}
    headers |= {"cache-control": "no-store", "access-control-allow-origin": "*"}
    return Response(error.body(), error.status, headers, PROBLEM_JSON)


@contextlib.asynccontextmanager
async def _lifespan(context: Context) -> AsyncIterator[None]:
    await context.pool.start(context.snapshot(), keep=True)
    following = asyncio.ensure_future(context.follower.follow(context.pool.switch))
    try:
        yield
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await context.pool.close()
        await context.tiers.close()
