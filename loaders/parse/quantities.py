"""Numbers as people write them: `1 234,5`, `1.234.567`, digits of any script or width."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from urbansdg.errors import Problem
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.remedies.missing_values import is_missing
from urbansdg.loaders.remedies.problem_texts import alternatives

_BLANKS: Final = re.compile(r"(?<=\d)[\s'\u2019_](?=\d{3}(?!\d))")
_INDIAN: Final = re.compile(r"[+-]?[1-9]\d?(?:,\d\d)+,\d{3}(?:\.\d+)?")
"""Lakhs and crores: marks after each two digits before the last three, as in `12,34,567`."""

_INSIDE: Final = re.compile(
    r"((?<![\w.,])[+-]?\d{1,3}(?:[ '\u2019]\d{3})+(?:[.,]\d+)?|(?<![\w.,])[+-]?\d[\d.,]*\d|(?<![\w.,])[+-]?\d)"
    r"(?:\s?(k|thousand|mille|mil|tausend|million|millions|millones|millionen|m|mio|천|만|백만|억)(?![^\W\d_]))?",
    re.IGNORECASE,
)
_SCALES: Final[Mapping[str, int]] = {
    **dict.fromkeys(("k", "thousand", "mille", "mil", "tausend", "천"), 1_000),
    **dict.fromkeys(("million", "millions", "millones", "millionen", "m", "mio", "백만"), 1_000_000),
    "만": 10_000, "억": 100_000_000,
}  # fmt: skip
_MINUTES: Final = re.compile(
    r"(?P<d>-?\d{1,3}(?:[.,]\d+)?)\s*(?P<mark>[°º]|deg(?:rees)?)?\s*"
    r"(?:(?P<m>\d{1,2}(?:[.,]\d+)?)\s*['\u2032\u2019]\s*)?"
    r"(?:(?P<s>\d{1,2}(?:[.,]\d+)?)\s*(?:[\"\u2033\u201d]|'')\s*)?(?P<side>[NSEWO])?",
    re.IGNORECASE,
)
_THOUSANDS: Final = 3
_CIRCLE: Final = 180
DIGITS: Final = r"[+-]?\d[\d.,\s'\u2019_]*(?<=\d)|[+-]?\.\d+"


def ascii_digits(text: str) -> str:
    """Return a text with ASCII digits and signs instead of those of other scripts or widths."""
    compatible = unicodedata.normalize("NFKC", text)
    ascii_digits = (
        str(unicodedata.digit(letter)) if letter.isdigit() and not letter.isascii() else letter
        for letter in compatible
    )
    return "".join(ascii_digits).replace("\N{MINUS SIGN}", "-").strip()


def possible_values(digits: str) -> list[Decimal]:
    """Return the possible values of a number: none, one, or two if its mark is ambiguous.

    `1,234` and `1.234` can mean 1234 or 1.234. A text that is not a number has no value.
    """
    text = _BLANKS.sub("", ascii_digits(digits))
    if not re.fullmatch(r"[+-]?[\d.,]*\d", text):
        return []
    if _INDIAN.fullmatch(text):
        return [Decimal(text.replace(",", ""))]
    marks = {mark for mark in ",." if mark in text}
    if not marks:
        return [Decimal(text)]
    if len(marks) == 1:
        return list(_one_mark(text, marks.pop()))
    last = max(marks, key=text.rindex)
    return list(_two_marks(text, last, (marks - {last}).pop()))


def _one_mark(text: str, mark: str) -> Iterator[Decimal]:
    """Parse a number that contains one kind of mark, once or several times."""
    head, *groups = text.split(mark)
    lengths = {len(group) for group in groups}
    if len(groups) > 1:
        if lengths == {_THOUSANDS} and head.lstrip("+-").isdigit():
            yield Decimal(text.replace(mark, ""))
        return
    fits = lengths == {_THOUSANDS} and re.fullmatch(r"[+-]?[1-9]\d{0,2}", head)
    if fits:
        yield Decimal(text.replace(mark, ""))
    yield Decimal(text.replace(mark, "."))


def _two_marks(text: str, decimal_mark: str, group_mark: str) -> Iterator[Decimal]:
    """Parse a number that contains both marks: the last one is the decimal mark."""
    head, _, fraction = text.rpartition(decimal_mark)
    groups = head.split(group_mark)
    if decimal_mark not in head and all(len(group) == _THOUSANDS for group in groups[1:]):
        yield Decimal(f"{''.join(groups)}.{fraction}")


def plain_number(value: Decimal) -> str:
    """Return the digits of a number, without exponent and trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def unambiguous(text: str) -> str:
    """Return a number whose point can only be a decimal mark: `1.234` becomes `1.2340`."""
    return f"{text}0" if re.fullmatch(r"[+-]?\d+\.\d{3}", text) else text


def degrees(cell: Cell) -> Iterator[str | Problem]:
    """Parse a latitude or longitude in decimal degrees."""
    angles = [value for value in possible_values(cell.text) if abs(value) <= _CIRCLE]
    if angles:
        yield plain_number(angles[0])
        return
    angle = _of_minutes(ascii_digits(cell.text))
    remedy = "degrees.write" if angle is None else "degrees.only"
    yield cell.describe("bad-coordinate", "degrees.unknown", remedy, options=angle or "")


def _of_minutes(text: str) -> str | None:
    """Return the decimal degrees of `48° 51′ 24″ N`, or of a number with `°` or a direction."""
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
        yield cell.describe("bad-number", "number.unknown", "number.whole", options=options)
    else:
        yield _no_number(cell, numbers_inside(cell.text))


def numbers_inside(text: str) -> list[str]:
    """Return the numbers in a text: `about 1,200 people` has `1200`, `5 million` has `5000000`."""
    plain = re.sub(r"(?<=\d)\s*[-\u2010-\u2015~]\s*(?=\d)", " to ", ascii_digits(text))
    numbers = list[str]()
    for match in _INSIDE.finditer(plain):
        values = possible_values(match[1])
        scale = Decimal(_SCALES.get((match[2] or "").casefold(), 1))
        numbers += [plain_number(value * scale) for value in values[:1]]
    return list(dict.fromkeys(numbers))


def ambiguous(cell: Cell, candidates: Sequence[str]) -> Problem:
    """Return the problem of a value with more than one meaning."""
    options = alternatives(candidates, cell.locale)
    return cell.describe("ambiguous-value", "ambiguous.message", "ambiguous", options=options)


def _no_number(cell: Cell, numbers: Sequence[str]) -> Problem:
    if is_missing(cell.text):
        return cell.describe("bad-number", "missing.message", "missing")
    options = alternatives(numbers, cell.locale) if numbers else ""
    remedy = ("number.write", "number.only")[len(numbers)] if len(numbers) <= 1 else "number.one"
    return cell.describe("bad-number", "number.unknown", remedy, options=options)
