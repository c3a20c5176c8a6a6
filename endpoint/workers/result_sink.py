"""The file object to which a worker's engine writes an answer."""

import os
from typing import Final

_SHORT: Final = 1 << 16  # bytes; a longer answer goes through the pipe


class ResultSink:
    """Takes an answer from the engine: keeps a short one, sends a long one through a pipe."""

    def __init__(self, data: int) -> None:
        """Send into the pipe `data`, which blocks when it is full."""
        self._data = data
        self._buffer = bytearray()
        self._is_short = True
        self._most = _SHORT

    def begin(self, kind: bytes, most: int = _SHORT) -> None:
        """Start an answer of that kind; up to `most` bytes are kept until it ends."""
        self._buffer = bytearray(kind)
        self._is_short = True
        self._most = most

    def write(self, chunk: bytes) -> int:
        """Take the next bytes from the engine; return how many."""
        self._buffer += chunk
        if len(self._buffer) >= self._most:
            self._send()
        return len(chunk)

    def flush(self) -> None:
        """Do nothing: the engine calls it before `end` is called."""

    def end(self) -> bytes | None:
        """Return the answer if it is short; otherwise send the rest of it, and return None."""
        if self._is_short and len(self._buffer) < _SHORT:
            return bytes(self._buffer)
        self._send()
        return None

    def _send(self) -> None:
        self._is_short = False
        left = memoryview(bytes(self._buffer))
        self._buffer.clear()
        while left:
            left = left[os.write(self._data, left) :]
