"""Dates as people write them: `31.3.2024`, `March 2024`, `2024년 3월`, `12 de mayo de 2024`.

A date keeps its precision: a year, a month or a day. A text that can mean two days is a problem
that lists both. Names of months are from the Unicode CLDR, read by Babel.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Final

from babel.dates import get_month_names

from urbansdg.errors import Problem
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.name_keys import LANGUAGES, comparison_key
from urbansdg.loaders.parse.quantities import ambiguous, ascii_digits

_YEAR: Final = r"(?P<year>(?:19|20)\d\d)"
_MONTH: Final = r"(?P<month>\d{1,2})"
_DAY: Final = r"(?P<day>\d{1,2})"
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR}",
        rf"{_YEAR}[-/.]\s?{_MONTH}(?:[-/.]\s?{_DAY})?\.?",
        rf"{_YEAR}{_MONTH}{_DAY}(?<=\d{{8}})",
        rf"{_YEAR}\s?[년年](?:\s?{_MONTH}\s?[월月](?:\s?{_DAY}\s?[일日])?)?",
        rf"{_MONTH}[-/.]\s?{_YEAR}",
        rf"{_YEAR}-{_MONTH}-{_DAY}[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?",
    )
)
# Day and month in either order: `03/04/2024`.
_EITHER: Final = re.compile(rf"(\d{{1,2}})([-/.])\s?(\d{{1,2}})\2\s?{_YEAR}")
_WORD: Final = re.compile(r"[^\W\d_]+")
_SERIAL: Final = date(1899, 12, 30)
"""Day 0 of spreadsheets (the 1900 date system, valid from 1 March 1900)."""

_SERIALS: Final = range(20_000, 80_000)  # 1954 to 2119; other numbers are not likely dates


def day(cell: Cell) -> Iterator[str | Problem]:
    """Parse a year, a month or a day, and write it as XML Schema does."""
    text = ascii_digits(cell.text)
    days = list(dict.fromkeys(_readings(text)))
    if len(days) == 1:
        yield days[0]
    elif days:
        yield ambiguous(cell, days)
    elif text.isdecimal() and int(text) in _SERIALS:
        candidate = _SERIAL + timedelta(int(text))
        yield ambiguous(cell, [candidate.isoformat()])
    else:
        yield _no_date(cell)


def year(cell: Cell) -> Iterator[str | Problem]:
    """Parse a year; a full date counts as its year only if it is 1 January."""
    text = (
        re.sub(r"^(FY|Y)\s?", "", ascii_digits(cell.text), flags=re.IGNORECASE)
        .removesuffix("년")
        .strip()
    )
    if re.fullmatch(_YEAR, text):
        yield text
    elif re.fullmatch(rf"{_YEAR}-01-01", text):
        yield text[:4]
    else:
        yield cell.problem(
            "bad-year",
            f"{cell.text!r} is not a single year.",
            "Write four digits: 2024. For several years, add one row for each.",
        )


def _readings(text: str) -> Iterator[str]:
    for pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match:
            parts = {"month": None, "day": None, **match.groupdict()}
            yield from _existing(parts["year"], parts["month"], parts["day"])
            return
    match = _EITHER.fullmatch(text)
    if match:
        one, mark, other, of_year = match.groups()
        yield from _existing(of_year, other, one)
        if mark != ".":  # with points, the day is always before the month
            yield from _existing(of_year, one, other)
    else:
        yield from _with_month_name(text)


def _with_month_name(text: str) -> Iterator[str]:
    """Parse a date in which the month is a word."""
    numbers = re.findall(r"\d+", text)
    words = [comparison_key(word) for word in _WORD.findall(text)]
    months = {_months()[word] for word in words if word in _months()}
    strange = [word for word in words if word not in _months() and word not in _FILLERS]
    years = [number for number in numbers if re.fullmatch(_YEAR, number)]
    days = [number for number in numbers if number not in years]
    if len(months) == 1 and not strange and len(years) == 1 and len(days) <= 1:
        yield from _existing(years[0], str(months.pop()), days[0] if days else None)


_FILLERS: Final = {"de", "del", "of", "st", "nd", "rd", "th", "er", "le", "el", "the"}


@cache
def _months() -> dict[str, int]:
    """Return the numbers of the months by full and abbreviated name."""
    return {
        comparison_key(name): number
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=language).items()
        if not name[:1].isdecimal()
    } | {"sept": 9}


def _existing(of_year: str | None, month: str | None, of_month: str | None) -> Iterator[str]:
    """Yield the date in ISO 8601 if the calendar has it."""
    if month is None:
        yield str(of_year)
        return
    try:
        whole = date(int(of_year or 0), int(month), int(of_month or 1))
    except ValueError:
        return
    yield whole.isoformat() if of_month else f"{whole:%Y-%m}"


def _no_date(cell: Cell) -> Problem:
    return cell.problem(
        "bad-date",
        f"{cell.text!r} is not a calendar date.",
        "Write 2024, 2024-03 or 2024-03-31, as precisely as known.",
    )


def duration(cell: Cell) -> Iterator[str | Problem]:
    """Parse a duration: `2:30` (minutes and seconds), `0:02:30`, `PT2M30S`."""
    text = ascii_digits(cell.text)
    clock = re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)", text)
    if re.fullmatch(r"PT(?=\d)(\d+H)?(\d+M)?(\d+S)?", text):
        yield text
    elif clock:
        yield _of_seconds(int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3]))
    else:
        yield cell.problem(
            "bad-duration",
            f"{cell.text!r} is not a duration.",
            "Write hours, minutes and seconds: 0:02:30.",
        )


def _of_seconds(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (rest, "S"))
    return "PT" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0S")
