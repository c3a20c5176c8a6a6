"""Time series in statistical files, as observations of the RDF Data Cube.

Each series becomes an indicator of ours, linked to the UN's indicator or target that it measures.
A breakdown by sex, age or degree of urbanisation is a dimension of the observation. Each other one
(by bus line) is a separate indicator, so that a key has one value (RDF Data Cube, IC-12).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from importlib.resources import files
from typing import Final

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.cells.sdg_codes import TARGET
from urbansdg.loaders.parse.facts import ReadResult, Record
from urbansdg.loaders.parse.quantities import plain_number, possible_values
from urbansdg.loaders.tables.csv_table import read_table
from urbansdg.loaders.tables.measures import dataset, indicator, observation
from urbansdg.loaders.tables.sdg_framework_tables import INDICATORS
from urbansdg.ontology.iris import Iris, slug

_YEAR: Final = r"(?:19|20)\d\d"
_SPAN: Final = re.compile(rf"({_YEAR})\s*[-/\u2013]\s*({_YEAR}|\d\d)")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
NO_UNIT: Final = "not stated"


@dataclass(frozen=True, slots=True)
class Series:
    """A series: the key of its indicator, its name and unit, and the matching codes of the UN."""

    key: str
    name: str
    unit: str
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesValue:
    """A value in its original spelling, with the place of its row and the headings of its columns.

    `city` is a key; `period` is a year, a part of one, or a span, as the source writes it. `codes`
    are attributes of the UN's SDMX structure, by column of `observations.csv`. `breakdown` maps the
    titles of the source's dimensions to their values, in words or codes. The value is multiplied by
    ten to the power of `multiplier` (`UNIT_MULT`). `status` is a code of `CL_OBS_STATUS`.
    """

    series: Series
    city: str
    period: str
    value: str
    place: Place
    method: str = ""
    source: str = ""
    headings: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    breakdown: Mapping[str, str] = field(default_factory=dict)
    multiplier: int = 0
    status: str = ""


def series_facts(
    cells: dict[str, str], place: Place, values: Iterable[SeriesValue | Problem], iris: Iris
) -> Iterator[ReadResult]:
    """Yield the facts of a data set, its indicators and each value; problems are passed on.

    `cells` are those of the data set (key, title, source, licence). A value that is not a number or
    has no year is omitted with a warning. Two values with one key are found by the draft writer.
    """
    yield from dataset(Record(place, {name: text for name, text in cells.items() if text}), iris)
    known = set[str]()
    for reading in values:
        if isinstance(reading, Problem):
            yield reading
            continue
        row = _row(reading, cells["key"])
        if isinstance(row, Problem):
            yield row
        else:
            if reading.series.key not in known:
                known.add(reading.series.key)
                yield from indicator(_indicator_record(reading), iris)
            yield from observation(row, iris)


def _row(reading: SeriesValue, key: str) -> Record | Problem:
    span = period(reading.period)
    value = decimal(reading.value)
    if span is None:
        return omission_warning(reading, "year", "bad-year", "is not a year or a range of years")
    if value is None:
        return omission_warning(reading, "value", "bad-number", "is not a single number")
    year, over = span
    cells = {
        "dataset": key,
        "city": reading.city,
        "indicator": reading.series.key,
        "year": year,
        "value": value,
        "unit": reading.series.unit or NO_UNIT,
        "method": "; ".join(filter(None, (reading.method, over))),
        "source": reading.source,
        **reading.codes,
    }
    filled = {column: text for column, text in cells.items() if text}
    return Record(reading.place, filled, reading.headings)


def _indicator_record(reading: SeriesValue) -> Record:
    series = reading.series
    cells = {"key": series.key, "name": series.name, "unit": series.unit or NO_UNIT}
    matches = {"matches": " | ".join(series.matches)} if series.matches else {}
    return Record(reading.place, cells | matches)


def period(text: str) -> tuple[str, str] | None:
    """Return the year of a period, and a note if the period is longer than one year.

    A value over several years counts for the last one: `2013-2017` gives 2017 and `Over 2013-2017`.
    """
    bare = text.strip().removesuffix(".0")
    if re.fullmatch(_YEAR, bare):
        return bare, ""
    span = _SPAN.fullmatch(bare)
    if span is None:
        return None
    last = span[2] if len(span[2]) > len("17") else span[1][:2] + span[2]
    return (last, f"Over {span[1]}-{last}") if span[1] < last else None


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
    text = reading.period if column == "year" else reading.value
    heading = reading.headings.get(column, column)
    return Problem(
        code,
        f"{text!r} {why}; the value was omitted.",
        "Correct it in the source, or leave it out.",
        replace(reading.place, column=heading),
        Severity.WARNING,
        text,
    )


def un_codes() -> dict[str, str]:
    """Return the UN's codes of its indicators by their numbers: `11.2.1` -> `C110201`."""
    rows = read_table(files("urbansdg.data").joinpath("sdg_indicators.csv"), INDICATORS)
    records = (row for row in rows if isinstance(row, Record))
    return {record.text("number"): record.text("code") for record in records}


def matching_codes(number: str, codes: dict[str, str]) -> tuple[str, ...]:
    """Return the code of the indicator with a number, or else of its target."""
    bare = number.strip().removeprefix("Target").strip()
    if bare in codes.values():
        return (bare,)
    target = ".".join(bare.split(".")[:2])
    code = codes.get(bare) or (target if re.fullmatch(TARGET, target) else None)
    return (code,) if code else ()


def series_key(*parts: str) -> str:
    """Return the key of a source's indicator, made from its names there."""
    return "-".join(filter(None, (slug(part).replace(".", "-") for part in parts)))
