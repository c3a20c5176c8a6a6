"""Tables in CSV (RFC 4180, UTF-8): a header, then one record a row."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from io import TextIOWrapper
from pathlib import Path

from urbansdg.loaders.fact import Record
from urbansdg.problems import Place, Problem, SourceUnreadable

Row = Record | Problem
_NONE = "\x00"
INCOMPLETE = "empty-cell"
"""The code of the problem of a row that was not read, for a cell that it needs is empty."""


@dataclass(frozen=True, slots=True)
class Header:
    """The columns that a table may have, and those that each of its rows has to fill."""

    columns: tuple[str, ...]
    required: tuple[str, ...] = ()


def header(columns: str, required: str) -> Header:
    """Return a header of columns whose names stand between blanks."""
    return Header(tuple(columns.split()), tuple(required.split()))


def read_table(source: Path | Traversable, form: Header, name: str | None = None) -> Iterator[Row]:
    """Return the records of a table; rows are numbered as a spreadsheet does, the header being 1.

    Rows that are blank are passed over. Raises `SourceUnreadable` where the file is no table of
    this kind at all: not UTF-8, or without a column that is required.
    """
    name = name or source.name
    rows = csv.reader(_lines(source, name), strict=True)
    columns = _columns(rows, form, name)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unreadable(name, f"Row {rows.line_num} is no CSV: {error}.") from error
        if any(cell.strip() for cell in cells):
            yield from _record(cells, columns, form, Place(name, row=rows.line_num))


def _lines(source: Path | Traversable, name: str) -> Iterator[str]:
    try:
        with TextIOWrapper(source.open("rb"), encoding="utf-8-sig", newline="") as file:
            for line in file:
                yield line.replace(_NONE, "\ufffd")
    except UnicodeDecodeError as error:
        raise SourceUnreadable(
            f"{name} is not in UTF-8: {error.reason} at byte {error.start}.",
            "Save the table as CSV in UTF-8.",
            place=Place(name),
        ) from error
    except OSError as error:
        raise _unreadable(name, f"It cannot be opened: {error.strerror}.") from error


def _columns(rows: Iterable[list[str]], form: Header, name: str) -> list[str]:
    columns = [cell.strip() for cell in next(iter(rows), [])]
    missing = [column for column in form.required if column not in columns]
    strange = [column for column in columns if column and column not in form.columns]
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    for found, what in ((missing, "has no column"), (strange, "has a column that is not known:")):
        if found:
            raise _unreadable(name, f"The table {what} {', '.join(found)}.")
    if twice:
        raise _unreadable(name, f"The table has a column twice: {', '.join(twice)}.")
    return columns


def _record(cells: Sequence[str], columns: list[str], form: Header, place: Place) -> Iterator[Row]:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        yield Problem(
            "too-many-cells",
            f"The row has {len(cells)} cells, the header {len(columns)}.",
            "Put a text that has a comma in it between double quotes.",
            place,
            value=cells[len(columns)],
        )
        return
    pairs = zip(columns, cells, strict=False)
    filled = {column: cell.strip() for column, cell in pairs if column and cell.strip()}
    missing = [column for column in form.required if column not in filled]
    for column in missing:
        yield Problem(
            INCOMPLETE,
            f"The column {column} is empty.",
            "Fill it, or take the row out.",
            Place(place.file, row=place.row, column=column),
        )
    if not missing:
        yield Record(place, filled)


def _unreadable(name: str, message: str) -> SourceUnreadable:
    return SourceUnreadable(
        message, "data/README.md has the columns of each table.", place=Place(name)
    )
