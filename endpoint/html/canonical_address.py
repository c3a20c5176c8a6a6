"""One address for each thing: other spellings of it lead there by 308 (RFC 9110, 15.4.9).

Spellings that differ: slashes that are doubled or at the end, octets that are percent-encoded
without need or in small letters, letters that are not encoded (RFC 3986, section 6.2.2).
"""

import re
import string
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from urbansdg.endpoint.http_fields.cache_control import kept_for
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.ontology.iris import Iris

SAFE: Final = "/#?=&;:@!$'()*+,%~.-_[]"
"""The characters that stand in a URI as they are."""

_IN_PATHS: Final = frozenset(f"{SAFE}{string.ascii_letters}{string.digits}") - set("[]#?")
_SLASHES: Final = re.compile("/{2,}")
_OTHERS: Final = ("/graphs", "/sparql", "/api", "/metrics")
"""What has addresses of its own making: the Graph Store Protocol takes a path as it comes."""


def canonical(path: str, iris: Iris) -> str:
    """Return the one spelling of a path that came percent-encoded.

    Raises `ValueError` where the octets of a segment are not UTF-8.
    """
    plain = _SLASHES.sub("/", path).rstrip("/") or "/"
    return quote(iris.at(plain).removeprefix(iris.base), safe=SAFE)


def sent(raw: bytes) -> str:
    """Return a path as it was sent; octets that no path of a URI has, percent-encoded.

    Browsers and proxies that decode a path send some of them as they are.
    """
    return "".join(chr(each) if chr(each) in _IN_PATHS else f"%{each:02X}" for each in raw)


@dataclass(frozen=True, slots=True)
class Canonical:
    """Leads readers to the one spelling of an address, and passes on what comes there."""

    inner: ASGIApp
    iris: Iris

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 308, or pass the request on."""
        target = self._elsewhere(scope)
        if target is None:
            await self.inner(scope, receive, send)
            return
        query: bytes = scope.get("query_string", b"")
        address = f"{target}?{query.decode('latin-1')}" if query else target
        answer = RedirectResponse(address, 308)
        answer.headers["cache-control"] = kept_for(86400)
        await answer(scope, receive, send)

    def _elsewhere(self, scope: Scope) -> str | None:
        """Return the other address where a request is to go, None where it has come right."""
        if scope["type"] != "http" or scope["method"] not in READING:
            return None
        path = sent((scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0])
        if path.startswith(_OTHERS):
            return None
        try:
            target = canonical(path, self.iris)
        except ValueError:
            return None
        return None if target == path else target
