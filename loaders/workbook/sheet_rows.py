"""Converts raw sheets to rows of the layout: finds the header, skips notes and examples."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.cells.problem_texts import alternatives, problem_text
from urbansdg.loaders.parse.facts import Cell, column_place
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
_ADDRESSES: Final = {"link", "links"}
"""The kinds of columns in which the target of a hyperlink counts more than its text."""

_SIMILAR: Final = 0.8
"""The least similarity of a title to one of the template (`difflib`)."""

_HEADER_WITHIN: Final = 20
"""Rows that are searched for the header; a letterhead may be above it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell of a known column; `money` is the currency of its number format."""

    column: Column
    cell: Cell
    nature: Nature
    money: str = ""


@dataclass(slots=True)  # not frozen: a frozen one takes four times as long to create, once per row
class SheetRow:
    """A row of a sheet: its cells by column name.

    `columns` has the headings of all columns of the sheet, as reports write them.
    """

    form: SheetLayout
    place: Place
    cells: Mapping[str, RawCell]
    columns: Mapping[str, str]

    def entry(self, name: str, language: str = "en", locale: str = "en") -> Entry:
        """Return the cell of a column with its place, for prose and messages in languages.

        Raises `KeyError`. Most cells are never in need of a place, which is why rows have none.
        """
        raw = self.cells[name]
        cell = Cell(raw.text, column_place(self.place, self.columns[name]), language, locale)
        return Entry(self.form.by_name[name], cell, raw.nature, raw.money)


@dataclass(frozen=True, slots=True)
class SheetHeader:
    """The titles of a sheet: the kind of sheet, their language, their row, and the columns.

    `strange` are unknown titles by column; `marker` is the column that marks notes and examples.
    """

    form: SheetLayout
    language: str
    line: int
    columns: Mapping[int, Column]
    titles: Mapping[int, str]
    strange: Mapping[int, str]
    marker: int | None


def rows_of(
    sheet: RawSheet, header: SheetHeader | None, language: str = "en"
) -> Iterator[SheetRow | Problem]:
    """Yield the rows of a sheet; a sheet without a known header is a problem in a language."""
    if header is None:
        if sheet.lines:
            yield _unknown_sheet(sheet, language)
        return
    yield from _header_problems(sheet, header)
    names = {at: column.name for at, column in header.columns.items()}
    headings = {name: heading(at, header.titles[at]) for at, name in names.items()}
    addresses = {column.name for column in header.columns.values() if column.kind in _ADDRESSES}
    for line in sheet.lines:
        if line.number > header.line and not _is_note(line, header):
            cells = {names[at]: raw for at, raw in line.cells.items() if at in names}
            for name in addresses.intersection(cells):
                cells[name] = _with_link(cells[name])
            if cells:
                place = Place(sheet.file, sheet.title, line.number)
                yield SheetRow(header.form, place, cells, headings)


def _with_link(raw: RawCell) -> RawCell:
    """Return the address of a hyperlink instead of its text."""
    return RawCell(raw.link) if raw.link and "://" not in raw.text else raw


def language_of(headers: Iterable[SheetHeader | None]) -> str:
    """Return the language of a workbook's headers."""
    votes = [header.language for header in headers if header is not None]
    return max(LANGUAGES, key=votes.count)


def find_header(sheet: RawSheet, layout: WorkbookLayout) -> SheetHeader | None:
    """Return the first row in which at least two cells are titles of one kind of sheet."""
    name = title_key(sheet.name)
    named = [form for form in layout.forms if name in map(comparison_key, form.all_titles)]
    for line in sheet.lines[:_HEADER_WITHIN]:
        keys = {at: comparison_key(raw.text.rstrip("*")) for at, raw in line.cells.items()}
        best = max([_as_header(line, keys, form) for form in named or layout.forms], key=_fits)
        if len(best.columns) > 1:
            return best
    return None


def _fits(header: SheetHeader) -> tuple[float, int]:
    """Return a score of how well a row matches the header of a kind of sheet."""
    names = {column.name for column in header.columns.values()}
    whole = names.issuperset([column.name for column in header.form.required])
    share = len(header.columns) / max(len(header.columns) + len(header.strange), 1)
    return whole + share, len(header.columns)


def title_key(title: str) -> str:
    """Return the comparison key of the title of a sheet.

    Without a leading number, the name of the table that Numbers adds, and the number of a copy:
    `2 Policies`, `Policies - Table 1` and `Policies (2)` are the sheet of policies.
    """
    return comparison_key(_ADDED.sub("", title))


