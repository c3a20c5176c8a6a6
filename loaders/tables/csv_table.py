"""Tables in CSV (RFC 4180, UTF-8): a header, then one record per row."""

import csv
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, Problem, SourceUnreadable
from urbansdg.loaders.parse.facts import Record
from urbansdg.loaders.spreadsheets.csv_text import CsvReader, csv_reader, encoding_of

TableRow = Record | Problem
_UTF_8: Final = "utf-8-sig"  # with or without a byte order mark
INCOMPLETE = "empty-cell"
"""The problem code of a row that was not read because a required cell is empty."""


@dataclass(frozen=True, slots=True)
class Header:
    """The columns that a table may have, and those that every row must fill."""

    columns: tuple[str, ...]
    required: tuple[str, ...] = ()


def header(columns: str, required: str) -> Header:
    """Return a header; the names of the columns are separated by spaces."""
    return Header(tuple(columns.split()), tuple(required.split()))


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a table: the rows that begin from byte `first` on and before byte `last`."""

    first: int = 0
    last: int = sys.maxsize


WHOLE: Final = Span()


def read_table(
    source: Path | Traversable, form: Header, name: str | None = None, span: Span = WHOLE
) -> Iterator[TableRow]:
    """Yield the records of a table; rows have the numbers of a spreadsheet, the header being row 1.

    Blank rows are skipped. For a span, the text before it is parsed too: only a CSV parser knows
    where rows begin and what their numbers are; such a table is in UTF-8. Raises `SourceUnreadable`
    if the file is not such a table: not text, or without a required column.
    """
    name = name or source.name
    encoding, notes = table_encoding(source, name) if span is WHOLE else (_UTF_8, [])
    yield from notes
    lines = _Lines(source, name, encoding)
    rows = csv_reader(lines)
    columns, required = _columns(rows, form, name), frozenset(form.required)
    for cells in _within(span, rows, lines, name):
        texts = [*map(str.strip, cells)]
        if not any(texts):
            continue
        pairs = zip(columns, texts, strict=False)
        filled = {column: text for column, text in pairs if text and column}
        if len(texts) <= len(columns) and required <= filled.keys():
            yield Record(Place(name, row=rows.line_num), filled)
        else:
            yield from _record(cells, filled, columns, form, Place(name, row=rows.line_num))


def bundled_records(name: str, form: Header) -> Iterator[Record]:
    """Yield the records of a table of the bundled data, by the name of its file."""
    for row in read_table(files("urbansdg.data").joinpath(name), form):
        if isinstance(row, Record):
            yield row


def table_encoding(source: Path | Traversable, name: str) -> tuple[str, list[Problem]]:
    """Return the encoding of a table, and a warning if it was detected and not declared.

    Raises `SourceUnreadable`.
    """
    try:
        with source.open("rb") as file:
            encoding, notes = encoding_of(file, name)
    except OSError as error:
        raise _unreadable(name, f"Cannot open the table: {error.strerror}.") from error
    return _UTF_8 if encoding == "utf-8" else encoding, notes


def is_utf8(source: Path) -> bool:
    """Return whether a table is in UTF-8; raises `SourceUnreadable`."""
    return table_encoding(source, source.name)[0] == _UTF_8


class _Lines:
    """The lines of a file; `read` counts the bytes of the lines so far."""

    def __init__(self, source: Path | Traversable, name: str, encoding: str) -> None:
        self._source, self._name, self._encoding = source, name, encoding
        self.read = 0

    def __iter__(self) -> Iterator[str]:
        name, encoding = self._name, self._encoding
        try:
            with TextIOWrapper(self._source.open("rb"), encoding=encoding, newline="") as file:
                for line in file:
                    self.read += len(line) if line.isascii() else len(line.encode())
                    yield line.replace("\x00", "\ufffd")  # a NUL is in no text
        except UnicodeDecodeError as error:
            raise SourceUnreadable(
                f"{name} is not valid {encoding}: {error.reason} at byte {error.start}.",
                "Save the table as CSV in UTF-8.",
                place=Place(name),
            ) from error
        except OSError as error:
            raise _unreadable(name, f"Cannot open the table: {error.strerror}.") from error


def _within(span: Span, rows: CsvReader, lines: _Lines, name: str) -> Iterator[list[str]]:
    """Yield the rows that begin in a span."""
    while (begin := lines.read) < span.last:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unreadable(name, f"Row {rows.line_num} is not valid CSV: {error}.") from error
        if begin >= span.first:
            yield cells


def _columns(rows: Iterable[list[str]], form: Header, name: str) -> list[str]:
    columns = [cell.strip() for cell in next(iter(rows), [])]
    missing = [column for column in form.required if column not in columns]
    strange = [column for column in columns if column and column not in form.columns]
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    for names, what in ((missing, "lacks the column"), (strange, "has the unknown column")):
        if names:
            raise _unreadable(name, f"The table {what} {', '.join(names)}.")
    if twice:
        raise _unreadable(name, f"The table has a duplicate column: {', '.join(twice)}.")
    return columns


def _record(
    cells: list[str], filled: dict[str, str], columns: list[str], form: Header, place: Place
) -> Iterator[TableRow]:
    """Yield the record of a row that may have too many or empty cells, or its problems."""
    if any(cell.strip() for cell in cells[len(columns) :]):
        yield Problem(
            "too-many-cells",
            f"The row has {len(cells)} cells, but the header has {len(columns)}.",
            "Put double quotes around a text that contains a comma.",
            place,
            value=cells[len(columns)],
        )
        return
    missing = [column for column in form.required if column not in filled]
    for column in missing:
        yield Problem(
            INCOMPLETE,
            f"The column {column} is empty.",
            "Fill it in, or remove the row.",
            Place(place.file, row=place.row, column=column),
        )
    if not missing:
        yield Record(place, filled)


def _unreadable(name: str, message: str) -> SourceUnreadable:
    return SourceUnreadable(
        message, "See data/README.md for the columns of each table.", place=Place(name)
    )
