"""A parsed row: the text of each column as our tables write it, and its problems."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from urbansdg.errors import Problem, Severity
from urbansdg.loaders.cells.amounts import Amount, amount
from urbansdg.loaders.cells.choice_lists import LIST_MARKS
from urbansdg.loaders.cells.missing_values import is_missing
from urbansdg.loaders.cells.problem_texts import describe, problem_text
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.tables.country_names import country_code
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
    form, locale = row.form.name, parsers.language
    for name, raw in row.cells.items():
        key = (form, name, raw.text, raw.nature)
        known = parsers.known.get(key) or parsers.plain(row.form.by_name[name], raw)
        if known is not None:
            texts[name] = known
            continue
        results = list(_texts(row.entry(name, book.language, locale), row, parsers, book))
        good = [item for item in results if isinstance(item, str)]
        noticed = [item for item in results if isinstance(item, Problem)]
        if good and all(problem.severity is Severity.WARNING for problem in noticed):
            texts[name] = join_list(good)
            if not noticed:
                parsers.known[key] = texts[name]
        problems += noticed
    if len(parsers.known) > _MOST_KNOWN:
        parsers.known.clear()
    if "amount" in row.cells and "amount" in texts:
        has_currency = "currency" in row.cells
        entry = row.entry("amount", book.language, locale)
        problems += _money(entry, texts, book.country, is_filled=has_currency)
    problems += _empty(row, locale)
    return ParsedRow(row, texts, tuple(problems))


def _texts(
    entry: Entry, row: SheetRow, parsers: CellParsers, book: WorkbookNames
) -> Iterator[str | Problem]:
    kind = entry.column.kind
    way = _REFERENCES.get(kind)
    for text in parsers.parse(entry, row):
        if (
            isinstance(text, Problem)
            or way is None
            or (row.form.name, entry.column.name) == ("city", "name")
        ):
            yield text
        else:
            yield from _resolved(entry.cell, kind, partial(way, book), book)


def _resolved(
    cell: Cell, kind: str, way: Callable[[Cell], str | Problem], book: WorkbookNames
) -> Iterator[str | Problem]:
    """Yield the keys of the things that a cell names; several with wrong marks are one problem."""
    items = list(split_list(cell)) if kind in _SEVERAL else [cell]
    for item in items:
        result = _organisation(item, way) if kind.startswith("organisation") else way(item)
        listed = _listed(item, kind, way, result, book)
        yield listed or (_missing(item, result) if isinstance(result, Problem) else result)
        if listed is None and isinstance(result, str) and kind.startswith("organisation"):
            yield from _perhaps_several(item, kind, book)


def _perhaps_several(cell: Cell, kind: str, book: WorkbookNames) -> Iterator[Problem]:
    """Yield a warning if the name of a new organisation may be those of several."""
    parts = [part for part in _BETWEEN_NAMES.split(cell.text) if part.strip()]
    if len(parts) > 1 and comparison_key(cell.text) not in book.organisations:
        remedy = "organisation.separate" if kind == "organisations" else "organisation.rows"
        values = {"options": "; ".join(map(str.strip, parts))}
        problem = describe(cell, "perhaps-several", "organisation.several", remedy, **values)
        yield replace(problem, severity=Severity.WARNING)


def _organisation(cell: Cell, way: Callable[[Cell], str | Problem]) -> str | Problem:
    """Return the key of an organisation; signs, a number and words such as `none` are no name."""
    if is_missing(cell.text) or cell.text.isdecimal():
        return describe(cell, "unknown-organisation", "organisation.missing", "missing")
    return way(cell)


def _missing(cell: Cell, problem: Problem) -> Problem:
    """Return the problem of a name, or that of a text that stands for no value."""
    if is_missing(cell.text) and problem.code != "unknown-organisation":
        return describe(cell, problem.code, "missing.message", "missing")
    return problem


def _listed(
    cell: Cell,
    kind: str,
    way: Callable[[Cell], str | Problem],
    result: str | Problem,
    book: WorkbookNames,
) -> Problem | None:
    """Return the problem of a cell that lists known names with other marks than `;`."""
    parts = [part for part in LIST_MARKS.split(cell.text) if part.strip()]
    if len(parts) == 1 or not (isinstance(result, Problem) or kind.startswith("organisation")):
        return None
    if kind.startswith("organisation"):
        known = [part for part in parts if comparison_key(part) in book.organisations]
    else:
        known = [part for part in parts if isinstance(way(replace(cell, text=part)), str)]
    unknown = [part for part in parts if part not in known]
    if unknown and not (kind == "cities" and known and country_code(parts[-1]) is None):
        return None
    code = result.code if isinstance(result, Problem) else f"unknown-{kind.rstrip('s')}"
    remedy = "list.separate" if kind in _SEVERAL else "list.rows"
    remedy = "list.places" if unknown else remedy
    options, others = "; ".join(parts), ", ".join(unknown)
    return describe(cell, code, "list.values", remedy, options=options, unknown=others)


_BETWEEN_NAMES: Final = re.compile(r"[,/\n\u3001\uff0c]")
_REFERENCES: Final[Mapping[str, Callable[[WorkbookNames, Cell], str | Problem]]] = {
    "policy": WorkbookNames.policy,
    "policies": WorkbookNames.policy,
    "contact": WorkbookNames.contact,
    "organisation": WorkbookNames.organisation,
    "organisations": WorkbookNames.organisation,
    "city": lambda book, cell: book.cities.resolve(cell),
    "cities": lambda book, cell: book.cities.resolve(cell),
}
_SEVERAL: Final = {"policies", "cities", "organisations"}
"""The kinds of columns whose cells name several things."""


def _money(
    entry: Entry, texts: dict[str, str], country: str, *, is_filled: bool
) -> Iterator[Problem]:
    """Replace the text of an amount by its number and its currency.

    `country` is the alpha-2 code of the city's country; `is_filled` says whether the currency
    column is filled, with a valid value or not.
    """
    cell = entry.cell
    texts.pop("amount")
    written = f"{exact_cell(entry).text} {entry.money}".strip()
    for result in amount(replace(cell, text=written), texts.get("currency"), country):
        if isinstance(result, Amount):
            stated = f"{cell.text} {entry.money}".strip()
            texts |= {"amount": result.number, "as_stated": texts.get("as_stated", stated)}
            if result.currency:
                texts["currency"] = result.currency
        else:
            yield result
    if "amount" in texts and "currency" not in texts and not is_filled:
        number = texts["amount"]
        yield describe(cell, "no-currency", "currency.none", "currency.add", number=number)


def _empty(row: SheetRow, locale: str) -> Iterator[Problem]:
    for column in row.form.required:
        missing = column.name in row.columns and column.name not in row.cells
        if missing and _is_needed(column, row):
            place = replace(row.place, column=row.columns[column.name])
            text = problem_text("row.empty", locale, column=row.columns[column.name])
            yield Problem(
                INCOMPLETE, text, problem_text("row.fill", locale), place, language=locale
            )


def _is_needed(column: Column, row: SheetRow) -> bool:
    """Return whether a row must fill a column; some columns replace others."""
    replaced = column.instead in row.cells and "part" not in row.cells
    return column.required and not replaced
