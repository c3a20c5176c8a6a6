"""The files for crawlers: `/robots.txt`, `/sitemap.xml` and its parts."""

from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.history.change_history import History, read
from urbansdg.endpoint.history.document_times import documents, listing, site_pages
from urbansdg.endpoint.http_fields.cache_control import kept_for
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.versions.version_numbers import absent
from urbansdg.endpoint.web.conditional_requests import last_modified, not_modified_response
from urbansdg.endpoint.web.path_prefix import path_of_base
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import TEXT, XML
from urbansdg.store.history.history_index import HistoryIndex, SitemapPart

_SITE: Final = 1
"""The number of the part with the pages beside the documents; parts of the index come after it."""

_ROBOTS: Final = """\
# You may read everything, at one request per second. To get all data, do not crawl:
# download {base}/dumps/latest/all.nq.gz, and follow {base}/events for changes.
User-agent: *
Crawl-delay: 1
Disallow: {path}/sparql
Disallow: {path}/graphs
Disallow: {path}/fragments

Sitemap: {base}/sitemap.xml
"""


def sitemap_routes(context: Context, editions: Editions) -> list[BaseRoute]:
    """Return the routes for crawlers."""
    sitemap = _Sitemap(context, editions)
    return [
        Route("/robots.txt", sitemap.robots, methods=READING),
        Route("/sitemap.xml", sitemap.index, methods=READING),
        Route("/sitemap/{number:int}/{part:int}.xml", sitemap.part, methods=READING),
    ]


@dataclass(frozen=True)
class _Sitemap:
    context: Context
    editions: Editions

    async def robots(self, _: Request) -> Response:
        """Name the sitemap, and ask for one request per second (RFC 9309)."""
        base = self.context.iris.base
        text = _ROBOTS.format(base=base, path=path_of_base(base))
        return Response(text, headers={"cache-control": kept_for(86400)}, media_type=TEXT)

    async def index(self, request: Request) -> Response:
        """Answer with the index of the parts."""
        history = await self.editions.history(self.context.snapshot().number)
        tag = f'"{history.number}-{history.redactions}-sitemap"'
        headers = {"etag": tag, "cache-control": kept_for(3600)}
        headers["last-modified"] = last_modified(history.created)
        not_modified = not_modified_response(request, headers)
        if not_modified is not None:
            return not_modified
        parts = await run_in_threadpool(read, self.editions.folder, HistoryIndex.parts)
        return Response(self._index(history, parts), headers=headers, media_type=XML)

    def _index(self, history: History, parts: list[SitemapPart]) -> str:
        """Name each part after the version that changed a member of it last.

        So the address of a part stays until it has to be fetched again.
        """
        addresses = [(f"{history.number}/{_SITE}", history.created)]
        addresses += [(f"{part.number}/{part.part + _SITE}", part.changed) for part in parts]
        start = f"{self.context.iris.base}/sitemap"
        entries = [(f"{start}/{address}.xml", changed) for address, changed in addresses]
        return listing("sitemap", entries)

    async def part(self, request: Request) -> Response:
        """Answer with a part of the sitemap as it is now, whichever version its address names."""
        number, part = request.path_params["number"], request.path_params["part"]
        current = self.context.snapshot().number
        history = await self.editions.history(current)
        if number > current:
            raise absent(number, current)
        if part == _SITE:
            changed_in, changed = history.number, history.created
        else:
            parts = await run_in_threadpool(read, self.editions.folder, HistoryIndex.parts)
            state = next((state for state in parts if state.part + _SITE == part), None)
            if state is None:
                raise fault(404, "Part not found.", "See /sitemap.xml for the parts.")
            changed_in, changed = state.number, state.changed
        headers = {"etag": f'"{changed_in}-{part}-{history.redactions}-sitemap"'}
        headers["cache-control"] = kept_for(86400 if number == changed_in else 3600)
        headers["last-modified"] = last_modified(changed)
        not_modified = not_modified_response(request, headers)
        if not_modified is not None:
            return not_modified
        body = await run_in_threadpool(self._part, history, part)
        return Response(body, headers=headers, media_type=XML)

    def _part(self, history: History, part: int) -> str:
        base = self.context.iris.base
        if part == _SITE:
            return listing("url", site_pages(self.editions.store.version(history.number), base))
        members = read(self.editions.folder, lambda index: index.members(part - _SITE))
        return listing("url", documents(members, base))
