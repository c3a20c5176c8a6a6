"""The template: an empty workbook, or its sheets as CSV, with notes, lists and an example."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from urbansdg.loaders.parse.quantities import unambiguous
from urbansdg.loaders.parse.raw_sheet import FORMULA_LIKE
from urbansdg.loaders.workbook.choices import Choices, read_choices
from urbansdg.loaders.workbook.workbook_layout import (
    EXAMPLE_ROW,
    MARKER,
    NOTE_ROW,
    Column,
    SheetLayout,
    WorkbookLayout,
    read_layout,
)
from urbansdg.ontology.namespaces import USDGSH
from urbansdg.shapes.model.shape_texts import shape_texts

SheetValues = Mapping[str, Sequence[Mapping[str, str]]]
"""Rows by sheet name; each has its cells by column name."""

_LISTS: Final = "lists"
_ROWS: Final = 2000
"""Rows that have a drop-down list."""

_WIDE: Final = {"text": 42, "links": 30, "link": 30, "name": 26, "policy": 22, "key": 16}


@dataclass(frozen=True, slots=True)
class Template:
    """A template in one language: the layout and the choices.

    `filled` are rows to write in place of the example.
    """

    language: str
    layout: WorkbookLayout = field(default_factory=read_layout)
    filled: SheetValues = field(default_factory=dict)

    @property
    def choices(self) -> Choices:
        """The choices for cells."""
        return read_choices(self.layout)

    def header(self, form: SheetLayout) -> list[str]:
        """Return the titles of a sheet; those of required columns end with an asterisk."""
        titles = (column.titles[self.language] + "*" * column.required for column in form.offered)
        return [MARKER, *titles]

    def note(self, column: Column) -> str:
        """Return the note that describes the values of a column."""
        return self.layout.notes[column.kind][self.language]

    def help(self, form: SheetLayout, column: Column) -> str:
        """Return what to enter in a column, as its shape says, and the note on its values."""
        shape = self.layout.fields.get((form.name, column.name))
        if shape is None:
            return self.note(column)
        return f"{shape_texts(self.language)[USDGSH[shape]].description}\n{self.note(column)}"

    def rows(self, form: SheetLayout, choices: Choices) -> Iterator[list[str]]:
        """Yield the rows below the header: the notes, and the example or the data."""
        yield [NOTE_ROW, *(self.note(column) for column in form.offered)]
        if not self.filled:
            yield [EXAMPLE_ROW, *(self._example(form, column, choices) for column in form.offered)]
        for row in self.filled.get(form.name, ()):
            cells = (row.get(column.name, "") for column in form.offered)
            pairs = zip(form.offered, cells, strict=True)
            yield ["", *(self.display_text(column, text, choices) for column, text in pairs)]

    def _example(self, form: SheetLayout, column: Column, choices: Choices) -> str:
        titles = self.layout.examples.get((form.name, column.name))
        return self.display_text(column, titles[self.language], choices) if titles else ""

    def display_text(self, column: Column, text: str, choices: Choices) -> str:
        """Return a text of our tables as the workbook shows it: concepts by label."""
        offered = self.offered(column, choices)
        names = text.split(" | ") if text else []
        if offered:
            return "; ".join(offered.get(name, name) for name in names)
        return unambiguous(text) if column.kind in {"number", "amount"} else text

    def offered(self, column: Column, choices: Choices) -> dict[str, str]:
        """Return the labels of a drop-down list, by the values that they stand for."""
        if column.kind in {"concept", "concepts"}:
            labels = choices.offered(column.option)
        elif column.kind == "choice":
            labels = {word: choices.words[word] for word in column.option.split("|")}
        else:
            return {}
        return {name: titles.get(self.language, titles["en"]) for name, titles in labels.items()}


def write_workbook(template: Template, path: Path) -> None:
    """Write the template as a spreadsheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    choices = template.choices
    lists = _Lists(book.create_sheet(_LISTS))
    for form in template.layout.forms:
        sheet = book.create_sheet(form.titles[template.language])
        _fill(sheet, [template.header(form), *template.rows(form, choices)])
        _dress(sheet, template, form)
        _offer(sheet, template, form, choices, lists)
    book.move_sheet(_LISTS, offset=len(book.worksheets))
    lists.sheet.sheet_state = "hidden"
    for name, place in lists.places.items():
        book.defined_names[name] = DefinedName(name, attr_text=place)
    book.active = 0
    book.save(path)


