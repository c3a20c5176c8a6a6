"""Compression of responses: which coding, from which size, and how (RFC 9110, 8.4.1; RFC 7932).

This is the one place that decides it: `content_codings` applies it to every text but the answers to
queries, which `urbansdg.endpoint.query.query_response` makes.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal, Protocol, get_args

import brotli

from urbansdg.endpoint.http_fields.accept_fields import codings

Coding = Literal["br", "gzip"]
CODINGS: Final[tuple[Coding, ...]] = get_args(Coding)
"""The codings there are, in the order of preference where a client has none."""
SMALLEST: Final = 1 << 9
"""Bytes from which a body is compressed: a smaller one shares its packet with the head anyway."""

_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's way to ask for a gzip header
_LEVEL: Final = 1  # results are repetitive: the lowest level takes nine tenths away
_QUALITY: Final = 3  # of 11: as fast as gzip's first level, and a tenth smaller
_AT_ONCE: Final = 1 << 14  # compressing so much takes less time than a change of thread


class Compressor(Protocol):
    """Compresses what it is given, piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """Return what is ready so far."""

    def flush(self) -> bytes:
        """Return the rest."""


@dataclass(frozen=True, slots=True)
class _Brotli:
    _inner: brotli.Compressor = field(default_factory=lambda: brotli.Compressor(quality=_QUALITY))

    def compress(self, data: bytes, /) -> bytes:
        return bytes(self._inner.process(data))

    def flush(self) -> bytes:
        return bytes(self._inner.finish())


def compressor(coding: Coding) -> Compressor:
    """Return a compressor of one body."""
    return _Brotli() if coding == "br" else zlib.compressobj(_LEVEL, wbits=_GZIP)


@lru_cache(maxsize=512)
def coding_of(accept_encoding: str | None) -> Coding | None:
    """Return the coding that a client takes rather than none (RFC 9110, 12.5.3)."""
    best = codings(accept_encoding or "identity", (*CODINGS, "identity"))[:1]
    return next((coding for coding in CODINGS if best == (coding,)), None)


def is_worth_coding(size: int) -> bool:
    """Return whether a body, or the first part of one, of that many bytes is compressed."""
    return size >= SMALLEST


def is_short(body: bytes) -> bool:
    """Return whether a body is compressed at once: no change of thread would take less time."""
    return len(body) <= _AT_ONCE


async def squeezed(squeeze: Compressor, chunk: bytes) -> bytes:
    """Return what is ready after one more chunk; a long one is compressed in a thread."""
    if is_short(chunk):
        return squeeze.compress(chunk)
    return await asyncio.to_thread(squeeze.compress, chunk)


def compress(body: bytes, coding: Coding) -> bytes:
    """Return a whole body compressed."""
    squeeze = compressor(coding)
    return squeeze.compress(body) + squeeze.flush()


async def compressed(chunks: AsyncIterator[bytes], coding: Coding) -> AsyncIterator[bytes]:
    """Yield the chunks of a body compressed."""
    squeeze = compressor(coding)
    async for chunk in chunks:
        part = await squeezed(squeeze, chunk)
        if part:
            yield part
    yield squeeze.flush()
