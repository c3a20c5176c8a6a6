"""XML entity declarations, found before a parser could expand them."""

from pathlib import Path
from typing import IO
from xml.parsers import expat

_DECLARATION = b"<!ENTITY"
_CHUNK = 1 << 20


def _entity_place(source: IO[bytes]) -> tuple[int, int] | None:
    """Return line and column of the first entity declaration, or None if there is none.

    Elsewhere than in a declaration, these letters occur only in comments and CDATA (XML 1.0, 4.2).
    """
    line, column, rest = 1, 1, b""
    while chunk := source.read(_CHUNK):
        text = rest + chunk
        start = text.find(_DECLARATION)
        read = text[: start if start >= 0 else -len(_DECLARATION)]
        line += read.count(b"\n")
        column = len(read) - read.rfind(b"\n") if b"\n" in read else column + len(read)
        if start >= 0:
            return line, column
        rest = text[len(read) :]
    return None


def refuse_entities(file: Path) -> None:
    """Raise `SyntaxError` if XML declares an entity: none is ever expanded or fetched."""
    with file.open("rb") as source:
        place = _entity_place(source)
    if place is not None:
        message = "it declares an XML entity, which is not allowed"
        raise SyntaxError(message, (file.name, *place, None))


def xml_place(file: Path) -> dict[str, int]:
    """Return line and column of the first error in XML without entities, or {} if well-formed.

    The RDF/XML parser does not report a position.
    """
    parser = expat.ParserCreate()
    try:
        with file.open("rb") as source:
            parser.ParseFile(source)
    except expat.ExpatError as error:
        return {"line": error.lineno, "column": error.offset + 1}
    return {}
