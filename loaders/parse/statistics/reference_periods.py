"""Periods of statistical values: `2020`, `2020-05`, `2020-Q1`, `2013-2017`, `Q1 2020`.

A period keeps its precision. A year, a month and a day are written as XML Schema writes them. Every
other one is an interval of the Extended Date/Time Format (Library of Congress, EDTF level 0;
ISO 8601-2): `2013/2017` for five years, `2020-01/2020-03` for a quarter. Its text sorts by its
start, as that of the others does. The forms that are read include those of SDMX (SDMX 2.1, section
6, part 4.2): `2020-Q1`, `2020-S1`, `2020-M05`, `2020-W05`, `2020-D032`, `2013-01-01/P5Y`.
"""

import re
from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from urbansdg.loaders.parse import calendar_dates
from urbansdg.loaders.parse.cell_values import Terms, date_literal
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.quantities import ascii_digits
from urbansdg.ontology.namespaces import EDTF

_YEAR: Final = r"(?:1[89]|20)\d\d"
_FORM: Final = re.compile(rf"{_YEAR}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_PART: Final = _FORM.pattern
_INTERVAL: Final = re.compile(rf"({_PART})/({_PART})")
_SPAN: Final = re.compile(
    rf"(?:fy\s*)?({_YEAR})\s*년?\s*(?:[-\u2010-\u2015/~\u301c]|to|bis|\u00e0|au|al?|at\u00e9|"
    rf"\u043f\u043e|\u81f3|\u5230)\s*({_YEAR}|\d\d)\s*년?"
)
_CODED: Final = re.compile(rf"({_YEAR})-?([asbhqtmwd])(\d{{1,3}})")
_DURATION: Final = re.compile(rf"({_PART})(?:t[\d:.]+z?)?/p(\d{{1,3}})([ymwd])")
_BETWEEN: Final = re.compile(rf"({_PART})(?:t[\d:.]+z?)?/({_PART})(?:t[\d:.]+z?)?")
_QUARTER: Final = re.compile(
    r"(?<![^\W\d_])(?:q|t|quarter|quartal|trimestre|trim|кв|квартал\w*)(?![^\W\d_])|"
    r"분기|四半期|季度?|الربع"
)
_HALF: Final = re.compile(
    r"(?<![^\W\d_])(?:h|s|half(?:[- ]?year)?|halbjahr|semest(?:er|re)|полугоди\w*)(?![^\W\d_])|"
    r"반기|半期|半年"
)
_ORDINAL: Final = {
    **dict.fromkeys(("i", "first", "premier", "primer", "primeiro", "primo", "erstes"), 1),
    **dict.fromkeys(("ii", "second", "segundo", "secondo", "zweites", "deuxième"), 2),
    **dict.fromkeys(("iii", "third", "tercer", "terceiro", "terzo", "drittes", "troisième"), 3),
    **dict.fromkeys(("iv", "fourth", "cuarto", "quarto", "viertes", "quatrième"), 4),
    **dict(zip("一二三四", (1, 2, 3, 4), strict=True)),
}
_MONTHS_OF_PART: Final = {"s": 6, "h": 6, "b": 6, "q": 3, "t": 4, "m": 1}


def interval(first: date, last: date) -> str:
    """Return the period from one day to another, in the largest unit that states it exactly."""
    whole_months = first.day == 1 and (last + timedelta(1)).day == 1
    if whole_months and (first.month, last.month) == (1, 12):
        texts = f"{first.year:04}", f"{last.year:04}"
    elif whole_months:
        texts = first.isoformat()[:7], last.isoformat()[:7]
    else:
        texts = first.isoformat(), last.isoformat()
    return texts[0] if texts[0] == texts[1] else "/".join(texts)


@lru_cache(maxsize=4096)  # a table has few periods and many rows
def possible_periods(text: str) -> tuple[str, ...]:
    """Return the possible meanings of a period: none, one, or two if it is ambiguous.

    `2011-12` can be December 2011 or the years 2011 and 2012.
    """
    bare = ascii_digits(text).removesuffix(".0").lower()
    if re.fullmatch(_YEAR, bare):
        return (bare,)
    return tuple(dict.fromkeys(_readings(bare, text)))


def months_or_spans(texts: Iterable[str]) -> str | None:
    """Return what `2011-12` means in a column: `month`, `span`, or None if no text decides it."""
    kinds = set[str]()
    for text in texts:
        if re.fullmatch(rf"{_YEAR}-\d\d", text):
            readings = possible_periods(text)
            if len(readings) == 1:
                kinds.add("span" if "/" in readings[0] else "month")
    return kinds.pop() if len(kinds) == 1 else None


def period_in_column(text: str, usual: str | None) -> str | None:
    """Return a period, read as the other texts of its column are; None if it cannot be read."""
    readings = possible_periods(text)
    if len(readings) == 1:
        return readings[0]
    chosen = [reading for reading in readings if ("/" in reading) == (usual == "span")]
    return chosen[0] if usual and len(chosen) == 1 else None


def reference_period(cell: Cell) -> Terms:
    """Yield the literal of a period in the form that `interval` returns."""
    text = cell.text
    if _INTERVAL.fullmatch(text):
        yield ox.Literal(text, datatype=ox.NamedNode(EDTF))
    elif _FORM.fullmatch(text) and (literal := date_literal(text)) is not None:
        yield literal
    else:
        yield cell.problem(
            "bad-year",
            f"{text!r} is not a year, month, day or interval.",
            "Write 2026, 2026-05, 2026-05-31, or 2013/2017 for several years.",
        )


def _readings(bare: str, text: str) -> Iterator[str]:
    if span := _SPAN.fullmatch(bare):
        yield from _years(span[1], span[2])
    if coded := _CODED.fullmatch(bare):
        yield from _coded(int(coded[1]), coded[2], int(coded[3]))
    elif duration := _DURATION.fullmatch(bare):
        yield from _lasting(duration[1], int(duration[2]), duration[3])
    elif between := _BETWEEN.fullmatch(bare):
        yield from _between(between[1], between[2])
    elif part := _part_of_year(bare):
        yield part
    elif span is None or "-" in bare:
        yield from _day(text)


def _day(text: str) -> Iterator[str]:
    """Yield a year, a month or a day in words."""
    days = calendar_dates.readings(text)
    if len(days) == 1 and _FORM.fullmatch(days[0]):
        yield days[0]


def _years(first: str, last: str) -> Iterator[str]:
    end = last if len(last) == len(first) else first[:2] + last
    if len(last) != len(first) and last == "00":  # 1999/00
        end = str((int(first) // 100 + 1) * 100)
    if first < end:
        yield f"{first}/{end}"


def _coded(year: int, kind: str, number: int) -> Iterator[str]:
    """Yield the meanings of a period as SDMX codes it; a trimester has four months there."""
    if kind == "a":
        yield from [str(year)] * (number == 1)
    elif kind == "w":
        yield from _week(year, number)
    elif kind == "d":
        if 1 <= number <= 365 + isleap(year):
            yield (date(year, 1, 1) + timedelta(number - 1)).isoformat()
    else:
        yield from _months(year, _MONTHS_OF_PART[kind], number)
        if kind == "t":
            yield from _months(year, _MONTHS_OF_PART["q"], number)


def _week(year: int, number: int) -> Iterator[str]:
    try:
        yield interval(date.fromisocalendar(year, number, 1), date.fromisocalendar(year, number, 7))
    except ValueError:
        return


def _months(year: int, length: int, number: int) -> Iterator[str]:
    if 1 <= number <= 12 // length:
        last = number * length
        yield interval(
            date(year, last - length + 1, 1), date(year, last, monthrange(year, last)[1])
        )


def _part_of_year(bare: str) -> str | None:
    """Return a quarter or half of a year in words: `Q1 2020`, `1. Quartal 2020`, `2020년 1분기`."""
    for pattern, length in ((_QUARTER, 3), (_HALF, 6)):
        spaced = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])|[年년第제]", " ", bare)
        if not pattern.search(spaced):
            continue
        years = re.findall(rf"(?<!\d){_YEAR}(?!\d)", spaced)
        rest = re.sub(_YEAR, " ", pattern.sub(" ", spaced), count=1)
        numbers = [int(digit) for digit in re.findall(r"(?<!\d)[1-4](?!\d)", rest)]
        numbers += [_ORDINAL[word] for word in re.findall(r"[^\W\d_]+", rest) if word in _ORDINAL]
        if "상" in rest or "上" in rest:
            numbers.append(1)
        elif "하" in rest or "下" in rest:
            numbers.append(2)
        if (
            len(years) == 1
            and len(numbers) == 1
            and len(bare) < len("the second quarter of 2020  ")
        ):
            return next(_months(int(years[0]), length, numbers[0]), None)
    return None


def _days(text: str) -> tuple[date, date] | None:
    """Return the first and the last day of a year, a month or a day."""
    try:
        first = date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return None
    if len(text) == len("2020-05-31"):
        return first, first
    month = first.month if len(text) == len("2020-05") else 12
    return first, date(first.year, month, monthrange(first.year, month)[1])


def _between(start: str, end: str) -> Iterator[str]:
    first, last = _days(start), _days(end)
    if first and last and first[0] < last[1]:
        yield interval(first[0], last[1])


def _lasting(start: str, count: int, unit: str) -> Iterator[str]:
    days = _days(start)
    if days is None or count == 0:
        return
    first = days[0]
    if unit in "ym":
        months = first.year * 12 + first.month - 1 + count * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        after = date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
    else:
        after = first + timedelta(count * (7 if unit == "w" else 1))
    yield interval(first, after - timedelta(1))
