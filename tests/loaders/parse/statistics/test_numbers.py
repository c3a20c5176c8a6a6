"""Numbers of a column, their scale, and the attributes that change them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.loaders.parse.statistics.decimal_marks import (
    MIXED,
    decimal_mark,
    number_in_column,
)
from urbansdg.loaders.parse.statistics.observation_attributes import (
    is_confidential,
    split_flags,
    status_code,
)
from urbansdg.loaders.parse.statistics.unit_scales import is_per_cent, power_of_ten, unit_scale
from urbansdg.loaders.tables.data_cube_series import scaled

_DECIMALS = st.decimals(-(10**12), 10**12, allow_nan=False, places=4)


@given(_DECIMALS, st.integers(-18, 18))
def test_multiplying_and_dividing_gives_the_number(number: Decimal, power: int) -> None:
    """A value times a power of ten, divided by it, is the value, whatever its digits."""
    text = f"{number:f}"
    assert Decimal(scaled(scaled(text, power), -power)) == number
    assert Decimal(scaled(text, power)) == number * Decimal(10) ** power


@given(st.lists(_DECIMALS, min_size=1, max_size=5), st.sampled_from(".,"))
def test_a_column_is_read_by_its_mark(numbers: list[Decimal], mark: str) -> None:
    """Numbers with separators of thousands and one mark are read as they were written."""
    group = "," if mark == "." else "."
    texts = [
        f"{number:,f}".replace(",", "\x00").replace(".", mark).replace("\x00", group)
        for number in (*numbers, Decimal("1234.5678"))
    ]
    assert decimal_mark(texts) == mark
    for number, text in zip(numbers, texts, strict=False):
        assert [Decimal(value) for value in number_in_column(text, mark)] == [number]


def test_two_marks_in_a_column_decide_nothing() -> None:
    """In a column with both marks, `1.234` keeps both meanings, and `17,3` its one."""
    assert decimal_mark(["17,3", "17.3"]) == MIXED
    assert number_in_column("1.234", MIXED) == ["1.234", "1234"]
    assert number_in_column("17,3", MIXED) == ["17.3"]
    assert decimal_mark(["1.234", "5"]) is None
    assert number_in_column("0.123", ",") == []


@pytest.mark.parametrize(
    ("text", "power"),
    [
        *(("3", 3), ("3: Thousands", 3), ("Thousands", 3), ("in millions", 6), ("1,000", 3)),
        *(("1000", 3), ("'000", 3), ("10^6", 6), ("-2", -2), ("", 0), ("_Z", 0), ("Units", 0)),
        *(("Tsd.", 3), ("миллионов", 6), ("천", 3), ("万", 4), ("억", 8), ("crore", 7)),
        *(("many", None), ("99", None), ("1.5", None)),
    ],
)
def test_a_multiplier_is_a_power_of_ten(text: str, power: int | None) -> None:
    """`UNIT_MULT` is a power; words and factors are understood; anything else is not."""
    assert power_of_ten(text) == power


@pytest.mark.parametrize(
    ("unit", "scale", "rest"),
    [
        ("million EUR", 6, "EUR"),
        ("thousands of tonnes", 3, "tonnes"),
        ("in thousands", 3, ""),
        ("1,000 t", 3, "t"),
        ("천명", 3, "명"),
        ("per 1,000 inhabitants", 0, "per 1,000 inhabitants"),
        ("Mt", 0, "Mt"),
        ("%", 0, "%"),
        ("Number", 0, "Number"),
    ],
)
def test_a_unit_begins_with_its_scale(unit: str, scale: int, rest: str) -> None:
    """A scale before a unit is one; a rate and a prefix of the unit are not."""
    assert unit_scale(unit) == (scale, rest)


def test_per_cent_has_many_spellings() -> None:
    """Words and signs for per cent are the same unit; a share is another one."""
    assert all(map(is_per_cent, ("%", "per cent", "Prozent", "퍼센트", "PT", "процентов")))
    assert not any(map(is_per_cent, ("share", "% of GDP", "‰")))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("E", "E"), ("E: Estimated", "E"), ("geschätzt", "E"), ("provisional", "P"), ("", "A")),
        *(("Missing value", "O"), ("_Z", "A"), ("Z", None), ("active", None)),
    ],
)
def test_a_status_is_a_code_of_the_list(text: str, code: str | None) -> None:
    """A code, a code with its name and a word are the same status; others are unknown."""
    assert status_code(text) == code


def test_a_flag_after_a_number_is_a_status() -> None:
    """Eurostat's flags follow a number; several of them, and an exponent, are no status."""
    assert split_flags("12.3 e") == ("12.3", "E")
    assert split_flags("12.3 (p)") == ("12.3", "P")
    assert split_flags("12.3 bp") == ("12.3 bp", "")
    assert split_flags("1e3") == ("1e3", "")


def test_what_is_not_declared_free_is_confidential() -> None:
    """Only `F` and an empty status are free for publication."""
    assert not any(map(is_confidential, ("", "F", "F: Free")))
    assert all(map(is_confidential, ("C", "N", "S", "D", "X")))
