"""Amounts that are written in any convention are read back."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.loaders.parse.money import read_money

_LOCALES = ("en", "ko", "fr", "es", "de", "de_CH", "pt", "it", "nl", "sv", "ja", "zh", "en_IN")
_CODES = ("EUR", "GBP", "KRW", "CHF", "SEK", "INR", "BRL", "JPY")
_LARGE = st.integers(10_000, 10**13)


@pytest.mark.parametrize("locale", _LOCALES)
@given(number=_LARGE, code=st.sampled_from(_CODES), before=st.booleans())
def test_a_whole_amount_is_read_in_the_grouping_of_its_language(
    locale: str,
    number: int,
    code: str,
    before: bool,  # noqa: FBT001
) -> None:
    """An amount with the grouping of any language and a code means this amount."""
    digits = format_decimal(number, locale=locale)
    money = read_money(f"{code} {digits}" if before else f"{digits} {code}")
    assert money is not None
    assert (money.numbers, money.codes) == ((str(number),), (code,))


@pytest.mark.parametrize("locale", _LOCALES)
@given(cents=st.integers(100_000_000, 10**14), code=st.sampled_from(["EUR", "GBP", "CHF"]))
def test_an_amount_with_cents_is_read_as_the_cldr_writes_it(
    locale: str, cents: int, code: str
) -> None:
    """An amount of more than a million with cents has one meaning in every convention."""
    number = Decimal(cents) / 100
    text = format_currency(number, code, locale=locale, format_type="standard")
    money = read_money(text)
    assert money is not None
    assert Decimal(money.numbers[0]) == number
    assert len(money.numbers) == 1
    assert money.codes == (code,)


@given(
    scaled=st.sampled_from(
        [
            *[("million", 6), ("m", 6), ("bn", 9), ("k", 3), ("억", 8), ("만", 4), ("億", 8)],
            *[("lakh", 5), ("crore", 7), ("Mio.", 6), ("Mrd.", 9), ("millones", 6), ("млн", 6)],
        ]
    ),
    number=st.integers(1, 99_999),
)
def test_a_scale_multiplies(scaled: tuple[str, int], number: int) -> None:
    """A number before a word of scale means that many."""
    word, exponent = scaled
    money = read_money(f"{number} {word} EUR")
    assert money is not None
    assert money.numbers == (str(number * 10**exponent),)


@given(high=st.integers(1, 9999), low=st.integers(1, 9999))
def test_korean_and_indian_amounts_are_sums(high: int, low: int) -> None:
    """Falling scales are one amount: `3억 2000만 원`, `3 crore 20 lakh`."""
    korean = read_money(f"{high}억 {low:,}만 원")
    assert korean is not None
    assert korean.numbers == (str(high * 10**8 + low * 10**4),)
    indian = read_money(f"₹{high} crore {low % 100 or 1} lakh")
    assert indian is not None
    assert indian.numbers == (str(high * 10**7 + (low % 100 or 1) * 10**5),)
