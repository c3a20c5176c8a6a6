r"""Carriage returns in XML: a parser reads a bare one as a line feed (XML 1.0, section 2.11).

The engine writes them bare, so that "a\r\nb" would come back as "a\nb". As a reference to the
character they stay.
"""

from typing import IO, Final, cast

_RETURN: Final = b"\r"
_REFERENCE: Final = b"&#xD;"


def with_references(xml: bytes) -> bytes:
    """Return XML of the engine, which has carriage returns in text only, as references."""
    return xml.replace(_RETURN, _REFERENCE) if _RETURN in xml else xml


class XmlFile:
    """Takes XML from the engine, and writes it to a file with references for carriage returns."""

    def __init__(self, file: IO[bytes]) -> None:
        """Write to a file, which the caller closes."""
        self._file = file

    def write(self, chunk: bytes) -> int:
        """Take the next bytes from the engine; return how many."""
        self._file.write(with_references(chunk))
        return len(chunk)

    def flush(self) -> None:
        """Flush the file."""
        self._file.flush()


def xml_file(file: IO[bytes]) -> IO[bytes]:
    """Return a file for the engine, which calls `write` and `flush` alone."""
    return cast("IO[bytes]", XmlFile(file))
