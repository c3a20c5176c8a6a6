"""Reader of the SDSN's index of cities in the United States: a workbook of results and codebook.

A row is a metropolitan statistical area with its main city; a column that the codebook describes is
an indicator with its SDG target. Scores and ranks are derived by the index and are not read.
Source: Lynch, LoPresti and Fox, 2019 US Cities report of the SDSN.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.gazetteer.city_gazetteer import Gazetteer
from urbansdg.loaders.gazetteer.reference_areas import ReferenceArea, ReferenceAreas
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.raw_sheet import RawRow, RawSheet, heading
from urbansdg.loaders.spreadsheets.open_sheets import open_sheets
from urbansdg.loaders.tables.data_cube_series import (
    Series,
    SeriesValue,
    matching_codes,
    series_facts,
    series_key,
)
from urbansdg.ontology.iris import slug
from urbansdg.store import Source

_RESULTS, _CODEBOOK = "Results", "Codebook"
_CITY, _AREA = "maincity", "msa"
_STEM: Final = re.compile(r"sdg\d+v\d+")
_CC_BY: Final = "https://creativecommons.org/licenses/by/4.0/"
_LOOK: Final = 1 << 20
_METRO: Final = {"area_kind": "metropolitan-area"}
CodebookRows = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class SdsnCities:
    """The reader of the workbook of results."""

    name: str = "sdsn-cities"
    version: str = "2"

    def reads(self, path: Path) -> bool:
        """Return whether the path is a workbook with results and their codebook."""
        file = _file(path)
        if file is None:
            return False
        try:
            with ZipFile(file) as archive, archive.open("xl/workbook.xml") as part:
                text = part.read(_LOOK)
        except (BadZipFile, KeyError, OSError, NotImplementedError):
            return False
        return all(f'name="{name}"'.encode() in text for name in (_RESULTS, _CODEBOOK))

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the values of every city in the graph; raises `SourceUnreadable`."""
        file = _file(path) or path
        sheets = {
            sheet.name: sheet for sheet in open_sheets(file, context.folder / "cells.jsonl")[0]
        }
        if not {_RESULTS, _CODEBOOK} <= sheets.keys():
            raise SourceUnreadable(
                f"{file.name} has no sheets of results and codebook.",
                "Download the workbook of the US Cities index again.",
                place=Place(file.name),
            )
        key = graph or slug(file.stem)
        source = Source(file.name, checksum([file]), self.name, self.version, licence=_CC_BY)
        areas = ReferenceAreas(context)
        index = _Index(key, _series(key, sheets[_CODEBOOK]), context.gazetteer(), areas)
        record = {"key": key, "title": file.stem, "licence": _CC_BY}
        results = series_facts(
            record, Place(file.name), index.readings(sheets[_RESULTS]), context.iris
        )
        return write_draft(
            key, results, source, context, len(sheets[_RESULTS].lines), rows_are_independent=True
        )


def _file(path: Path) -> Path | None:
    """Return the workbook: the file, or the one with results in the folder."""
    if path.is_dir():
        return next(iter(sorted(path.glob("*Results*.xlsx"))), None)
    return path if path.suffix.lower() == ".xlsx" and path.is_file() else None


@dataclass(frozen=True, slots=True)
class _Index:
    key: str
    series: Mapping[str, tuple[Series, str]]
    cities: Gazetteer
    areas: ReferenceAreas

    def readings(self, sheet: RawSheet) -> Iterator[SeriesValue | Problem]:
        titles = _titles(sheet)
        for line in sheet.lines[1:]:
            row = {titles[at]: raw.text for at, raw in line.cells.items() if at in titles}
            place = Place(sheet.file, sheet.title, line.number)
            city = self._city(row, place, _at(titles, _CITY))
            if isinstance(city, Problem):
                yield city
            else:
                area = self.areas.of_city(city)
                yield from self._values(row, area, place, titles)

    def _city(self, row: Mapping[str, str], place: Place, column: str) -> str | Problem:
        """Return the key of an area's main city, which is in one of the area's states."""
        states = row.get(_AREA, "").rpartition(",")[2].strip().split("-")
        cell = Cell(row.get(_CITY, ""), replace(place, column=column))
        for state in states:
            if len(self.cities.find(cell.text, "USA", f"US-{state}")) == 1:
                return self.cities.resolve(cell, "USA", f"US-{state}")
        outcome = self.cities.resolve(cell, "USA")
        return (
            replace(outcome, severity=Severity.WARNING) if isinstance(outcome, Problem) else outcome
        )

    def _values(
        self, row: Mapping[str, str], area: ReferenceArea, place: Place, titles: Mapping[int, str]
    ) -> Iterator[SeriesValue]:
        for name, text in row.items():
            stem = _STEM.match(name)
            if stem and stem[0] in self.series:
                series, years = self.series[stem[0]]
                headings = {"value": _at(titles, name)}
                method = f"Value of the metropolitan area {row.get(_AREA, '')}"
                yield SeriesValue(
                    series, area, years, text, place, method, headings=headings, codes=_METRO
                )


def _series(key: str, codebook: RawSheet) -> dict[str, tuple[Series, str]]:
    """Return the indicators of the codebook with their years, by column prefix."""
    titles = _titles(codebook)
    by_indicator = {}
    for line in codebook.lines[1:]:
        row = {titles[at]: raw.text for at, raw in line.cells.items() if at in titles}
        stem = _STEM.match(row.get("Indicator", ""))
        if stem:
            matches = matching_codes(row.get("SDG Alignment", "").removeprefix("Goal"), {})
            name, unit = row.get("Indicator name", stem[0]), row.get("Units", "")
            series = Series(series_key(key, stem[0]), name, unit, matches)
            by_indicator[stem[0]] = series, row.get("Year", "")
    return by_indicator


def _titles(sheet: RawSheet) -> dict[int, str]:
    first: RawRow = sheet.lines[0] if sheet.lines else RawRow(1)
    return {at: raw.text for at, raw in first.cells.items()}


def _at(titles: Mapping[int, str], name: str) -> str:
    return next((heading(at, title) for at, title in titles.items() if title == name), name)


READER = SdsnCities()
