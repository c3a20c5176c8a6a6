"""The canonical address of each thing: other spellings redirect (308) to it.

Other spellings have doubled or trailing slashes, needless or lower-case percent-encoding, or
characters without encoding. Sources: RFC 9110, section 15.4.9; RFC 3986, section 6.2.2.
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
"""The characters that a URI has without percent-encoding."""

_IN_PATHS: Final = frozenset(f"{SAFE}{string.ascii_letters}{string.digits}") - set("[]#?")
_PLAIN: Final = re.compile(f"[{re.escape(SAFE)}A-Za-z0-9]*")
_PLAIN_PATH: Final = re.compile(f"[{re.escape(''.join(sorted(_IN_PATHS)))}]*".encode())
_SLASHES: Final = re.compile("/{2,}")
_OTHERS: Final = ("/graphs", "/sparql", "/api", "/metrics")
"""The paths without a canonical spelling: the Graph Store Protocol takes any path."""


def encoded(text: str) -> str:
    """Return an address with percent-encoding where it needs it: `quote`, for the common case."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe=SAFE)


def canonical(path: str, iris: Iris) -> str:
    """Return the canonical spelling of a percent-encoded path.

    Raises `ValueError` where the octets of a segment are not UTF-8.
    """
    plain = _SLASHES.sub("/", path).rstrip("/") or "/"
    return encoded(iris.at(plain).removeprefix(iris.base))


def sent(raw: bytes) -> str:
    """Return a path as it was sent, with octets that a URI cannot have percent-encoded.

    Some browsers and proxies decode a path and send such octets.
    """
    if _PLAIN_PATH.fullmatch(raw):
        return raw.decode()
    return "".join(chr(byte) if chr(byte) in _IN_PATHS else f"%{byte:02X}" for byte in raw)


@dataclass(frozen=True, slots=True)
class Canonical:
    """Redirects to the canonical spelling of an address, and passes other requests on."""

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
        """Return the canonical address, None if the request has it already."""
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
