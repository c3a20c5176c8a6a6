"""A parsed row: the text of each column as our tables write it, and its problems."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from urbansdg.errors import Problem, Severity
from urbansdg.loaders.parse.amounts import Amount, amount
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.tables.csv_table import INCOMPLETE
from urbansdg.loaders.workbook.column_parsers import CellParsers, exact_cell, join_list, split_list
from urbansdg.loaders.workbook.sheet_rows import Entry, SheetRow
from urbansdg.loaders.workbook.workbook_entities import WorkbookNames
from urbansdg.loaders.workbook.workbook_layout import Column


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row with the parsed texts of its columns; `cells` has the original ones."""

    row: SheetRow
    texts: Mapping[str, str]
    cells: Mapping[str, Cell]
    problems: tuple[Problem, ...]

    @property
    def is_valid(self) -> bool:
        """Whether no problem of the row prevents it from being loaded."""
        return all(problem.severity is not Severity.VIOLATION for problem in self.problems)

    @property
    def whole(self) -> bool:
        """Whether every required column was parsed."""
        required = (column.name for column in self.row.form.columns if _is_needed(column, self.row))
        return all(name in self.texts for name in required if name in self.row.columns)

    def only(self, *columns: str) -> dict[str, str]:
        """Return the texts of some columns, if filled."""
        return {name: self.texts[name] for name in columns if name in self.texts}


def parse_row(row: SheetRow, parsers: CellParsers, book: WorkbookNames) -> ParsedRow:
    """Parse the cells of a row."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for name, entry in row.entries.items():
        cell = replace(entry.cell, language=book.language)
        results = list(_texts(replace(entry, cell=cell), row, parsers, book))
        problems += (item for item in results if isinstance(item, Problem))
        good = [item for item in results if isinstance(item, str)]
        if good and len(good) == len(results):
            texts[name] = join_list(good)
    if "amount" in row.entries and "amount" in texts:
        has_currency = "currency" in row.entries
        problems += _money(row.entries["amount"], book.language, texts, is_filled=has_currency)
    problems += _empty(row)
    cells = {name: entry.cell for name, entry in row.entries.items()}
    return ParsedRow(row, texts, cells, tuple(problems))


def _texts(
    entry: Entry, row: SheetRow, parsers: CellParsers, book: WorkbookNames
) -> Iterator[str | Problem]:
    references = _references(book)
    for text in parsers.parse(entry):
        way = references.get(entry.column.kind)
        if isinstance(text, Problem) or way is None:
            yield text
        elif entry.column.kind in {"policies", "cities", "organisations"}:
            yield from (way(item) for item in split_list(entry.cell))
        elif (row.form.name, entry.column.name) == ("city", "name"):
            yield text
        else:
            yield way(entry.cell)


def _references(book: WorkbookNames) -> Mapping[str, Callable[[Cell], str | Problem]]:
    return {
        "policy": book.policy,
        "policies": book.policy,
        "contact": book.contact,
        "organisation": book.organisation,
        "organisations": book.organisation,
        "city": book.cities.resolve,
        "cities": book.cities.resolve,
    }


def _money(
    entry: Entry, language: str, texts: dict[str, str], *, is_filled: bool
) -> Iterator[Problem]:
    """Replace the text of an amount by its number and its currency.

    `is_filled` says whether the currency column is filled, with a valid value or not.
    """
    cell = replace(entry.cell, language=language)
    texts.pop("amount")
    written = f"{exact_cell(entry).text} {entry.money}".strip()
    for result in amount(replace(cell, text=written), texts.get("currency")):
        if isinstance(result, Amount):
            stated = f"{cell.text} {entry.money}".strip()
            texts |= {"amount": result.number, "as_stated": texts.get("as_stated", stated)}
            if result.currency:
                texts["currency"] = result.currency
        else:
            yield result
    if "amount" in texts and "currency" not in texts and not is_filled:
        yield cell.problem(
            "no-currency",
            f"{cell.text!r} has no currency.",
            "Write the currency code after the number (1200 EUR), or in the currency column.",
        )


def _empty(row: SheetRow) -> Iterator[Problem]:
    for column in row.form.columns:
        missing = column.name in row.columns and column.name not in row.entries
        if missing and _is_needed(column, row):
            place = replace(row.place, column=row.columns[column.name])
            yield Problem(
                INCOMPLETE,
                f"{row.columns[column.name]} is empty in this row.",
                "Fill it in, or remove the row.",
                place,
            )


def _is_needed(column: Column, row: SheetRow) -> bool:
    """Return whether a row must fill a column; some columns replace others."""
    replaced = column.instead in row.entries and "part" not in row.entries
    return column.required and not replaced
