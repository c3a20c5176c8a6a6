"""Pictures at `/media/<key>`, as WebP."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.html.page_values import plain
from urbansdg.endpoint.html.picture_address import PATH, SMALL
from urbansdg.endpoint.http_fields.cache_control import NO_STORE, OF_A_VERSION
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.media.pictures import Pictures, TooManyPictures, medium_of_key
from urbansdg.endpoint.web.conditional_requests import entity_tag_of, not_modified_response
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.media_types import HTML, SVG, WEBP

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_RETRY: Final = ((b"retry-after", b"5"),)
_PLACEHOLDER: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" width="320" height="240">'
    b'<rect width="320" height="240" fill="#8886"/><g fill="none" stroke="#888" stroke-width="6">'
    b'<rect x="110" y="80" width="100" height="80" rx="8"/><circle cx="138" cy="106" r="9"/>'
    b'<path d="m112 150 34-28 22 16 18-14 24 20M96 190 224 50"/></g></svg>'
)
"""What is shown in place of a picture that there is not: a crossed-out frame."""


def media_routes(context: Context, pictures: Pictures) -> list[BaseRoute]:
    """Return the route of pictures."""
    return [Route(f"{PATH}/{{key}}", _Media(context, pictures).answer, methods=READING)]


@dataclass(frozen=True)
class _Media:
    context: Context
    pictures: Pictures

    async def answer(self, request: Request) -> Response:
        """Answer with a picture in full or small size; raises `Fault` (400, 404, 502, 503).

        An element `img` is answered with a placeholder under the status of the fault.
        """
        try:
            return await self._picture(request)
        except Fault as problem:
            accept = request.headers.get("accept", "")
            if "image/" not in accept or HTML in accept:  # no element `img` of a browser
                raise
            headers = {name.decode(): text.decode() for name, text in problem.headers}
            headers |= {"cache-control": NO_STORE, "content-security-policy": _POLICY}
            return Response(_PLACEHOLDER, problem.status, headers, SVG)

    async def _picture(self, request: Request) -> Response:
        size = _size(request)
        snapshot, key = self.context.snapshot(), request.path_params["key"]
        medium = await run_in_threadpool(medium_of_key, snapshot.readable, key)
        if medium is None:
            remedy = "Follow the links on the pages of policies and cities."
            raise fault(404, "The graph names no such picture.", remedy)
        url = medium[1]
        there = f"It is at {plain(url)[:500]}."
        if not self.pictures.is_allowed(url):
            raise fault(404, "Pictures from this host are not shown here.", there)
        try:
            record = await self.pictures.record(url, snapshot.number)
        except TooManyPictures:
            raise fault(503, "Many pictures are being fetched.", "Try again.", _RETRY) from None
        if not record.is_shown:
            message = f"The picture {plain(record.failure)[:500]}."
            raise fault(HTTPStatus.BAD_GATEWAY, message, there)
        picture = await run_in_threadpool(self.pictures.cache.read, url, size)
        if picture is None:  # it was removed a moment ago
            await run_in_threadpool(self.pictures.cache.remove, url)
            raise fault(503, "The picture is being fetched again.", "Try again.", _RETRY)
        body, made_at = picture
        headers = {
            "etag": entity_tag_of(f"{int(made_at)}", f"{url} {size}"),
            "cache-control": OF_A_VERSION,
            "content-security-policy": _POLICY,
            "vary": "Accept",
        }
        not_modified = not_modified_response(request, headers)
        return not_modified or Response(body, headers=headers, media_type=WEBP)


def _size(request: Request) -> str:
    """Return the requested size; raises `Fault` (400)."""
    parameters = request.query_params.multi_items()
    if parameters not in ([], [("size", SMALL)]):
        raise fault(400, "Unknown parameters.", f"Send none, or ?size={SMALL}.")
    return SMALL if parameters else "full"
