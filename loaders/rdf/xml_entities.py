"""Entities that XML declares: found before any parser could expand them."""

from pathlib import Path
from typing import IO
from xml.parsers import expat

_DECLARATION = b"<!ENTITY"
_CHUNK = 1 << 20


def _entity_place(source: IO[bytes]) -> tuple[int, int] | None:
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


def refuse_entities(file: Path) -> None:
    """Raise `SyntaxError` where XML declares an entity: none is ever expanded or fetched."""
    with file.open("rb") as source:
        place = _entity_place(source)
    if place is not None:
        message = "it declares an entity of its own, and none is expanded"
        raise SyntaxError(message, (file.name, *place, None))


def xml_place(file: Path) -> dict[str, int]:
    """Return line and column where XML without entities is not well-formed, nothing where it is.

    The parser of RDF/XML does not report it.
    """
    parser = expat.ParserCreate()
    try:
        with file.open("rb") as source:
            parser.ParseFile(source)
    except expat.ExpatError as error:
        return {"line": error.lineno, "column": error.offset + 1}
    return {}
