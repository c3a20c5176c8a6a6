"""The scales of charts: round steps for numbers, years for times, and numbers by CLDR."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, Self

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_decimal, format_decimal

from urbansdg.endpoint.html.interface_texts import LANGUAGES, locale_of

_LARGEST: Final = 1e300
_COMPACT: Final = 100_000
_LONGEST: Final = 30  # digits; longer numbers are written as they are
_STEPS: Final = (1.0, 2.0, 5.0, 10.0)


def drawable(value: Decimal | float) -> float | None:
    """Return a value as a number that can be drawn, None if it is not finite or far too large."""
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) and abs(number) < _LARGEST else None


def _locale(language: str) -> Locale:
    return locale_of(language if language in LANGUAGES else "en")


@lru_cache(maxsize=2048)
def written(
    value: Decimal, language: str, *, is_exact: bool = False, compact_from: int = _COMPACT
) -> str:
    """Return a number in the format of a language (Unicode CLDR).

    A large one is in short form (1.2 million), unless it is to be exact.
    """
    locale = _locale(language)
    if not value.is_finite() or abs(value.adjusted()) > _LONGEST:
        return str(value)
    if is_exact:
        return format_decimal(value, "#,##0.######", locale)
    if abs(value) >= compact_from:
        return format_compact_decimal(value, locale=locale, fraction_digits=1)
    pattern = "#,##0.##" if abs(value) >= 1 else "#,##0.####"
    return format_decimal(value, pattern, locale)


@dataclass(frozen=True, slots=True)
class LinearScale:
    """Maps the values from `low` to `high` to the positions from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def over(
        cls, values: Iterable[float], start: float, end: float, *, with_zero: bool = False
    ) -> Self:
        """Return the scale over some values; a single value stands in the middle."""
        listed = [*values, *([0.0] if with_zero else [])] or [0.0]
        low, high = min(listed), max(listed)
        if low == high:
            spread = abs(low) / 2 or 1.0
            low, high = (low - spread, high + spread) if not with_zero else (low, high + 1)
        return cls(low, high, start, end)

    def rounded(self, most: int = 5) -> Self:
        """Return the scale that begins and ends at round values."""
        step = self.step(most)
        return type(self)(
            math.floor(self.low / step) * step,
            math.ceil(self.high / step) * step,
            self.start,
            self.end,
        )

    def step(self, most: int) -> float:
        """Return the round distance between at most so many ticks."""
        rough = (self.high / most) - (self.low / most)
        power = 10.0 ** math.floor(math.log10(rough))
        return next(
            (power * step for step in _STEPS if power * step >= rough * (1 - 1e-9)), power * 10
        )

    def ticks(self, most: int = 5) -> list[float]:
        """Return round values on the scale."""
        step = self.step(most)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [n * step for n in range(first, last + 1)]

    def __call__(self, value: float) -> float:
        """Return the position of a value."""
        part = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return self.start + min(max(part, 0.0), 1.0) * (self.end - self.start)


def tick_text(value: float, language: str) -> str:
    """Return the label of a tick."""
    return written(Decimal(f"{value:.10g}"), language)


@lru_cache(maxsize=2048)
def date_text(text: str, language: str) -> str:
    """Return a date of RDF in the short format of a language, other texts as they are."""
    locale = _locale(language)
    try:
        if len(text) == len("2019-03-31"):
            return format_date(date.fromisoformat(text), "medium", locale)
        if len(text) == len("2019-03"):
            return format_skeleton("yMMM", date.fromisoformat(f"{text}-01"), locale=locale)
    except ValueError:
        pass
    return text


def year_of(text: str, *, at_end: bool = False) -> float | None:
    """Return a date of RDF as a year with its fraction, None if it is invalid.

    `at_end` takes the last day of a year or a month, so that a span includes it.
    """
    head, is_past = text.lstrip("-"), text.startswith("-")
    parts = head[:10].split("-")
    if not (parts[0].isascii() and parts[0].isdecimal() and len(parts[0]) == 4) or is_past:  # noqa: PLR2004
        return None
    year = int(parts[0])
    if len(parts) == 1:
        return year + (1.0 if at_end else 0.0)
    try:
        month, day = int(parts[1]), int(parts[2]) if len(parts) > 2 else 1  # noqa: PLR2004
        ordinal = date(max(year, 1), month, day).toordinal()
    except ValueError:
        return None
    if at_end:
        ordinal += 1 if len(parts) > 2 else 30  # noqa: PLR2004
    return year + (ordinal - date(max(year, 1), 1, 1).toordinal()) / 366
