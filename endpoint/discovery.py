"""How clients find what there is: every way in which the dataset tells about itself."""

from starlette.routing import BaseRoute

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dataset import dataset_routes
from urbansdg.endpoint.dumps import dumps_routes
from urbansdg.endpoint.feed import feed_routes
from urbansdg.endpoint.linksets import linksets_routes
from urbansdg.endpoint.memento import memento_routes
from urbansdg.endpoint.sitemap import sitemap_routes
from urbansdg.endpoint.stream import stream_routes


def discovery_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the dataset's pages; none where the graph is not on this disk."""
    editions = context.editions
    if editions is None:
        return []
    return [
        *dataset_routes(context, editions),
        *dumps_routes(context, editions),
        *sitemap_routes(context, editions),
        *feed_routes(context, editions),
        *stream_routes(context, editions),
        *linksets_routes(context, editions),
    ]


def states_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of documents as they were; they stand before those of documents."""
    return [] if context.editions is None else memento_routes(context, context.editions)
