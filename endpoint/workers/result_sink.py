"""Where a worker's engine writes an answer to."""

import os
from typing import Final

_SHORT: Final = 1 << 16  # bytes of an answer that is kept; a longer one goes down the pipe


class Sink:
    """Takes an answer as the engine writes it: keeps a short one, sends a long one down a pipe."""

    def __init__(self, data: int) -> None:
        """Send into the pipe `data`, which blocks when it is full."""
        self._data = data
        self._held = bytearray()
        self._is_short = True

    def begin(self, kind: bytes) -> None:
        """Begin an answer of that kind."""
        self._held = bytearray(kind)
        self._is_short = True

    def write(self, chunk: bytes) -> int:
        """Take the next bytes; for the engine."""
        self._held += chunk
        if len(self._held) >= _SHORT:
            self._send()
        return len(chunk)

    def flush(self) -> None:
        """Do nothing: the engine calls it at the end, which is told later."""

    def end(self) -> bytes | None:
        """End the answer: return it if it is short, send the rest of it if it is not."""
        if self._is_short:
            return bytes(self._held)
        self._send()
        return None

    def _send(self) -> None:
        self._is_short = False
        left = memoryview(bytes(self._held))
        self._held.clear()
        while left:
            left = left[os.write(self._data, left) :]
