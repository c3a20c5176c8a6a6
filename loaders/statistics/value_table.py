"""A table with one value in each row, whatever its format: rows become values of series.

Columns are known by their titles (`loaders/parse/column_titles.csv`). What a column decides as a
whole (the decimal mark, whether `2011-12` is a month) is decided from all of its cells. An
attribute that changes a value is applied, or the row is left out; each row gives one value or one
problem. A column that is not understood is reported once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, NoReturn

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.gazetteer.graph_places import AreaKind
from urbansdg.loaders.gazetteer.reference_areas import ReferenceArea, ReferenceAreas
from urbansdg.loaders.parse.cell_values import is_web_address
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.statistics.column_titles import (
    BREAKDOWNS,
    DIMENSIONS,
    ColumnTitle,
    column_titles,
    language_of_titles,
)
from urbansdg.loaders.parse.statistics.decimal_marks import decimal_mark, number_in_column
from urbansdg.loaders.parse.statistics.observation_attributes import (
    MISSING,
    is_confidential,
    is_no_value,
    split_flags,
    status_code,
)
from urbansdg.loaders.parse.statistics.reference_periods import (
    months_or_spans,
    period_in_column,
    possible_periods,
)
from urbansdg.loaders.parse.statistics.sdmx_codes import (
    dimension_code,
    is_total,
    urbanisation_code,
)
from urbansdg.loaders.parse.statistics.word_lists import squeezed_key
from urbansdg.loaders.statistics.value_scales import (
    ScaledUnit,
    contradicts_per_cent,
    scaled_unit,
)
from urbansdg.loaders.tables.country_names import country_part, whole_country
from urbansdg.loaders.tables.data_cube_series import (
    Series,
    SeriesValue,
    matching_codes,
    series_key,
    un_codes,
)

_NUMBERED: Final = re.compile(
    r"(?:[^\W\d]+\s*)?(?P<number>\d{1,2}[.-][0-9a-d]{1,2}[.-]\d{1,2}[a-z]?)(?:[\s:.\u2013\u2014-]+(?P<name>\D.*))?"
)
_CODES: Final = {
    "nature": re.compile("CA?|E|G|M|NA?"),
    "reporting_type": re.compile("[A-Z]"),
    "unit_code": re.compile("[A-Z][A-Z0-9_]*"),
}
_MOST, _LONGEST = 20, 80
_AVERAGE: Final = re.compile(
    r"\b(?:average|moyenne|promedio|durchschnitt|m[e\u00e9]dia|genomsnitt)\b|\ud3c9\uade0|\u5e73\u5747",
    re.IGNORECASE,
)
_FACTOR: Final = re.compile(r"10{2,}|1(?:[,'\s]0{3})+")
_POWER_TITLES: Final = ("unitmult", "power", "magnitude")
_UNIT_CODES: Final = "unitmeasure"
_DELETED: Final = {"D", "DELETE"}
_MONTH_OF_YEAR: Final = re.compile(r"\d{4}-\d\d")
_CODED: Final = frozenset(DIMENSIONS) - {"custom"}
_OWN: Final = {
    *("year", "month", "quarter", "value", "time_detail", "other"),
    *("lower_bound", "upper_bound"),
}
"""The roles of columns that rows of one group may differ in."""

_UNLOADED: Final = ("lower_bound", "upper_bound")
_PLACES: Final = ("city", "district", "area", "country")


@dataclass(frozen=True, slots=True)
class ValueRow:
    """The cells of a row and its place."""

    place: Place
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class TableForm:
    """What the format of a table says about it.

    In SDMX a column is a dimension or an attribute by its place in the file, not only by its title:
    `dimensions` are the titles of dimensions. `point` says that numbers have a decimal point.
    `labels` are the names of coded values, by title and code.
    """

    sdmx: bool = False
    point: bool = True
    dimensions: frozenset[str] = frozenset()
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass
class ValueTable:
    """A table whose rows are values; `key` is that of its data set."""

    key: str
    file: str
    titles: Sequence[str]
    rows: Sequence[ValueRow]
    context: ReadContext
    form: TableForm = field(default_factory=TableForm)

    def __post_init__(self) -> None:
        """Find the role of each column."""
        self.areas = ReferenceAreas(self.context)
        self.un_codes = un_codes()
        columns = column_titles(self.titles)
        self.columns = [self._column(at, title) for at, title in enumerate(columns)]
        self.strange = [
            title
            for title, column in zip(self.titles, self.columns, strict=True)
            if column is None and title.strip()
        ]
        self.at: dict[str, list[int]] = {}
        for at, column in enumerate(self.columns):
            if column is not None:
                self.at.setdefault(column.role, []).append(at)
        self.shared = [
            at
            for at, column in enumerate(self.columns)
            if column is not None and column.role not in _OWN
        ]
        self._headings = {role: self.titles[columns[0]] for role, columns in self.at.items()}
        self._language = "en" if self.form.sdmx else language_of_titles(self.titles)
        self._has_details = "time_detail" in self.at
        self._groups: dict[tuple[object, ...], _Group] = {}
        self._periods: dict[str, str] = {}

    def values(self) -> Iterator[SeriesValue | Problem]:
        """Yield the value of each row, or the problem for which it is left out."""
        if self.strange:
            yield self._strange_columns()
        yield from self._unloaded_columns()
        if self.context.city is None and not any(role in self.at for role in _PLACES):
            yield self._no_place()
            return
        for row in self.rows:
            yield self._value(row)

    def _column(self, at: int, title: ColumnTitle | None) -> ColumnTitle | None:
        """Return the column as its cells show it: `Location` can be a place, or urban and rural."""
        text = self.titles[at]
        if title is None:
            return ColumnTitle(text, "breakdown") if text in self.form.dimensions else None
        listed = self.form.sdmx and bool(self.form.dimensions)
        if listed and title.role == "breakdown" and text not in self.form.dimensions:
            return None  # an attribute, whatever its title; one with codes is known by its title
        if title.role == "area" and all(
            urbanisation_code(cell) or is_total(cell) for cell in self._cells(at)
        ):
            is_filled = any(urbanisation_code(cell) in {"U", "R"} for cell in self._cells(at))
            return replace(title, role="urbanisation") if is_filled else title
        if title.role == "status" and not self.form.sdmx and "obs" not in text.casefold():
            codes = {cell for cell in self._cells(at) if cell}
            statuses = {cell for cell in codes if status_code(cell)}
            in_words = any(len(cell) > 1 for cell in statuses)  # letters alone can be other codes
            return title if in_words or statuses == codes else None
        return title

    def _cells(self, at: int) -> Iterator[str]:
        return (row.cells[at].strip() for row in self.rows if at < len(row.cells))

    @cached_property
    def _mark(self) -> str | None:
        """The decimal mark of the values."""
        mark = decimal_mark(split_flags(cell.rstrip("%\uff05 "))[0] for cell in self._all("value"))
        return "." if mark is None and self._has_points_only else mark

    @property
    def _has_points_only(self) -> bool:
        has_point = self.form.point or self.form.sdmx
        return has_point and not any("," in cell for cell in self._all("value"))

    @cached_property
    def _usual_period(self) -> str | None:
        return "month" if self.form.sdmx else months_or_spans(self._all("year"))

    def _all(self, role: str) -> Iterator[str]:
        for at in self.at.get(role, [])[:1]:
            yield from self._cells(at)

    def _value(self, row: ValueRow) -> SeriesValue | Problem:
        try:
            return self._measured(_Cells(self, row))
        except _OmittedRow as omitted:
            return omitted.problem

    def _measured(self, cells: "_Cells") -> SeriesValue:
        """Return the value of a row; raises `_OmittedRow`."""
        number, is_per_cent, flag = self._number(cells)
        key = (is_per_cent, *cells.shared())
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = self._group(cells, is_per_cent=is_per_cent)
        return SeriesValue(
            group.series,
            group.area,
            self._period(cells),
            number,
            cells.row.place,
            cells.method() if self._has_details else group.method,
            group.source,
            self._headings,
            group.codes,
            group.words,
            group.power,
            flag or group.status,
        )

    def _group(self, cells: "_Cells", *, is_per_cent: bool) -> "_Group":
        """Return what a row shares with those that differ in their period and value only."""
        self._check_row(cells)
        area = self._area(cells)
        status = self._status(cells)
        scaled = self._scaled(cells, is_per_cent=is_per_cent)
        codes, words = cells.breakdown()
        return _Group(
            self._series(cells, scaled.unit),
            area,
            cells.method(),
            cells.source(),
            codes | cells.attributes(),
            words,
            scaled.power,
            status,
        )

    def _check_row(self, cells: "_Cells") -> None:
        row, width = cells.row, len(self.titles)
        if any(map(str.strip, row.cells[width:])):
            cells.omit("", "too-many-cells", f"has {len(row.cells)} cells, the header {width}")
        if cells.text("action").upper() in _DELETED:
            cells.omit("action", "deleted-value", "deletes a value")
        if is_confidential(cells.text("confidentiality")):
            cells.omit("confidentiality", "confidential-value", "is not free for publication")
        if not any(map(cells.text, ("indicator", "series", "name"))):
            cells.omit("indicator", "no-indicator", "names no indicator")

    def _number(self, cells: "_Cells") -> tuple[str, bool, str]:
        """Return the value of a row, whether it has a sign of per cent, and the status of a flag.

        The flag is one after the number, as in `12.3 e`.
        """
        text = cells.text("value")
        bare = text.rstrip("%\uff05 ")
        number, flag = split_flags(bare)
        values = number_in_column(number, self._mark)
        if len(values) != 1:
            if is_no_value(text):
                missing = status_code(cells.text("status")) in MISSING
                why = "is not a value" if text else "has no value"
                cells.omit("value", "missing-value" if missing else "no-value", why)
            why = f"can mean {' or '.join(values)}" if values else "is not a single number"
            cells.omit("value", "ambiguous-value" if values else "bad-number", why)
        return values[0], bare != text, flag

    def _status(self, cells: "_Cells") -> str:
        status = status_code(cells.text("status"))
        if status is None:
            cells.omit("status", "unknown-status", "is not a known status")
        if status in MISSING:
            cells.omit("status", "missing-value", "says that the value is missing")
        return status

    def _scaled(self, cells: "_Cells", *, is_per_cent: bool) -> ScaledUnit:
        multiplier, base = self._multiplier(cells), cells.text("base")
        unit = cells.label("unit") or cells.text("unit")
        if is_per_cent and contradicts_per_cent(unit):
            cells.omit("value", "contradicting-scale", f"has the unit {unit!r}")
        unit = unit or ("%" if is_per_cent else "")
        scaled = scaled_unit(unit, multiplier, cells.note("value"), base, cells.note("unit"))
        if not isinstance(scaled, ScaledUnit):
            role = "multiplier" if multiplier else "value"
            cells.omit(role, "contradicting-scale", f"does not say what the value is: {scaled}")
        return scaled

    @cached_property
    def _has_factors(self) -> bool:
        """Whether the column of multipliers has factors (1, 1000) in place of powers (0, 3)."""
        return any(_FACTOR.fullmatch(cell) for cell in self._all("multiplier"))

    def _multiplier(self, cells: "_Cells") -> str:
        """Return the multiplier of a row as a power of ten, or in words."""
        text = cells.text("multiplier")
        digits = text.partition(":")[0].strip().removesuffix(".0")
        named = squeezed_key(cells.heading("multiplier"))
        is_power = self.form.sdmx or any(word in named for word in _POWER_TITLES)
        if digits in {"1", "10"} and self._has_factors:
            return str(len(digits) - 1)
        if digits in {"1", "10"} and not is_power:
            cells.omit("multiplier", "contradicting-scale", "can be a factor or a power of ten")
        if digits == "1.000":
            cells.omit("multiplier", "contradicting-scale", "can mean 1 or 1000")
        return text

    def _period(self, cells: "_Cells") -> str:
        """Return the period of a row as text that has one meaning."""
        text, month, quarter = cells.text("year"), cells.text("month"), cells.text("quarter")
        if quarter:
            text = f"{text}-Q{quarter}" if quarter.isdecimal() else f"{quarter} {text}"
        elif month:
            text = f"{text}-M{month}" if month.isdecimal() else f"{month} {text}"
        if (period := self._periods.get(text)) is not None:
            return period
        period = period_in_column(text, self._usual_period)
        if period is None:
            meanings = possible_periods(text)
            why = f"can mean {' or '.join(meanings)}" if meanings else "is not a year or a period"
            cells.omit("year", "bad-year", why, text)
        if _MONTH_OF_YEAR.fullmatch(period):
            period = period.replace("-", "-M")
        self._periods[text] = period
        return period

    def _area(self, cells: "_Cells") -> ReferenceArea:
        """Return the area of a row: a part of a city, a city, or a wider area that it names."""
        area = self._find(cells, "area") if cells.place("area") else None
        country = self._find(cells, "country") if cells.place("country") else None
        wider = area or country
        inside = wider is not None and wider.kind is AreaKind.COUNTRY
        within = wider.iri.rpartition("/")[2] if wider and inside else None
        city = self._find(cells, "city", within) if cells.place("city") else None
        if cells.place("district"):
            return self._district(cells, city)
        if area is not None and area.kind is AreaKind.CITY_AREA:
            return area
        return city or wider or self._find(cells, "city")

    def _find(self, cells: "_Cells", role: str, within: str | None = None) -> ReferenceArea:
        cell = cells.cell(role)
        if role == "city" and not cell.text and cells.text("city"):
            cells.omit("city", "no-area", "is a total of several cities")
        others = {text for _, text in cells.of(role) if not is_total(text)} - {cell.text}
        outcomes = [
            self.areas.find(one, city=self.context.city, within=within, expects_city=role == "city")
            for one in (cell, *(replace(cell, text=text) for text in others))
        ]
        areas = [outcome for outcome in outcomes if not isinstance(outcome, Problem)]
        if len({area.iri for area in areas}) > 1:
            cells.omit(role, "ambiguous-area", f"and {' and '.join(others)} are different places")
        if isinstance(outcomes[0], Problem):
            raise _OmittedRow(outcomes[0])
        return outcomes[0]

    def _district(self, cells: "_Cells", city: ReferenceArea | None) -> ReferenceArea:
        key = city.key if city and city.kind is AreaKind.CITY else self.context.city
        if key is None:
            cells.omit("district", "no-area", "is a part of no city that the row names")
        name = cells.place("district")
        if whole_country(name) or country_part(name) or _AVERAGE.search(name):
            cells.omit("district", "no-area", "is a comparison, not a part of the city")
        outcome = self.areas.area_of_city(cells.cell("district"), key)
        if isinstance(outcome, Problem):
            raise _OmittedRow(outcome)
        return outcome

    def _series(self, cells: "_Cells", unit: str) -> Series:
        """Return the series of a row: an indicator of ours, tied to the UN's that it measures."""
        stated = [part for _, text in cells.of("indicator") if text for part in _numbers(text)]
        numbered = next(filter(None, map(_NUMBERED.fullmatch, stated)), None)
        number = numbered["number"].replace("-", ".") if numbered else (stated or [""])[0]
        words = [numbered["name"] or ""] if numbered else []
        words += [text for text in stated if numbered and text != numbered[0] and text != number]
        series = cells.text("series")
        codes = (number, series, cells.text("target"))
        matches = (matching_codes(code, self.un_codes) for code in codes if code)
        label = cells.label("series") or cells.label("indicator")
        name = next(filter(None, (cells.text("name"), label, *words, number, series)), "")
        key = series_key(self.key, number or series or name, series if number else "", unit)
        matching = next(filter(None, matches), ())
        return Series(key, name, unit, matching, language=self._language)

    def _strange_columns(self) -> Problem:
        listed = _listed(self.strange)
        several = len(self.strange) > 1
        return Problem(
            "unknown-column",
            f"The column{'s' * several} {listed} {'are' if several else 'is'} not understood and "
            f"{'were' if several else 'was'} not loaded.",
            f"Give {'each of them' if several else 'it'} one of the titles in "
            "docs/reference/sources/long-table.md. Rows that differ only in such a column are "
            "left out.",
            Place(self.file, row=1, column=self.strange[0]),
            Severity.WARNING,
            self.strange[0],
        )

    def _unloaded_columns(self) -> Iterator[Problem]:
        """Yield a note about attributes that are understood and have no property in the graph."""
        columns = [at for role in _UNLOADED for at in self.at.get(role, ()) if any(self._cells(at))]
        if columns:
            titles = [self.titles[at] for at in columns]
            yield Problem(
                "unloaded-column",
                f"The graph has no property for {', '.join(titles)}; only the values are loaded.",
                "No action is needed.",
                Place(self.file, row=1, column=titles[0]),
                Severity.INFO,
                titles[0],
            )

    def _no_place(self) -> Problem:
        listed = _listed(self.strange)
        return Problem(
            "no-city-column",
            "No column names the city of the values."
            + (f" The columns {listed} are not understood." if listed else ""),
            "Give the column of the city the title city, or name the city with --city.",
            Place(self.file, row=1),
        )


