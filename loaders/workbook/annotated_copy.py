"""The annotated copy: the officer's own workbook, with each problem shown in its cell."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from urbansdg.errors import Problem, Severity
from urbansdg.loaders.cells.problem_texts import problem_text
from urbansdg.loaders.parse.name_keys import LANGUAGES, comparison_key
from urbansdg.loaders.parse.raw_sheet import split_heading
from urbansdg.loaders.workbook.template_workbook import write_text
from urbansdg.loaders.workbook.workbook_copy import open_copy, sheet_title
from urbansdg.loaders.workbook.workbook_layout import read_layout

_FILLS: Final = {
    Severity.VIOLATION: PatternFill("solid", fgColor="F4B6B0"),
    Severity.WARNING: PatternFill("solid", fgColor="FBE3A3"),
    Severity.INFO: PatternFill("solid", fgColor="CFE3F2"),
}
_TITLES: Final = ("sheet", "cell", "severity", "message", "remedy", "value", "code")
_AUTHOR: Final = "urbansdg"
_WIDTHS: Final = (22, 8, 14, 60, 60, 24, 24)
_LINE: Final = 15
"""Height of a line of text, in points."""


def annotate(path: Path, problems: Sequence[Problem], copy: Path) -> None:
    """Write a copy of a workbook in which each cell with a problem is coloured and has a comment.

    The copy is an .xlsx file, whatever the format of the workbook is. The first sheet lists all
    problems, each with a link to its cell, in the language of the sheets.
    """
    book = open_copy(path)
    locale = _locale(book)
    for problem in problems:
        for place in (problem.place, *problem.related):
            cell = _cell(book, replace(problem, place=place))
            if cell is not None:
                _mark(cell, problem)
    _list(book, problems, locale)
    book.save(copy)


def _locale(book: Workbook) -> str:
    """Return the language of the names of the sheets."""
    titles = [form.titles for form in read_layout().forms]
    names = set(map(comparison_key, book.sheetnames))
    votes = {
        language: sum(comparison_key(of_form[language]) in names for of_form in titles)
        for language in LANGUAGES
    }
    return max(LANGUAGES, key=lambda language: votes[language])


def address(problem: Problem) -> str | None:
    """Return the address of a problem's cell, for example `C3`, or None if it has no cell.

    A problem of a whole row is shown at its first cell.
    """
    heading = split_heading(problem.place.column)
    if problem.place.row is None:
        return None
    return f"{heading[0] if heading else 'A'}{problem.place.row}"


def _cell(book: Workbook, problem: Problem) -> SheetCell | None:
    at, sheet = address(problem), sheet_title(problem.place.sheet, problem.place.file)
    if at is None or sheet not in book.sheetnames:
        return None
    cell = book[sheet][at]
    if isinstance(cell, MergedCell):  # its value is in the first cell of the merged area
        areas = (area for area in book[sheet].merged_cells.ranges if at in area)
        cell = book[sheet].cell(*next((area.min_row, area.min_col) for area in areas))
    return cell if isinstance(cell, SheetCell) else None


def _mark(cell: SheetCell, problem: Problem) -> None:
    text = f"{problem.message}\n{problem.remedy}"
    before = cell.comment.text + "\n\n" if cell.comment and cell.comment.author == _AUTHOR else ""
    cell.comment = Comment(before + text, _AUTHOR, height=140, width=320)
    cell.fill = _FILLS[problem.severity]


def _list(book: Workbook, problems: Sequence[Problem], locale: str) -> None:
    name = problem_text("copy.list", locale)
    title = name if name not in book.sheetnames else f"{name} ({len(book.sheetnames)})"
    sheet = book.create_sheet(title, 0)
    sheet.freeze_panes = "A2"
    for at, (text, width) in enumerate(zip(_TITLES, _WIDTHS, strict=True), start=1):
        write_text(sheet.cell(1, at), problem_text(f"copy.{text}", locale))
        sheet.cell(1, at).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(1, at).column_letter].width = width
    _on_paper(sheet)
    for row, problem in enumerate(sorted(problems, key=partial(_order, book)), start=2):
        for at, text in enumerate(_problem_cells(problem, locale), start=1):
            write_text(sheet.cell(row, at), text)
            sheet.cell(row, at).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[row].height = _LINE * max(_lines(problem, locale))
        sheet.cell(row, 3).fill = _FILLS[problem.severity]
        at_cell = address(problem)
        title = sheet_title(problem.place.sheet, problem.place.file)
        if at_cell and title in book.sheetnames:
            sheet.cell(row, 2).hyperlink = f"#'{title}'!{at_cell}"
    book.active = 0


def _lines(problem: Problem, locale: str) -> Iterator[int]:
    """Yield the number of lines of each text in a row."""
    for text, width in zip(_problem_cells(problem, locale), _WIDTHS, strict=True):
        yield 1 + len(text) // width


def _on_paper(sheet: Worksheet) -> None:
    """Print the sheet in landscape, with all columns on one page."""
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0


def _order(book: Workbook, problem: Problem) -> tuple[int, int, str]:
    """Return the sort key of a problem: the workbook's order, problems without a cell first."""
    sheet = sheet_title(problem.place.sheet, problem.place.file)
    at = book.sheetnames.index(sheet) if sheet in book.sheetnames else -1
    return at, problem.place.row or 0, address(problem) or ""


def _problem_cells(problem: Problem, locale: str) -> Iterator[str]:
    yield problem.place.sheet or problem.place.file or ""
    yield address(problem) or ""
    yield problem_text(f"copy.{problem.severity.value}", locale)
    yield problem.message
    yield problem.remedy
    yield problem.value or ""
    yield problem.code