def _as_header(line: RawRow, keys: Mapping[int, str], form: SheetLayout) -> SheetHeader:
    columns: dict[int, Column] = {}
    strange: dict[int, str] = {}
    votes: list[str] = []
    marker = None
    for at, raw in sorted(line.cells.items()):
        match = form.by_title.get(keys[at])
        if raw.text == MARKER:
            marker = at
        elif match is None:
            strange[at] = raw.text
        else:
            columns[at] = match[0]
            votes += match[1]
    titles = {at: line.cells[at].text.rstrip("*") for at in columns}
    language = max(LANGUAGES, key=votes.count)
    return SheetHeader(form, language, line.number, columns, titles, strange, marker)


def _is_note(line: RawRow, header: SheetHeader) -> bool:
    """Return whether a row is a note or an example and not data."""
    mark = line.cells.get(header.marker or 0)
    return mark is not None and mark.text.casefold() in {NOTE_ROW, EXAMPLE_ROW}


def _header_problems(sheet: RawSheet, header: SheetHeader) -> Iterator[Problem]:
    place = Place(sheet.file, sheet.title, header.line)
    is_former = {
        at: comparison_key(text.rstrip("*")) in header.form.former
        for at, text in header.strange.items()
    }
    for former in (False, True):
        columns = {at: text for at, text in header.strange.items() if is_former[at] is former}
        if columns:
            yield _unknown_columns(place, header, columns, is_former=former)
    if any(line.number > header.line and not _is_note(line, header) for line in sheet.lines):
        yield from _missing(place, header)
    yield from _duplicates(place, header)


def _unknown_columns(
    place: Place, header: SheetHeader, columns: Mapping[int, str], *, is_former: bool
) -> Problem:
    """Return the warning about all columns of a sheet that are not read; its place is the first."""
    locale = header.language
    known = [title for column in header.form.columns for title in column.titles.values()]
    near = {text: get_close_matches(text, known, n=2, cutoff=_SIMILAR) for text in columns.values()}
    similar = [alternatives(titles, locale) for titles in near.values() if titles]
    first, *others = [replace(place, column=heading(at, text)) for at, text in columns.items()]
    number = "columns" if others else "column"
    kind = "former" if is_former else "similar" if similar else "leave"
    texts = list(columns.values())
    listed = ", ".join(f"'{text}'" for text in texts)
    return Problem(
        "unknown-column",
        problem_text(f"{number}.unknown", locale, value=texts[0], columns=listed),
        problem_text(f"{number}.{kind}", locale, options="; ".join(similar)),
        first,
        Severity.WARNING,
        texts[0],
        tuple(others),
        language=locale,
    )


def _missing(place: Place, header: SheetHeader) -> Iterator[Problem]:
    for column in header.form.required:
        if column not in header.columns.values():
            title = column.titles[header.language]
            yield Problem(
                "missing-column",
                problem_text("column.missing", header.language, column=title),
                problem_text("column.add", header.language),
                place,
                language=header.language,
            )


def _duplicates(place: Place, header: SheetHeader) -> Iterator[Problem]:
    known = set[str]()
    for at, column in sorted(header.columns.items()):
        if column.name in known:
            title = column.titles[header.language]
            yield Problem(
                "column-twice",
                problem_text("column.twice", header.language, column=title),
                problem_text("column.remove", header.language),
                Place(place.file, place.sheet, place.row, heading(at, title)),
                language=header.language,
            )
        known.add(column.name)


def _unknown_sheet(sheet: RawSheet, language: str) -> Problem:
    return Problem(
        "unknown-sheet",
        problem_text("sheet.unknown", language, sheet=sheet.name),
        problem_text("sheet.leave", language),
        Place(sheet.file, sheet.title),
        Severity.WARNING,
        language=language,
    )


def is_header(cells: Iterable[str], layout: WorkbookLayout) -> bool:
    """Return whether cells are the required titles of one kind of sheet.

    At least half of them have to be known: many tables have a city and a country.
    """
    titles = {comparison_key(cell.strip().rstrip("*")) for cell in cells} - {""}
    return any(_has_titles(form, titles) for form in layout.forms)


def _has_titles(form: SheetLayout, titles: set[str]) -> bool:
    known = titles.intersection(form.by_title)
    columns = {form.by_title[title][0].name for title in known}
    required = {column.name for column in form.required}
    return required <= columns and 2 * len(known) >= len(titles)
