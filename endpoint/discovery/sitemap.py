"""The files for crawlers: `/robots.txt`, `/sitemap.xml` and its parts."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.editions.change_history import History, part_path
from urbansdg.endpoint.editions.document_times import SITEMAP, entry
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.http_fields.cache_control import kept_for
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.web.conditional_requests import last_modified, not_modified_response
from urbansdg.endpoint.web.path_prefix import path_of_base
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import TEXT, XML

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
        headers = {"etag": f'"{history.number}-sitemap"', "cache-control": kept_for(3600)}
        headers["last-modified"] = last_modified(history.created)
        not_modified = not_modified_response(request, headers)
        return not_modified or Response(self._index(history), headers=headers, media_type=XML)

    def _index(self, history: History) -> str:
        base = self.context.iris.base
        parts = "".join(
            entry("sitemap", f"{base}/sitemap/{history.number}/{number}.xml", changed)
            for number, changed in enumerate(history.parts, 1)
        )
        head = f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{SITEMAP}">\n'
        return f"{head}{parts}</sitemapindex>\n"

    async def part(self, request: Request) -> Response:
        """Answer with a part of the sitemap of a version."""
        number, part = request.path_params["number"], request.path_params["part"]
        history = await self.editions.history(number)
        if not 1 <= part <= len(history.parts):
            raise fault(404, "Part not found.", "See /sitemap.xml for the parts.")
        headers = {"etag": f'"{number}-{part}-sitemap"', "cache-control": kept_for(86400)}
        headers["last-modified"] = last_modified(history.created)
        path = part_path(self.editions.folder, number, part)
        return not_modified_response(request, headers) or FileResponse(
            path, headers=headers, media_type=XML
        )