def write_folder(template: Template, folder: Path) -> None:
    """Write the template as a folder of CSV files, one per sheet, with a byte order mark.

    A text that a spreadsheet would take for a formula is preceded by an apostrophe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    choices = template.choices
    for number, form in enumerate(template.layout.forms, start=1):
        name = f"{number:02} {form.titles[template.language]}.csv"
        with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
            rows = [template.header(form), *template.rows(form, choices)]
            csv.writer(file).writerows([escape_formula(text) for text in row] for row in rows)


def escape_formula(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula when it opens the CSV."""
    return f"'{text}" if text.startswith(FORMULA_LIKE) else text


def _fill(sheet: Worksheet, rows: Iterable[Sequence[str]]) -> None:
    """Write the rows, every cell as text: a text that begins with `=` is not a formula of ours."""
    for number, row in enumerate(rows, start=1):
        for at, text in enumerate(row, start=1):
            if text:
                write_text(sheet.cell(number, at), text)


def write_text(cell: SheetCell | MergedCell, text: str) -> None:
    """Write a text into a cell as text; of a merged area only the first cell is written."""
    if isinstance(cell, MergedCell):
        return
    cell.value = "".join(letter for letter in text if letter >= " " or letter in "\n\t")
    cell.data_type = "s"
    cell.number_format = "@"
    if text.startswith(FORMULA_LIKE):
        cell.quotePrefix = True


def _dress(sheet: Worksheet, template: Template, form: SheetLayout) -> None:
    sheet.freeze_panes = "C2"
    sheet.row_dimensions[2].height = 62
    sheet.column_dimensions["A"].width = 5
    for at, column in enumerate(form.offered, start=2):
        head = sheet.cell(1, at)
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", fgColor="19486A" if column.required else "5C7F99")
        head.alignment = Alignment(wrap_text=True, vertical="top")
        head.comment = Comment(template.help(form, column), "Urban SDG", height=120, width=260)
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = _WIDE.get(column.kind, 16)
        sheet.column_dimensions[letter].number_format = "@"
    for cell in sheet[2]:
        cell.font = Font(italic=True, color="666666", size=9)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    if not template.filled:
        for cell in sheet[3]:
            cell.font = Font(italic=True, color="19486A")
            cell.fill = PatternFill("solid", fgColor="EEF3F7")


@dataclass(slots=True)
class _Lists:
    """The hidden sheet of choices, one column for each list."""

    sheet: Worksheet
    places: dict[str, str] = field(default_factory=dict)

    def named(self, name: str, labels: Iterable[str]) -> str:
        """Return the name of a list; write the list on first use."""
        if name not in self.places:
            at = len(self.places) + 1
            texts = list(labels)
            for row, text in enumerate(texts, start=1):
                write_text(self.sheet.cell(row, at), text)
            letter = get_column_letter(at)
            sheet = quote_sheetname(self.sheet.title)
            self.places[name] = f"{sheet}!${letter}$1:${letter}${max(len(texts), 1)}"
        return name


def _offer(
    sheet: Worksheet, template: Template, form: SheetLayout, choices: Choices, lists: _Lists
) -> None:
    """Add drop-down lists; columns with several values also accept typed text."""
    for at, column in enumerate(form.offered, start=2):
        labels = template.offered(column, choices)
        if not labels:
            continue
        name = f"list_{(column.option or column.name).replace('-', '_').replace('|', '_')}"
        rule = DataValidation("list", f"={lists.named(name, labels.values())}", allow_blank=True)
        rule.showErrorMessage = column.kind != "concepts"
        sheet.add_data_validation(rule)
        letter = get_column_letter(at)
        rule.add(f"{letter}3:{letter}{_ROWS}")
