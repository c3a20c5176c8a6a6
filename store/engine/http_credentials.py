"""The credentials of a client of an engine."""

from collections.abc import Generator

import httpx


class Credentials(httpx.Auth):
    """The user, by Digest where the engine asks for it so, else by Basic (RFC 7616, RFC 7617)."""

    def __init__(self, user: str, password: str) -> None:
        """Keep the user and the password; they are sent only when the engine asks for them."""
        self._digest = httpx.DigestAuth(user, password)
        self._basic = httpx.BasicAuth(user, password)
        self._kind: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Answer the engine's challenge, in the scheme that it names."""
        if self._kind is None:
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
            challenge = response.headers.get("www-authenticate", "").casefold()
            self._kind = self._digest if "digest" in challenge else self._basic
        yield from self._kind.auth_flow(request)
