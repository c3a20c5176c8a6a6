"""Reader of long tables and SDMX-CSV: one value per row, in CSV.

A long table has columns for city, indicator, year and value, and optionally for unit, method and
source. In SDMX-CSV (1.0 and 2.0 of the SDMX technical working group) these are the concepts
`REF_AREA` (or `CITY`), `SERIES` or `INDICATOR`, `TIME_PERIOD`, `OBS_VALUE` and `UNIT_MEASURE`;
further dimensions break the series down.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.parse.sdmx_codes import divide_breakdown
from urbansdg.loaders.spreadsheets.csv_text import csv_rows, decode_file, first_row
from urbansdg.loaders.tables.data_cube_series import (
    Series,
    SeriesValue,
    matching_codes,
    series_facts,
    series_key,
    un_codes,
)
from urbansdg.loaders.tables.known_table import CSV_ONLY, KnownTable
from urbansdg.ontology.iris import slug
from urbansdg.store import Source

_TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "city": ("city", "city name", "ref area", "geo", "place", "도시", "ville", "ciudad"),
    "indicator": ("indicator", "indicator code", "series", "indicador", "indicateur", "지표"),
    "year": ("year", "time period", "period", "time", "annee", "ano", "연도"),
    "value": ("value", "obs value", "valeur", "valor", "값"),
    "unit": ("unit", "units", "unit measure", "unite", "unidad", "단위"),
    "method": ("method", "comment obs", "note", "methode", "metodo", "방법"),
    "source": ("source", "source detail", "url", "fuente", "출처"),
    "name": ("indicator name", "series name", "series description", "name"),
}
_NEEDED: Final = {"indicator", "year", "value"}
_SDMX: Final = {"dataflow", "structure", "structure id", "action", "structure name"}
_ATTRIBUTES: Final = {
    *("obs status", "unit mult", "decimals", "conf status", "nature", "reporting type"),
    *("time detail", "upper bound", "lower bound", "base per", "freq", "geo info url"),
}
_TOTAL: Final = {"_T", "_Z", "T", "", "TOTAL", "ALLAREA", "_U"}
_CODES: Final = {
    "nature": re.compile("CA?|E|G|M|NA?"),
    "reporting_type": re.compile("[A-Z]"),
    "unit_code": re.compile("[A-Z][A-Z0-9_]*"),
}


@dataclass(frozen=True, slots=True)
class LongTable:
    """The reader of long tables and of SDMX-CSV."""

    name: str = "long-table"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether the first line of a CSV file has the titles of a long table."""
        if path.suffix.lower() != ".csv" or not path.is_file():
            return False
        titles = _column_names(first_row(path))
        return set(titles.values()) >= _NEEDED and "policy" not in map(comparison_key, titles)

    def tables(self) -> tuple[KnownTable, ...]:
        """Return the long table: it may lack a city if `--city` names it."""
        required = {name: _TITLES[name] for name in ("city", "indicator", "year", "value")}
        others = [title for titles in _TITLES.values() for title in titles]
        return (KnownTable("", required, others, CSV_ONLY),)

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the values; raises `SourceUnreadable`."""
        text, notes = decode_file(path)
        key = graph or slug(path.stem)
        source = Source(path.name, checksum([path]), self.name, self.version)
        table = _Table(key, path.name, context, un_codes())
        record = {"key": key, "title": path.stem}
        results = series_facts(record, Place(path.name), table.readings(text), context.iris)
        draft = write_draft(key, results, source, context, None, rows_are_independent=True)
        return replace(draft, problems=(*notes, *draft.problems))


@dataclass(frozen=True, slots=True)
class _Table:
    key: str
    file: str
    context: ReadContext
    codes: dict[str, str]

    def readings(self, text: str) -> Iterator[SeriesValue | Problem]:
        rows = csv_rows(text, self.file)
        _, titles = next(rows, (1, list[str]()))
        titles = [title.strip() for title in titles]
        known = _column_names(titles)
        for number, cells in rows:
            if any(cell.strip() for cell in cells):
                row = dict(zip(titles, map(str.strip, cells), strict=False))
                yield from self._reading(row, known, Place(self.file, row=number))

    def _reading(
        self, row: Mapping[str, str], known: Mapping[str, str], place: Place
    ) -> Iterator[SeriesValue | Problem]:
        fields = {name: row.get(title, "") for title, name in known.items()}
        headings = {name: title for title, name in known.items()}
        city = self._city(fields.get("city", ""), replace(place, column=headings.get("city")))
        source = fields.get("source", "")
        link = source if re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", source) else ""
        method = "; ".join(filter(None, (fields.get("method", ""), "" if link else source)))
        if isinstance(city, Problem):
            yield city
        else:
            codes, by = divide_breakdown(_breakdown(row, known))
            series, codes = self._series(fields, by), codes | _attributes(row, headings)
            yield SeriesValue(
                series, city, fields["year"], fields["value"], place, method, link, headings, codes
            )

    def _city(self, text: str, place: Place) -> str | Problem:
        if not text and self.context.city:
            return self.context.city
        outcome = self.context.gazetteer().resolve(Cell(text, place))
        if isinstance(outcome, str) or self.context.city is None:
            return outcome if isinstance(outcome, str) else _omission(outcome)
        return self.context.city

    def _series(self, fields: Mapping[str, str], by: Mapping[str, str]) -> Series:
        """Return the series of a row: the UN's code or an indicator of ours, with its breakdown."""
        code, unit = fields["indicator"], fields.get("unit", "")
        matches = matching_codes(code, self.codes)
        parts = (f"{slug(column)}-{slug(text)}" for column, text in by.items())
        name = ", ".join((fields.get("name") or code, *(f"{by[key]}" for key in by)))
        return Series(series_key(self.key, code, *parts, unit), name, unit, matches)


def _omission(problem: Problem) -> Problem:
    return replace(
        problem, message=f"{problem.message} The row was ignored.", severity=Severity.WARNING
    )


def _column_names(titles: list[str]) -> dict[str, str]:
    """Return our columns by title; of several titles for one column, the first counts."""
    names: dict[str, str] = {}
    for title in titles:
        bare = comparison_key(title.partition(":")[0])
        for name, others in _TITLES.items():
            if bare in others and name not in names.values():
                names[title] = name
    return names


def _attributes(row: Mapping[str, str], headings: Mapping[str, str]) -> dict[str, str]:
    """Return the codes of the attributes of an SDMX row: nature, reporting type and unit."""
    values = {comparison_key(title): text for title, text in row.items()}
    codes = {"nature": values.get("nature", ""), "reporting_type": values.get("reporting type", "")}
    if comparison_key(headings.get("unit", "")) == "unit measure":
        codes["unit_code"] = values["unit measure"]
    return {name: text for name, text in codes.items() if _CODES[name].fullmatch(text)}


def _breakdown(row: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the dimensions that break a row's series down, without totals."""
    return {
        title: text
        for title, text in row.items()
        if title not in known
        and comparison_key(title) not in _SDMX | _ATTRIBUTES
        and text.upper() not in _TOTAL
    }


READER = LongTable()
