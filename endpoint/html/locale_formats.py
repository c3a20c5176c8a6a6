"""Numbers, money and dates in the format of a language (Unicode CLDR, with Babel)."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_currency, format_decimal, get_currency_name
from pyoxigraph import Literal

from urbansdg.ontology.namespaces import PREFIXES

_XSD: Final = PREFIXES["xsd"]
_LONGEST: Final = 40  # longer numbers are shown as they are
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_WHOLE: Final = "#,##0.######"


def figure(value: Literal, locale: Locale) -> str | None:
    """Return a number or a date in the format of a language, None for other values."""
    write = _WRITERS.get(value.datatype.value)
    if write is None or len(value.value) > _LONGEST:
        return None
    try:
        return write(value.value, locale)
    except (ValueError, InvalidOperation, OverflowError):
        return None  # an invalid date or number is shown as it is


def money(amount: Literal, currency: str, locale: Locale) -> str | None:
    """Return an amount with its currency, None if either is invalid."""
    if len(amount.value) > _LONGEST or not _CURRENCY.fullmatch(currency):
        return None
    try:
        number = Decimal(amount.value)
        if not number.is_finite():
            return None
        pattern = locale.currency_formats["standard"].pattern
        if number % 1 == 0:
            pattern = pattern.replace("0.00", "0")
        return format_currency(number, currency, pattern, locale, currency_digits=False)
    except InvalidOperation:
        return None


def currency_name(code: str, locale: Locale) -> str:
    """Return the name of a currency with its code (ISO 4217), the text itself of an unknown one."""
    name = get_currency_name(code, locale=locale) if _CURRENCY.fullmatch(code) else code
    return code if name == code else f"{name} ({code})"


def whole(number: int, locale: Locale) -> str:
    """Return an integer in the format of a language."""
    return format_decimal(number, locale=locale)


def rounded(number: float, locale: Locale) -> str:
    """Return a number with one decimal."""
    return format_decimal(round(number, 1), locale=locale)


def moment(at: datetime, locale: Locale) -> str:
    """Return a time in UTC in the format of a language."""
    return f"{format_datetime(at, 'medium', locale=locale)} UTC"


def territory(code: str, locale: Locale) -> str | None:
    """Return the name of a country or a region by its code (ISO 3166-1 alpha-3, UN M49).

    The codes are those of Unicode CLDR, which has aliases for alpha-3. None for an unknown code.
    """
    aliases = get_global("territory_aliases").get(code, (code,))
    name: str | None = locale.territories.get(aliases[0])
    return name


def decimal_text(text: str, locale: Locale) -> str:
    """Return a number, written as in RDF, in the format of a language; other texts as they are."""
    try:
        return _number(text, locale)
    except (ValueError, InvalidOperation):
        return text


def _number(text: str, locale: Locale) -> str:
    number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > _LONGEST:
        raise ValueError(text)
    return format_decimal(number, _WHOLE, locale)


def _year(text: str, locale: Locale) -> str:
    if not _YEAR.fullmatch(text):
        raise ValueError(text)
    return format_date(date(int(text), 1, 1), _YEARS.get(locale.language, "y"), locale)


def _month(text: str, locale: Locale) -> str:
    match = _MONTH.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return format_skeleton("yMMMM", date(int(match[1]), int(match[2]), 1), locale=locale)


def _day(text: str, locale: Locale) -> str:
    return format_date(date.fromisoformat(text), "long", locale)


def _time(text: str, locale: Locale) -> str:
    return format_datetime(datetime.fromisoformat(text), "medium", locale=locale)


_YEARS: Final = {"ko": "y년", "zh": "y年"}
_NUMBERS: Final = ("decimal", "integer", "double", "float", "nonNegativeInteger", "int", "long")
_WRITERS: Final[dict[str, Callable[[str, Locale], str]]] = {
    **{f"{_XSD}{name}": _number for name in _NUMBERS},
    f"{_XSD}gYear": _year,
    f"{_XSD}gYearMonth": _month,
    f"{_XSD}date": _day,
    f"{_XSD}dateTime": _time,
}
