"""Numbers in cells: values, or problems that offer the numbers in a text."""

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from urbansdg.errors import Problem
from urbansdg.loaders.cells.missing_values import is_missing
from urbansdg.loaders.cells.problem_texts import alternatives, ambiguous, describe
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.money import scale_of
from urbansdg.loaders.parse.quantities import ascii_digits, plain_number, possible_values

_INSIDE: Final = re.compile(
    r"(?<![A-Za-z\u00c0-\u024f\d_.,])"
    r"([+-]?\d{1,3}(?:[ '\u2019]\d{3})+(?:[.,]\d+)?|[+-]?\d[\d.,]*\d|[+-]?\d)"
    r"(?:\s?(k|thousand|mille|mil|tausend|million|millions|millones|millionen|m|mio|천|만|백만|억)"
    r"(?![^\W\d_]))?",
    re.IGNORECASE,
)
_MINUTES: Final = re.compile(
    r"(?P<d>-?\d{1,3}(?:[.,]\d+)?)\s*(?P<mark>[°º]|deg(?:rees)?)?\s*"
    r"(?:(?P<m>\d{1,2}(?:[.,]\d+)?)\s*['\u2032\u2019]\s*)?"
    r"(?:(?P<s>\d{1,2}(?:[.,]\d+)?)\s*(?:[\"\u2033\u201d]|'')\s*)?(?P<side>[NSEWO])?",
    re.IGNORECASE,
)
_CIRCLE: Final = 180


def degrees(cell: Cell) -> Iterator[str | Problem]:
    """Parse a latitude or longitude in decimal degrees."""
    angles = [value for value in possible_values(cell.text) if abs(value) <= _CIRCLE]
    if angles:
        yield plain_number(angles[0])
        return
    angle = _of_minutes(ascii_digits(cell.text))
    remedy = "degrees.write" if angle is None else "degrees.only"
    yield describe(cell, "bad-coordinate", "degrees.unknown", remedy, options=angle or "")


def _of_minutes(text: str) -> str | None:
    """Return the decimal degrees of an angle in degrees and minutes, or with a direction."""
    match = _MINUTES.fullmatch(text)
    if match is None or not (match["mark"] or match["side"]):
        return None
    parts = [Decimal((match[name] or "0").replace(",", ".")) for name in ("d", "m", "s")]
    angle = abs(parts[0]) + parts[1] / 60 + parts[2] / 3600
    south = match["d"].startswith("-") or (match["side"] or "").upper() in {"S", "W", "O"}
    if angle > _CIRCLE:
        return None
    return f"{'-' if south else ''}{plain_number(round(angle, 6))}"


def number(cell: Cell) -> Iterator[str | Problem]:
    """Parse a number that may have a fraction."""
    numbers = possible_values(cell.text)
    if len(numbers) == 1:
        yield plain_number(numbers[0])
    elif numbers:
        yield ambiguous(cell, [plain_number(value) for value in numbers])
    else:
        yield _no_number(cell, numbers_inside(cell.text))


def whole(cell: Cell) -> Iterator[str | Problem]:
    """Parse a whole number; a mark in it can only separate thousands."""
    values = possible_values(cell.text)
    numbers = [value for value in values if value == value.to_integral_value()]
    if numbers:
        yield plain_number(numbers[0])
    elif values:
        ends = [values[0].to_integral_value(way) for way in (ROUND_FLOOR, ROUND_CEILING)]
        options = alternatives([plain_number(end) for end in ends], cell.locale)
        yield describe(cell, "bad-number", "number.unknown", "number.whole", options=options)
    else:
        yield _no_number(cell, numbers_inside(cell.text, is_whole=True))


def numbers_inside(text: str, *, is_whole: bool = False) -> list[str]:
    """Return the numbers in a text: `about 1,200 people` has `1200`, `5 million` has `5000000`.

    Of a whole number, a mark before three digits can only separate thousands.
    """
    plain = re.sub(r"(?<=\d)\s*[-\u2010-\u2015~]\s*(?=\d)", " to ", ascii_digits(text))
    numbers = list[str]()
    for match in _INSIDE.finditer(plain):
        values = possible_values(match[1])
        values = values[:1] if is_whole else values
        scale = scale_of(match[2] or "") or 1
        numbers += [plain_number(value * scale) for value in values]
    return list(dict.fromkeys(numbers))


def _no_number(cell: Cell, numbers: Sequence[str]) -> Problem:
    if is_missing(cell.text):
        return describe(cell, "bad-number", "missing.message", "missing")
    options = alternatives(numbers, cell.locale)
    remedy = ("number.write", "number.only")[len(numbers)] if len(numbers) <= 1 else "number.one"
    return describe(cell, "bad-number", "number.unknown", remedy, options=options)
