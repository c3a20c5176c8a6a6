"""Casts to decimal and integer, exact for any number."""

import math
import struct
from decimal import ROUND_DOWN, Decimal
from functools import partial

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.sandbox.child_main import OUT_OF_MEMORY
from urbansdg.sandbox.forked_process import fork
from urbansdg.sandbox.resource_limits import address_space, set_memory_limit
from urbansdg.sparql.exact_casts import EXACT_CASTS

_XSD = "http://www.w3.org/2001/XMLSchema#"
_STORE = ox.Store()


def _value(expression: str) -> str | None:
    """Return the text of an expression's value, with the type of the last cast."""
    query = f"PREFIX xsd: <{_XSD}> SELECT ?x {{ BIND({expression} AS ?x) }}"
    solutions = _STORE.query(query, custom_functions=EXACT_CASTS)
    assert isinstance(solutions, ox.QuerySolutions)
    (solution,) = solutions
    value = solution["x"]
    return value.value if isinstance(value, ox.Literal) else None


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("xsd:decimal(2.5e12)", "2500000000000"),
        ("xsd:integer(1e18)", "1000000000000000000"),
        (f"<{_XSD}decimal>(1234567.0e0)", "1234567"),
        (f"<{_XSD}integer>(9.3e18)", "9300000000000000000"),
        ("xsd:integer(12345678901234567890e0)", "12345678901234567168"),
        ("xsd:integer(xsd:float(1e18))", "999999984306749440"),
        ("xsd:decimal(xsd:float(0.1))", "0.1"),
        ("xsd:decimal(0.1e0)", "0.1"),
        ("xsd:decimal(2500000000.5e0)", "2500000000.5"),
        ("xsd:decimal(6e-19)", "0.000000000000000001"),
        ("xsd:decimal(-1e-300)", "0"),
        ("xsd:integer(-2.5e0)", "-2"),
        ("xsd:integer(-0.5)", "0"),
        ("xsd:decimal('1234567890123456789012')", "1234567890123456789012"),
        ("xsd:integer(' 12345678901234567890\\n')", "12345678901234567890"),
        ("xsd:decimal('-0012.500')", "-12.5"),
        ("xsd:decimal('.5')", "0.5"),
        ("xsd:integer('+5')", "5"),
        ("xsd:integer(true)", "1"),
        ("xsd:decimal(1 = 2)", "0"),
        ("xsd:decimal('7'^^xsd:int)", "7"),
        ("xsd:decimal(2.5e12) + 1", "2500000000001"),
        ("xsd:integer(1e18) + 1", "1000000000000000001"),
    ],
)
def test_a_cast_is_exact(expression: str, value: str) -> None:
    """A cast by a prefixed name or a full IRI gives the number that its argument is."""
    assert _value(expression) == value


@pytest.mark.parametrize(
    "argument",
    [
        *("'1e5'", "'x'", "''", "'1.5'@en", "<urn:a>", "'INF'^^xsd:double", "0e0/0e0"),
        *("'2020-01-01'^^xsd:date", "?unbound", "1, 2", ""),
    ],
)
def test_what_is_no_number_has_no_value(argument: str) -> None:
    """A cast of anything else is an error, which leaves its variable unbound."""
    assert _value(f"xsd:decimal({argument})") is None
    assert _value(f"xsd:integer({argument})") is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_double_is_cast_to_its_value(number: float) -> None:
    """The integer is the double without its fraction; the decimal reads as the same double."""
    double = f"'{number!r}'^^xsd:double"
    integer = _value(f"xsd:integer({double})")
    assert integer == str(int(Decimal(number).to_integral_value(ROUND_DOWN)))
    decimal = Decimal(_value(f"xsd:decimal({double})") or "NaN")
    if number.is_integer():
        assert decimal == Decimal(number)
    elif abs(number) >= 1e-1:
        assert float(decimal) == number
    else:
        assert math.isclose(decimal, Decimal(number), abs_tol=1e-18)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_any_float_is_cast_to_its_value(number: float) -> None:
    """The decimal of a float with a fraction reads as the same float."""
    decimal = Decimal(_value(f"xsd:decimal('{number!r}'^^xsd:float)") or "NaN")
    if number.is_integer():
        assert decimal == Decimal(number)
    elif abs(number) >= 1e-1:
        assert struct.unpack("f", struct.pack("f", decimal)) == (number,)


def _cast_without_memory(digits: int) -> None:
    number = ox.Literal("9" * digits)
    set_memory_limit(address_space() + (100 << 20))  # two copies of the text need more
    EXACT_CASTS[ox.NamedNode(f"{_XSD}integer")](number)


def test_a_cast_without_memory_ends_its_process() -> None:
    """A cast that is refused memory ends its process: the engine would take it for an error."""
    ended = fork(partial(_cast_without_memory, 1 << 26)).wait()
    assert ended == OUT_OF_MEMORY
