"""How the server is: `/health`, `/ready` and `/metrics`."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.monitoring.front_end_report import summed_report
from urbansdg.endpoint.monitoring.metrics import Metrics
from urbansdg.endpoint.openapi.problem_responses import reference_of
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.endpoint.workers.zygote_client import Tier
from urbansdg.errors import (
    StoreError,
    StoreNotWritable,
    UrbanSdgError,
    VersionDamaged,
    WorkersUnavailable,
)
from urbansdg.store.versions.disk_space import shortage

_RETRY = ((b"retry-after", b"5"),)


class CacheStatistics(BaseModel):
    """The cache of answers: how many it has, their bytes, its hits and misses."""

    answers: int
    bytes: int
    hits: int
    misses: int


class Health(BaseModel):
    """How the server is, over all its front ends."""

    status: str
    version: int
    triples: int
    workers: int
    front_ends: int
    tier: Tier
    cache: CacheStatistics


class MetricsResponse(Response):
    """The metrics, in the text format of Prometheus."""

    media_type = CONTENT_TYPE_LATEST


def condition_router(context: Context, metrics: Metrics) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["Service"])
    least = int(context.settings.disk_free)
    unready: dict[int | str, dict[str, Any]] = {503: dict(reference_of(503))}

    @router.head("/health", include_in_schema=False)
    @router.get(
        "/health",
        summary="Report that the server answers",
        response_description="The state of the server.",
    )
    async def health() -> Health:
        """Name the version that is served, without a look at its files."""
        return _health(context)

    @router.head("/ready", include_in_schema=False)
    @router.get(
        "/ready",
        summary="Report whether queries are answered",
        response_description="The graph can be read, and there are workers.",
        responses=unready,
    )
    async def ready() -> Health:
        """503 where the graph or its disk is not well, or there is no worker; the body says why."""
        try:
            await asyncio.to_thread(context.store.current_number)
            damage = await asyncio.to_thread(context.store.damage)
            scarce = await asyncio.to_thread(shortage, context.store.directory, least)
        except (StoreError, OSError):
            remedy = "Look at its disk, or its engine."
            raise _unready("The graph cannot be read.", remedy, StoreError) from None
        if damage:
            served = f"Version {context.snapshot().number} is served; no write is done."
            raise _unready(f"{damage} {served}", "Run `urbansdg repair`.", VersionDamaged)
        if scarce:
            raise _unready(
                f"The disk of the graph is nearly full: {scarce}.",
                "Remove old versions with `urbansdg prune --keep N`, or enlarge the disk.",
                StoreNotWritable,
            )
        if not summed_report(context)["workers"]:
            raise _unready("There is no worker.", "One is being started.", WorkersUnavailable)
        return _health(context)

    @router.head("/metrics", include_in_schema=False)
    @router.get(
        "/metrics",
        summary="Read the metrics",
        response_class=MetricsResponse,
        response_description="The metrics.",
    )
    async def read_metrics() -> Response:
        """In the text format of Prometheus."""
        text = await asyncio.to_thread(generate_latest, metrics.registry)
        return MetricsResponse(text)

    return router


def _unready(message: str, remedy: str, kind: type[UrbanSdgError]) -> Fault:
    return fault(503, message, remedy, _RETRY, kind=kind)


def _health(context: Context) -> Health:
    snapshot, summed = context.snapshot(), summed_report(context)
    in_memory = 0 < summed["workers"] == summed["workers_in_memory"]
    return Health(
        status="ok",
        version=snapshot.number,
        triples=snapshot.triples,
        workers=summed["workers"],
        front_ends=summed["front_ends"],
        tier="memory" if in_memory else context.tiers.lowest,
        cache=CacheStatistics(
            answers=summed["answers_kept"],
            bytes=summed["answers_kept_bytes"],
            hits=summed["answers_kept_hits"],
            misses=summed["answers_kept_misses"],
        ),
    )
