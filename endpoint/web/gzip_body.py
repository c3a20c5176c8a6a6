"""The body of a request in the content coding gzip, unpacked as it arrives (RFC 9110, 8.4.1.3)."""

import zlib
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive

from urbansdg.endpoint.web.problem_details import fault

_STEP: Final = 1 << 18
"""The most bytes that are unpacked at once, so that a bomb stops at the limit of its reader."""

_GZIP: Final = 31  # zlib's `wbits` for a gzip member (RFC 1952)
_MEMBERS: Final = 10_000
"""Members of one body; finding the next one copies what follows it, so their number is limited."""


class GzipBody:
    """Receives the messages of a request, and gives their bodies unpacked.

    A reader that counts what it gets can stop at any size: no message is longer than 256 KiB.
    """

    def __init__(self, receive: Receive) -> None:
        """Begin before the first message."""
        self._receive = receive
        self._packed = b""
        self._is_last = False
        self._members = 1
        self._member = zlib.decompressobj(_GZIP)

    async def receive(self) -> Message:
        """Return the next message with a part of the content; raises `Fault` (400)."""
        while True:
            if not self._packed and not self._is_last:
                message = await self._receive()
                if message["type"] != "http.request":
                    return message
                self._packed = message.get("body", b"")
                self._is_last = not message.get("more_body", False)
            content = await run_in_threadpool(self._unpacked)
            more = bool(self._packed) or not self._is_last
            if content or not more:
                return {"type": "http.request", "body": content, "more_body": more}

    def _unpacked(self) -> bytes:
        """Return the next bytes of the content, b"" where there are none yet."""
        if self._member.eof and self._packed:
            self._members += 1
            if self._members > _MEMBERS:
                raise _wrong(f"it has more than {_MEMBERS} members")
            self._member = zlib.decompressobj(_GZIP)
        try:
            content = self._member.decompress(self._packed, _STEP)
        except zlib.error:
            raise _wrong("its bytes are of another format, or damaged") from None
        self._packed = self._member.unused_data or self._member.unconsumed_tail
        if self._is_last and not self._packed and not self._member.eof:
            content += self._member.flush()  # the rest of a copy, of at most 258 bytes
            if not self._member.eof:
                raise _wrong("it ends in the middle")
        return content


def _wrong(reason: str) -> Exception:
    return fault(
        400,
        f"The body is not gzip, which Content-Encoding names: {reason}.",
        "Compress the whole body with gzip, or send it without Content-Encoding.",
    )
