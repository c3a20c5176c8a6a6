"""Time series in statistical files, as observations of the RDF Data Cube.

Each series becomes an indicator of ours, linked to the UN's indicator or target that it measures.
Breakdowns are dimensions of the observation, with the UN's codes where they exist; a breakdown
without codes (by bus line) is text in `usdg:customBreakdown`. Observations with dimensions beyond
the common ones form a data set of their own, whose structure has these dimensions, so that every
observation has a value of each (RDF Data Cube, IC-11) and a key has one value (IC-12).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal
from functools import cache
from operator import is_not
from typing import Final, Protocol

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.cells.sdg_codes import TARGET
from urbansdg.loaders.parse.facts import LISTED, ReadResult, Record
from urbansdg.loaders.parse.quantities import plain_number, possible_values
from urbansdg.loaders.parse.statistics.observation_attributes import (
    MISSING,
    is_no_value,
    status_code,
)
from urbansdg.loaders.parse.statistics.reference_periods import possible_periods
from urbansdg.loaders.parse.statistics.sdmx_codes import divide_breakdown
from urbansdg.loaders.tables.csv_table import bundled_records
from urbansdg.loaders.tables.measures import (
    FURTHER_DIMENSIONS,
    dataset,
    distinct_slug,
    indicator,
    observation,
)
from urbansdg.loaders.tables.sdg_framework_tables import INDICATORS
from urbansdg.ontology.iris import Iris

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
NO_UNIT: Final = "not stated"
_LARGEST: Final = 20
_FINEST: Final = 18
_PER_CENT: Final = {
    "%": "per-cent",
    "\u2030": "per-mille",
    "\u20ac": "eur",
    "\u00a3": "gbp",
    "$": "usd",
}
_NORMAL: Final = "A"


class ValueArea(Protocol):
    """The area of a value, such as `ReferenceArea` of the gazetteer."""

    @property
    def iri(self) -> str:
        """The IRI of the area."""

    @property
    def key(self) -> str:
        """The part of the area in the IRI of an observation."""

    def facts(self, iris: Iris) -> Iterator[ReadResult]:
        """Yield the facts of a new area."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series: the key of its indicator, its name and unit, and the matching codes of the UN.

    `language` is that of the name, the unit and the methods of the values.
    """

    key: str
    name: str
    unit: str
    matches: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class SeriesValue:
    """A value in its original spelling, with the place of its row and the headings of its columns.

    `area` is what the value is about. `period` is a year, a part of one, or a span, as the source
    writes it. `breakdown` maps the titles of the source's dimensions to their values, in words or
    codes; `codes` are attributes and dimensions of the UN's SDMX structure by column, such as
    `area_kind` or `unit_code`. The value is multiplied by ten to the power of `multiplier`
    (`UNIT_MULT`). `status` is a code of `CL_OBS_STATUS` or its name.
    """

    series: Series
    area: ValueArea
    period: str
    value: str
    place: Place
    method: str = ""
    source: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    breakdown: Mapping[str, str] = field(default_factory=dict)
    multiplier: int = 0
    status: str = ""


def series_facts(
    cells: dict[str, str], place: Place, values: Iterable[SeriesValue | Problem], iris: Iris
) -> Iterator[ReadResult]:
    """Yield the facts of a data set, its indicators and each value; problems are passed on.

    `cells` are those of the data set (key, title, source, licence). A value that is not a number,
    has no period or is missing by its status is omitted with a warning. The draft writer finds two
    values that would become one observation.
    """
    stated_cells = {name: text for name, text in cells.items() if text}
    yield from dataset(Record(place, stated_cells), iris)
    key = cells["key"]
    stated, shared = {("dataset", key)}, _SharedCells(key)
    for reading in values:
        if isinstance(reading, Problem):
            yield reading
            continue
        row = _row(reading, shared)
        if isinstance(row, Problem):
            yield row
            continue
        if ("area", reading.area.iri) not in stated:
            stated.add(("area", reading.area.iri))
            yield from reading.area.facts(iris)
        if ("dataset", row.text("dataset")) not in stated:
            stated.add(("dataset", row.text("dataset")))
            yield from _dataset_by(_further(row.cells), stated_cells, place, iris)
        if ("series", reading.series.key) not in stated:
            stated.add(("series", reading.series.key))
            yield from indicator(_indicator_record(reading), iris)
        yield from observation(row, iris)


def _dataset_by(
    dimensions: list[str], cells: dict[str, str], place: Place, iris: Iris
) -> Iterator[ReadResult]:
    """Yield the facts of the data set of the values with further dimensions."""
    title = f"{cells['title']}, by {' and '.join(dimensions)}"
    names = {"key": _dataset_key(cells["key"], dimensions), "dimensions": LISTED.join(dimensions)}
    yield from dataset(Record(place, {**cells, "title": title, **names}), iris)


def _dataset_key(key: str, dimensions: list[str]) -> str:
    return f"{key}-by-{'-'.join(dimensions)}" if dimensions else key


def _further(cells: Mapping[str, str]) -> list[str]:
    return [name for name in FURTHER_DIMENSIONS if name in cells]


@dataclass(slots=True)
class _SharedCells:
    """The cells of an observation beside its period and value: most rows share those of the last.

    They are compared by identity, which costs less than making them again.
    """

    key: str
    parts: tuple[object, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)

    def of(self, reading: SeriesValue, status: str) -> dict[str, str]:
        """Return the cells that are not empty."""
        parts = (
            *(reading.series, reading.area, reading.codes, reading.breakdown),
            *(reading.method, reading.source, status),
        )
        if len(self.parts) != len(parts) or any(map(is_not, self.parts, parts)):
            self.parts = parts
            self.cells = self._cells(reading, status)
        return self.cells

    def _cells(self, reading: SeriesValue, status: str) -> dict[str, str]:
        codes, words = divide_breakdown(reading.breakdown)
        cells = {
            "area": reading.area.iri,
            "area_key": reading.area.key,
            "indicator": reading.series.key,
            "unit": reading.series.unit or NO_UNIT,
            "method": reading.method,
            "source": reading.source,
            "status": "" if status == _NORMAL else status,
            "custom": custom_breakdown(words),
            **codes,
            **reading.codes,
        }
        filled = {column: text for column, text in cells.items() if text}
        return filled | {"dataset": _dataset_key(self.key, _further(filled))}


def _row(reading: SeriesValue, shared: _SharedCells) -> Record | Problem:
    status = status_code(reading.status) if reading.status else _NORMAL
    periods = possible_periods(reading.period)
    if len(periods) != 1:
        return omission_warning(reading, "year", "bad-year", _no_period(periods))
    if status is None:
        return omission_warning(reading, "status", "unknown-status", "is not a known status")
    if status in MISSING:
        return omission_warning(
            reading, "status", "missing-value", "says that the value is missing"
        )
    number = _number(reading)
    if isinstance(number, Problem):
        return number
    stated = {"year": periods[0], "value": number}
    cells = {**shared.of(reading, status), **stated}
    return Record(reading.place, cells, reading.headings, reading.series.language)


def _number(reading: SeriesValue) -> str | Problem:
    value = decimal(reading.value)
    if value is None and is_no_value(reading.value):
        return omission_warning(reading, "value", "no-value", "is not a value")
    if value is None:
        return omission_warning(reading, "value", "bad-number", "is not a single number")
    number = calculable(scaled(value, reading.multiplier))
    if number is None:
        why = f"is beyond 10^{_LARGEST} or closer to 0 than 10^-{_FINEST}"
        return omission_warning(reading, "value", "bad-number", why)
    return number


def _no_period(periods: tuple[str, ...]) -> str:
    if periods:
        return f"can mean {' or '.join(periods)}"
    return "is not a year, a part of a year or a range of years"


def _indicator_record(reading: SeriesValue) -> Record:
    series = reading.series
    cells = {"key": series.key, "name": series.name, "unit": series.unit or NO_UNIT}
    matches = {"matches": LISTED.join(series.matches)} if series.matches else {}
    return Record(reading.place, cells | matches, language=series.language)


def custom_breakdown(words: Mapping[str, str]) -> str:
    """Return a breakdown in words as one text: `Line: 4; Operator: City`, ordered by title."""
    return "; ".join(f"{title}: {words[title]}" for title in sorted(words))


def scaled(number: str, power: int) -> str:
    """Return a decimal number times a power of ten, exactly."""
    if power == 0:
        return number
    sign, digits, exponent = Decimal(number).as_tuple()
    shifted = exponent + power if isinstance(exponent, int) else power
    return plain_number(Decimal((sign, digits, shifted)))


def calculable(number: str) -> str | None:
    """Return a decimal number that queries can calculate with, or None if there is none.

    The engine has 128 bits for an `xsd:decimal`, of which 18 digits are a fraction. A literal
    beyond that counts for nothing there: sums and filters leave it out. A longer fraction is
    rounded.
    """
    if len(number) <= _FINEST:  # the usual case: no part of it is longer
        return number
    whole, _, fraction = number.lstrip("+-").partition(".")
    if len(whole.lstrip("0")) > _LARGEST:
        return None
    if len(fraction) <= _FINEST:
        return number
    digits = Context(prec=_LARGEST + _FINEST + 1)
    rounded = Decimal(number).quantize(Decimal(1).scaleb(-_FINEST), context=digits)
    return plain_number(rounded) if rounded or not Decimal(number) else None


def decimal(text: str) -> str | None:
    """Return a number of a data file as a decimal without an exponent.

    A decimal comma is accepted if it cannot separate thousands. Returns None for a text that is not
    a number or is ambiguous.
    """
    bare = text.strip()
    if _NUMBER.fullmatch(bare):
        return plain_number(Decimal(bare))
    numbers = possible_values(bare)
    return plain_number(numbers[0]) if len(numbers) == 1 else None


def omission_warning(reading: SeriesValue, column: str, code: str, why: str) -> Problem:
    """Return the warning about an omitted value."""
    texts = {"year": reading.period, "status": reading.status}
    text = texts.get(column, reading.value)
    heading = reading.headings.get(column, column)
    return Problem(
        code,
        f"{text!r} {why}; the value was omitted.",
        "Correct it in the source, or leave it out.",
        replace(reading.place, column=heading),
        Severity.WARNING,
        text,
    )


@cache
def un_codes() -> Mapping[str, str]:
    """Return the UN's codes of its indicators by their numbers: `11.2.1` -> `C110201`.

    An indicator with several numbers has its code under each: `1.5.1`, `11.5.1` and `13.1.1`.
    """
    return {
        number.strip(): row.text("code")
        for row in bundled_records("sdg_indicators.csv", INDICATORS)
        for number in row.text("number").split(LISTED.strip())
    }


def matching_codes(number: str, codes: Mapping[str, str]) -> tuple[str, ...]:
    """Return the code of the indicator with a number, or else of its target."""
    bare = number.strip().removeprefix("Target").strip()
    if bare in codes.values():
        return (bare,)
    target = ".".join(bare.split(".")[:2])
    code = codes.get(bare) or (target if re.fullmatch(TARGET, target) else None)
    return (code,) if code else ()


def series_key(*parts: str) -> str:
    """Return the key of a source's indicator, made from its names there."""
    named = (_PER_CENT.get(part.strip(), part) for part in parts if part.strip())
    return "-".join(filter(None, (distinct_slug(part).replace(".", "-") for part in named)))
