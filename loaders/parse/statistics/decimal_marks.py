"""The decimal mark of a column of numbers: `17,3` and `1.234,5`, or `17.3` and `1,234.5`.

A column has one decimal mark. The texts that have one meaning decide it; `1.234` alone means 1234
or 1.234.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from urbansdg.loaders.parse.quantities import ascii_digits, plain_number

_FORMS: Final = {
    mark: re.compile(rf"[+-]?(?:[1-9]\d{{0,2}}(?:[{group}\s'\u2019]\d{{3}})+|\d+)?(?:[{mark}]\d+)?")
    for mark, group in ((".", ","), (",", "."))
}
_SCIENTIFIC: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)[eE][+-]?\d{1,3}")
MIXED: Final = "mixed"


def decimal_mark(texts: Iterable[str]) -> str | None:
    """Return the decimal mark that a column shows: a mark, `MIXED`, or None if nothing decides."""
    marks = set[str]()
    for text in texts:
        if "," in text or "." in text:
            values = {mark: _value(text, mark) for mark in _FORMS}
            fits = {mark for mark, value in values.items() if value is not None}
            if len(fits) == 1:
                marks |= fits
    if len(marks) > 1:
        return MIXED
    return marks.pop() if marks else None


def number_in_column(text: str, mark: str | None) -> list[str]:
    """Return the possible values of a number in a column with a decimal mark, without exponent.

    There are none for a text that is not a number in such a column, and two for an ambiguous one.
    """
    bare = ascii_digits(text)
    if _SCIENTIFIC.fullmatch(bare):
        return [plain_number(Decimal(bare))]
    marks = [mark] if mark in _FORMS else list(_FORMS)
    values = [value for value in (_value(bare, sign) for sign in marks) if value is not None]
    return list(dict.fromkeys(plain_number(value) for value in values))


def _value(text: str, mark: str) -> Decimal | None:
    bare = ascii_digits(text)
    if not _FORMS[mark].fullmatch(bare) or not re.search(r"\d", bare):
        return None
    digits = re.sub(rf"[^\d{mark}+-]", "", bare)
    return Decimal(digits.replace(mark, "."))
