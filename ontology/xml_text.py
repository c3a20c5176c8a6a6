r"""Characters of RDF that XML 1.0 does not take as they are.

A parser reads a bare carriage return as a line feed (section 2.11): the engine writes them bare, so
that "a\r\nb" would come back as "a\nb". As a reference to the character they stay. The other
control characters, U+FFFE and U+FFFF cannot be in XML at all (section 2.2), not even as references;
the engine writes them, and no parser reads that.
"""

import re
from typing import IO, Final, cast

_RETURN: Final = b"\r"
_REFERENCE: Final = b"&#xD;"
_IN_NO_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_OVERLAP: Final = 2
"""Bytes of a character in `_IN_NO_XML` that may end one chunk when its last byte begins another."""


class UnwritableCharacter(ValueError):
    """XML has no place for a character; `character` is the one."""

    def __init__(self, character: str) -> None:
        """Say which it is."""
        super().__init__(f"XML cannot have the character {code_point(character)}")
        self.character = character


def code_point(character: str) -> str:
    """Return the number of a character as Unicode writes it: `U+0007`."""
    return f"U+{ord(character):04X}"


def with_references(xml: bytes) -> bytes:
    """Return XML of the engine, which has carriage returns in text only, as references.

    Raises `UnwritableCharacter`.
    """
    _check(xml)
    return xml.replace(_RETURN, _REFERENCE) if _RETURN in xml else xml


class XmlFile:
    """Takes XML from the engine, and writes it to a file with references for carriage returns."""

    def __init__(self, file: IO[bytes]) -> None:
        """Write to a file, which the caller closes."""
        self._file = file
        self._last = b""

    def write(self, chunk: bytes) -> int:
        """Take the next bytes from the engine; return how many. Raises `UnwritableCharacter`."""
        last, self._last = self._last, bytes(chunk[-_OVERLAP:])
        _check(last + chunk[:_OVERLAP])
        self._file.write(with_references(chunk))
        return len(chunk)

    def flush(self) -> None:
        """Flush the file."""
        self._file.flush()


def xml_file(file: IO[bytes]) -> IO[bytes]:
    """Return a file for the engine, which calls `write` and `flush` alone."""
    return cast("IO[bytes]", XmlFile(file))


def _check(xml: bytes) -> None:
    match = _IN_NO_XML.search(xml)
    if match:
        raise UnwritableCharacter(match[0].decode())
