"""Entities that XML declares: found before any parser could expand them."""

from typing import IO

_DECLARATION = b"<!ENTITY"
_CHUNK = 1 << 20


def entity_place(source: IO[bytes]) -> tuple[int, int] | None:
    """Return line and column of the first declaration of an entity, None where there is none.

    The letters stand for nothing else in XML but within comments and CDATA (XML 1.0, 4.2).
    """
    line, column, rest = 1, 1, b""
    while chunk := source.read(_CHUNK):
        text = rest + chunk
        found = text.find(_DECLARATION)
        read = text[: found if found >= 0 else -len(_DECLARATION)]
        line += read.count(b"\n")
        column = len(read) - read.rfind(b"\n") if b"\n" in read else column + len(read)
        if found >= 0:
            return line, column
        rest = text[len(read) :]
    return None
