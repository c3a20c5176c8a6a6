"""OPTIONS on any address (RFC 9110, 9.3.7), also for pages of other sites (Fetch, CORS)."""

from collections.abc import Iterable
from typing import Final

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from urbansdg.endpoint.http_fields.http_methods import METHODS, READING

HEADERS: Final = (
    "Accept, Accept-Datetime, Accept-Language, Accept-Profile, Authorization, Content-Type, "
    "If-Match, If-Modified-Since, If-None-Match, Prefer, Range, Slug"
)


def allowed(routes: Iterable[BaseRoute], scope: Scope) -> str:
    """Return the methods of an address as the header Allow lists them; '' for no such address."""
    methods = set[str]()
    for route in routes:
        if route.matches(scope)[0] is not Match.NONE:
            # A mount (the static files of the pages) has no methods of its own.
            methods |= getattr(route, "methods", None) or {*READING}
    return (
        ", ".join(method for method in METHODS if method in methods | {"OPTIONS"})
        if methods
        else ""
    )


class Options:
    """Answers OPTIONS, and passes every other request to the application with the routes."""

    def __init__(self, inner: Starlette) -> None:
        """Answer for an application."""
        self._inner: ASGIApp = inner
        self._routes = inner.router.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """List the methods of an address, or pass the request on."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            await self._inner(scope, receive, send)
            return
        anywhere = ", ".join(METHODS) if scope["path"] == "*" else ""
        methods = anywhere or allowed(self._routes, scope)
        if not methods:
            await self._inner(scope, receive, send)
            return
        headers = {
            "allow": methods,
            "access-control-allow-origin": "*",
            "access-control-allow-methods": methods,
            "access-control-allow-headers": HEADERS,
            "access-control-max-age": "86400",
        }
        await Response(status_code=204, headers=headers)(scope, receive, send)