def _listed(titles: Sequence[str]) -> str:
    """Return the first titles and how many more there are: a table can have 300,000 columns."""
    first = ", ".join(repr(title[:_LONGEST]) for title in titles[:_MOST])
    more = len(titles) - _MOST
    return f"{first} and {more:,} more" if more > 0 else first


def _numbers(text: str) -> list[str]:
    """Return the numbers of an indicator that has several, `1.5.1; 11.5.1`; else the text."""
    parts = re.split(r"\s*[;,/&|]\s*", text)
    return parts if all(map(_NUMBERED.fullmatch, parts)) else [text]


@dataclass(frozen=True, slots=True)
class _Group:
    """What the rows of one series have in common."""

    series: Series
    area: ReferenceArea
    method: str
    source: str
    codes: dict[str, str]
    words: dict[str, str]
    power: int
    status: str


class _OmittedRow(Exception):
    """A row is left out, for a reason that the problem gives."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass
class _Cells:
    """The cells of one row by role."""

    table: ValueTable
    row: ValueRow

    def text(self, role: str) -> str:
        """Return the first filled cell of the columns with a role."""
        return next(filter(None, (text for _, text in self.of(role))), "")

    def place(self, role: str) -> str:
        """Return the name or code of a place; a total such as `_T` or `All` names none."""
        return next((text for _, text in self.of(role) if not is_total(text)), "")

    def of(self, role: str) -> Iterator[tuple[int, str]]:
        """Yield the columns with a role and their cells."""
        for at in self.table.at.get(role, ()):
            if at < len(self.row.cells):
                yield at, self.row.cells[at].strip()

    def heading(self, role: str) -> str:
        """Return the title of the first column with a role."""
        at = self.table.at.get(role)
        return self.table.titles[at[0]] if at else role

    def shared(self) -> Iterator[str]:
        """Yield the cells beside the period and the value, and those beyond the header."""
        cells = self.row.cells
        yield from (cells[at] for at in self.table.shared if at < len(cells))
        yield from cells[len(self.table.titles) :]

    def note(self, role: str) -> str:
        """Return what the title of a column says in brackets."""
        at = self.table.at.get(role, [])
        column = self.table.columns[at[0]] if at else None
        return column.note if column else ""

    def label(self, role: str) -> str:
        """Return the name of a coded cell."""
        return self.table.form.labels.get((self.heading(role), self.text(role)), "")

    def breakdown(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the codes of the dimensions, and the breakdown in words by title."""
        codes: dict[str, str] = {}
        words: dict[str, str] = {}
        for role in BREAKDOWNS:
            for at, text in self.of(role):
                if is_total(text):
                    continue
                code = dimension_code(role, text, sdmx=self.table.form.sdmx)
                if code == "_T":
                    continue
                if code is not None and role not in codes and role in _CODED:
                    codes[role] = code
                else:
                    words[self.table.titles[at].strip("[]")] = self._words(role, at, text)
        return codes, words

    def _words(self, role: str, at: int, text: str) -> str:
        """Return a value in words: its label, if the table has one."""
        if role == "custom" and (label := self.text("custom_label")):
            return label
        return self.table.form.labels.get((self.table.titles[at], text), text)

    def attributes(self) -> dict[str, str]:
        """Return the codes of the attributes: nature, reporting type and unit."""
        codes = {name: self.text(name) for name in ("nature", "reporting_type")}
        if re.sub(r"\W|_", "", self.heading("unit").partition(":")[0].casefold()) == _UNIT_CODES:
            codes["unit_code"] = self.text("unit")
        return {name: text for name, text in codes.items() if _CODES[name].fullmatch(text)}

    def source(self) -> str:
        """Return the first address among the sources."""
        return next((text for _, text in self.of("source") if is_web_address(text)), "")

    def method(self) -> str:
        """Return the notes of a row: methods, sources in words, and a detail of its period."""
        words = [text for _, text in self.of("method")]
        words += [text for _, text in self.of("source") if not is_web_address(text)]
        detail = self.text("time_detail")
        if detail not in {"", self.text("year"), self.text("year").removesuffix(".0")}:
            words.append(f"Time detail: {detail}")
        return "; ".join(dict.fromkeys(filter(None, words)))

    def cell(self, role: str) -> Cell:
        """Return the cell of a role with its place."""
        return Cell(self.place(role), replace(self.row.place, column=self.heading(role)))

    def omit(self, role: str, code: str, why: str, text: str = "") -> NoReturn:
        """Leave the row out: raise `_OmittedRow` with the warning about it."""
        value = text or self.text(role)
        subject = repr(value) if value else "The row"
        raise _OmittedRow(
            Problem(
                code,
                f"{subject} {why}; the row was left out.",
                "Correct it in the source, or leave it out.",
                replace(self.row.place, column=self.heading(role) if role else None),
                Severity.WARNING,
                value or None,
            )
        )
