"""How clients find what there is: every way in which the dataset tells about itself."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dereference.memento import memento_routes
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
"""What is made from the changes between versions."""


def discovery_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the dataset's pages; none where the graph is not on this disk."""
    editions = context.editions
    if editions is None:
        return []
    told = (
        *dataset_routes(context, editions),
        *dumps_routes(context, editions),
        *linksets_routes(context, editions),
    )
    if not editions.store.capabilities.keeps_versions:
        return [*told, *(Route(path, _without_versions) for path in _OF_VERSIONS)]
    return [
        *told,
        *sitemap_routes(context, editions),
        *feed_routes(context, editions),
        *stream_routes(context, editions),
    ]


def states_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of documents as they were; they stand before those of documents."""
    editions = context.editions
    if editions is None or not editions.store.capabilities.keeps_versions:
        return []
    return memento_routes(context, editions)


async def _without_versions(_: Request) -> Response:
    raise fault(
        501,
        "The graph is in a SPARQL engine, which keeps no versions to tell changes from.",
        "`/dataset` and `/dumps/latest/all.nq.gz` have the graph as it is.",
    )
