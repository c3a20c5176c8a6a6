"""The handler of a list or of the search: one request, in each of its formats."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.page_values import PageValue, plain
from urbansdg.endpoint.http_fields.cache_control import NO_STORE
from urbansdg.endpoint.page_query import every_thing
from urbansdg.endpoint.pages.lists.paging import neighbours
from urbansdg.endpoint.pages.lists.thing_list import ListEntry, ThingList
from urbansdg.endpoint.pages.search.facet_controls import (
    FacetCounts,
    FacetLabels,
    chosen_facets,
    controls,
    kind_label,
    values_on_page,
)
from urbansdg.endpoint.pages.search.list_document import ValueLabels, list_document
from urbansdg.endpoint.pages.search.list_feed import last_changes, list_feed
from urbansdg.endpoint.pages.search.list_formats import ListForm, form_of, list_response
from urbansdg.endpoint.pages.search.list_request import ListRequest
from urbansdg.endpoint.pages.search.list_table import ListTable
from urbansdg.endpoint.pages.search.listed_things import (
    ListedThings,
    has_indexes,
    index_of,
    listed_by_index,
    listed_by_query,
)
from urbansdg.endpoint.pages.things.sort_order import code_of, natural
from urbansdg.endpoint.search.search_parameters import no_such_page
from urbansdg.endpoint.web.conditional_requests import modified
from urbansdg.ontology.kinds_of_things import KINDS, ThingKind
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.search_request import LONGEST_WORDS, MOST, SORTS, SearchHit

_WITH_CODES: Final = ("goal", "target")


@dataclass(frozen=True, slots=True)
class ListDefinition:
    """A list: its name in addresses, the kind of its things (None for all), its facets.

    `code` is the code of the kind in the index. `size` is the number of things on a page, `order`
    the order without `?sort=`.
    """

    name: str
    kind: ThingKind | None
    code: str | None
    facets: tuple[str, ...]
    size: int
    order: str
    template: str

    @property
    def path(self) -> str:
        """The path of the list."""
        return f"/{self.name}"


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A result on a page: its line, its kind, and the parts of its snippet, marked or not.

    `code` is that of a goal or target, else "". `language` has the language of the snippet,
    without a text.
    """

    code: str
    line: ListEntry
    kind: str
    snippet: tuple[tuple[str, bool], ...]
    language: PageValue


