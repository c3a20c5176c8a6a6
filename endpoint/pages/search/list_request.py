"""A request for a list or a search: what it asks for, of which version, and the links around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.dereference.document_routes import entity_tag
from urbansdg.endpoint.html.page_values import ListPage
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.profile_negotiation import HERE
from urbansdg.endpoint.pages.search.facet_controls import address
from urbansdg.endpoint.pages.search.list_formats import ListForm
from urbansdg.endpoint.search.facet_reader import FacetReader
from urbansdg.endpoint.search.search_parameters import (
    DEEPEST_PAGE,
    SearchParameters,
    parameters_of,
    requested_version,
)
from urbansdg.endpoint.search.search_query import SearchQuery
from urbansdg.ontology.media_types import ATOM, CSV, JSON
from urbansdg.search.search_request import SearchRequest


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A request for things of a kind, or of all kinds if that is None, at a path of this server."""

    path: str
    kind: str | None
    size: int
    order: str
    site: SiteLinks
    snapshot: Snapshot
    reader: FacetReader
    parameters: SearchParameters

    @staticmethod
    async def of(
        context: Context,
        request: Request,
        path: str,
        facets: Sequence[str],
        *,
        kind: str | None,
        size: int,
        order: str,
    ) -> "ListRequest":
        """Read a request, in a thread; raises `Fault`: 400, 404, 410 (see `parameters_of`)."""

        def parsed() -> "ListRequest":
            site = SiteLinks.of(request, context.iris.base)
            number = requested_version(request)
            snapshot = context.snapshot() if number is None else context.snapshot_of(number)
            reader = FacetReader(context.iris, snapshot.store)
            parameters = parameters_of(request, facets, reader, has_words=kind is None)
            site = replace(site, path=path)
            return ListRequest(path, kind, size, order, site, snapshot, reader, parameters)

        return await run_in_threadpool(parsed)

    @property
    def language(self) -> str:
        """The language in which the list is sorted."""
        return self.site.reader.query_language or self.site.words.language

    @property
    def filters(self) -> Mapping[str, Sequence[str]]:
        """The values of facets, with the kind of the list."""
        kind = {} if self.kind is None else {"kind": (self.kind,)}
        return {**kind, **self.parameters.filters}

    def to_index(self, *, offset: int | None = None, limit: int | None = None) -> SearchRequest:
        """Return the request for the index: of the page, or of another window."""
        page = (self.parameters.page - 1) * self.size
        return SearchRequest(
            self.parameters.words,
            {facet: frozenset(codes) for facet, codes in self.filters.items()},
            page if offset is None else offset,
            self.size if limit is None else limit,
            self.parameters.sort or self.order,
            self.language,
        )

    def to_query(self) -> SearchQuery:
        """Return the request in SPARQL."""
        return SearchQuery(self.parameters.words, self.filters, self.reader)

    def tag(self, form: ListForm, source: str) -> str:
        """Return the entity tag of the answer; `source` says whether an index made it."""
        parameters = self.parameters
        name = f"{self.path} {parameters.pairs()} {parameters.page} {form.name} {source}"
        return entity_tag(self.snapshot.mark, name, HERE, self.site.reader)

    def at(self, *more: tuple[str, str]) -> str:
        """Return the address of the list with some more parameters."""
        return address(self.site, self.path, [*self.parameters.pairs(), *more])

    def page(self, total: int) -> ListPage:
        """Return the page, with the addresses of its neighbours."""
        number = self.parameters.page
        last = min(max(1, -(-total // self.size)), DEEPEST_PAGE)

        def at(other: int) -> str:
            return self.at(("page", str(other)))

        return ListPage(
            number,
            at(number - 1) if number > 1 else None,
            at(number + 1) if number < last else None,
            last,
            at(1) if last > 1 else None,
            at(last) if last > 1 else None,
        )

    def unfiltered(self) -> str:
        """Return the address of the list with its words and version, without facets."""
        pairs = self.parameters.pairs()
        others = [pair for pair in pairs if pair[0] not in self.parameters.filters]
        return address(self.site, self.path, others)

    def of_current(self) -> str:
        """Return the address of the list in the current version."""
        pairs = self.parameters.pairs()
        return address(self.site, self.path, [pair for pair in pairs if pair[0] != "version"])

    def query_text(self) -> str:
        """Return the request in SPARQL, in the language of the reader."""
        return self.to_query().text(self.language)

    def query_address(self) -> str:
        """Return the address that runs the request in SPARQL, on the same version."""
        version = self.parameters.version
        pinned = "" if version is None else f"&version={version}"
        query = self.query_text()
        return f"{self.site.root}/sparql?query={quote(query, safe='')}{pinned}"

    def other_forms(self) -> list[tuple[str, str, str]]:
        """Return the other formats of the list: the key of the text, the address, the type."""
        page = ("page", str(self.parameters.page))
        return [
            ("download_csv", self.at(("format", "csv")), CSV),
            ("JSON", self.at(page, ("format", "json")), JSON),
            ("as_feed", self.at(("format", "atom")), ATOM),
        ]
