"""gzip on the way out (RFC 9110, 8.4.1.3)."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Final

from urbansdg.endpoint.pool import Answer

_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's way to ask for a gzip header
_LEVEL: Final = 1  # results are repetitive: the lowest level takes nine tenths away
_AT_ONCE: Final = 1 << 14  # compressing so much takes less time than a change of thread


def gzipped(body: bytes) -> bytes:
    """Return a short answer compressed."""
    squeeze = zlib.compressobj(_LEVEL, wbits=_GZIP)
    return squeeze.compress(body) + squeeze.flush()


async def compressed(answer: Answer) -> AsyncIterator[bytes]:
    """Yield the answer compressed; long chunks are compressed beside the event loop."""
    squeeze = zlib.compressobj(_LEVEL, wbits=_GZIP)
    async for chunk in answer.chunks():
        if len(chunk) <= _AT_ONCE:
            packed = squeeze.compress(chunk)
        else:
            packed = await asyncio.to_thread(squeeze.compress, chunk)
        if packed:
            yield packed
    yield squeeze.flush()
