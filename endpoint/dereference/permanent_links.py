"""Permanent links: a visitor asks for one, and the version that it leads to is kept.

`POST /permanent-link` with the path of a document or a query tags the version, so that no
retention policy removes it, and redirects (303) to the address that stays: a Memento, or `/sparql`
with `version`. It is anonymous and idempotent: it needs no token against forged requests, for all
that a forged one does is to keep a version. What anybody can take is bounded: a client may ask a
few times in a minute, and all clients together keep `URBANSDG_PERMANENT_LINKS` versions, a tenth
of them in a day (`urbansdg.store.versions.tags`).
"""

import asyncio
import logging
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dereference.document_routes import ending, unknown
from urbansdg.endpoint.html.canonical_address import SAFE
from urbansdg.endpoint.http_fields.cache_control import NO_STORE
from urbansdg.endpoint.versions.version_numbers import published
from urbansdg.endpoint.web.form_data import form_pairs
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.errors import VersionNotFound
from urbansdg.ontology.media_types import FORM
from urbansdg.store import Tags, is_described

PATH: Final = "/permanent-link"

LONGEST: Final = 16_384
"""Bytes of the form, and characters of the path in it."""

A_MINUTE: Final = 6
"""How often a client may ask in a minute, where it asks no queries."""

_SECONDS: Final = 20.0
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_DAY: Final = b"86400"
_LOG: Final = logging.getLogger(__name__)


def permanent_link_routes(context: Context) -> list[BaseRoute]:
    """Return the route of permanent links, for a graph that keeps versions."""
    links = _PermanentLinks(context)
    return [Route(PATH, links.create, methods=["POST"])]


@dataclass(frozen=True)
class _PermanentLinks:
    context: Context
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Requests wait here, and not in a thread each, while somebody else writes."""

    async def create(self, request: Request) -> Response:
        """Keep a version, and redirect (303) to the permanent address; raises `Fault`."""
        most = self.context.settings.permanent_links
        if most == 0:
            raise fault(403, "Permanent links are disabled.", "Download a dump to keep a version.")
        fields = await _fields(request)
        number = self._number(fields.get("version"))
        path = self._path(fields.get("path", ""), request.headers.get("host", ""))
        address = await asyncio.to_thread(self._address, path, number)
        share = self.context.clients.share
        with self.context.clients.asking(self.context.clients.of(request.scope)) as charge:
            charge(share.seconds / A_MINUTE)
            async with self._turn:
                is_kept = await asyncio.to_thread(self._keep, number, most)
        if not is_kept:
            raise fault(
                503,
                "No further version is kept for permanent links today.",
                f"The address {address} works as long as version {number} is kept."
                " The operator can raise the limit, or tag the version.",
                ((b"retry-after", _DAY),),
            )
        return RedirectResponse(address, 303, {"cache-control": NO_STORE})

    def _number(self, text: str | None) -> int:
        if text is None:
            return self.context.snapshot().number
        if not _NUMBER.fullmatch(text):
            raise fault(400, "Invalid version: expected a number.", "Send version=7, or none.")
        return int(text)

    def _path(self, address: str, host: str) -> str:
        """Return the path of an address here: under the base, or at the host of the request."""
        for start in (self.context.iris.base, f"http://{host}", f"https://{host}"):
            if address.startswith(f"{start}/"):
                return address.removeprefix(start)
        return address

    def _address(self, path: str, number: int) -> str:
        """Return the permanent address of a document or query; raises `Fault` (400, 404, 410)."""
        if path.startswith("/doc/") and "?" not in path:
            self._check(path, number)
            return f"/memento/{number}{quote(path, safe=SAFE)}"
        bare, _, query = path.partition("?")
        pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "version"]
        if bare == "/sparql" and any(name == "query" for name, _ in pairs):
            published(self.context.store, number)
            return f"/sparql?{urlencode([*pairs, ('version', str(number))])}"
        raise fault(
            400,
            "The form has no path of a document or a query.",
            "Send path=/doc/city/1835848 or path=/sparql?query=..., percent-encoded.",
        )

    def _check(self, path: str, number: int) -> None:
        """Raise `Fault` where a version does not exist, or has no document at a path."""
        snapshot = self.context.snapshot_of(number)
        for name in dict.fromkeys((path, ending(path)[0])):
            try:
                iri = self.context.iris.at(name.replace("/doc/", "/id/", 1))
                if is_described(snapshot.store, NamedNode(iri)):
                    return
            except ValueError:  # characters that an IRI cannot have
                continue
        raise unknown()

    def _keep(self, number: int, most: int) -> bool:
        settings = self.context.settings
        tags = Tags(self.context.store.directory, settings.wait_seconds)
        before = tags.cited()
        try:
            is_kept = tags.cite(number, most, datetime.now(UTC).date())
        except VersionNotFound:  # it was removed just now
            published(self.context.store, number)
            raise
        if is_kept and number not in before:
            count = len(before) + 1
            _LOG.warning("a permanent link keeps version %d; %d of %d", number, count, most)
        return is_kept


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of the form that is the body; raises `Fault` (400, 408, 413, 415)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != FORM or "content-encoding" in request.headers:
        raise fault(415, f"Unsupported media type: {kind or 'none'}.", f"Send {FORM}.")
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LONGEST:
                    raise fault(413, f"The form has more than {LONGEST} bytes.", "Send less.")
    except TimeoutError:
        raise fault(408, "The request did not arrive in time.", "Send it again.") from None
    try:
        pairs = [(name.decode(), value.decode()) for name, value in form_pairs(bytes(body))]
    except ValueError:
        raise fault(400, "The form is not valid UTF-8.", "Encode it in UTF-8.") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise fault(400, "A field of the form is repeated.", "Send each field once.")
    return fields
