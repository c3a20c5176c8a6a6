"""The layout of the workbook: its sheets and columns, with titles in four languages.

It is stored in tables beside this module: `sheets.csv`, `columns.csv`, `former_columns.csv` (titles
of older templates, whose cells are not read), `notes.csv` (the values of each kind of column),
`words.csv` (choices that are not concepts) and `examples.csv`.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from urbansdg.loaders.parse.name_keys import LANGUAGES, comparison_key

MARKER: Final = "#"
"""The title of the first column, which is empty in rows of data."""

NOTE_ROW: Final = "i"
EXAMPLE_ROW: Final = "e.g."
"""The first cell of the row of notes, and of the example row."""

Titles = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in our tables, its kind, and its title by language.

    `option` refines the kind: the scheme of a concept, the words of a choice. A required column may
    be empty if the column `instead` is filled. A retired column is read from older workbooks, and
    new ones do not have it.
    """

    name: str
    kind: str
    option: str
    required: bool
    titles: Titles
    instead: str = ""
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """A sheet: its name, its title by language, and its columns in order."""

    name: str
    titles: Titles
    columns: tuple[Column, ...]
    required: tuple[Column, ...]
    by_name: Mapping[str, Column]
    by_title: Mapping[str, tuple[Column, tuple[str, ...]]]
    """The column with a title, by comparison key, and the languages that have this title."""

    former: frozenset[str] = frozenset()
    """The comparison keys of titles of older templates, whose cells are not read."""

    @property
    def all_titles(self) -> tuple[str, ...]:
        """The name of the sheet, and its titles."""
        return self.name, *self.titles.values()

    @property
    def offered(self) -> tuple[Column, ...]:
        """The columns of a new workbook."""
        return tuple(column for column in self.columns if not column.is_retired)

    def column(self, name: str) -> Column:
        """Return the column with a name; raises `KeyError`."""
        return self.by_name[name]


@dataclass(frozen=True, slots=True)
class WorkbookLayout:
    """All sheets, and their words; each text by language."""

    forms: tuple[SheetLayout, ...]
    notes: Mapping[str, Titles]
    words: Mapping[str, Titles]
    examples: Mapping[tuple[str, str], Titles]
    fields: Mapping[tuple[str, str], str]
    """The property shape that each column fills, by sheet and column: its local name."""

    def form(self, name: str) -> SheetLayout:
        """Return the sheet with a name; raises `KeyError`."""
        return {form.name: form for form in self.forms}[name]


@cache
def read_layout() -> WorkbookLayout:
    """Return the layout, which is read once."""
    columns: dict[str, list[Column]] = {}
    for row in _rows("columns"):
        kind, _, option = row["kind"].partition(":")
        required, _, instead = row["required"].partition("unless ")
        is_retired = required == "retired"
        needed = bool(required or instead) and not is_retired
        column = Column(row["column"], kind, option, needed, _titles(row), instead, is_retired)
        columns.setdefault(row["sheet"], []).append(column)
    former: dict[str, set[str]] = {}
    for row in _rows("former_columns"):
        former.setdefault(row["sheet"], set()).update(map(comparison_key, _titles(row).values()))
    return WorkbookLayout(
        tuple(
            _sheet_layout(
                row["sheet"],
                _titles(row),
                tuple(columns[row["sheet"]]),
                frozenset(former.get(row["sheet"], ())),
            )
            for row in _rows("sheets")
        ),
        {row["kind"]: _titles(row) for row in _rows("notes")},
        {row["word"]: _titles(row) for row in _rows("words")},
        {(row["sheet"], row["column"]): _titles(row) for row in _rows("examples")},
        {(row["sheet"], row["column"]): row["shape"] for row in _rows("fields")},
    )


def _sheet_layout(
    name: str, titles: Titles, columns: tuple[Column, ...], former: frozenset[str]
) -> SheetLayout:
    by_title: dict[str, tuple[Column, tuple[str, ...]]] = {}
    for column in columns:
        by_title.setdefault(comparison_key(column.name), (column, ()))
        for language, title in column.titles.items():
            known, languages = by_title.get(comparison_key(title), (column, ()))
            if known is column:
                by_title[comparison_key(title)] = (column, (*languages, language))
    required = tuple(column for column in columns if column.required)
    by_name = {column.name: column for column in columns}
    return SheetLayout(name, titles, columns, required, by_name, by_title, former)


def _titles(row: Mapping[str, str]) -> Titles:
    """Return a text by language, in English where there is no translation."""
    return {language: row[language] or row["en"] for language in LANGUAGES}


def _rows(name: str) -> Iterator[dict[str, str]]:
    table = files("urbansdg.loaders.workbook").joinpath(f"{name}.csv")
    yield from csv.DictReader(table.read_text("utf-8").splitlines())
