"""Dumps of a version at `/dumps/<number>/<file>`: always the same bytes.

Starlette's `FileResponse` implements Range and If-Range (RFC 9110, sections 13.1.5 and 14).
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.editions.dump_files import file_named
from urbansdg.endpoint.editions.dump_names import CHANGES
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.http_fields.cache_control import NO_CACHE, OF_A_VERSION
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.web.conditional_requests import modified, not_modified_response
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.media_types import GZIP
from urbansdg.store.history.history_index import read_index


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
        version = await self.editions.version(self.context.snapshot().number)
        name = request.path_params["name"]
        file = await run_in_threadpool(file_named, version, self.context.iris.graph(""), name)
        if file is None:
            raise fault(404, "Dump not found.", "See /dataset for the dumps of each version.")
        headers = {"cache-control": NO_CACHE}
        return RedirectResponse(f"/dumps/{version.number}/{file.name}", 307, headers)

    async def dump(self, request: Request) -> Response:
        """Answer with a dump, a range of it, or 304."""
        number, name = request.path_params["number"], request.path_params["name"]
        try:
            version = await self.editions.version(number)
        except Fault as error:
            if name != CHANGES or error.status != HTTPStatus.GONE:
                raise
            return await run_in_threadpool(self._patch, request, number, error)
        file, path = await self.editions.dump(number, name)
        headers = {
            "etag": f'"{file.sha256}"',
            "cache-control": OF_A_VERSION,
            "urbansdg-version": str(number),
        } | modified(version.created, version.mark)
        not_modified = not_modified_response(request, headers)
        if not_modified is not None:
            return not_modified
        download = f"urbansdg-{number}-{PurePosixPath(file.name).name}"
        return FileResponse(path, headers=headers, media_type=GZIP, filename=download)

    def _patch(self, request: Request, number: int, error: Fault) -> Response:
        """Answer with the changes of a version that was pruned; raises the error without them."""
        try:
            with read_index(self.editions.folder) as index:
                patch, changes = index.patch(number), index.changes_of(number)
        except sqlite3.Error:
            raise error from None
        if patch is None or changes is None:
            raise error
        headers = {
            "etag": f'"{hashlib.sha256(patch).hexdigest()}"',
            "cache-control": OF_A_VERSION,
            "urbansdg-version": str(number),
            "content-disposition": f'attachment; filename="urbansdg-{number}-{CHANGES}"',
        } | modified(changes.created, changes.mark)
        not_modified = not_modified_response(request, headers)
        return not_modified or Response(patch, headers=headers, media_type=GZIP)
