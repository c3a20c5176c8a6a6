"""Converts raw sheets to rows of the layout: finds the header, skips notes and examples."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.name_keys import LANGUAGES, comparison_key
from urbansdg.loaders.parse.raw_sheet import Nature, RawCell, RawRow, RawSheet, heading
from urbansdg.loaders.workbook.workbook_layout import (
    EXAMPLE_ROW,
    MARKER,
    NOTE_ROW,
    Column,
    SheetLayout,
    WorkbookLayout,
)

_ADDED: Final = re.compile(r"^[0-9.\s]+|\s+-\s.*$|\s*\([0-9]+\)$")
_HEADER_WITHIN: Final = 20
"""Rows that are searched for the header; a letterhead may be above it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell of a known column; `money` is the currency of its number format."""

    column: Column
    cell: Cell
    nature: Nature
    money: str = ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a sheet: its cells by column name.

    `columns` has the headings of all columns of the sheet, as reports write them.
    """

    form: SheetLayout
    place: Place
    entries: Mapping[str, Entry]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Header:
    form: SheetLayout
    language: str
    line: int
    columns: Mapping[int, Column]
    strange: Mapping[int, str]
    marker: int | None


def rows_of(sheet: RawSheet, layout: WorkbookLayout) -> Iterator[SheetRow | Problem]:
    """Yield the rows of a sheet; a sheet without a known header is a problem."""
    header = _header(sheet, layout)
    if header is None:
        if sheet.lines:
            yield _unknown_sheet(sheet)
        return
    yield from _header_problems(sheet, header)
    headings = {
        column.name: heading(at, _title(sheet, header, at)) for at, column in header.columns.items()
    }
    for line in sheet.lines:
        if line.number > header.line and not _is_note(line, header):
            place = Place(sheet.file, sheet.title, line.number)
            entries = dict(_entries(line, header, place, headings))
            if entries:
                yield SheetRow(header.form, place, entries, headings)


def language_of(sheets: list[RawSheet], layout: WorkbookLayout) -> str:
    """Return the language of a workbook's headers."""
    headers = filter(None, (_header(sheet, layout) for sheet in sheets))
    votes = [header.language for header in headers]
    return max(LANGUAGES, key=votes.count)


def _header(sheet: RawSheet, layout: WorkbookLayout) -> _Header | None:
    """Return the first row in which at least two cells are titles of one kind of sheet."""
    for line in sheet.lines[:_HEADER_WITHIN]:
        headers = [_as_header(line, form) for form in layout.forms]
        best = max(headers, key=lambda layout: (_fits(layout, sheet), len(layout.columns)))
        if len(best.columns) > 1:
            return best
    return None


def _fits(header: _Header, sheet: RawSheet) -> float:
    """Return a score of how well a row matches the header of a kind of sheet."""
    named = title_key(sheet.name) in {
        comparison_key(header.form.name),
        *map(comparison_key, header.form.titles.values()),
    }
    required = [column for column in header.form.columns if column.required]
    whole = all(column in header.columns.values() for column in required)
    share = len(header.columns) / max(len(header.columns) + len(header.strange), 1)
    return 2.0 * named + whole + share


def title_key(title: str) -> str:
    """Return the comparison key of the title of a sheet.

    Without a leading number, the name of the table that Numbers adds, and the number of a copy:
    `2 Policies`, `Policies - Table 1` and `Policies (2)` are the sheet of policies.
    """
    return comparison_key(_ADDED.sub("", title))


def _as_header(line: RawRow, form: SheetLayout) -> _Header:
    columns: dict[int, Column] = {}
    strange: dict[int, str] = {}
    votes: list[str] = []
    marker = None
    for at, raw in sorted(line.cells.items()):
        match = _column(form, raw)
        if raw.text == MARKER:
            marker = at
        elif match is None:
            strange[at] = raw.text
        else:
            columns[at] = match[0]
            votes += match[1]
    language = max(LANGUAGES, key=votes.count)
    return _Header(form, language, line.number, columns, strange, marker)


