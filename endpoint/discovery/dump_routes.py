"""Dumps of a version at `/dumps/<number>/<file>`: always the same bytes.

Starlette's `FileResponse` implements Range and If-Range (RFC 9110, sections 13.1.5 and 14).
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.editions.edition import Edition, File
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.http_fields.cache_control import NO_CACHE, OF_A_VERSION
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.web.conditional_requests import modified, not_modified_response
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import GZIP


def dumps_routes(context: Context, editions: Editions) -> list[BaseRoute]:
    """Return the routes of the dumps; `latest` redirects to the current version."""
    dumps = _Dumps(context, editions)
    return [
        Route("/dumps/latest/{name:path}", dumps.latest, methods=READING),
        Route("/dumps/{number:int}/{name:path}", dumps.dump, methods=READING),
    ]


@dataclass(frozen=True)
class _Dumps:
    context: Context
    editions: Editions

    async def latest(self, request: Request) -> Response:
        """Redirect to a dump of the current version."""
        number = self.context.snapshot().number
        edition = await self.editions.edition(number)
        file = _file_of(edition, request.path_params["name"])
        headers = {"cache-control": NO_CACHE}
        return RedirectResponse(f"/dumps/{number}/{file.name}", 307, headers)

    async def dump(self, request: Request) -> Response:
        """Answer with a dump, a range of it, or 304."""
        edition = await self.editions.edition(request.path_params["number"])
        file = _file_of(edition, request.path_params["name"])
        headers = _headers(edition, file)
        not_modified = not_modified_response(request, headers)
        if not_modified is not None:
            return not_modified
        path = edition.path(self.editions.folder, file)
        name = f"urbansdg-{edition.number}-{PurePosixPath(file.name).name}"
        return FileResponse(path, headers=headers, media_type=GZIP, filename=name)


def _file_of(edition: Edition, name: str) -> File:
    file = edition.file(name)
    if file is None:
        raise fault(404, "Dump not found.", "See /dataset for the dumps of each version.")
    return file


def _headers(edition: Edition, file: File) -> dict[str, str]:
    return {
        "etag": f'"{file.sha256}"',
        "cache-control": OF_A_VERSION,
        "urbansdg-version": str(edition.number),
    } | modified(edition.created, edition.mark)
