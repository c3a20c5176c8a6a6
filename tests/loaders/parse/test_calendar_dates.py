"""Dates that are written in any spelling are read back."""

from collections.abc import Callable
from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.loaders.parse.calendar_dates import readings

_DATES = st.dates(date(1950, 1, 1), date(2099, 12, 31))
_LOCALES = (
    *("en_US", "en_GB", "ko", "fr", "es", "de", "pt", "pt_PT", "it", "nl", "ca", "sv", "da", "nb"),
    *("fi", "pl", "tr", "id", "ro", "ru", "uk", "el", "ja", "zh"),
)
_EAST_ASIA = {"ko", "ja", "zh"}
_IN_NUMBERS: dict[str, Callable[[date], str]] = {
    "2025-03-31": lambda day: day.isoformat(),
    "2025/3/31": lambda day: f"{day.year}/{day.month}/{day.day}",
    "2025. 3. 31.": lambda day: f"{day.year}. {day.month}. {day.day}.",
    "31.03.2025": lambda day: f"{day:%d.%m.%Y}",
    "31. 3. 2025": lambda day: f"{day.day}. {day.month}. {day.year}",
    "20250331": lambda day: f"{day:%Y%m%d}",
    "2025년 3월 31일": lambda day: f"{day.year}년 {day.month}월 {day.day}일",
    "2025年3月31日": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "2025-03-31T12:00:00Z": lambda day: f"{day.isoformat()}T12:00:00Z",
    "2025년 3월 31일 (월)": lambda day: f"{day:%Y년 %m월 %d일} ({'월화수목금토일'[day.weekday()]})",
    "31-Mar-2025": lambda day: f"{day.day}-{format_date(day, 'MMM', 'en')}-{day.year}",
}


@pytest.mark.parametrize("spelling", _IN_NUMBERS)
@given(day=_DATES)
def test_a_day_in_numbers_is_read_back(spelling: str, day: date) -> None:
    """Every day is read back from every spelling that has one order."""
    assert readings(_IN_NUMBERS[spelling](day)) == [day.isoformat()]


@pytest.mark.parametrize("locale", _LOCALES)
@given(day=_DATES, width=st.sampled_from(["long", "full"]))
def test_a_day_in_words_is_read_back(locale: str, day: date, width: str) -> None:
    """Every day is read back as the CLDR writes it, with and without the day of the week."""
    assert readings(format_date(day, width, locale)) == [day.isoformat()]


@pytest.mark.parametrize("locale", [locale for locale in _LOCALES if locale not in _EAST_ASIA])
@given(day=_DATES, pattern=st.sampled_from(["LLLL y", "MMMM y", "MMM y"]))
def test_a_month_keeps_its_precision(locale: str, day: date, pattern: str) -> None:
    """A month and a year are read as a month, in full and abbreviated."""
    assert readings(format_date(day, pattern, locale)) == [f"{day:%Y-%m}"]


@given(day=_DATES, mark=st.sampled_from("/-"), month_first=st.booleans())
def test_both_orders_of_day_and_month_are_readings(day: date, mark: str, month_first: bool) -> None:  # noqa: FBT001
    """Slashes have two readings where both are days, one where the other is not."""
    parts = (day.month, day.day) if month_first else (day.day, day.month)
    dates = readings(f"{parts[0]:02}{mark}{parts[1]:02}{mark}{day.year}")
    assert day.isoformat() in dates
    assert len(dates) == (2 if day.day <= 12 and day.day != day.month else 1)


@given(st.text(max_size=25))
def test_a_reading_is_a_date_of_the_calendar(text: str) -> None:
    """Whatever a text is, its readings are dates."""
    for reading in readings(text):
        date.fromisoformat((reading + "-01-01")[: len("2025-01-01")])
