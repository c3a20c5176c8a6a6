"""Files that may be compressed with gzip, decompressed within limits."""

import gzip
from pathlib import Path

FREE = 64 << 20
"""Bytes that any compressed file may decompress to."""

RATIO = 200
"""The largest ratio beyond that: RDF compresses by 10 to 50, a decompression bomb by 1,000."""

_MAGIC = b"\x1f\x8b"  # RFC 1952, 2.3.1
_CHUNK = 1 << 20


class TooLarge(OSError):
    """A compressed file decompresses to more than the limit."""


def decompress(file: Path, out: Path) -> Path:
    """Return the file, or `out` with its decompressed content.

    Raises `TooLarge`, `OSError`, `EOFError`.
    """
    with file.open("rb") as source:
        if source.read(2) != _MAGIC:
            return file
    most = max(FREE, RATIO * file.stat().st_size)
    size = 0
    with gzip.open(file) as packed, out.open("wb") as plain:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise TooLarge(
                    f"it decompresses to more than {most >> 20} MiB, as a decompression bomb does"
                )
            plain.write(chunk)
    return out
