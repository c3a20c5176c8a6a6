"""Numbers as people write them: `1 234,5`, `1.234.567`, digits of any script or width."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from urbansdg.errors import Problem
from urbansdg.loaders.parse.facts import Cell

_BLANKS: Final = re.compile(r"(?<=\d)[\s'\u2019_](?=\d{3}(?!\d))")
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
    else:
        yield cell.problem(
            "bad-coordinate",
            f"{cell.text!r} is not a latitude or longitude in degrees.",
            "Write decimal degrees, south and west with a minus sign: -33.45.",
        )


def number(cell: Cell) -> Iterator[str | Problem]:
    """Parse a number that may have a fraction."""
    numbers = possible_values(cell.text)
    if len(numbers) == 1:
        yield plain_number(numbers[0])
    elif numbers:
        yield ambiguous(cell, [plain_number(value) for value in numbers])
    else:
        yield _no_number(cell)


def whole(cell: Cell) -> Iterator[str | Problem]:
    """Parse a whole number; a mark in it can only separate thousands."""
    numbers = [value for value in possible_values(cell.text) if value == value.to_integral_value()]
    if numbers:
        yield plain_number(numbers[0])
    else:
        yield _no_number(cell)


def ambiguous(cell: Cell, candidates: list[str]) -> Problem:
    """Return the problem of a value with more than one meaning."""
    return cell.problem(
        "ambiguous-value",
        f"{cell.text!r} can mean {' or '.join(candidates)}.",
        f"Write one of these: {', '.join(candidates)}.",
    )


def _no_number(cell: Cell) -> Problem:
    return cell.problem(
        "bad-number",
        f"{cell.text!r} is not a valid number for this column.",
        "Write digits, with a point or a comma before the fraction: 1234567.89.",
    )