@dataclass(frozen=True)
class ListHandler:
    """Answers requests for a list; several lists share their labels of facets."""

    context: Context
    of: ListDefinition
    labels: FacetLabels = field(default_factory=FacetLabels)

    async def answer(self, request: Request) -> Response:
        """Answer with a page of the list in the format that Accept prefers."""
        return await self._answer(request)

    async def table(self, request: Request) -> Response:
        """Answer with the whole list in CSV."""
        return await self._answer(request, "csv")

    async def _answer(self, request: Request, extension: str | None = None) -> Response:
        """Answer; raises `Fault`: 400 for a wrong parameter, 404 for a page that is not there."""
        listing = await ListRequest.of(
            self.context,
            request,
            self.of.path,
            self.of.facets,
            kind=self.of.code,
            size=self.of.size,
            order=self.of.order,
        )
        form = form_of(request, listing.parameters, extension)
        index = await index_of(self.context, listing.snapshot, waits=self.of.kind is None)
        respond = partial(
            list_response,
            request,
            form,
            listing.tag(form, "query" if index is None else "index"),
            version=listing.parameters.version,
            language=listing.site.words.language,
        )
        headers = modified(listing.snapshot.created, listing.snapshot.mark)
        if form.name == "sparql":
            return respond(listing.query_text().encode, headers)
        if form.name == "csv":
            things = await self._every_thing(request, listing, index)
            table = ListTable(listing.snapshot.store, listing.site, self.of.kind)
            name = f'attachment; filename="{self.of.name}.csv"'
            return respond(partial(table.rows, things), headers | {"content-disposition": name})
        if index is not None:
            listed = await listed_by_index(index, listing)
        else:
            listed = await listed_by_query(self.context, request, listing)
            if has_indexes(self.context):  # soon there is an index, and a better page
                headers |= {"cache-control": NO_STORE}
        page = listing.page(listed.total)
        if page.number > 1 and not listed.iris:
            raise no_such_page()
        headers |= neighbours(listing.site.base, page)
        body = partial(self._body, form, listing, listed, index)
        return await run_in_threadpool(respond, body, headers)

    async def _every_thing(
        self, request: Request, listing: ListRequest, index: SearchIndex | None
    ) -> Iterable[str]:
        """Return all things of the list in its order; of a search at most ten thousand.

        A query finds all things of a longer list, in no order: to sort them takes seconds.
        """
        is_long = False
        if index is not None:
            everything = listing.to_index(offset=0, limit=MOST)
            results = await run_in_threadpool(index.search, everything)
            is_long = results.total > MOST
            if not is_long or listing.parameters.words:
                return [hit.iri for hit in results.hits]
        query = listing.to_query()
        text = query.unordered() if is_long else query.text(listing.language)
        return await every_thing(self.context, request, listing.snapshot, text)

    def _body(
        self, form: ListForm, listing: ListRequest, listed: ListedThings, index: SearchIndex | None
    ) -> bytes:
        snapshot, site = listing.snapshot, listing.site
        things = ThingList.of(snapshot.store, site, listed.iris)
        if form.name == "atom":
            editions = self.context.editions
            changes = (
                last_changes(editions.folder, snapshot.number, listed.iris) if editions else {}
            )
            return list_feed(
                listing,
                listed,
                things,
                title=self._title(listing),
                publisher=self.context.settings.publisher,
                changes=changes,
            )
        is_document = form.name == "json"
        facets = listed.facets if is_document or index is None else _widened(index, listing, listed)
        values = values_on_page(listing.parameters, facets, self.of.facets, every=is_document)
        labels = self.labels.of(snapshot, site, listing.reader, values)
        if is_document:
            return list_document(listing, listed, things, labels)
        return self._page(listing, listed, things, facets, labels)

    def _title(self, listing: ListRequest) -> str:
        words = listing.site.words
        if self.of.kind is not None:
            return words(self.of.name)
        sought = listing.parameters.words
        return f"{words('search')}: {sought}" if sought else words("search")

    def _page(
        self,
        listing: ListRequest,
        listed: ListedThings,
        things: ThingList,
        facets: FacetCounts,
        labels: ValueLabels,
    ) -> bytes:
        site, parameters = listing.site, listing.parameters
        iris, is_search = listed.iris, self.of.kind is None
        has_codes = not is_search and bool(iris) and all(map(code_of, iris))
        hits = listed.hits if is_search else ()
        return framed(
            self.of.template,
            site,
            crumbs=(),
            version=listing.snapshot.number,
            title=self._title(listing),
            name=self.of.name,
            listing=listing,
            total=listed.total,
            is_forgiving=listed.is_forgiving,
            longest=LONGEST_WORDS,
            lines=[] if has_codes or hits else [things.line(iri) for iri in iris],
            tiles=_tiles(things, iris) if has_codes else [],
            hits=[_result_of(things, hit) for hit in hits],
            turn=listing.page(listed.total),
            chosen_facets=chosen_facets(site, listing.path, parameters, labels),
            facets=controls(site, parameters, facets, labels, self.of.facets),
            sorts=self._sorts(listed),
            lists=[kind.plural for kind in KINDS if kind.plural != self.of.name],
        )

    def _sorts(self, listed: ListedThings) -> tuple[str, ...]:
        if not listed.facets:
            return ()
        return SORTS if self.of.kind is None else tuple(s for s in SORTS if s != "relevance")


def _widened(index: SearchIndex, listing: ListRequest, listed: ListedThings) -> FacetCounts:
    """Return the counts of a page: of a narrowed facet, those without its own values.

    A reader who adds a value of a facet to another gets the things of both, so that the counts
    of the others are those of what would be added. Of `has` a thing must have all values.
    """
    counts = dict(listed.facets)
    request = listing.to_index(offset=0, limit=1)
    for facet in listing.parameters.filters:
        if facet in counts and facet != "has":
            others = {name: codes for name, codes in request.filters.items() if name != facet}
            counts[facet] = index.search(replace(request, filters=others)).facets[facet]
    return counts


def _tiles(things: ThingList, iris: Iterable[str]) -> list[tuple[str, PageValue]]:
    """Return goals with their codes, in the order of these."""
    return [(code_of(iri), things.short(iri)) for iri in sorted(iris, key=natural)]


def _result_of(things: ThingList, hit: SearchHit) -> ShownHit:
    words = things.site.words
    snippet = PageValue("", None, words.marked(hit.snippet_language or None))
    code = code_of(hit.iri) if hit.kind in _WITH_CODES else ""
    kind = kind_label(things.site, hit.kind)
    return ShownHit(code, things.line(hit.iri), kind, _parts(hit), snippet)


def _parts(hit: SearchHit) -> tuple[tuple[str, bool], ...]:
    """Return the snippet in parts, each with whether it is a word that matches."""
    parts: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(hit.marks):
        if at < start:
            parts.append((plain(hit.snippet[at:start]), False))
        if max(at, start) < end:
            parts.append((plain(hit.snippet[max(at, start) : end]), True))
        at = max(at, end)
    if at < len(hit.snippet):
        parts.append((plain(hit.snippet[at:]), False))
    return tuple(parts)
