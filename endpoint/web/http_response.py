"""One model of a response, and its sender for ASGI.

The other sender, `urbansdg.endpoint.connection.http1_writer`, writes the same model to a connection
as HTTP/1.1. Who makes a response decides its fields and its body; a sender adds the length and
frames it. The fast path, `/sparql` over ASGI and the cache of documents all send this model.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Final

from starlette.types import Scope, Send

HeaderPairs = Sequence[tuple[bytes, bytes]]

_NO_CONTENT: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_IN_MEMORY: Final = 1 << 22  # bytes of a response that are collected before a file takes them


class HeaderFields:
    """Header fields that many responses share: as pairs for ASGI, as lines for HTTP/1.1.

    The lines are joined once: joining twelve pairs takes longer than looking up a cached answer.
    """

    __slots__ = ("_lines", "pairs")

    def __init__(self, pairs: HeaderPairs) -> None:
        """Take names in lower case with their values."""
        self.pairs = tuple(pairs)
        self._lines: bytes | None = None

    @property
    def lines(self) -> bytes:
        """The fields as HTTP/1.1 sends them, each with its line end."""
        if self._lines is None:
            self._lines = b"".join(b"%b: %b\r\n" % pair for pair in self.pairs)
        return self._lines


@dataclass(slots=True)
class HttpResponse:
    """A response: its status, its header fields without Content-Length, and its body.

    `more` are the fields of this response alone. `rest` yields the body of one that is streamed,
    whose length is not known; `body` is empty then.
    """

    status: int
    fields: HeaderFields
    body: bytes = b""
    more: HeaderPairs = ()
    rest: AsyncIterator[bytes] | None = None

    @property
    def has_length(self) -> bool:
        """Whether Content-Length is sent: not of a stream, nor with 204 and 304 (RFC 9110, 8.6)."""
        return self.rest is None and self.status not in _NO_CONTENT


async def send_response(response: HttpResponse, scope: Scope, send: Send) -> None:
    """Send a response by ASGI; that to HEAD has the body too, which the server leaves out.

    A client of HTTP/1.0 has no chunks: for it a stream is collected, so that its length is sent and
    a part of it is never taken for the whole.
    """
    pairs = [*response.fields.pairs, *response.more]
    if response.rest is None or scope["method"] == "HEAD":
        if response.has_length:
            pairs.append((b"content-length", b"%d" % len(response.body)))
        await _start(response.status, pairs, send)
        await send({"type": "http.response.body", "body": response.body, "more_body": False})
    elif scope["http_version"] == "1.0":
        await _collect(response.status, pairs, response.rest, send)
    else:
        await _start(response.status, pairs, send)
        await _stream(response.rest, send)


async def _start(status: int, pairs: HeaderPairs, send: Send) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(pairs)})


async def _stream(chunks: AsyncIterator[bytes], send: Send) -> None:
    async for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _collect(
    status: int, pairs: list[tuple[bytes, bytes]], chunks: AsyncIterator[bytes], send: Send
) -> None:
    with SpooledTemporaryFile(_IN_MEMORY) as spool:
        async for chunk in chunks:
            await asyncio.to_thread(spool.write, chunk)
        length = (b"content-length", b"%d" % spool.tell())
        spool.seek(0)

        async def collected() -> AsyncIterator[bytes]:
            while chunk := await asyncio.to_thread(spool.read, _IN_MEMORY):
                yield chunk

        await _start(status, [*pairs, length], send)
        await _stream(collected(), send)
