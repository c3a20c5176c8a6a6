"""All routes by which clients discover the dataset."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dereference.document_routes import Documents
from urbansdg.endpoint.dereference.memento import Memento, memento_routes
from urbansdg.endpoint.dereference.permanent_links import PATH, permanent_link_routes
from urbansdg.endpoint.discovery.atom_feed import feed_routes
from urbansdg.endpoint.discovery.dataset_routes import dataset_routes
from urbansdg.endpoint.discovery.dump_routes import dumps_routes
from urbansdg.endpoint.discovery.ldes import stream_routes
from urbansdg.endpoint.discovery.linksets import linksets_routes
from urbansdg.endpoint.discovery.sitemap import sitemap_routes
from urbansdg.endpoint.web.problem_details import fault

_OF_VERSIONS: Final = (
    "/sitemap.xml",
    "/sitemap/{path:path}",
    "/feed.atom",
    "/events",
    "/events/{path:path}",
    "/timegate/{path:path}",
    "/timemap/{path:path}",
    "/memento/{path:path}",
)
"""The routes that need a history of versions: a SPARQL engine keeps none."""


def discovery_routes(context: Context, documents: Documents) -> list[BaseRoute]:
    """Return the routes; none for a store without editions."""
    editions = context.editions
    if editions is None:
        return []
    routes = (
        *dataset_routes(context, editions),
        *dumps_routes(context, editions),
        *linksets_routes(context, editions, documents),
    )
    if not editions.store.capabilities.keeps_versions:
        return [
            *routes,
            *(Route(path, _without_versions) for path in _OF_VERSIONS),
            Route(PATH, _without_versions, methods=["POST"]),
        ]
    return [
        *routes,
        *sitemap_routes(context, editions),
        *feed_routes(context, editions),
        *stream_routes(context, editions),
    ]


def states_routes(context: Context, memento: Memento | None) -> list[BaseRoute]:
    """Return the Memento routes. They replace those of documents, so they are added first."""
    if memento is None:
        return []
    return [*memento_routes(memento), *permanent_link_routes(context)]


async def _without_versions(_: Request) -> Response:
    raise fault(
        501,
        "The graph is in a SPARQL engine, which keeps no versions.",
        "See `/dataset` and `/dumps/latest/all.nq.gz` for the current graph.",
    )
