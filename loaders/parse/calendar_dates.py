"""Readings of a date as people write it: `31.3.2024`, `March 2024`, `2024년 3월`, `令和6年3月`.

A date keeps its precision: a year, a month or a day. A text has no reading, one, or several.
Names of months and of days of the week are from the Unicode CLDR, read by Babel. The library
dateparser is not used: it completes a date with parts of the present day, and knows one order of
day and month for each language, where this reader needs all readings.
`urbansdg.loaders.cells.dates` turns readings into values and problems.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Final

from babel.dates import get_day_names, get_month_names

from urbansdg.loaders.parse.name_keys import LANGUAGES, comparison_key
from urbansdg.loaders.parse.quantities import ascii_digits

_LOCALES: Final = (
    *LANGUAGES,
    *(
        "de",
        "pt",
        "it",
        "nl",
        "ca",
        "sv",
        "da",
        "nb",
        "fi",
        "pl",
        "tr",
        "id",
        "ro",
        "ru",
        "uk",
        "el",
    ),
)
"""Languages of month names: those of the workbook, and others that cities write in."""

YEAR: Final = r"(?:1[89]|2[01])\d\d"
_Y: Final = rf"(?P<year>{YEAR})"
_M: Final = r"(?P<month>\d{1,2})"
_D: Final = r"(?P<day>\d{1,2})"
_MARK: Final = r"\s?[-/.]\s?"
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_Y}",
        rf"{_Y}{_MARK}{_M}(?:{_MARK}{_D})?",
        rf"{_Y}{_M}{_D}(?<=\d{{8}})",
        rf"{_Y}\s?[년年](?:\s?{_M}\s?[월月](?:\s?{_D}\s?[일日号]?)?)?",
        rf"{_M}{_MARK}{_Y}",
    )
)
_EITHER: Final = re.compile(rf"(\d{{1,2}})({_MARK})(\d{{1,2}}){_MARK}{_Y}")
"""Day and month in either order: `03/04/2024`."""

_SHORT: Final = re.compile(r"(\d\d?)\s?([-/.])\s?(\d\d?)\s?\2\s?['\u2019]?(\d\d)")
"""Three short numbers, one of which is a year without its century: `31/12/24`."""

_CLOCK: Final = re.compile(
    r"[T ,]+\d{1,2}:\d\d(:\d\d(\.\d+)?)?\s?([ap]\.?m\.?)?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?$",
    re.IGNORECASE,
)
_EAST_ASIAN_WEEKDAY: Final = re.compile(
    r"(?<=[일日号.])\s?(?:\(?(?:[월화수목금토일]요일|[日月火水木金土]曜日?|(?:星期|周|週)[一二三四五六日天])\)?"
    r"|\([월화수목금토일日月火水木金土]\))$"
)
"""The day of the week after a date."""

_ERA: Final = re.compile(
    rf"(?P<era>令和|平成|昭和|大正|明治|民國|民国)\s?(?P<of_era>元|\d{{1,3}})\s?年"
    rf"(?:\s?{_M}\s?月(?:\s?{_D}\s?日)?)?"
)
_BEFORE_ERA: Final = {
    "令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "民國": 1911, "民国": 1911
}  # fmt: skip
BUDDHIST: Final = 543
"""Years between the Buddhist era, which Thailand counts by, and the common era."""

_BUDDHIST: Final = re.compile(
    r"(?:(?:พ\.?\s?ศ\.?|b\.?\s?e\.?)\s?(?P<after>2[3-6]\d\d)"
    r"|(?P<before>2[3-6]\d\d)\s?\(?(?:พ\.?\s?ศ\.?|b\.?\s?e\.?)\)?)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_FILLERS: Final = frozenset({
    *("of", "st", "nd", "rd", "th", "the", "on", "day"),
    *("de", "del", "el", "er", "le", "d", "du", "o", "a", "do", "da", "den", "di", "il", "van"),
    *("\u0433", "года", "год", "\u0440", "року"),
})  # fmt: skip
_PIVOT: Final = 50
"""A year without its century is of 1950 to 2049: plans, and policies that still have effect."""

_SHORT_YEAR: Final = 2
_EAST_ASIAN: Final = frozenset({"ko", "ja", "zh"})
"""Languages that write the year first, also with points."""


def readings(text: str, language: str = "en") -> list[str]:
    """Return the dates that a text can mean, as ISO 8601 writes them: `2024-03-31`, `2024-03`.

    `language` is that of the text; it matters only for a date of three short numbers with points.

    >>> readings("03/04/2025"), readings("31. Dezember 2024"), readings("31 Feb 2024")
    (['2025-04-03', '2025-03-04'], ['2024-12-31'], [])
    """
    plain = re.sub(r"\s+", " ", ascii_digits(text)).rstrip("., ")
    bare = _EAST_ASIAN_WEEKDAY.sub("", _CLOCK.sub("", plain))
    dates = list(dict.fromkeys(_readings(bare, language)))
    day = all(len(day) == len("2024-03-31") for day in dates)
    return dates if bare == plain or day else []


def _readings(text: str, language: str) -> Iterator[str]:
    for pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match:
            parts = {"month": None, "day": None, **match.groupdict()}
            yield from existing(parts["year"], parts["month"], parts["day"])
            return
    for way in (_either_order, _of_era, _with_month_name):
        dates = list(way(text))
        if dates:
            yield from dates
            return
    yield from _without_century(text, language)


def _either_order(text: str) -> Iterator[str]:
    match = _EITHER.fullmatch(text)
    if match:
        one, mark, other, of_year = match.groups()
        yield from existing(of_year, other, one)
        if mark.strip() != ".":  # with points, the day is always before the month
            yield from existing(of_year, one, other)


def _of_era(text: str) -> Iterator[str]:
    match = _ERA.fullmatch(text)
    if match:
        of_era = 1 if match["of_era"] == "元" else int(match["of_era"])
        yield from existing(str(_BEFORE_ERA[match["era"]] + of_era), match["month"], match["day"])
    buddhist = _BUDDHIST.fullmatch(text)
    if buddhist:
        yield str(int(buddhist["after"] or buddhist["before"]) - BUDDHIST)


def _with_month_name(text: str) -> Iterator[str]:
    """Parse a date in which the month is a word; the name of a day of the week may be beside it."""
    numbers = re.findall(r"\d+", text)
    years = [number for number in numbers if re.fullmatch(YEAR, number)]
    days = [number for number in numbers if number not in years]
    if not years and [len(number) for number in days[1:]] == [_SHORT_YEAR]:  # `31-Dec-24`
        years, days = [_with_century(days[1])], days[:1]
    months = _months_in(_WORD.findall(text), has_day=bool(days))
    if months and len(years) == 1 and len(days) <= 1:
        for month in sorted(months):
            yield from existing(years[0], str(month), days[0] if days else None)


def _months_in(words: list[str], *, has_day: bool) -> frozenset[int]:
    """Return the numbers of the month that words name, or none if there is a word of another kind.

    An abbreviation such as `mar.` is a month in some languages and a day of the week in others. It
    is no day of the week in a date without a day: `Jan-Mar 2021` is not January.
    """
    keys = [comparison_key(word) for word in words]
    roman = [word for word in words if word in _ROMAN]
    named = [key for key in keys if key in _months()]
    if any(key not in _months() and key not in _other_words() for key in keys if key not in named):
        return frozenset({_ROMAN.index(roman[0]) + 1} if roman == words[:1] == words else ())
    certain = [key for key in named if not has_day or key not in _week()] or named
    return frozenset.intersection(*(_months()[key] for key in certain)) if certain else frozenset()


@cache
def _months() -> Mapping[str, frozenset[int]]:
    """Return the numbers of the months that a full or abbreviated name has in any language."""
    names: dict[str, set[int]] = {"sept": {9}}
    for locale in _LOCALES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, locale=locale).items():
                    key = comparison_key(name)
                    if not key[:1].isdecimal():
                        names.setdefault(key, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in names.items()}


@cache
def _week() -> frozenset[str]:
    """Return the full and abbreviated names of the days of the week, word by word."""
    names = (
        name
        for locale in _LOCALES
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for name in get_day_names(width, context, locale=locale).values()
    )
    return frozenset(word for name in names for word in comparison_key(name).split())


@cache
def _other_words() -> frozenset[str]:
    return _FILLERS | _week()


def _without_century(text: str, language: str) -> Iterator[str]:
    """Parse `31/12/24`: day, month and year; month, day and year; or year, month and day."""
    match = _SHORT.fullmatch(text)
    if not match:
        return
    one, mark, two, three = match.groups()
    yield from existing(_with_century(three), two, one)
    if mark != ".":
        yield from existing(_with_century(three), one, two)
    if len(one) == _SHORT_YEAR and (mark != "." or language in _EAST_ASIAN):
        yield from existing(_with_century(one), two, three)


def _with_century(short: str) -> str:
    return f"{'20' if int(short) < _PIVOT else '19'}{short}"


def existing(of_year: str | None, month: str | None, of_month: str | None) -> Iterator[str]:
    """Yield the date in ISO 8601 if the calendar has it; without a day a month, or a year."""
    if month is None:
        yield str(of_year)
        return
    try:
        whole = date(int(of_year or 0), int(month), int(of_month or 1))
    except ValueError:
        return
    yield whole.isoformat() if of_month else f"{whole:%Y-%m}"
