"""Numbers as people write them: `1 234,5`, `1.234.567`, digits of any script or width."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

_BLANKS: Final = re.compile(r"(?<=\d)[\s'\u2019_](?=\d{3}(?!\d))")
_INDIAN: Final = re.compile(r"[+-]?[1-9]\d?(?:,\d\d)+,\d{3}(?:\.\d+)?")
"""Lakhs and crores: marks after each two digits before the last three, as in `12,34,567`."""

_THOUSANDS: Final = 3
_MARKED: Final = "\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209c\u2150-\u215f\u2189\u2460-\u24ff"
"""Superscripts, subscripts, fractions and digits in circles: no part of the number beside them."""

_PLAIN: Final = re.compile(f"[^{_MARKED}]+")
DIGITS: Final = r"[+-]?\d[\d.,\s'\u2019_]*(?<=\d)|[+-]?\.\d+"


def ascii_digits(text: str) -> str:
    """Return a text with ASCII digits and signs instead of those of other scripts or widths.

    A superscript stays: in `12.5\u00b2` it refers to a note, and the number is not 12.52.
    """
    if text.isascii():  # the usual case; a table has a number in each row
        return text.strip()
    compatible = _PLAIN.sub(lambda part: unicodedata.normalize("NFKC", part[0]), text)
    ascii_digits = (
        str(unicodedata.decimal(letter)) if letter.isdecimal() and not letter.isascii() else letter
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
