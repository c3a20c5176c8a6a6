"""The format of a spreadsheet file, by its content: names of files often say another."""

import re
import zlib
from collections.abc import Iterator
from enum import StrEnum
from html import unescape
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

WORKBOOK: Final = ".xlsx"
"""The ending of spreadsheets that are written."""

SPREADSHEETS: Final = (".xlsx", ".xlsm", ".ods", ".xls")
"""The endings of spreadsheets that are read."""

DELIMITED: Final = (".csv", ".tsv", ".tab", ".txt")
"""The endings of tables in CSV."""

_HEAD: Final = 1 << 12
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_LOOK: Final = 1 << 24
"""Bytes that are searched for the titles of sheets."""


class FileFormat(StrEnum):
    """The format of a file."""

    OOXML = "ooxml"
    OPENDOCUMENT = "opendocument"
    EXCEL97 = "excel97"
    ENCRYPTED = "encrypted"
    """A workbook with a password ([MS-OFFCRYPTO] 2.3)."""

    ARCHIVE = "archive"
    """A ZIP file that is not a spreadsheet, or is damaged."""

    MARKUP = "markup"
    """A web page or XML, which some sites serve as `.xls`."""

    TEXT = "text"


_WORKBOOK_PART: Final = re.compile(r"(?:^|/)workbook\.xml$", re.IGNORECASE)
_TITLES: Final = {
    FileFormat.OOXML: (
        _WORKBOOK_PART,
        re.compile(r"""<(?:\w+:)?sheet\s[^>]*?\bname=(?:"([^"]*)"|'([^']*)')"""),
    ),
    FileFormat.OPENDOCUMENT: (
        re.compile(r"^content\.xml$"),
        re.compile(r"""<\w+:table\s[^>]*?\w+:name=(?:"([^"]*)"|'([^']*)')"""),
    ),
}
_MARKUP: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|table|meta|head)\b", re.IGNORECASE
)
_BOUND_SHEET: Final = re.compile(rb"\x85\x00(..).{4}[\0-\2][\0-\6](.)([\0\1])", re.DOTALL)


def file_format(path: Path) -> FileFormat:
    """Return the format of a file; raises OSError."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"PK"):
        return _format_of_archive(path)
    if head.startswith(_COMPOUND):
        is_encrypted = _ENCRYPTED in path.read_bytes()
        return FileFormat.ENCRYPTED if is_encrypted else FileFormat.EXCEL97
    if _MARKUP.match(head):
        return FileFormat.MARKUP
    return FileFormat.TEXT


def _format_of_archive(path: Path) -> FileFormat:
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
    except (BadZipFile, OSError, NotImplementedError, ValueError):
        return FileFormat.ARCHIVE
    if any(_WORKBOOK_PART.search(name) for name in names):
        return FileFormat.OOXML
    if "content.xml" in names or "encrypted-package" in names:
        return FileFormat.OPENDOCUMENT
    return FileFormat.ARCHIVE


def sheet_titles(path: Path) -> list[str] | None:
    """Return the titles of the sheets of a spreadsheet; the bytes are searched, not parsed.

    Returns None if they cannot be known, because the file is damaged, encrypted or of another
    format.
    """
    try:
        kind = file_format(path)
        if kind is FileFormat.EXCEL97:
            with path.open("rb") as file:
                return list(_biff_titles(file.read(_LOOK)))
        if kind not in _TITLES:
            return None
        part_name, pattern = _TITLES[kind]
        with ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if part_name.search(name))
            with archive.open(name) as part:
                text = part.read(_LOOK).decode("utf-8", "replace")
    except (BadZipFile, StopIteration, OSError, NotImplementedError, RuntimeError, zlib.error):
        return None
    return [unescape(match[1] or match[2] or "") for match in pattern.finditer(text)]


def _biff_titles(content: bytes) -> Iterator[str]:
    """Yield the titles in BoundSheet8 records ([MS-XLS] 2.4.28)."""
    for match in _BOUND_SHEET.finditer(content):
        size, count, wide = int.from_bytes(match[1], "little"), match[2][0], match[3][0]
        if size == 8 + count * (1 + wide):
            name = content[match.end() : match.end() + count * (1 + wide)]
            yield name.decode("utf-16-le" if wide else "latin-1", "replace")
