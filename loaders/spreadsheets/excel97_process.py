"""The child process that reads workbooks of Excel 97 to 2003: .xls (BIFF8, [MS-XLS])."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import xlrd
from xlrd.biffh import XLRDError
from xlrd.sheet import Sheet as XlrdSheet
from xlrd.xldate import XLDateError, xldate_as_datetime

from urbansdg.loaders.spreadsheets.sheet_output import (
    Outcome,
    PasswordProtected,
    ReadOrder,
    WrittenCell,
    WrittenSheet,
    cell_of,
    currency_of,
    write_sheets,
)


def _excel97(order: ReadOrder) -> Iterator[WrittenSheet]:
    with Path(os.devnull).open("w", encoding="utf-8") as log:
        try:
            book = xlrd.open_workbook(
                order["file"], logfile=log, formatting_info=True, ragged_rows=True, on_demand=True
            )
        except XLRDError as error:
            if "encrypted" in str(error):
                raise PasswordProtected("it is protected by a password") from error
            raise
        formats = [book.format_map[style.format_key].format_str for style in book.xf_list]
        for at in range(book.nsheets):
            sheet = book.sheet_by_index(at)
            if sheet.visibility == 0:
                yield _sheet_of(sheet, formats, book.datemode, order)
            book.unload_sheet(at)


def _sheet_of(
    source: XlrdSheet, formats: list[str], datemode: int, order: ReadOrder
) -> WrittenSheet:
    sheet = WrittenSheet(source.name, order)
    hidden = {at for at, row in source.rowinfo_map.items() if row.hidden}
    links = {place: str(link.url_or_path or "") for place, link in source.hyperlink_map.items()}
    for at in range(source.nrows):
        cells: dict[int, WrittenCell] = {}
        for column, cell in enumerate(source.row(at)):
            code = formats[cell.xf_index] if cell.xf_index is not None else ""
            read = _cell(cell.ctype, cell.value, code, datemode, links.get((at, column), ""))
            if read is not None:
                cells[column + 1] = read
        if cells:
            sheet.put(at + 1, cells)
            sheet.hidden += at in hidden
    for first, last, column, _ in source.merged_cells:  # the ends are exclusive
        sheet.merge((first + 1, column + 1), last)
    return sheet


def _cell(kind: int, value: Any, code: str, datemode: int, link: str) -> WrittenCell | None:  # noqa: ANN401
    """Return a cell; `code` is its number format, and the type of its value depends on `kind`."""
    match kind:
        case xlrd.XL_CELL_TEXT:
            return cell_of(value, link=link)
        case xlrd.XL_CELL_NUMBER:
            return cell_of(value, currency_of(code), link)
        case xlrd.XL_CELL_DATE:
            return cell_of(_date(value, code, datemode))
        case xlrd.XL_CELL_BOOLEAN:
            return cell_of(bool(value))
        case xlrd.XL_CELL_ERROR:
            return _ERRORS.get(value, "#N/A"), "error", "", ""
        case _:
            return None


_ERRORS: Final = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
"""[MS-XLS] 2.5.10, BErr."""


def _date(value: float, number_format: str, datemode: int) -> object:
    """Return the date of a number with the format of a date; a time or a duration has no day."""
    if value < 1 or "[h" in number_format.lower():
        return timedelta(seconds=round(value * 86_400))
    try:
        return xldate_as_datetime(value, 1 if datemode else 0)
    except (XLDateError, OverflowError, ValueError):
        return value  # no date has this number


def read_excel97(order: ReadOrder) -> Outcome:
    """Write the cells of a workbook of Excel 97; see `write_sheets`."""
    return write_sheets(_excel97, order)
