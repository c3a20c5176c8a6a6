"""The things of a page of a list, from the search index of the version, else by SPARQL.

The index has totals and counts of facets at once. Without one (it is being made, or a SPARQL engine
holds the graph), workers evaluate the list as queries, and the page has no counts of facets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.page_query import selected
from urbansdg.endpoint.pages.search.list_request import ListRequest
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.errors import SearchIndexUnready
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.search_request import SearchHit

_RETRY_SECONDS: Final = b"5"
_MOST_SORTED: Final = 2_000
"""The things that a query sorts by name: those of a larger list take seconds."""


@dataclass(frozen=True, slots=True)
class ListedThings:
    """The things of a page, the number of all, and the counts of facets (none without an index).

    `hits` are the things as the index has them, with snippets.
    """

    total: int
    iris: tuple[str, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    hits: tuple[SearchHit, ...] = ()
    is_forgiving: bool = False


def has_indexes(context: Context) -> bool:
    """Return whether versions get search indexes: a graph in a SPARQL engine has none."""
    return context.indexes is not None and context.store.capabilities.keeps_versions


async def index_of(context: Context, snapshot: Snapshot, *, waits: bool) -> SearchIndex | None:
    """Return the search index of a version, None where the list does without one.

    One that `waits` starts the making of a missing index, and raises `Fault` (503) where that takes
    longer than a moment.
    """
    if context.indexes is None or not has_indexes(context):
        return None
    if not waits:
        return await context.indexes.ready(snapshot)
    index = await context.indexes.of(snapshot)
    if index is None:
        raise fault(
            503,
            "The search is being prepared.",
            "Try again in a few seconds, or look through the lists.",
            ((b"retry-after", _RETRY_SECONDS),),
            kind=SearchIndexUnready,
        )
    return index


async def listed_by_index(index: SearchIndex, listing: ListRequest) -> ListedThings:
    """Return the things of a page by the index, searched in a thread."""
    results = await run_in_threadpool(index.search, listing.to_index())
    iris = tuple(hit.iri for hit in results.hits)
    return ListedThings(results.total, iris, results.facets, results.hits, results.is_forgiving)


async def listed_by_query(context: Context, request: Request, listing: ListRequest) -> ListedThings:
    """Return the things of a page by two queries; raises the errors of `selected`.

    Sorting by name reads the names of all things, so that a long list comes in no order.
    """
    size, offset = listing.size, (listing.parameters.page - 1) * listing.size
    query, snapshot = listing.to_query(), listing.snapshot
    (row,) = await selected(context, request, snapshot, query.total())
    total = int(row["total"])
    if total > _MOST_SORTED:
        text = query.unordered(size=size, offset=offset)
    else:
        text = query.text(listing.language, size=size, offset=offset)
    rows = await selected(context, request, snapshot, text)
    return ListedThings(total, tuple(row["thing"] for row in rows))
