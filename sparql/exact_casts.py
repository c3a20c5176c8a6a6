"""The casts `xsd:decimal` and `xsd:integer` (SPARQL 1.1, section 17.5), exact for any number.

The engine casts a double through its decimals of 128 bits: `xsd:decimal(2.5e12)` is
2499999999999.999908974073741312 there, and `xsd:integer(1e18)` is 42 too many. A budget in won is
that large. The engine calls these functions instead of its own, because they have the IRIs of the
casts. They follow XQuery and XPath Functions and Operators 3.1, section 19.1:

- An integral double or float becomes the integer that it is.
- One with a fraction becomes the shortest decimal that reads as the same number, `0.1` for `0.1e0`.
  Beyond 18 digits of the fraction, with which the engine still calculates, it is rounded.
- A text becomes the number that it writes, however many digits it has. The engine does not
  calculate with integers beyond 64 bits: arithmetic on these gives an error.
"""

import os
import re
import struct
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.sandbox.child_main import OUT_OF_MEMORY

_XSD: Final = PREFIXES["xsd"]
_DECIMAL: Final = NamedNode(f"{_XSD}decimal")
_INTEGER: Final = NamedNode(f"{_XSD}integer")
_STRING: Final = NamedNode(f"{_XSD}string")
_BOOLEAN: Final = NamedNode(f"{_XSD}boolean")
_DOUBLE: Final = NamedNode(f"{_XSD}double")
_FLOAT: Final = NamedNode(f"{_XSD}float")
_INTEGERS: Final = frozenset(
    NamedNode(f"{_XSD}{name}")
    for name in (
        *("integer", "long", "int", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)
_WHITESPACE: Final = " \t\r\n"  # XML Schema 1.1, part 2, section 4.3.6
_DECIMAL_FORM: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_INTEGER_FORM: Final = re.compile(r"[+-]?[0-9]+")
_DOUBLE_EXACT: Final = 1 << 53
"""From here on a double is an integer, and the digits that write it are not all its own."""
_FLOAT_EXACT: Final = 1 << 24
_LAST_DIGIT: Final = Decimal("1e-18")


class _NoNumber(Exception):
    """The term has no value in the type of the cast."""


def _to_decimal(term: object = None, *more: object) -> Literal | None:
    return _cast(_decimal, term, more)


def _to_integer(term: object = None, *more: object) -> Literal | None:
    return _cast(_integer, term, more)


_Term = NamedNode | BlankNode | Literal | Triple  # the dictionary of the engine is invariant

EXACT_CASTS: Final[dict[NamedNode, Callable[..., _Term | None]]] = {
    _DECIMAL: _to_decimal,
    _INTEGER: _to_integer,
}
"""The functions for `custom_functions` of the engine; None is an error in the expression."""


def _cast(
    cast: Callable[[Literal], Literal], term: object, more: tuple[object, ...]
) -> Literal | None:
    try:
        return cast(term) if isinstance(term, Literal) and not more else None
    except _NoNumber:
        return None
    except MemoryError:
        # The engine takes every exception for an error in the expression, which would leave a
        # variable unbound in an answer that looks whole.
        os._exit(OUT_OF_MEMORY)


def _decimal(literal: Literal) -> Literal:
    if literal.datatype == _DECIMAL:
        return literal
    text = literal.value.strip(_WHITESPACE)
    if literal.datatype == _STRING:
        if not _DECIMAL_FORM.fullmatch(text):
            raise _NoNumber
        return Literal(_written(Decimal(text)), datatype=_DECIMAL)
    number = _number(literal.datatype, text)
    if number.adjusted() < _LAST_DIGIT.adjusted() - 1:
        number = Decimal(0)
    elif _fraction_digits(number) > -_LAST_DIGIT.adjusted():
        number = number.quantize(_LAST_DIGIT)
    return Literal(_written(number), datatype=_DECIMAL)


def _integer(literal: Literal) -> Literal:
    if literal.datatype == _INTEGER:
        return literal
    text = literal.value.strip(_WHITESPACE)
    if literal.datatype == _STRING:
        if not _INTEGER_FORM.fullmatch(text):
            raise _NoNumber
        number = Decimal(text)
    else:
        number = _number(literal.datatype, text).to_integral_value(ROUND_DOWN)
    return Literal(_written(number), datatype=_INTEGER)


def _number(datatype: NamedNode, text: str) -> Decimal:
    """Return the value of a number or boolean that the engine has; raises `_NoNumber`."""
    if datatype == _BOOLEAN and text in ("true", "1", "false", "0"):
        return Decimal(text in ("true", "1"))
    if datatype in (_DOUBLE, _FLOAT):
        return _of_float(text, is_double=datatype == _DOUBLE)
    form = _DECIMAL_FORM if datatype == _DECIMAL else _INTEGER_FORM
    if datatype not in _INTEGERS | {_DECIMAL} or not form.fullmatch(text):
        raise _NoNumber
    return Decimal(text)


def _of_float(text: str, *, is_double: bool) -> Decimal:
    """Return the value of a double or float, which the engine writes with the fewest digits."""
    try:
        value = float(text)
        if not is_double:
            (value,) = struct.unpack("f", struct.pack("f", value))
        exact = Decimal(value)
    except (ValueError, OverflowError):
        raise _NoNumber from None
    if not exact.is_finite():
        raise _NoNumber
    if abs(exact) >= (_DOUBLE_EXACT if is_double else _FLOAT_EXACT):
        return exact
    return Decimal(text)


def _fraction_digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _written(number: Decimal) -> str:
    """Return the canonical form (XML Schema 1.1, part 2, appendix E): no needless digit."""
    text = format(number, "f")
    whole, point, fraction = text.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    digits, fraction = digits.lstrip("0") or "0", fraction.rstrip("0")
    if digits == "0" and not fraction:
        return "0"
    return f"{sign}{digits}{point if fraction else ''}{fraction}"
