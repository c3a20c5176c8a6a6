"""Sheets as stored in a file: rows of cells, not yet interpreted."""

import re
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

_HEADING: Final = re.compile(r"([A-Z]{1,3}) \((.*)\)", re.DOTALL)


@dataclass(slots=True)  # not frozen: a frozen one takes four times as long to create
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


@dataclass(slots=True)  # not frozen, for the same reason
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
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters} ({title})"


def split_heading(text: str | None) -> tuple[str, str] | None:
    """Return the letter and the title of a heading, or None for another name of a column."""
    match = _HEADING.fullmatch(text or "")
    return (match[1], match[2]) if match else None
