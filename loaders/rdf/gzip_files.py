"""Files that may be packed with gzip: unpacked as they are read, never beyond measure."""

import gzip
from pathlib import Path

FREE = 64 << 20
"""Bytes that a packed file may unpack to, whatever its own size is."""

RATIO = 200
"""How many times its own size it may have beyond that: RDF packs 10 to 50 times, a bomb 1,000."""

_MAGIC = b"\x1f\x8b"  # RFC 1952, section 2.3.1
_CHUNK = 1 << 20


class TooLarge(OSError):
    """A packed file unpacks to more than it may; the text says so."""


def unpacked(file: Path, out: Path) -> Path:
    """Return the file, or `out` with what was packed in it.

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
                raise TooLarge(f"it unpacks to more than {most >> 20} MiB, as a bomb does")
            plain.write(chunk)
    return out
