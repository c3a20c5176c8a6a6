"""Cross-origin resource sharing: responses for scripts of other origins (Fetch, section 3.2).

Everything is public, so every origin may read; a write takes a token, not a cookie.
"""

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EXPOSED: Final = (
    "ETag, Link, Location, Content-Location, Content-Profile, Memento-Datetime, Cache-Status, "
    "Retry-After, Urbansdg-Version, Urbansdg-Added, Urbansdg-Removed"
)


@dataclass(frozen=True, slots=True)
class CrossOriginSharing:
    """Lets every origin read the responses of another application, except those of `/sparql`.

    `/sparql` adds these fields itself, where every microsecond counts.
    """

    inner: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"] == "/sparql":
            await self.inner(scope, receive, send)
            return

        async def shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["access-control-allow-origin"] = "*"
                headers["access-control-expose-headers"] = EXPOSED
            await send(message)

        await self.inner(scope, receive, shared)
