"""The sender of responses as HTTP/1.1, on a connection: see `urbansdg.endpoint.web.http_response`.

It writes what uvicorn would write for the same response by ASGI, in one piece.
"""

import asyncio
from http import HTTPStatus
from typing import Final

from urbansdg.endpoint.web.http_response import HeaderPairs, HttpResponse

_LARGEST_JOINED: Final = 1 << 13  # bytes that are copied sooner than written apart
_STATUS_LINES: Final = {
    int(status): b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus
}


class Http1Writer:
    """Writes whole responses to connections."""

    __slots__ = ("_default", "_lines")

    def __init__(self) -> None:
        """Begin without default header fields."""
        self._default: HeaderPairs = ()
        self._lines = b""

    def write(
        self,
        transport: asyncio.WriteTransport,
        default: HeaderPairs,
        response: HttpResponse,
        *,
        keep_alive: bool = True,
        with_body: bool = True,
    ) -> int:
        """Write a response with the fields of every response; return the length of its body.

        `default` is another object whenever its fields change, which is once a second (Date).
        """
        if default is not self._default:
            self._default = default
            self._lines = b"".join(b"%b: %b\r\n" % pair for pair in default)
        body = response.body
        parts = [_STATUS_LINES[response.status], self._lines, response.fields.lines]
        for name, value in response.more:
            parts += (name, b": ", value, b"\r\n")
        if response.has_length:
            parts.append(b"content-length: %d\r\n" % len(body))
        parts.append(b"\r\n" if keep_alive else b"connection: close\r\n\r\n")
        if not with_body:
            transport.write(b"".join(parts))
        elif len(body) > _LARGEST_JOINED:
            transport.writelines((b"".join(parts), body))
        else:
            parts.append(body)
            transport.write(b"".join(parts))
        return len(body)