def _column(form: SheetLayout, raw: RawCell) -> tuple[Column, list[str]] | None:
    """Return the column with a title, and the languages of that title."""
    title_sought = comparison_key(raw.text.rstrip("*"))
    for column in form.columns:
        languages = [
            language
            for language, title in column.titles.items()
            if comparison_key(title) == title_sought
        ]
        if languages or title_sought == comparison_key(column.name):
            return column, languages
    return None


def _entries(
    line: RawRow, header: _Header, place: Place, headings: Mapping[str, str]
) -> Iterator[tuple[str, Entry]]:
    for at, raw in line.cells.items():
        if at in header.columns:
            column = header.columns[at]
            where = Place(place.file, place.sheet, place.row, headings[column.name])
            yield column.name, Entry(column, Cell(raw.text, where), raw.nature, raw.money)


def _is_note(line: RawRow, header: _Header) -> bool:
    """Return whether a row is a note or an example and not data."""
    mark = line.cells.get(header.marker or 0)
    return mark is not None and mark.text.casefold() in {NOTE_ROW, EXAMPLE_ROW}


def _title(sheet: RawSheet, header: _Header, at: int) -> str:
    line = next(line for line in sheet.lines if line.number == header.line)
    return line.cells[at].text.rstrip("*")


def _header_problems(sheet: RawSheet, header: _Header) -> Iterator[Problem]:
    place = Place(sheet.file, sheet.title, header.line)
    known = [title for column in header.form.columns for title in column.titles.values()]
    for at, text in header.strange.items():
        near = get_close_matches(text, known, n=2)
        hint = f" Similar: {' or '.join(near)}." if near else ""
        yield Problem(
            "unknown-column",
            f"Unknown column {text!r}; its cells were ignored.",
            f"Use a title of the template, or leave the column as it is.{hint}",
            Place(place.file, place.sheet, header.line, heading(at, text)),
            Severity.WARNING,
            text,
        )
    yield from _missing(place, header)
    yield from _duplicates(place, header)


def _missing(place: Place, header: _Header) -> Iterator[Problem]:
    for column in header.form.columns:
        if column.required and column not in header.columns.values():
            title = column.titles[header.language]
            yield Problem(
                "missing-column",
                f"The column {title!r} is missing.",
                "Add it, with a value in each row; `urbansdg template` writes a complete workbook.",
                place,
            )


def _duplicates(place: Place, header: _Header) -> Iterator[Problem]:
    for at, column in header.columns.items():
        first = min(other for other, same in header.columns.items() if same == column)
        if first != at:
            title = column.titles[header.language]
            yield Problem(
                "column-twice",
                f"Duplicate column {title!r}.",
                "Remove one of them, or change its title.",
                Place(place.file, place.sheet, place.row, heading(at, title)),
            )


def _unknown_sheet(sheet: RawSheet) -> Problem:
    return Problem(
        "unknown-sheet",
        f"The sheet {sheet.name!r} has no known header row; it was ignored.",
        "Use the titles of the template, or leave the sheet as it is.",
        Place(sheet.file, sheet.title),
        Severity.WARNING,
    )


def is_header(cells: Iterable[str], layout: WorkbookLayout) -> bool:
    """Return whether cells are the required titles of one kind of sheet.

    At least half of them have to be known: many tables have a city and a country.
    """
    titles = {comparison_key(cell.strip().rstrip("*")) for cell in cells} - {""}
    return any(_has_titles(form, titles) for form in layout.forms)


def _has_titles(form: SheetLayout, titles: set[str]) -> bool:
    known = sum(_has(titles, column) for column in form.columns)
    required = all(_has(titles, column) for column in form.columns if column.required)
    return required and 2 * known >= len(titles)


def _has(titles: set[str], column: Column) -> bool:
    return not titles.isdisjoint(
        {comparison_key(column.name), *map(comparison_key, column.titles.values())}
    )
