"""Opens what a city sends: a workbook (.xlsx), one of its sheets as CSV, or a folder of those."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable
from urbansdg.loaders.parse.raw_sheet import (
    COLUMNS,
    FORMULA_LIKE,
    ROWS,
    Nature,
    RawCell,
    RawRow,
    RawSheet,
)
from urbansdg.loaders.workbook.zip_archives import check_archive
from urbansdg.sandbox.child_process import Limits, call
from urbansdg.sandbox.process_end import ChildFailed, EndCause, ProcessEnd

WORKBOOK: Final = ".xlsx"
_PATIENCE: Final = 300
"""Seconds that opening a workbook may take."""

_MEMORY: Final = 2 << 30
_LIMITS: Final = Limits(memory=_MEMORY, open_files=64)

_MOST: Final = 64 << 20
"""The largest CSV file, in bytes."""

# Encodings that spreadsheets use for CSV; detection chooses only among these.
_LEGACY: Final = ["cp1252", "cp949", "cp1250", "cp1251", "shift_jis", "gb18030", "big5"]
_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def open_sheets(path: Path, out: Path) -> tuple[list[RawSheet], list[Problem]]:
    """Return the sheets of a workbook, a CSV file or a folder, and the problems with them.

    `out` is a scratch file. Raises `SourceUnreadable`.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".csv")
        read = [_table(file) for file in files]
        return [sheet for sheet, _ in read], [note for _, notes in read for note in notes]
    if path.suffix.lower() == WORKBOOK:
        return list(_workbook(path, out)), []
    sheet, notes = _table(path)
    return [sheet], notes


def _workbook(path: Path, out: Path) -> Iterator[RawSheet]:
    check_archive(path)
    # Only here: openpyxl takes 100 ms.
    from urbansdg.loaders.workbook.xlsx_process import WorkbookMessage, write_cells

    order = WorkbookMessage(file=str(path), out=str(out), rows=ROWS, columns=COLUMNS)
    try:
        outcome = call(write_cells, order, seconds=_PATIENCE, limits=_LIMITS)
    except ChildFailed as failed:
        raise _unreadable(path, _reason(failed.end)) from None
    if "error" in outcome:
        raise _unreadable(path, str(outcome["error"]))
    with out.open(encoding="utf-8") as lines:
        for line in lines:
            sheet = json.loads(line)
            rows = tuple(_line(number, cells) for number, cells in sheet["rows"])
            yield RawSheet(path.name, sheet["sheet"], rows, sheet["sheet"])


def _reason(end: ProcessEnd) -> str:
    """Return why the process that opens workbooks ended without an answer."""
    if end.cause == EndCause.TIME:
        return f"opening it took longer than {_PATIENCE} seconds"
    if end.cause == EndCause.MEMORY:
        return f"opening it needs more than {_MEMORY >> 30} GiB of memory"
    return f"opening it {end.reason}" if end.cause == EndCause.FAILED else f"it {end.reason}"


def _line(number: int, cells: dict[str, tuple[str, str, str]]) -> RawRow:
    raw_cells = (
        (int(column), RawCell(text, Nature(is_a), money))
        for column, (text, is_a, money) in cells.items()
    )
    return RawRow(number, dict(raw_cells))


def _table(path: Path) -> tuple[RawSheet, list[Problem]]:
    text, notes = decode_file(path)
    try:
        lines = tuple(_lines(path, text))
    except csv.Error as error:
        raise _unreadable(path, str(error)) from error
    return RawSheet(path.name, path.stem, lines), notes


def _lines(path: Path, text: str) -> Iterator[RawRow]:
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter(text))
    for number, cells in enumerate(rows, start=1):
        if len(cells) > COLUMNS or number > ROWS:
            raise _unreadable(path, f"it has more than {COLUMNS} columns or {ROWS:,} rows")
        texts = ((at, _bare(cell.strip())) for at, cell in enumerate(cells, start=1))
        filled = {at: RawCell(text) for at, text in texts if text}
        if filled:
            yield RawRow(number, filled)


def _bare(text: str) -> str:
    """Return a text without the apostrophe that keeps spreadsheets from reading it as a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_LIKE) else text


def delimiter(text: str) -> str:
    """Return the delimiter: the candidate that is most frequent in the first line."""
    first = text.partition("\n")[0]
    return max(",;\t|", key=first.count)


def decode_file(path: Path) -> tuple[str, list[Problem]]:
    """Return the text of a file in UTF-8, UTF-16 with a byte order mark, or a detected encoding.

    A detected encoding is reported as a warning. Raises `SourceUnreadable`.
    """
    if path.stat().st_size > _MOST:
        raise _unreadable(path, f"it is larger than {_MOST >> 20} MiB")
    data = path.read_bytes()
    marked = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(marked).replace("\x00", "\ufffd"), []
    except UnicodeDecodeError:
        from charset_normalizer import (
            from_bytes,
        )  # not needed for files in UTF-8, which are the most

        best = from_bytes(data, cp_isolation=_LEGACY).best()
    if best is None:
        raise _unreadable(path, "its character encoding cannot be detected")
    return str(best).replace("\x00", "\ufffd"), [_detected_encoding(path, best.encoding)]


def _detected_encoding(path: Path, encoding: str) -> Problem:
    return Problem(
        "guessed-encoding",
        f"{path.name} is not in UTF-8; it was read as {encoding}.",
        "Check letters with accents; save the file as CSV in UTF-8 to be sure.",
        Place(path.name),
        Severity.WARNING,
    )


def _unreadable(path: Path, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{path.name} cannot be read: {why}.",
        "Save it again as .xlsx or as CSV in UTF-8, based on the template of `urbansdg template`.",
        place=Place(path.name),
    )
