"""A workbook as openpyxl has it, to be marked: the officer's own, or a copy of its cells."""

import re
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from urbansdg.loaders.parse.raw_sheet import Nature, RawCell, RawSheet
from urbansdg.loaders.spreadsheets.file_formats import FileFormat, file_format
from urbansdg.loaders.spreadsheets.open_sheets import open_sheets
from urbansdg.loaders.workbook.template_workbook import write_text

_STRICT: Final = b"http://purl.oclc.org/ooxml"
"""The namespaces of ISO/IEC 29500 Strict, which openpyxl does not read."""

_NO_TITLE: Final = re.compile(r"[\\/*?:\[\]]")
_LONGEST_TITLE: Final = 31


def open_copy(path: Path) -> Workbook:
    """Return the workbook itself, or in formats that openpyxl does not read a copy of its cells.

    Macros are left out. Raises `SourceUnreadable`.
    """
    if path.is_file() and file_format(path) is FileFormat.OOXML and not _is_strict(path):
        return load_workbook(path)
    book = Workbook()
    with TemporaryDirectory() as folder:
        sheets, _ = open_sheets(path, Path(folder, "cells.jsonl"))
    for sheet in sheets:
        _write(book.create_sheet(sheet_title(sheet.title, sheet.file)), sheet)
    if len(book.worksheets) > 1:
        book.remove(book.worksheets[0])
    return book


def sheet_title(title: str | None, file: str | None) -> str:
    """Return the title of a sheet in the copy; a sheet in CSV is named as its file."""
    return _NO_TITLE.sub("-", title or Path(file or "").stem)[:_LONGEST_TITLE]


def _is_strict(path: Path) -> bool:
    with ZipFile(path) as archive:
        return _STRICT in archive.read("xl/workbook.xml")


def _write(sheet: Worksheet, source: RawSheet) -> None:
    for line in source.lines:
        for column, raw in line.cells.items():
            cell = sheet.cell(line.number, column)
            value = _value(raw)
            if not isinstance(value, str):
                cell.value = value
                cell.number_format = _number_format(raw)
            else:
                write_text(cell, raw.text)
    for cell in sheet[source.lines[0].number] if source.lines else ():
        cell.font = Font(bold=True)


def _value(raw: RawCell) -> str | float | date:
    match raw.nature:
        case Nature.NUMBER:
            return float(raw.text)
        case Nature.DATE:
            return date.fromisoformat(raw.text)
        case _:
            return raw.text


def _number_format(raw: RawCell) -> str:
    if raw.nature is Nature.DATE:
        return "yyyy-mm-dd"
    return 'General "{}"'.format(raw.money.replace('"', "")) if raw.money else "General"
