"""Linksets (RFC 9264): the typed links of a page, at `/linkset/<path>.json` and `.txt`."""

import json
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dereference.document_routes import Documents, path_of_request
from urbansdg.endpoint.discovery.dataset_routes import PATH, described, signposts
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.http_fields.cache_control import REVALIDATE
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.signposting import Link, back, link_format, linkset
from urbansdg.endpoint.web.conditional_requests import (
    entity_tag_of,
    last_modified,
    not_modified_response,
)
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import LINKSET, LINKSET_JSON

_START: Final = "/linkset"


def linksets_routes(context: Context, editions: Editions, documents: Documents) -> list[BaseRoute]:
    """Return the route of the linksets."""
    sets = _Linksets(context, editions, documents)
    return [Route(f"{_START}/{{path:path}}", sets.answer, methods=READING)]


@dataclass(frozen=True)
class _Linksets:
    context: Context
    editions: Editions
    documents: Documents

    async def answer(self, request: Request) -> Response:
        """Answer with the links of a page, in JSON or as text."""
        path, _, extension = path_of_request(request).removeprefix(_START).rpartition(".")
        if extension not in ("json", "txt"):
            raise fault(404, "Linkset not found.", "Follow the link with rel=linkset of a page.")
        snapshot = self.context.snapshot()
        number = snapshot.number
        headers = {
            "etag": entity_tag_of(str(number), f"{_START}{path}.{extension}"),
            "cache-control": REVALIDATE,
            "last-modified": last_modified(snapshot.created),
            "urbansdg-version": str(number),
        }
        links = back(await self._links(path))
        not_modified = not_modified_response(request, headers)
        if not_modified is not None:
            return not_modified
        if extension == "json":
            body = json.dumps(linkset(links), indent=1)
            return Response(body, headers=headers, media_type=LINKSET_JSON)
        return Response(link_format(links), headers=headers, media_type=LINKSET)

    async def _links(self, path: str) -> list[Link]:
        if path == PATH:
            return signposts(await described(self.context, self.editions))
        snapshot = self.context.snapshot()
        return await run_in_threadpool(self.documents.signposts, path, snapshot)
