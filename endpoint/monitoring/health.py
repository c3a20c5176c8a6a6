"""How the server is: `/health`, `/ready` and `/metrics`."""

import asyncio

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.monitoring.metrics import Metrics
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.endpoint.workers.zygote_client import Tier
from urbansdg.errors import StoreError

_RETRY = ((b"retry-after", b"5"),)


class CacheStatistics(BaseModel):
    """The answers that are kept: how many, in how many bytes, and how often one was given."""

    answers: int
    bytes: int
    hits: int
    misses: int


class Health(BaseModel):
    """How the server is."""

    status: str
    version: int
    triples: int
    workers: int
    tier: Tier
    cache: CacheStatistics


def condition_router(context: Context, metrics: Metrics) -> APIRouter:
    """Return the routes."""
    router = APIRouter()

    @router.head("/health", include_in_schema=False)
    @router.get("/health")
    async def health() -> Health:
        """Say that the server answers, on which version of the graph."""
        return _health(context)

    @router.head("/ready", include_in_schema=False)
    @router.get("/ready", responses={503: {"description": "The graph or the workers are down."}})
    async def ready() -> Health:
        """Say whether queries are answered: the graph can be read, and there are workers."""
        try:
            await asyncio.to_thread(context.store.current_number)
        except (StoreError, OSError):
            raise fault(
                503, "The graph cannot be read.", "Look at its disk, or its engine.", _RETRY
            ) from None
        if not context.pool.processes:
            raise fault(503, "There is no worker.", "One is being started.", _RETRY)
        return _health(context)

    @router.head("/metrics", include_in_schema=False)
    @router.get("/metrics", response_class=Response)
    async def tell() -> Response:
        """Give the metrics in Prometheus' text format."""
        text = await asyncio.to_thread(generate_latest, metrics.registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return router


def _health(context: Context) -> Health:
    snapshot, cache = context.snapshot(), context.answers.cache
    return Health(
        status="ok",
        version=snapshot.number,
        triples=snapshot.triples,
        workers=len(context.pool.processes),
        tier=context.pool.tier,
        cache=CacheStatistics(
            answers=len(cache), bytes=cache.size, hits=cache.hits, misses=cache.misses
        ),
    )
