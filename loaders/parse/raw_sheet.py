"""Sheets as stored in a file: rows of cells, not yet interpreted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Nature(StrEnum):
    """The type of a cell in a spreadsheet."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    FORMULA = "formula"
    ERROR = "error"


COLUMNS: Final = 200
ROWS: Final = 100_000
"""The largest sheet in rows; sheets of this project have up to thirty columns."""

FORMULA_LIKE: Final = ("=", "+", "-", "@", "\t", "\r")
"""Characters at the start of a text that spreadsheets may take for a formula (CSV injection)."""


@dataclass(frozen=True, slots=True)
class RawCell:
    """A non-empty cell: its value as text, and its type in the spreadsheet.

    Numbers have a decimal point, dates are `2026-11-23`, times `2:30:00`. FORMULA is a formula
    without a stored value; ERROR is a value such as `#REF!`. `money` is the currency sign in the
    cell's number format, or "". `link` is the target of its hyperlink, or "".
    """

    text: str
    nature: Nature = Nature.TEXT
    money: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row of a sheet: its number and its cells by column number, both from 1."""

    number: int
    cells: Mapping[int, RawCell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet with its non-empty rows; `file` is the name of its file.

    `title` is the name of the sheet in reports, or None if the file is the sheet (CSV).
    """

    file: str
    name: str
    lines: tuple[RawRow, ...]
    title: str | None = None


def heading(column: int, title: str) -> str:
    """Return the name of a column in reports: its letter and its title, `C (Amount)`."""
    from openpyxl.utils import get_column_letter  # slow to import and rarely needed

    return f"{get_column_letter(column)} ({title})"
