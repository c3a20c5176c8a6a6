"""Sheets as they stand in a file: rows of cells, before anybody has asked what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Nature(StrEnum):
    """What a spreadsheet holds in a cell."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    FORMULA = "formula"
    ERROR = "error"


COLUMNS: Final = 200
ROWS: Final = 100_000
"""A sheet of this project has up to thirty columns; wider or longer ones are something else."""

FORMULA_LIKE: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet may take for a formula."""


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell that is not empty: its value as text, and what the spreadsheet takes it for.

    Numbers have a point before the fraction, dates are `2026-11-23`, times `2:30:00`; a formula
    is one whose value is not in the file; an error is like `#REF!`. `money` is the sign of the
    currency that a number is shown with, "" where it is shown without.
    """

    text: str
    nature: Nature = Nature.TEXT
    money: str = ""


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row of a sheet: its number, from 1, and its cells by the number of the column, from 1."""

    number: int
    cells: Mapping[int, RawCell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet by its title, with its rows that are not empty; `file` is where it stands.

    `title` is what a report calls it, None where the file is the sheet (CSV).
    """

    file: str
    name: str
    lines: tuple[RawRow, ...]
    title: str | None = None


def heading(column: int, title: str) -> str:
    """Return how a report names a column: its letter and its title, `C (Amount)`."""
    from openpyxl.utils import get_column_letter  # few loads name one, and it takes long

    return f"{get_column_letter(column)} ({title})"
