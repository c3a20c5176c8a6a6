"""Reads a workbook: from sheets to facts, each with the cell that it is from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from urbansdg.errors import Place, Problem
from urbansdg.loaders.drafts.draft import Workshop
from urbansdg.loaders.drafts.table_drafts import CITYS_OWN
from urbansdg.loaders.gazetteer.city_gazetteer import Gazetteer
from urbansdg.loaders.parse.facts import Cell, ReadResult
from urbansdg.loaders.parse.raw_sheet import RawSheet
from urbansdg.loaders.tables.csv_table import INCOMPLETE
from urbansdg.loaders.workbook.choices import read_choices
from urbansdg.loaders.workbook.column_parsers import Meanings
from urbansdg.loaders.workbook.open_workbook import opened
from urbansdg.loaders.workbook.parsed_row import Understood, understood
from urbansdg.loaders.workbook.sheet_rows import SheetRow, language_of, rows_of
from urbansdg.loaders.workbook.table_records import Placed, records
from urbansdg.loaders.workbook.workbook_entities import (
    Book,
    bundled_organisations,
    named_contacts,
    named_policies,
)
from urbansdg.loaders.workbook.workbook_layout import read_layout
from urbansdg.ontology.iris import Iris

_TABLES = {table.name: table for table in CITYS_OWN}
_ORDER = ("city", "targets")
"""Sheets that are read first, because others depend on them: claims with evidence take precedence.
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of a workbook: its rows, its names, and the problems so far."""

    rows: tuple[SheetRow, ...]
    book: Book
    meanings: Meanings
    problems: tuple[Problem, ...]


def findings(path: Path, workshop: Workshop) -> Iterator[ReadResult]:
    """Yield the facts and problems of a workbook; raises `SourceUnreadable`."""
    sheets, notes = opened(path, workshop.folder / "cells.jsonl")
    book = _book(sheets, workshop)
    yield from notes
    yield from book.problems
    whole = list(_whole(book))
    for row in whole:
        yield from row.problems
        if row.whole and book.book.city is not None:
            facts = (
                fact
                for placed in records(row, book.book)
                for fact in _facts(placed, workshop.iris, lacks=row.flawless)
            )
            yield from _once(facts)


def _whole(opened_book: Opened) -> Iterator[Understood]:
    """Yield the parsed rows; sheets that others depend on come first."""
    rows = sorted(opened_book.rows, key=lambda row: row.form.name not in _ORDER)
    for row in rows:
        told = understood(row, opened_book.meanings, opened_book.book)
        if row.form.name == "targets" and told.whole:
            for code in told.texts["target"].split(" | "):
                opened_book.book.used["claims", f"{told.texts['policy']} {code}"] += 1
        yield told


def _once(found: Iterator[ReadResult]) -> Iterator[ReadResult]:
    """Yield the results, each problem once: several records may lack the same cell."""
    told = set[Problem]()
    for finding in found:
        if not isinstance(finding, Problem):
            yield finding
        elif finding not in told:
            told.add(finding)
            yield finding


def _facts(placed: Placed, iris: Iris, *, lacks: bool) -> Iterator[ReadResult]:
    """Convert a record; report an incomplete one if no other problem explains it."""
    table = _TABLES[placed.table]
    missing = [column for column in table.header.required if column not in placed.record.cells]
    if not missing:
        yield from table.convert(placed.record, iris)
    elif lacks:
        yield from (_lacking(placed, column) for column in missing)


def _lacking(placed: Placed, column: str) -> Problem:
    return Problem(
        INCOMPLETE,
        f"This row is incomplete without the column {column!r}.",
        "Fill it in, or remove what depends on it.",
        placed.record.at(column),
    )


def _book(sheets: list[RawSheet], workshop: Workshop) -> Opened:
    layout = read_layout()
    found = [each for sheet in sheets for each in rows_of(sheet, layout)]
    rows = [each for each in found if isinstance(each, SheetRow)]
    problems = [each for each in found if isinstance(each, Problem)]
    language = language_of(sheets, layout)
    meanings = Meanings(read_choices(layout), language)
    cities = workshop.gazetteer()
    city, wrong = _city(rows, cities, meanings, workshop)
    book = Book(
        _prose_language(rows, meanings, language),
        city,
        cities,
        named_policies(rows, city),
        named_contacts(rows, city),
        bundled_organisations(),
        {} if any(row.form.name == "policies" for row in rows) else workshop.policies(),
    )
    return Opened(tuple(rows), book, meanings, (*problems, *wrong))


def _city(
    rows: list[SheetRow], cities: Gazetteer, meanings: Meanings, workshop: Workshop
) -> tuple[str | None, list[Problem]]:
    """Return the key of the workbook's city: from the options, a register's id, or its name."""
    described = [row for row in rows if row.form.name == "city"]
    if workshop.city:
        return workshop.city, []
    if len(described) != 1 or "name" not in described[0].entries:
        return None, [_no_city(rows, described)]
    entries = described[0].entries
    for register in ("key", "geonames", "wikidata"):
        if register in entries:
            told = next(meanings.of(entries[register]))
            return (told, []) if isinstance(told, str) else (None, [told])
    country = entries.get("country")
    of = next(meanings.of(country)) if country else None
    key = cities.settled(entries["name"].cell, of if isinstance(of, str) else "")
    return (key, []) if isinstance(key, str) else (None, [_unsettled(entries["name"].cell, key)])


def _unsettled(cell: Cell, problem: Problem) -> Problem:
    remedy = f"{problem.remedy} Or write the city's GeoNames or Wikidata id in its column."
    return replace(problem, remedy=remedy, place=cell.place)


def _prose_language(rows: list[SheetRow], meanings: Meanings, titles: str) -> str:
    for row in rows:
        if row.form.name == "city" and "language" in row.entries:
            told = next(meanings.of(row.entries["language"]))
            if isinstance(told, str):
                return told
    return titles


def _no_city(rows: list[SheetRow], described: list[SheetRow]) -> Problem:
    place = described[1].place if len(described) > 1 else rows[0].place if rows else Place()
    return Problem(
        "no-city",
        f"The workbook describes {len(described)} cities; expected one.",
        "Fill in one row of the city sheet, or name the city with --city.",
        Place(place.file, place.sheet if len(described) > 1 else None),
    )
