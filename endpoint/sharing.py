"""Answers for scripts of other origins (Fetch standard, section 3.2), and what OPTIONS says.

Everything is public: whoever reads may read from anywhere; a write takes its token, not a cookie.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EXPOSED: Final = (
    "ETag, Link, Location, Content-Location, Content-Profile, Memento-Datetime, Cache-Status, "
    "Retry-After, Urbansdg-Version"
)
_ASKED: Final = (
    "Accept, Accept-Datetime, Accept-Language, Accept-Profile, Authorization, Content-Type, "
    "If-Match, If-Modified-Since, If-None-Match, Prefer, Range"
)


@dataclass(frozen=True, slots=True)
class Shared:
    """Lets every origin read the answers of another application, and answers OPTIONS for it."""

    inner: ASGIApp
    router: Router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer OPTIONS, or pass the request on."""
        if scope["type"] != "http" or scope["path"] == "/sparql":
            await self.inner(scope, receive, send)
            return

        async def shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["access-control-allow-origin"] = "*"
                headers["access-control-expose-headers"] = EXPOSED
            await send(message)

        methods = self._methods(scope) if scope["method"] == "OPTIONS" else ""
        answer = _options(methods) if methods else self.inner
        await answer(scope, receive, shared)

    def _methods(self, scope: Scope) -> str:
        """Return the methods that a path takes, nothing where there is none of that path."""
        found = set(_taken(self.router, scope))
        return ", ".join(sorted(found | {"OPTIONS"})) if found else ""


def _taken(router: Router, scope: Scope) -> Iterator[str]:
    for route in router.routes:
        matched, _ = route.matches(scope)
        if matched is not Match.NONE:
            yield from getattr(route, "methods", None) or ("GET", "HEAD")  # a folder of files


def _options(methods: str) -> Response:
    return Response(
        status_code=204,
        headers={
            "allow": methods,
            "access-control-allow-methods": methods,
            "access-control-allow-headers": _ASKED,
            "access-control-max-age": "86400",
        },
    )
