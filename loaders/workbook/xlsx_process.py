"""The child process that opens a spreadsheet from outside, and may die of it.

`urbansdg.loaders.workbook.open_workbook` calls `write_cells` in it
(`urbansdg.sandbox.child_process.call`). It imports nothing of ours, because `urbansdg.loaders`
takes 300 ms, as long as a usual workbook: the limits come with the message, and the natures of
cells are the values of `urbansdg.loaders.parse.raw_sheet.Nature`.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple, TypedDict
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

_ERRORS: Final = {"#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#N/A", "#NUM!", "#NULL!"}
WorkbookContent = dict[str, object]
Cells = dict[int, tuple[str, str, str]]


class SheetLimits(NamedTuple):
    """The most rows and columns of a sheet."""

    rows: int
    columns: int


class WorkbookMessage(TypedDict):
    """The workbook to open, the file to write, and the most rows and columns of a sheet."""

    file: str
    out: str
    rows: int
    columns: int


_MONEY: Final = re.compile(r'\[\$([^\]-]+)(?:-[^\]]*)?\]|"([^"]+)"|([€£¥₩₹$])')


def read(file: Path, out: Path, most: SheetLimits) -> None:
    """Write the cells of a workbook; raises ValueError for a sheet over the limits."""
    formulas = load_workbook(file, read_only=True) if _calculates(file) else None
    values = load_workbook(file, data_only=True)
    with out.open("w", encoding="utf-8") as lines:
        for sheet in values.worksheets:
            if sheet.sheet_state == "visible":
                wanting = _without_value(formulas[sheet.title], sheet) if formulas else set()
                rows = sorted(_rows(sheet, wanting, most).items())
                json.dump({"sheet": sheet.title, "rows": rows}, lines, ensure_ascii=False)
                lines.write("\n")


def _calculates(file: Path) -> bool:
    """Return whether there is a formula: an element `f` (ECMA-376, 18.3.1.40)."""
    with ZipFile(file) as archive:
        sheets = [name for name in archive.namelist() if "worksheets/" in name]
        return any(re.search(rb"<(?:\w+:)?f[ />]", archive.read(name)) for name in sheets)


def _rows(sheet: Worksheet, wanting: set[tuple[int, int]], most: SheetLimits) -> dict[int, Cells]:
    rows: dict[int, Cells] = {}
    for row, column, value, shown_text in (*_filled(sheet), *_merged(sheet, most)):
        text, nature = _text_and_nature(value)
        if text:
            money = _money(shown_text) if nature == "number" else ""
            rows.setdefault(row, {})[column] = (text, nature, money)
    for row, column in wanting:
        rows.setdefault(row, {})[column] = ("", "formula", "")
    _refuse_large(sheet.title, rows, most)
    return rows


def _filled(sheet: Worksheet) -> Iterator[tuple[int, int, object, str]]:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None:
                yield cell.row, cell.column or 0, cell.value, cell.number_format


def _merged(sheet: Worksheet, most: SheetLimits) -> Iterator[tuple[int, int, object, str]]:
    """Yield the value of a cell merged over several rows for each row after the first."""
    for area in sheet.merged_cells.ranges:
        first = sheet.cell(area.min_row, area.min_col)
        if first.value is not None and area.max_row - area.min_row < most.rows:
            for row in range(area.min_row + 1, area.max_row + 1):
                yield row, area.min_col, first.value, first.number_format


def _money(shown_text: str) -> str:
    """Return the symbol or code of the currency in a number format (ECMA-376, 18.8.31)."""
    match = _MONEY.search(shown_text)
    return next((part.strip() for part in match.groups() if part), "") if match else ""


def _without_value(formulas: Worksheet, values: Worksheet) -> set[tuple[int, int]]:
    cells = (
        (cell.row, cell.column)
        for row in formulas.iter_rows()
        for cell in row
        if cell.value is not None and cell.data_type == "f"
    )
    return {(row, column) for row, column in cells if values.cell(row, column).value is None}


def _refuse_large(title: str, rows: dict[int, Cells], most: SheetLimits) -> None:
    widest = max((max(cells) for cells in rows.values()), default=0)
    if widest > most.columns:
        raise ValueError(f"the sheet {title} has {widest} columns, and {most.columns} are allowed")
    if len(rows) > most.rows:
        raise ValueError(f"the sheet {title} has {len(rows)} rows, and {most.rows} are allowed")


def _text_and_nature(value: object) -> tuple[str, str]:
    """Return the text of a value, and its nature."""
    match value:
        case bool():
            return str(value).lower(), "text"
        case int() | float() | Decimal():
            return _number(value), "number"
        case datetime():
            return value.date().isoformat(), "date"
        case date():
            return value.isoformat(), "date"
        case time() | timedelta():
            return str(value), "time"
        case _:
            text = str(value).strip()
            return text, "error" if text in _ERRORS else "text"


def _number(value: float | Decimal) -> str:
    """Return the digits of a number as a spreadsheet shows them: at most fifteen."""
    plain = format(Decimal(f"{value:.15g}"), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def write_cells(order: WorkbookMessage) -> WorkbookContent:
    """Write the cells of the workbook `file` to the file `out`; return an `error`, or nothing.

    Each sheet that is shown gives one line of JSON: `{"sheet": title, "rows": [[number, {column:
    [text, nature, money]}], ...]}`. A merged cell holds its value in each of its rows; a formula
    gives the value that was saved with it.
    """
    try:
        read(Path(order["file"]), Path(order["out"]), SheetLimits(order["rows"], order["columns"]))
    except MemoryError:
        raise
    except (BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, OSError) as error:
        return {"error": str(error).strip("'\"") or type(error).__name__}
    except Exception as error:  # noqa: BLE001  # openpyxl raises what its parts raise
        return {"error": f"it is not a workbook ({type(error).__name__})"}
    return {}
