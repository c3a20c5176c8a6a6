"""The bytes in a file, and what its compressed parts unpack to: for searches after forgetting."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_GZIP: Final = re.compile(rb"\x1f\x8b\x08")


def stored_bytes(file: Path) -> bytes:
    """Return the content of a file, and of each gzip stream in it, also where one is cut off."""
    content = file.read_bytes()
    return b"\n".join((content, *_unpacked(content)))


def _unpacked(content: bytes) -> Iterator[bytes]:
    for start in _GZIP.finditer(content):
        unpacker = zlib.decompressobj(wbits=31)
        for place in range(start.start(), len(content), 64):
            try:
                yield unpacker.decompress(content[place : place + 64])
            except zlib.error:
                break
            if unpacker.eof:
                break
