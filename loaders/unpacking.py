"""Files that may be packed with gzip: unpacked as they are read, never beyond measure."""

import gzip
import io
from pathlib import Path
from typing import IO, cast

FREE = 64 << 20
"""Bytes that a packed file may unpack to, whatever its own size is."""

RATIO = 200
"""How many times its own size it may have beyond that: RDF packs 10 to 50 times, a bomb 1,000."""

_MAGIC = b"\x1f\x8b"


class TooLarge(OSError):
    """A packed file unpacks to more than it may; the text says so."""


class _Measured(io.RawIOBase):
    """A stream that ends in `TooLarge` where it has given more bytes than it may."""

    def __init__(self, source: IO[bytes], most: int) -> None:
        super().__init__()
        self._source, self._left, self._most = source, most, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        given = self._source.read(len(view))
        self._left -= len(given)
        if self._left < 0:
            raise TooLarge(f"it unpacks to more than {self._most >> 20} MiB, as a bomb does")
        view[: len(given)] = given
        return len(given)


def is_packed(file: Path) -> bool:
    """Tell by its first bytes whether a file is packed with gzip (RFC 1952, section 2.3.1)."""
    with file.open("rb") as source:
        return source.read(2) == _MAGIC


def opened(file: Path) -> IO[bytes]:
    """Open a file, unpacked where it is packed.

    Reading raises `TooLarge`, `OSError`, `EOFError`.
    """
    if not is_packed(file):
        return file.open("rb")
    most = max(FREE, RATIO * file.stat().st_size)
    unpacked = cast("IO[bytes]", gzip.open(file))  # noqa: SIM115  # the caller closes
    return io.BufferedReader(_Measured(unpacked, most))
