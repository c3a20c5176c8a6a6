"""Reader of an Open SDG site: a CSV file for each indicator, and its metadata in YAML.

A site starts from a template with invented numbers. Unchanged template files and the demonstration
are recognised and skipped with a warning. A site is about one place, given by `--city`. Format:
open-sdg.org, "Data format" (columns `Year`, breakdowns, `Units`, `Value`; file
`indicator_1-2-1.csv`, metadata `1-2-1.md`).
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.gazetteer.reference_areas import ReferenceArea, ReferenceAreas
from urbansdg.loaders.tables.data_cube_series import (
    Series,
    SeriesValue,
    matching_codes,
    series_facts,
    series_key,
    un_codes,
)
from urbansdg.ontology.iris import slug
from urbansdg.store import Source

_FILE: Final = re.compile(r"indicator_(\d+)-([0-9a-z]+)-([0-9]+)([a-z]?)")
_SIZE: Final = 16 << 20
"""The largest file, in bytes."""

_YEAR, _UNITS, _VALUE = "Year", "Units", "Value"
_PLACEHOLDER: Final = [["Year", "Group", "Value"], ["2015", "A", "1"], ["2015", "B", "3"]]
_DEMO: Final = {"Planet", "Fruit"}
Meta = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class OpenSdg:
    """The reader of the data of an Open SDG site."""

    name: str = "open-sdg"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether the path is a site: a folder with indicator files in `data`."""
        return any((path / "data").glob("indicator_*.csv"))

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read every indicator of the site; raises `SourceUnreadable` if no city is given."""
        if context.city is None:
            raise SourceUnreadable(
                f"{path.name} does not name the city of its values.",
                "Name the city with --city, by its key in the graph.",
                place=Place(path.name),
            )
        key = graph or slug(path.resolve().name)
        tables = sorted((path / "data").glob("*.csv"))
        metas = sorted((path / "meta").glob("*.md"))
        source = Source(path.name, checksum([*tables, *metas]), self.name, self.version)
        area = ReferenceAreas(context).of_city(context.city)
        site = _Site(key, area, path, un_codes())
        record = {"key": key, "title": f"SDG indicators of {path.resolve().name} (Open SDG)"}
        results = series_facts(record, Place(path.name), site.readings(tables), context.iris)
        return write_draft(key, results, source, context, None, rows_are_independent=True)


@dataclass(frozen=True, slots=True)
class _Site:
    key: str
    area: ReferenceArea
    folder: Path
    codes: dict[str, str]

    def readings(self, tables: list[Path]) -> Iterator[SeriesValue | Problem]:
        for table in tables:
            rows = _rows(table)
            refused = _refusal(table, rows)
            if refused is None:
                yield from self._indicator(table, rows)
            else:
                yield refused

    def _indicator(self, table: Path, rows: list[list[str]]) -> Iterator[SeriesValue | Problem]:
        meta = _meta(self.folder / "meta" / f"{table.stem.removeprefix('indicator_')}.md")
        headings = {"year": _YEAR, "value": _VALUE}
        for at, cells in enumerate(rows[1:], start=2):
            row = dict(zip(rows[0], cells, strict=False))
            if row.get(_VALUE, "").strip():
                yield SeriesValue(
                    self._series(table.stem.removeprefix("indicator_"), row, meta),
                    self.area,
                    row.get(_YEAR, ""),
                    row[_VALUE],
                    Place(table.name, row=at),
                    source=_link(meta),
                    headings=headings,
                    breakdown=_breakdown(row),
                )

    def _series(self, stem: str, row: Mapping[str, str], meta: Meta) -> Series:
        """Return the series of a row: its indicator."""
        number = _number(stem)
        unit = row.get(_UNITS, "").strip() or _text(meta, "computation_units")
        key = series_key(self.key, stem, row.get(_UNITS, ""))
        titles = ("national_indicator_available", "graph_title", "indicator_name")
        title = next(filter(None, (_text(meta, name) for name in titles)), f"Indicator {number}")
        return Series(key, title, unit, matching_codes(number, self.codes))


def _breakdown(row: Mapping[str, str]) -> dict[str, str]:
    return {
        column: text.strip()
        for column, text in row.items()
        if column not in {_YEAR, _UNITS, _VALUE} and text and text.strip()
    }


def _rows(table: Path) -> list[list[str]]:
    if table.stat().st_size > _SIZE:
        raise _unreadable(table, f"it is larger than {_SIZE >> 20} MiB")
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(table, str(error)) from error
    return rows


def _refusal(table: Path, rows: list[list[str]]) -> Problem | None:
    """Return the warning about a file without data of the city, or None if it has data."""
    if rows[:3] == _PLACEHOLDER:
        return _omission(table, "placeholder", "is an unchanged placeholder of the template")
    if not rows or not {_YEAR, _VALUE} <= set(rows[0]):
        return _omission(table, "no-series", f"has no columns {_YEAR} and {_VALUE}")
    if _DEMO & set(rows[0]):
        return _omission(table, "demonstration", "is the demonstration of the template")
    if _FILE.fullmatch(table.stem) is None:
        return _omission(table, "no-indicator", "does not have a name such as indicator_1-2-1.csv")
    return None


def _omission(table: Path, code: str, why: str) -> Problem:
    return Problem(
        code,
        f"{table.name} {why}; it was ignored.",
        "No action is needed, unless there is data for it.",
        Place(table.name),
        Severity.WARNING,
    )


def _number(stem: str) -> str:
    match = _FILE.fullmatch(f"indicator_{stem}")
    return f"{match[1]}.{match[2]}.{match[3]}" if match else ""


def _meta(file: Path) -> Meta:
    """Return the front matter of a metadata page, or {} if it cannot be read."""
    if not file.is_file() or file.stat().st_size > _SIZE:
        return {}
    text = file.read_text("utf-8-sig", errors="replace")
    try:
        meta = yaml.safe_load(text.split("---")[1]) if text.startswith("---") else None
    except (yaml.YAMLError, IndexError, RecursionError):
        return {}
    return meta if isinstance(meta, dict) else {}


def _text(meta: Meta, name: str) -> str:
    text = meta.get(name)
    return " ".join(text.split()) if isinstance(text, str) else ""


def _link(meta: Meta) -> str:
    link = _text(meta, "source_url_1")
    return link if re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", link) else ""


def _unreadable(table: Path, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{table.name} cannot be read: {why}.",
        "Save it as CSV in UTF-8.",
        place=Place(table.name),
    )


READER = OpenSdg()
