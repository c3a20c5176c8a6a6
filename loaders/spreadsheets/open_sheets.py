"""Opens what a city sends: a spreadsheet, one of its sheets as CSV, or a folder of those."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.parse.clean_text import TextCleaner
from urbansdg.loaders.parse.raw_sheet import (
    COLUMNS,
    FORMULA_LIKE,
    ROWS,
    Nature,
    RawCell,
    RawRow,
    RawSheet,
)
from urbansdg.loaders.spreadsheets.csv_text import csv_rows, decode_file, unreadable
from urbansdg.loaders.spreadsheets.file_formats import DELIMITED, FileFormat, file_format
from urbansdg.loaders.spreadsheets.sheet_output import Outcome, ReadOrder
from urbansdg.loaders.spreadsheets.zip_archives import check_archive
from urbansdg.sandbox.child_process import Limits, call
from urbansdg.sandbox.process_end import ChildFailed, EndCause, ProcessEnd

CELLS: Final = 2_000_000
"""The most cells of a workbook; this process needs up to 1 GB for as many."""

_CHARACTERS: Final = 256 << 20
_PATIENCE: Final = 300
"""Seconds that opening a spreadsheet may take."""

_MEMORY: Final = 2 << 30
_LIMITS: Final = Limits(memory=_MEMORY, open_files=64)

# Errors of Excel and LibreOffice, in the languages of Excel; `###` is a column that is too narrow.
_ERROR: Final = re.compile(r"#[¡¿]?[A-ZÀ-Ý][A-ZÀ-Ý0-9/_]*[!?]|#N/?[ADV]|#+|Err:[0-9]{3}")
_ZIPPED: Final = {".xlsx", ".xlsm", ".ods"}
_REFUSED: Final = {
    FileFormat.ENCRYPTED: "it is protected by a password",
    FileFormat.ARCHIVE: "it is a ZIP file, but not a complete spreadsheet",
    FileFormat.MARKUP: "it is a web page or XML, not a spreadsheet",
}


def open_sheets(path: Path, out: Path) -> tuple[list[RawSheet], list[Problem]]:
    """Return the visible sheets of a spreadsheet, a CSV file or a folder, and notes on them.

    The format follows from the content of a file. `out` is a scratch file. Raises
    `SourceUnreadable`.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in DELIMITED)
        read = [_table(file) for file in files]
        return [sheet for sheet, _ in read], [note for _, notes in read for note in notes]
    try:
        kind = file_format(path)
    except OSError as error:
        raise unreadable(path.name, error.strerror or "it cannot be opened") from error
    if kind in _REFUSED:
        raise unreadable(path.name, _REFUSED[kind])
    if kind is FileFormat.TEXT and path.suffix.lower() in _ZIPPED:
        raise unreadable(path.name, f"it is not an {path.suffix.lower()} file")
    if kind is FileFormat.TEXT:  # many sites serve CSV as `.xls`
        sheet, notes = _table(path)
        return [sheet], notes
    if kind is not FileFormat.EXCEL97:
        check_archive(path)
    _read_in_child(path, kind, out)
    return _sheets(path, out)


def _read_in_child(path: Path, kind: FileFormat, out: Path) -> None:
    order = ReadOrder(
        file=str(path),
        out=str(out),
        rows=ROWS,
        columns=COLUMNS,
        cells=CELLS,
        characters=_CHARACTERS,
    )
    try:
        outcome = call(_reading(kind), order, seconds=_PATIENCE, limits=_LIMITS)
    except ChildFailed as failed:
        raise unreadable(path.name, _reason(failed.end)) from None
    if "error" in outcome:
        raise unreadable(path.name, outcome["error"])


def _reading(kind: FileFormat) -> Callable[[ReadOrder], Outcome]:
    """Return the function that reads a format; imported here, because only a child needs it."""
    if kind is FileFormat.OOXML:
        from urbansdg.loaders.spreadsheets.ooxml_process import read_ooxml

        return read_ooxml
    if kind is FileFormat.OPENDOCUMENT:
        from urbansdg.loaders.spreadsheets.opendocument_process import read_opendocument

        return read_opendocument
    from urbansdg.loaders.spreadsheets.excel97_process import read_excel97

    return read_excel97


def _reason(end: ProcessEnd) -> str:
    """Return why the process that opens spreadsheets ended without an answer."""
    if end.cause == EndCause.TIME:
        return f"opening it took longer than {_PATIENCE} seconds"
    if end.cause == EndCause.MEMORY:
        return (
            f"opening it needs more than {_MEMORY >> 30} GiB of memory; perhaps a cell far below or"
            " to the right of the tables is filled"
        )
    return f"opening it {end.reason}" if end.cause == EndCause.FAILED else f"it {end.reason}"


def _sheets(path: Path, out: Path) -> tuple[list[RawSheet], list[Problem]]:
    """Read what the child process wrote."""
    sheets: list[tuple[str, list[RawRow]]] = []
    notes: list[Problem] = []
    cleaner = TextCleaner(path.name, escapes_returns=True)
    with out.open(encoding="utf-8") as lines:
        for line in lines:
            content = json.loads(line)
            if isinstance(content, dict):
                sheets.append((content["sheet"], []))
                if content["hidden"]:
                    notes.append(_hidden_rows(path, content["sheet"], content["hidden"]))
            else:
                title, rows = sheets[-1]
                row = _row(cleaner, Place(path.name, title, content[0]), content[1])
                if row.cells:
                    rows.append(row)
    raw = [RawSheet(path.name, title, tuple(rows), title) for title, rows in sheets]
    return raw, [*notes, *cleaner.notes()]


def _row(cleaner: TextCleaner, place: Place, cells: Mapping[str, str | list[str]]) -> RawRow:
    row: dict[int, RawCell] = {}
    for column, cell in cells.items():
        written, nature, money, link = (cell, "text", "", "") if isinstance(cell, str) else cell
        text = cleaner.clean(written, place)
        if text.startswith(("#", "Err:")) and nature == "text" and _ERROR.fullmatch(text):
            nature = "error"
        if text or nature != "text":
            row[int(column)] = RawCell(text, _NATURES[nature], money, link)
    return RawRow(place.row or 0, row)


_NATURES: Final = {nature.value: nature for nature in Nature}


def _table(path: Path) -> tuple[RawSheet, list[Problem]]:
    text, notes = decode_file(path)
    cleaner = TextCleaner(path.name)
    lines = tuple(_lines(path, text, cleaner))
    return RawSheet(path.name, path.stem, lines), [*notes, *cleaner.notes()]


def _lines(path: Path, text: str, cleaner: TextCleaner) -> Iterator[RawRow]:
    for number, cells in csv_rows(text, path.name):
        if len(cells) > COLUMNS or number > ROWS:
            raise unreadable(path.name, f"it has more than {COLUMNS} columns or {ROWS:,} rows")
        filled = {
            str(at): _bare(cell) for at, cell in enumerate(map(str.strip, cells), start=1) if cell
        }
        row = _row(cleaner, Place(path.name, row=number), filled)
        if row.cells:
            yield row


def _bare(text: str) -> str:
    """Return a text without the apostrophe that keeps spreadsheets from reading it as a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_LIKE) else text


def _hidden_rows(path: Path, title: str, count: int) -> Problem:
    return Problem(
        "hidden-rows",
        f"{count:,} hidden rows were read, because a filter hides rows too.",
        "Delete them if they are not part of the data.",
        Place(path.name, title),
        Severity.INFO,
    )
