"""An installation below a path of its host: the path of the base URI, as in `https://host/sdg`.

A proxy may leave that path in a request or strip it: both work. Handlers never see it. Responses
have it: in Location, Content-Location and the links of pages.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from urbansdg.endpoint.html.canonical_address import SAFE
from urbansdg.ontology.media_types import HTML

_ADDRESSES: Final = ("location", "content-location")
_LINK: Final = re.compile(rb'(\s(?:href|src|action|formaction|poster)=")(?=/(?!/))')
"""A link from the root of the host; in text of others a quotation mark is escaped."""


def mounted(inner: ASGIApp, base: str) -> ASGIApp:
    """Return an application that answers at the path of a base URI too; itself where it has none.

    It is the outermost application: those inside never see the path of the base URI.
    """
    path = path_of_base(base)
    return PathPrefixRemoval(inner, path.encode()) if path else inner


def rooted(inner: ASGIApp, base: str) -> ASGIApp:
    """Return an application whose addresses begin with the path of a base URI."""
    path = path_of_base(base)
    return PathPrefixAddition(inner, path) if path else inner


def path_of_base(base: str) -> str:
    """Return the path of a base URI, percent-encoded: `/sdg`, or nothing."""
    return quote(urlsplit(base).path, safe=SAFE)


@dataclass(frozen=True, slots=True)
class PathPrefixRemoval:
    """Takes the path of the base URI away from a request's."""

    inner: ASGIApp
    path: bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its path below the base."""
        if scope["type"] == "http":
            raw: bytes = scope.get("raw_path") or scope["path"].encode()
            path = self._below(raw.partition(b"?")[0])
            if path is not None:
                text = unquote_to_bytes(path).decode("utf-8", "replace")
                scope = {**scope, "raw_path": path, "path": text}
        await self.inner(scope, receive, send)

    def _below(self, path: bytes) -> bytes | None:
        """Return what follows the path of the base, None where a path does not begin with it.

        A beginning in another spelling leaves a slash too many: `Canonical` leads on from there.
        """
        if path.startswith(self.path + b"/"):
            return path[len(self.path) :]
        rest = path
        for segment in self.path.split(b"/")[1:]:
            first, _, rest = rest.lstrip(b"/").partition(b"/")
            if unquote_to_bytes(first) != unquote_to_bytes(segment):
                return None
        return b"//" + rest


@dataclass(frozen=True, slots=True)
class PathPrefixAddition:
    """Puts the path of the base URI before the addresses of an answer."""

    inner: ASGIApp
    path: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back with addresses that hold outside."""
        page = bytearray()
        messages: list[Message] = []

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._address(MutableHeaders(raw=message["headers"]))
                if _is_page(message):
                    messages.append(message)
                    return
            elif messages:
                page.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._page(messages.pop(), bytes(page), send)
                return
            await send(message)

        await self.inner(scope, receive, sending)

    def _address(self, headers: MutableHeaders) -> None:
        for name in _ADDRESSES:
            if headers.get(name, "").startswith("/"):
                headers[name] = self.path + headers[name]

    async def _page(self, start: Message, page: bytes, send: Send) -> None:
        body = _LINK.sub(rb"\g<1>" + self.path.encode(), page)
        if page:
            MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _is_page(message: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(HTML.encode())
        for name, value in message["headers"]
    )
