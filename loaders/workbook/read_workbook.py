"""Reads a workbook: from sheets to facts, each with the cell that it is from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from urbansdg.errors import Place, Problem
from urbansdg.loaders.cells.problem_texts import describe, problem_text
from urbansdg.loaders.cells.rule_wording import in_language
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.drafts.table_drafts import CITYS_OWN
from urbansdg.loaders.gazetteer.city_gazetteer import Gazetteer
from urbansdg.loaders.parse.facts import Cell, ReadResult
from urbansdg.loaders.parse.raw_sheet import RawSheet
from urbansdg.loaders.spreadsheets.open_sheets import open_sheets
from urbansdg.loaders.tables.csv_table import INCOMPLETE
from urbansdg.loaders.workbook.choices import read_choices
from urbansdg.loaders.workbook.column_parsers import CellParsers
from urbansdg.loaders.workbook.parsed_row import ParsedRow, parse_row
from urbansdg.loaders.workbook.sheet_rows import SheetRow, find_header, language_of, rows_of
from urbansdg.loaders.workbook.table_records import TableRecord, table_records
from urbansdg.loaders.workbook.workbook_entities import (
    WorkbookNames,
    bundled_organisations,
    contacts_by_name,
    policies_by_name,
)
from urbansdg.loaders.workbook.workbook_layout import read_layout
from urbansdg.ontology.iris import Iris

_TABLES = {table.name: table for table in CITYS_OWN}
_ORDER = ("city", "targets")
"""Sheets that are read first, because others depend on them: claims with evidence take precedence.
"""


@dataclass(frozen=True, slots=True)
class WorkbookRows:
    """The content of a workbook: its rows, its names, and the problems so far."""

    rows: tuple[SheetRow, ...]
    book: WorkbookNames
    parsers: CellParsers
    problems: tuple[Problem, ...]


def open_rows(path: Path, context: ReadContext) -> WorkbookRows:
    """Return the rows of a workbook; raises `SourceUnreadable`."""
    sheets, notes = open_sheets(path, context.folder / "cells.jsonl")
    book = _book(sheets, context)
    return replace(book, problems=(*notes, *book.problems))


def workbook_results(book: WorkbookRows, context: ReadContext) -> Iterator[ReadResult]:
    """Yield the facts and problems of a workbook."""
    yield from book.problems
    whole = list(_parsed_rows(book))
    for row in whole:
        yield from row.problems
        if row.whole and book.book.city is not None:
            facts = (
                fact
                for placed in table_records(row, book.book)
                for fact in _facts(placed, context.iris, book.parsers.language, lacks=row.is_valid)
            )
            yield from _unique(facts)


def _parsed_rows(content: WorkbookRows) -> Iterator[ParsedRow]:
    """Yield the parsed rows; sheets that others depend on, and rows with a key, come first."""
    rows = sorted(
        content.rows, key=lambda row: (row.form.name not in _ORDER, "key" not in row.cells)
    )
    for row in rows:
        parsed = parse_row(row, content.parsers, content.book)
        if row.form.name == "targets" and parsed.whole:
            for code in parsed.texts["target"].split(" | "):
                content.book.used["claims", f"{parsed.texts['policy']} {code}"] += 1
        yield parsed


def _unique(results: Iterator[ReadResult]) -> Iterator[ReadResult]:
    """Yield the results, each problem once: several records may lack the same cell."""
    known = set[Problem]()
    for finding in results:
        if not isinstance(finding, Problem):
            yield finding
        elif finding not in known:
            known.add(finding)
            yield finding


def _facts(placed: TableRecord, iris: Iris, locale: str, *, lacks: bool) -> Iterator[ReadResult]:
    """Convert a record; report an incomplete one if no other problem explains it."""
    table = _TABLES[placed.table]
    missing = [column for column in table.header.required if column not in placed.record.cells]
    if not missing:
        yield from table.convert(placed.record, iris)
    elif lacks:
        yield from (_lacking(placed, column, locale) for column in missing)


def _lacking(placed: TableRecord, column: str, locale: str) -> Problem:
    message = problem_text("row.incomplete", locale)
    place = placed.record.at(column)
    return Problem(INCOMPLETE, message, problem_text("row.depends", locale), place, language=locale)


def _book(sheets: list[RawSheet], context: ReadContext) -> WorkbookRows:
    layout = read_layout()
    headers = [find_header(sheet, layout) for sheet in sheets]
    pairs = zip(sheets, headers, strict=True)
    language = language_of(headers) if any(headers) else "en"
    results = [row for sheet, header in pairs for row in rows_of(sheet, header, language)]
    rows = [row for row in results if isinstance(row, SheetRow)]
    problems = [row for row in results if isinstance(row, Problem)]
    parsers = CellParsers(read_choices(layout), language)
    cities = context.gazetteer()
    city, wrong = _city(rows, cities, parsers, context)
    book = WorkbookNames(
        _prose_language(rows, parsers, language),
        city,
        cities,
        policies_by_name(rows, city),
        contacts_by_name(rows, city),
        bundled_organisations(),
        {} if any(row.form.name == "policies" for row in rows) else context.policies(),
    )
    return WorkbookRows(tuple(rows), book, parsers, (*problems, *wrong))


def _city(
    rows: list[SheetRow], cities: Gazetteer, parsers: CellParsers, context: ReadContext
) -> tuple[str | None, list[Problem]]:
    """Return the key of the workbook's city: from the options, a register's id, or its name."""
    described = [row for row in rows if row.form.name == "city"]
    key, problems = _city_key(rows, described, cities, parsers, context)
    if key is None or len(described) != 1 or "name" not in described[0].cells:
        return key, problems
    name = described[0].entry("name").cell
    others = cities.named(name.text)
    if context.city and others and key not in {city.key for city in others}:
        return None, [_another_city(replace(name, locale=parsers.language), key)]
    cities.add_name(key, name)
    return key, problems


def _city_key(
    rows: list[SheetRow],
    described: list[SheetRow],
    cities: Gazetteer,
    parsers: CellParsers,
    context: ReadContext,
) -> tuple[str | None, list[Problem]]:
    if context.city:
        return context.city, []
    if len(described) != 1 or "name" not in described[0].cells:
        return None, [_no_city(rows, described, parsers.language)]
    row = described[0]
    for register in ("key", "geonames", "wikidata"):
        if register in row.cells:
            result = next(parsers.parse(row.entry(register)))
            if isinstance(result, Problem):
                return None, [result]
            return cities.by_wikidata(result) or result, []
    of = next(parsers.parse(row.entry("country"))) if "country" in row.cells else None
    name = row.entry("name", locale=parsers.language).cell
    key = cities.resolve(name, of if isinstance(of, str) else "")
    return (key, []) if isinstance(key, str) else (None, [_unresolved_city(name, key)])


def _another_city(cell: Cell, key: str) -> Problem:
    return describe(cell, "another-city", "city.another", "city.another.write", city=key)


def _unresolved_city(cell: Cell, problem: Problem) -> Problem:
    problem = in_language(problem, cell.locale)
    remedy = problem_text("city.identify", cell.locale, remedy=problem.remedy)
    return replace(problem, remedy=remedy, place=cell.place)


def _prose_language(rows: list[SheetRow], parsers: CellParsers, titles: str) -> str:
    for row in rows:
        if row.form.name == "city" and "language" in row.cells:
            result = next(parsers.parse(row.entry("language")))
            if isinstance(result, str):
                return result
    return titles


def _no_city(rows: list[SheetRow], described: list[SheetRow], locale: str) -> Problem:
    place = described[1].place if len(described) > 1 else rows[0].place if rows else Place()
    return Problem(
        "no-city",
        problem_text("city.none", locale, count=str(len(described))),
        problem_text("city.fill", locale),
        Place(place.file, place.sheet if len(described) > 1 else None),
        language=locale,
    )
