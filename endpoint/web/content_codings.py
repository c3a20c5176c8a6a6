"""Content codings of all text, except `/sparql`, which compresses its own streams.

Each coding of a representation has its own entity tag (RFC 9110, 8.8.3.3): `"7-abc"` is
`"7-abc-br"` in brotli. Handlers know the plain tags only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.web.compression import (
    CODINGS,
    SMALLEST,
    Coding,
    Compressor,
    coding_of,
    compressor,
    is_worth_coding,
    squeezed,
)

_OWN: Final = ("/sparql", "/dumps/")
"""Paths whose responses choose their own coding, or are compressed already."""

_TEXT: Final = re.compile(
    r"text/|image/svg\+xml|application/([\w.-]+\+)?(json|xml)\b"
    r"|application/(n-triples|n-quads|trig|linkset|link-format)\b"
)
_CONDITIONS: Final = (b"if-none-match", b"if-match")
_CODED: Final = re.compile(rf'-(?:{"|".join(CODINGS)})"')


@dataclass(frozen=True, slots=True)
class ContentCodings:
    """Compresses the responses of another application for clients that accept a coding."""

    inner: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with plain entity tags, and its answer back in a coding."""
        if scope["type"] != "http" or scope["path"].startswith(_OWN):
            await self.inner(scope, receive, send)
            return
        headers = Headers(raw=scope["headers"])
        is_read = scope["method"] in READING
        coding = coding_of(headers.get("accept-encoding")) if is_read else None
        entity_tags = headers.get("if-none-match", "")
        ending = re.compile(f'-{coding}"') if is_read else _CODED
        plain = {**scope, "headers": list(_plain(scope["headers"], ending))}
        if "range" in headers:
            coding = None
        await self.inner(plain, receive, _Outgoing(send, coding, entity_tags))


def _plain(
    headers: Iterable[tuple[bytes, bytes]], ending: re.Pattern[str]
) -> Iterable[tuple[bytes, bytes]]:
    """Yield header fields whose conditions also name the plain entity tags."""
    for name, value in headers:
        if name in _CONDITIONS:
            text = value.decode("latin-1")
            plain = ending.sub('"', text)
            yield name, (text if plain == text else f"{text}, {plain}").encode("latin-1")
        else:
            yield name, value


@dataclass(slots=True)
class _Outgoing:
    """An answer on its way out: its head waits for the first part of its body."""

    send: Send
    coding: Coding | None
    if_none_match: str
    _start: Message | None = None
    _squeeze: Compressor | None = field(default=None)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is not None and self.coding is not None:
            await self._first(self._start, self.coding, message)
        elif self._squeeze is not None:
            await self._next(self._squeeze, message)
        else:
            await self.send(message)

    async def _begin(self, message: Message) -> None:
        headers = MutableHeaders(raw=message["headers"])
        is_text = _TEXT.match(headers.get("content-type", "")) is not None
        is_held = message["status"] == HTTPStatus.NOT_MODIFIED
        if is_text or is_held:
            headers.add_vary_header("Accept-Encoding")
        if is_held and self.coding and f'{_tag(headers)[:-1]}-{self.coding}"' in self.if_none_match:
            _mark(headers, self.coding)
        if is_text and self.coding and message["status"] == HTTPStatus.OK:
            self._start = message
        else:
            await self.send(message)

    async def _first(self, start: Message, coding: Coding, message: Message) -> None:
        """Send the head and the first part; a body that is whole has Content-Length."""
        self._start = None
        body, more = message.get("body", b""), message.get("more_body", False)
        headers = MutableHeaders(raw=start["headers"])
        length = int(headers.get("content-length", SMALLEST))
        untold = not body and not more  # HEAD of a file: only as it is, its length is known
        if not is_worth_coding(length) or untold or "content-encoding" in headers:
            await self.send(start)
            await self.send(message)
            return
        _mark(headers, coding)
        headers["content-encoding"] = coding
        del headers["content-length"]
        squeeze = compressor(coding)
        if more:
            self._squeeze = squeeze
            await self.send(start)
            packed = await squeezed(squeeze, body)
            await self.send({**message, "body": packed})
            return
        whole = await squeezed(squeeze, body) + squeeze.flush()
        headers["content-length"] = str(len(whole))
        await self.send(start)
        await self.send({**message, "body": whole})

    async def _next(self, squeeze: Compressor, message: Message) -> None:
        packed = await squeezed(squeeze, message.get("body", b""))
        if not message.get("more_body", False):
            packed += squeeze.flush()
        await self.send({**message, "body": packed})


def _mark(headers: MutableHeaders, coding: Coding) -> None:
    """Give an answer in a coding the entity tag of that coding."""
    tag = _tag(headers)
    if tag.endswith('"'):
        headers["etag"] = f'{tag[:-1]}-{coding}"'


def _tag(headers: MutableHeaders) -> str:
    return headers.get("etag", "")
