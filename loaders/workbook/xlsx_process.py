"""The child process that opens a spreadsheet from outside, and may die of it.

`urbansdg.loaders.workbook.open_workbook` calls `write_cells` in it
(`urbansdg.sandbox.child_process.call`).
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from urbansdg.loaders.parse.raw_sheet import COLUMNS, ROWS, Nature

_ERRORS: Final = {"#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#N/A", "#NUM!", "#NULL!"}
WorkbookContent = dict[str, object]
Cells = dict[int, tuple[str, str, str]]
_MONEY: Final = re.compile(r'\[\$([^\]-]+)(?:-[^\]]*)?\]|"([^"]+)"|([€£¥₩₹$])')


def read(file: Path, out: Path) -> None:
    """Write the cells of a workbook; raises ValueError for one that is too large."""
    formulas = load_workbook(file, read_only=True) if _calculates(file) else None
    values = load_workbook(file, data_only=True)
    with out.open("w", encoding="utf-8") as lines:
        for sheet in values.worksheets:
            if sheet.sheet_state == "visible":
                wanting = _without_value(formulas[sheet.title], sheet) if formulas else set()
                rows = sorted(_rows(sheet, wanting).items())
                json.dump({"sheet": sheet.title, "rows": rows}, lines, ensure_ascii=False)
                lines.write("\n")


def _calculates(file: Path) -> bool:
    """Return whether there is a formula: an element `f` (ECMA-376, 18.3.1.40)."""
    with ZipFile(file) as archive:
        sheets = [name for name in archive.namelist() if "worksheets/" in name]
        return any(re.search(rb"<(?:\w+:)?f[ />]", archive.read(name)) for name in sheets)


def _rows(sheet: Worksheet, wanting: set[tuple[int, int]]) -> dict[int, Cells]:
    rows: dict[int, Cells] = {}
    for row, column, value, shown in (*_filled(sheet), *_merged(sheet)):
        text, nature = _told(value)
        if text:
            money = _money(shown) if nature == Nature.NUMBER else ""
            rows.setdefault(row, {})[column] = (text, nature, money)
    for row, column in wanting:
        rows.setdefault(row, {})[column] = ("", Nature.FORMULA, "")
    _refuse_large(sheet.title, rows)
    return rows


def _filled(sheet: Worksheet) -> Iterator[tuple[int, int, object, str]]:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None:
                yield cell.row, cell.column or 0, cell.value, cell.number_format


def _merged(sheet: Worksheet) -> Iterator[tuple[int, int, object, str]]:
    """Yield the value of a cell merged over several rows for each row after the first."""
    for area in sheet.merged_cells.ranges:
        first = sheet.cell(area.min_row, area.min_col)
        if first.value is not None and area.max_row - area.min_row < ROWS:
            for row in range(area.min_row + 1, area.max_row + 1):
                yield row, area.min_col, first.value, first.number_format


def _money(shown: str) -> str:
    """Return the symbol or code of the currency in a number format (ECMA-376, 18.8.31)."""
    found = _MONEY.search(shown)
    return next((part.strip() for part in found.groups() if part), "") if found else ""


def _without_value(formulas: Worksheet, values: Worksheet) -> set[tuple[int, int]]:
    found = (
        (cell.row, cell.column)
        for row in formulas.iter_rows()
        for cell in row
        if cell.value is not None and cell.data_type == "f"
    )
    return {(row, column) for row, column in found if values.cell(row, column).value is None}


def _refuse_large(title: str, rows: dict[int, Cells]) -> None:
    widest = max((max(cells) for cells in rows.values()), default=0)
    if widest > COLUMNS:
        raise ValueError(f"the sheet {title} has {widest} columns, and {COLUMNS} are allowed")
    if len(rows) > ROWS:
        raise ValueError(f"the sheet {title} has {len(rows)} rows, and {ROWS} are allowed")


def _told(value: object) -> tuple[str, str]:
    """Return the text of a value, and its nature."""
    match value:
        case bool():
            return str(value).lower(), Nature.TEXT
        case int() | float() | Decimal():
            return _number(value), Nature.NUMBER
        case datetime():
            return value.date().isoformat(), Nature.DATE
        case date():
            return value.isoformat(), Nature.DATE
        case time() | timedelta():
            return str(value), Nature.TIME
        case _:
            text = str(value).strip()
            return text, Nature.ERROR if text in _ERRORS else Nature.TEXT


def _number(value: float | Decimal) -> str:
    """Return the digits of a number as a spreadsheet shows them: at most fifteen."""
    plain = format(Decimal(f"{value:.15g}"), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def write_cells(order: dict[str, str]) -> WorkbookContent:
    """Write the cells of the workbook `file` to the file `out`; return an `error`, or nothing.

    Each sheet that is shown gives one line of JSON: `{"sheet": title, "rows": [[number, {column:
    [text, nature, money]}], ...]}`. A merged cell holds its value in each of its rows; a formula
    gives the value that was saved with it.
    """
    try:
        read(Path(order["file"]), Path(order["out"]))
    except MemoryError:
        raise
    except (BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, OSError) as error:
        return {"error": str(error).strip("'\"") or type(error).__name__}
    except Exception as error:  # noqa: BLE001  # openpyxl raises what its parts raise
        return {"error": f"it is not a workbook ({type(error).__name__})"}
    return {}
