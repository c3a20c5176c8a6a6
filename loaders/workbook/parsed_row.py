"""A parsed row: the text of each column as our tables write it, and its problems."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from urbansdg.errors import Problem, Severity
from urbansdg.loaders.parse.amounts import Amount, amount
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.tables.csv_table import INCOMPLETE
from urbansdg.loaders.workbook.column_parsers import CellParsers, exact_cell, join_list, split_list
from urbansdg.loaders.workbook.sheet_rows import Entry, SheetRow
from urbansdg.loaders.workbook.workbook_entities import WorkbookNames
from urbansdg.loaders.workbook.workbook_layout import Column

_MOST_KNOWN: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row with the parsed texts of its columns."""

    row: SheetRow
    texts: Mapping[str, str]
    problems: tuple[Problem, ...]

    @property
    def is_valid(self) -> bool:
        """Whether no problem of the row prevents it from being loaded."""
        return all(problem.severity is not Severity.VIOLATION for problem in self.problems)

    @property
    def whole(self) -> bool:
        """Whether every required column was parsed."""
        for column in self.row.form.required:
            is_missing = column.name not in self.texts and column.name in self.row.columns
            if is_missing and _is_needed(column, self.row):
                return False
        return True

    def only(self, *columns: str) -> dict[str, str]:
        """Return the texts of some columns, if filled."""
        return {name: self.texts[name] for name in columns if name in self.texts}

    def cell(self, column: str) -> Cell | None:
        """Return the original cell of a column, or None if it is empty."""
        return self.row.entry(column).cell if column in self.row.cells else None


def parse_row(row: SheetRow, parsers: CellParsers, book: WorkbookNames) -> ParsedRow:
    """Parse the cells of a row.

    A text without a problem is parsed once per column: choices, dates and codes repeat.
    """
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    form = row.form.name
    for name, raw in row.cells.items():
        key = (form, name, raw.text, raw.nature)
        known = parsers.known.get(key)
        if known is not None:
            texts[name] = known
            continue
        results = list(_texts(row.entry(name, book.language), row, parsers, book))
        good = [item for item in results if isinstance(item, str)]
        if good and len(good) == len(results):
            texts[name] = parsers.known[key] = join_list(good)
        else:
            problems += [item for item in results if isinstance(item, Problem)]
    if len(parsers.known) > _MOST_KNOWN:
        parsers.known.clear()
    if "amount" in row.cells and "amount" in texts:
        has_currency = "currency" in row.cells
        problems += _money(row.entry("amount", book.language), texts, is_filled=has_currency)
    problems += _empty(row)
    return ParsedRow(row, texts, tuple(problems))


def _texts(
    entry: Entry, row: SheetRow, parsers: CellParsers, book: WorkbookNames
) -> Iterator[str | Problem]:
    kind = entry.column.kind
    way = _references(book).get(kind) if kind in _REFERENCES else None
    for text in parsers.parse(entry):
        if isinstance(text, Problem) or way is None:
            yield text
        elif kind in {"policies", "cities", "organisations"}:
            yield from (way(item) for item in split_list(entry.cell))
        elif (row.form.name, entry.column.name) == ("city", "name"):
            yield text
        else:
            yield way(entry.cell)


_REFERENCES: Final = {
    *("policy", "policies", "contact", "organisation", "organisations", "city", "cities")
}


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


def _money(entry: Entry, texts: dict[str, str], *, is_filled: bool) -> Iterator[Problem]:
    """Replace the text of an amount by its number and its currency.

    `is_filled` says whether the currency column is filled, with a valid value or not.
    """
    cell = entry.cell
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
    for column in row.form.required:
        missing = column.name in row.columns and column.name not in row.cells
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
    replaced = column.instead in row.cells and "part" not in row.cells
    return column.required and not replaced
