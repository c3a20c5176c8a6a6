"""Query results as a workbook (Office Open XML, ISO/IEC 29500), for Excel and LibreOffice.

A text is always written as a text: one that begins with `=`, `+`, `-` or `@` is no formula, and one
that looks like an address is no link. Numbers and days are cells of their kind where a cell can
have them exactly, else texts. A text that is longer than a cell can be is cut; a second sheet lists
these cells. The workbook is made in memory, because a worker that is killed would leave temporary
files behind.
"""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import IO, TYPE_CHECKING, Final

from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions

from urbansdg.ontology.namespaces import XSD

if TYPE_CHECKING:  # importing it takes 50 ms, and few queries ask for a workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS: Final = 1_048_575
"""The rows of a sheet (ISO/IEC 29500-1, annex on limits of Excel), without its head."""

_LONGEST: Final = 32_767  # UTF-16 units that a cell of Excel can have
_MOST_CUT: Final = 10_000
"""The cut cells that are listed; a note says how many more there are."""

_DIGITS: Final = 15  # of a number that a cell keeps exactly
_NUMBERS: Final = frozenset(
    XSD[name]
    for name in (
        *("integer", "decimal", "double", "float", "int", "long", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "unsignedInt", "unsignedLong", "gYear"),
    )
)
_FIRST_DAY: Final = date(1900, 3, 1)  # Excel counts a day too many before it
# Characters that XML 1.0 cannot have even escaped as Excel does it.
_UNWRITABLE: Final = re.compile("[\ufffe\uffff]")


class SheetFull(Exception):
    """The answer has more rows than a sheet can have."""


def write_workbook(results: QuerySolutions | QueryBoolean, output: IO[bytes]) -> None:
    """Write the results of SELECT, or the answer to ASK; raises `SheetFull`."""
    from xlsxwriter import Workbook

    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = Workbook(file, options)
    # The same answer is the same file: nothing in it says when it was written.
    book.set_properties({"created": datetime(1980, 1, 1, tzinfo=UTC)})
    sheet = book.add_worksheet("Results")
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    if isinstance(results, QueryBoolean):
        sheet.write_boolean(0, 0, bool(results))
    else:
        cut = CutCells()
        _write_rows(sheet, results, (bold, day), cut)
        if cut.count:
            cut.write(book.add_worksheet("Cut cells"), bold)
    book.close()
    output.write(file.getvalue())


@dataclass(slots=True)
class CutCells:
    """The cells whose texts are longer than a cell can be: their places, and their lengths."""

    count: int = 0
    _listed: list[tuple[str, str, int, int]] = field(default_factory=list)

    def add(self, row: int, column: int, name: str, length: int) -> None:
        """Note a cell by its row and column from zero, with the characters of the whole text."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        self.count += 1
        if len(self._listed) < _MOST_CUT:
            self._listed.append((xl_rowcol_to_cell(row, column), name, row + 1, length))

    def write(self, sheet: "Worksheet", bold: "Format") -> None:
        """Write the list into a sheet of its own."""
        sheet.write_string(0, 0, f"A cell has at most {_LONGEST:,} characters. Cut cells:", bold)
        for column, name in enumerate(("cell", "column", "row", "characters of the whole text")):
            sheet.write_string(1, column, name, bold)
        for number, (cell, name, row, length) in enumerate(self._listed, 2):
            sheet.write_string(number, 0, cell)
            sheet.write_string(number, 1, name)
            sheet.write_number(number, 2, row)
            sheet.write_number(number, 3, length)
        if self.count > len(self._listed):
            more = f"... and {self.count - len(self._listed):,} more"
            sheet.write_string(len(self._listed) + 2, 0, more)


def _write_rows(
    sheet: "Worksheet",
    results: QuerySolutions,
    formats: tuple["Format", "Format"],
    cut: CutCells,
) -> None:
    """Write the head in the first format, and the rows, with days in the second."""
    bold, day = formats
    names = [variable.value for variable in results.variables]
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 0)
    for number, solution in enumerate(results, 1):
        if number > MOST_ROWS:
            raise SheetFull
        _write_row(sheet, number, solution, day)
        for column, term in enumerate(solution):
            if term is not None and (length := _length_if_cut(term)):
                cut.add(number, column, names[column], length)


def _length_if_cut(term: object) -> int:
    """Return the characters of a term whose text is longer than a cell can be, else 0."""
    text = term.value if isinstance(term, Literal | NamedNode) else str(term)
    if len(text) <= _LONGEST // 2:  # a character has one or two units
        return 0
    return len(text) if len(text.encode("utf-16-le")) // 2 > _LONGEST else 0


def _write_row(sheet: "Worksheet", number: int, terms: Iterable[object], day: "Format") -> None:
    for column, term in enumerate(terms):
        if term is None:
            continue
        value = cell_of(term)
        if isinstance(value, bool):
            sheet.write_boolean(number, column, value)
        elif isinstance(value, float):
            sheet.write_number(number, column, value)
        elif isinstance(value, date):
            sheet.write_datetime(number, column, value, day)
        else:
            sheet.write_string(number, column, value)


def cell_of(term: object) -> str | float | bool | date:
    """Return a term as a cell: a number, a truth value or a day if that is exact, else a text."""
    if isinstance(term, Literal):
        value = _typed(term.value, term.datatype.value)
        return _text(term.value) if value is None else value
    return _text(term.value if isinstance(term, NamedNode) else str(term))


def _typed(text: str, datatype: str) -> float | bool | date | None:
    if datatype in _NUMBERS:
        return _number(text)
    if datatype == XSD.boolean:
        return {"true": True, "1": True, "false": False, "0": False}.get(text)
    if datatype == XSD.date:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return None
        return day if day >= _FIRST_DAY else None
    return None


def _number(text: str) -> float | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or len(number.normalize().as_tuple().digits) > _DIGITS:
        return None
    return float(number) if abs(number.adjusted()) < 300 else None  # noqa: PLR2004  # of a double


def _text(text: str) -> str:
    """Return a text that a cell can have: cut where it is longer than that."""
    text = _UNWRITABLE.sub("\ufffd", text)
    units = len(text.encode("utf-16-le")) // 2
    if units <= _LONGEST:
        return text
    cut = text.encode("utf-16-le")[: 2 * (_LONGEST - 1)].decode("utf-16-le", "ignore")
    return f"{cut}…"
