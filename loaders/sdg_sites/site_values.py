"""The values of a site as values of series, each with its indicator, area, unit and sources."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import starmap
from typing import Final

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable
from urbansdg.loaders.drafts.draft import ReportProgress, no_progress
from urbansdg.loaders.gazetteer.graph_places import AreaKind
from urbansdg.loaders.gazetteer.reference_areas import ReferenceArea
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.parse.statistics.observation_attributes import is_confidential
from urbansdg.loaders.parse.statistics.unit_scales import power_of_ten
from urbansdg.loaders.sdg_sites.indicator_numbers import refined_measure
from urbansdg.loaders.sdg_sites.indicator_texts import graph_title, indicator_texts
from urbansdg.loaders.sdg_sites.site_areas import SiteAreas
from urbansdg.loaders.sdg_sites.site_layout import SiteLayout, SiteTable
from urbansdg.loaders.sdg_sites.site_metadata import IndicatorMetadata, SiteMetadata
from urbansdg.loaders.sdg_sites.site_tables import (
    SiteColumns,
    TableContent,
    columns_of,
    omission,
    read_content,
    refusal,
)
from urbansdg.loaders.sdg_sites.site_translations import SiteTranslations
from urbansdg.loaders.tables.data_cube_series import Series, SeriesValue, series_key
from urbansdg.ontology.iris import Iris

_UNIT_CODE: Final = re.compile("[A-Z][A-Z0-9_]*")
_ATTRIBUTE: Final = {"nature": re.compile("CA?|E|G|M|NA?"), "reporting_type": re.compile("[A-Z]")}
_REASONS: Final = {
    "no-value": ("has no value", "No action is needed, unless there is a value for it."),
    "missing-value": (
        "has a number that the unit of the indicator explains as missing",
        "No action is needed.",
    ),
    "cell-without-title": (
        "has a cell below no title",
        "Write cells that contain a comma in quotation marks, or add the title.",
    ),
    "confidential": ("has a confidential value", "No action is needed."),
    "unknown-multiplier": (
        "has a multiplier that is not understood",
        "Write a power of ten, such as 3 for thousands.",
    ),
}
"""What is said of a row that is left out, by the code of the problem."""

_URBANISATION: Final = "Urbanisation"
"""The title under which the degree of urbanisation has its codes, whatever its column is called."""

_TOTALS: Final = {"", "_t", "_z", "_u", "t", "total", "allarea", "all"}


@dataclass(frozen=True, slots=True)
class SeriesNames:
    """What is said of a series beside its name: others, in other languages, and its publishers."""

    translated: dict[str, str]
    others: tuple[str, ...]
    publishers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """What the cells of a row beside its year and value mean: the same for many rows."""

    series: Series
    area: ReferenceArea | Problem
    breakdown: dict[str, str]
    codes: dict[str, str]
    multiplier: int | None
    status: str
    method: str


@dataclass(slots=True)
class SiteValues:
    """Reads the tables of a site. `names` are those of the indicators read, by their IRIs."""

    key: str
    layout: SiteLayout
    metadata: SiteMetadata
    translations: SiteTranslations
    areas: SiteAreas
    iris: Iris
    names: dict[str, SeriesNames] = field(default_factory=dict)
    tell: ReportProgress = no_progress
    covered: dict[str, int] = field(default_factory=dict)

    def values(self) -> Iterator[SeriesValue | Problem]:
        """Yield the values of each table, and a problem for whatever is left out."""
        yield from starmap(self._unused, self.layout.unused)
        for number, table in enumerate(self.layout.tables):
            self.tell("Tables", number, len(self.layout.tables))
            try:
                content = read_content(table)
            except SourceUnreadable as error:
                yield replace(error.reason, severity=Severity.WARNING)
                continue
            yield from content.notes
            yield from self._table(table, content)
        yield from self._other_coverage()
        yield from (_unread(name) for name in self.metadata.unread)

    def _other_coverage(self) -> Iterator[Problem]:
        """Yield a warning if all coverages that a site states are one place that is not its own."""
        others = [name for name in self.covered if name]
        area = self.areas.of_coverage(others[0], Place()) if len(others) == 1 else None
        is_elsewhere = isinstance(area, ReferenceArea) and area.kind is not AreaKind.CITY_AREA
        if "" in self.covered and is_elsewhere and area != self.areas.own:
            count, rest = self.covered[others[0]], self.covered[""]
            yield Problem(
                "other-coverage",
                f"The metadata of {count} indicators cover {others[0]}; the values of the other"
                f" {rest}, which state no coverage, are stated of the city in --city.",
                "Check that --city is the place that the site is about.",
                Place(self.layout.name),
                Severity.WARNING,
            )

    def _unused(self, table: SiteTable, why: str) -> Problem:
        """Return the problem of a file that the site does not publish."""
        refused = None
        if table.path.suffix.lower() == ".csv":
            with suppress(SourceUnreadable):
                content = read_content(table)
                columns = columns_of(content.titles, self.layout.config)
                refused = refusal(table, content, IndicatorMetadata(), columns)
        return refused or omission(table.name, "no-indicator", why)

    def _table(self, table: SiteTable, content: TableContent) -> Iterator[SeriesValue | Problem]:
        meta = self.metadata.of(table.indicator)
        columns = columns_of(content.titles, self.layout.config)
        refused = refusal(table, content, meta, columns)
        if refused is not None or columns is None:
            yield refused or omission(table.name, "no-series", "has no columns Year and Value")
            return
        if table.partial:
            yield omission(table.name, "totals-only", "has the totals only, which were read")
        reader = _TableReader(self, table, meta, columns, content)
        coverage = reader.texts.coverage
        self.covered[coverage] = self.covered.get(coverage, 0) + 1
        yield from reader.values()


class _TableReader:
    """Reads the rows of one table."""

    def __init__(
        self,
        site: SiteValues,
        table: SiteTable,
        meta: IndicatorMetadata,
        columns: SiteColumns,
        content: TableContent,
    ) -> None:
        self.site, self.table, self.meta = site, table, meta
        self.columns, self.content = columns, content
        self.cells: dict[int, set[str]] = {}
        code = refined_measure(table.indicator, meta.fields)
        self.measure = (code,) if code else ()
        number = table.indicator.replace("-", ".")
        self.texts = indicator_texts(meta, site.translations, number, code)
        self.place = Place(table.name)
        self.coverage = self.site.areas.of_coverage(self.texts.coverage, self.place)
        self.width = len(columns.titles)
        self.untitled = [at for at, title in enumerate(columns.titles) if not title]
        self.area_units = tuple(
            at for at in columns.units if any(map(site.areas.names_own, self._cells(at)))
        )
        self.units = tuple(at for at in columns.units if at not in self.area_units)
        self.links = " | ".join(self.texts.links)
        self.groups: dict[tuple[str, ...], _Group] = {}
        headings = {"year": columns.titles[columns.year], "value": columns.titles[columns.value]}
        unit_title = columns.titles[columns.units[0]] if columns.units else ""
        self.headings = headings | ({"unit": unit_title} if unit_title else {})

    def _cells(self, at: int) -> set[str]:
        """Return the different cells of a column."""
        if at not in self.cells:
            self.cells[at] = {row[at] for _, row in self.content.rows if len(row) > at}
        return self.cells[at]

    def values(self) -> Iterator[SeriesValue | Problem]:
        """Yield the value of each row, or the problem for which it is left out."""
        for number, row in self.content.rows:
            cells = row if len(row) >= self.width else (*row, *[""] * (self.width - len(row)))
            place = Place(self.table.name, row=number)
            if reason := self._reason(cells):
                yield _left_out(reason, place)
                continue
            group = self._group(cells)
            if isinstance(group.area, Problem):
                yield replace(group.area, place=replace(place, column=group.area.place.column))
            elif group.multiplier is None:
                yield _left_out("unknown-multiplier", place)
            else:
                yield self._value(group, group.area, cells, place, group.multiplier)

    def _reason(self, cells: Sequence[str]) -> str:
        """Return why a row has no value that can be read, "" if it has one."""
        if any(cells[self.width :]) or any(cells[at] for at in self.untitled):
            return "cell-without-title"
        value = cells[self.columns.value]
        if not value:
            return "no-value"
        if is_confidential(self._single(cells, "confidentiality")):
            return "confidential"
        return "missing-value" if value in self.texts.missing else ""

    def _value(
        self,
        group: _Group,
        area: ReferenceArea,
        cells: Sequence[str],
        place: Place,
        multiplier: int,
    ) -> SeriesValue:
        return SeriesValue(
            group.series,
            area,
            cells[self.columns.year],
            cells[self.columns.value],
            place,
            method=group.method,
            source=self.links,
            headings=self.headings,
            codes=group.codes,
            breakdown=group.breakdown,
            multiplier=multiplier,
            status=group.status,
        )

    def _group(self, cells: Sequence[str]) -> _Group:
        columns = self.columns
        key = (*cells[: columns.year], "", *cells[columns.year + 1 :])
        key = (*key[: columns.value], "", *key[columns.value + 1 :])
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = self._new_group(cells)
        return group

    def _new_group(self, cells: Sequence[str]) -> _Group:
        columns, site = self.columns, self.site
        area, words = self._area(cells)
        unit, unit_code = self._unit(cells)
        series_text = next((cells[at] for at in columns.series if cells[at]), "")
        rows_unit = next((cells[at] for at in self.units if cells[at]), "")
        key = series_key(site.key, self.table.indicator, series_text, rows_unit)
        title = graph_title(self.meta, site.translations, rows_unit, series_text)
        groups = ("SERIES", "Series", "data")
        named = site.translations.text(series_text, groups=groups) or series_text
        ending = f", {named}" if named else ""
        others = (self.texts.name, *self.texts.others) if title else self.texts.others
        site.names[site.iris.indicator(key)] = SeriesNames(
            {tag: f"{text}{ending}" for tag, text in self.texts.translated.items()},
            tuple(f"{other}{ending}" for other in others if other != title),
            self.texts.publishers,
        )
        name = f"{title or self.texts.name}{ending}"
        return _Group(
            Series(key, name, unit, self.measure, site.translations.language),
            area,
            dict(self._translated(words)),
            unit_code | self._attributes(cells),
            power_of_ten(self._single(cells, "multiplier")),
            self._single(cells, "status"),
            self._single(cells, "note"),
        )

    def _single(self, cells: Sequence[str], role: str) -> str:
        at = self.columns.at(role)
        return "" if at is None else cells[at]

    def _attributes(self, cells: Sequence[str]) -> dict[str, str]:
        texts = {name: self._single(cells, name.replace("_", " ")) for name in _ATTRIBUTE}
        return {name: text for name, text in texts.items() if _ATTRIBUTE[name].fullmatch(text)}

    def _unit(self, cells: Sequence[str]) -> tuple[str, dict[str, str]]:
        """Return the unit of a row, or else of its indicator, and the UN's code if it is one."""
        for at in self.units:
            if cells[at]:
                title = self.columns.titles[at]
                groups = (title, "UNIT_MEASURE", "units", "data")
                text = self.site.translations.text(cells[at], groups=groups)
                coded = comparison_key(title) == "unit measure" and _UNIT_CODE.fullmatch(cells[at])
                unit = text or cells[at].rpartition(".")[2]
                return unit, {"unit_code": cells[at]} if coded else {}
        return self.texts.unit, {}

    def _area(self, cells: Sequence[str]) -> tuple[ReferenceArea | Problem, dict[str, str]]:
        """Return the area of a row, and the breakdown of its value in words."""
        columns, areas = self.columns, self.site.areas
        named = areas.of_cells([(column, cells[column.at]) for column in columns.areas], self.place)
        for at in self.area_units:
            if named is None and cells[at]:
                own = areas.names_own(cells[at])
                named = areas.own if own else areas.of_coverage(cells[at], self.place)
        words: dict[str, str] = {}
        for at in columns.words:
            text = cells[at]
            if text.lower() in _TOTALS:
                continue
            compared, rest = areas.of_group(columns.titles[at], text, self._cells(at))
            named = named or compared
            if rest:
                words[self._title(at, words)] = rest
        for column in columns.areas:  # urban and rural areas are a breakdown and no places
            if (text := cells[column.at]) and areas.is_urbanisation(text):
                words[_URBANISATION] = text
        return named or self.coverage or areas.own, words

    def _title(self, at: int, words: dict[str, str]) -> str:
        title = self.columns.titles[at]
        return f"{title} {at + 1}" if title in words else title

    def _translated(self, words: dict[str, str]) -> Iterator[tuple[str, str]]:
        """Yield titles and groups of a breakdown in the language of the site.

        A key without a text gives its last part: `AGE.Y15T19` is a code of the UN.
        """
        translate = self.site.translations.text
        for title, text in words.items():
            named = translate(title, groups=("data",)) or title.rpartition(".")[2]
            yield named, translate(text, groups=(title, "data")) or text.rpartition(".")[2]


def _left_out(reason: str, place: Place) -> Problem:
    what, remedy = _REASONS[reason]
    return Problem(reason, f"The row {what}; it was left out.", remedy, place, Severity.WARNING)


def _unread(name: str) -> Problem:
    return Problem(
        "metadata-unreadable",
        "The metadata cannot be read; names and units of their indicator may be missing.",
        "Correct the file, and load the site again.",
        Place(name),
        Severity.WARNING,
    )
