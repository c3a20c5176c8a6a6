"""Values as people write them in cells."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.errors import Place, Problem
from urbansdg.loaders.cells.amounts import Amount, amount, currency_code
from urbansdg.loaders.cells.dates import day, duration, year
from urbansdg.loaders.cells.number_cells import number, whole
from urbansdg.loaders.cells.sdg_codes import Code, codes
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.quantities import plain_number, unambiguous
from urbansdg.loaders.parse.raw_sheet import Nature

_TARGETS = frozenset({"11.1", "11.2", "11.6", "11.a", "13.1", "17.1", "17.10"})


def _cell(text: str, language: str = "en") -> Cell:
    return Cell(text, Place("city.xlsx", "Budgets", 3, "B (Amount)"), language)


@pytest.mark.parametrize(
    ("text", "number_", "currency"),
    [
        ("2 000 MSEK", "2000000000", "SEK"),
        ("€1.5m", "1500000", "EUR"),
        ("R$31,7 bi", "31700000000", "BRL"),
        ("12억 원", "1200000000", "KRW"),
        ("12억원", "1200000000", "KRW"),
        ("₩1,200억", "120000000000", "KRW"),
        ("1.5 Mio. EUR", "1500000", "EUR"),
        ("2,5 M€", "2500000", "EUR"),
        ("US$ 3 million", "3000000", "USD"),
        ("KRW 1.2 trillion", "1200000000000", "KRW"),
        ("3.8 billion kronor", "3800000000", "SEK"),
        ("1 234 567,89 €", "1234567.89", "EUR"),
        ("1.234.567 EUR", "1234567", "EUR"),
        ("1,234 EUR", "1234", "EUR"),
        ("approx. 20 million euros", "20000000", "EUR"),
        ("20 millones de euros", "20000000", "EUR"),
        ("1 200 millions d’euros", "1200000000", "EUR"),  # noqa: RUF001
        ("3 mil millones EUR", "3000000000", "EUR"),
        ("\uff15\uff10\uff10 EUR", "500", "EUR"),
        ("CHF 1'234'567.50", "1234567.5", "CHF"),
        ("£2bn", "2000000000", "GBP"),
        ("120,000,000", "120000000", None),
        ("12 million South Korean won", "12000000", "KRW"),
        ("11.5백만 달러", "11500000", "USD"),
        ("EUR 500k", "500000", "EUR"),
    ],
)
def test_an_amount_is_read_as_it_is_written(text: str, number_: str, currency: str | None) -> None:
    """An amount is a number, a word of scale and a currency, in the spellings of its readers."""
    assert list(amount(_cell(text))) == [Amount(number_, currency)]


@pytest.mark.parametrize(
    ("text", "code", "candidates"),
    [
        ("1,234 million EUR", "ambiguous-value", ("1234000000", "1234000")),
        ("$5m", "ambiguous-value", ("5000000 USD", "5000000 CAD")),
        ("¥300万", "ambiguous-value", ("3000000 JPY", "3000000 CNY")),
        ("5,0 mio kr", "ambiguous-value", ("5000000 SEK", "5000000 NOK")),
        ("1-2 million EUR", "range", ("1000000 EUR or 2000000 EUR",)),
        ("some euros", "bad-amount", ()),
        ("10 % EUR", "bad-amount", ()),
        ("12 EUR for 3 years", "bad-amount", ()),
    ],
)
def test_an_amount_is_not_guessed(text: str, code: str, candidates: tuple[str, ...]) -> None:
    """An amount that can mean more than one thing is a problem that names what it can mean."""
    (problem,) = amount(_cell(text))
    assert isinstance(problem, Problem)
    assert problem.code == code
    assert all(candidate in problem.message + problem.remedy for candidate in candidates)
    assert problem.value == text


def test_a_billion_is_asked_for_in_languages_that_have_two() -> None:
    """`billion` in a French or Spanish text can be 10^9 or 10^12, and is asked for."""
    (problem,) = amount(_cell("2 billion EUR", "fr"))
    assert isinstance(problem, Problem)
    assert "2000000000 EUR or 2000000000000 EUR" in problem.message


def test_the_column_of_the_currency_settles_a_sign() -> None:
    """A sign that several currencies share is settled by the column of the currency."""
    assert list(amount(_cell("$5m"), "CAD")) == [Amount("5000000", "CAD")]
    (problem,) = amount(_cell("5 EUR"), "KRW")
    assert isinstance(problem, Problem)
    assert problem.code == "contradicting-currency"


@pytest.mark.parametrize(
    ("text", "code"), [("krw", "KRW"), ("₩", "KRW"), ("euros", "EUR"), ("Swiss Franc", "CHF")]
)
def test_a_currency_is_a_code_a_sign_or_a_name(text: str, code: str) -> None:
    """A currency is known by its code of ISO 4217, its sign or its name in CLDR."""
    assert list(currency_code(_cell(text))) == [code]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("31.12.2025", "2025-12-31"),
        ("13/12/2025", "2025-12-13"),
        ("12/31/2024", "2024-12-31"),
        ("2025/3/4", "2025-03-04"),
        ("03/2025", "2025-03"),
        ("March 2025", "2025-03"),
        ("12 March 2025", "2025-03-12"),
        ("1er mars 2025", "2025-03-01"),
        ("12 de mayo de 2024", "2024-05-12"),
        ("sept 2024", "2024-09"),
        ("2025년 3월 12일", "2025-03-12"),
        ("2025. 3. 12.", "2025-03-12"),
        ("20250312", "2025-03-12"),
        ("\uff12\uff10\uff12\uff15", "2025"),
        ("2025-03-12T00:00:00", "2025-03-12"),
    ],
)
def test_a_date_is_as_exact_as_it_is_written(text: str, value: str) -> None:
    """A date is a year, a month or a day, in the spellings of its readers."""
    assert list(day(_cell(text))) == [value]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("03/04/2025", "ambiguous-value"),
        ("45291", "ambiguous-value"),
        ("2025-02-30", "bad-date"),
        ("Q2 2025", "bad-date"),
        ("3 March 4 2025", "bad-date"),
        ("soon", "bad-date"),
    ],
)
def test_a_date_is_not_guessed(text: str, code: str) -> None:
    """What is two dates, or none of the calendar, is a problem."""
    (problem,) = day(_cell(text))
    assert isinstance(problem, Problem)
    assert problem.code == code


def test_a_year_is_one_year() -> None:
    """A year may come as `FY2025`, and not as `2024/25`."""
    assert list(year(_cell("FY2025"))) == ["2025"]
    assert isinstance(next(year(_cell("2024/25"))), Problem)


@pytest.mark.parametrize(
    ("text", "value"), [("2:30", "PT2M30S"), ("1:02:03", "PT1H2M3S"), ("PT5S", "PT5S")]
)
def test_a_length_of_time_is_read_as_a_clock_shows_it(text: str, value: str) -> None:
    """A duration comes as a clock or as ISO 8601."""
    assert list(duration(_cell(text))) == [value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11.2; 11.6", ["11.2", "11.6"]),
        ("11.2,11.6", ["11.2", "11.6"]),
        ("11.2, 11.6", ["11.2", "11.6"]),
        ("SDG 11.2", ["11.2"]),
        ("SDG 11.A", ["11.a"]),
        ("Goal 11", ["11"]),
        ("ODD 11.2 et 13.1", ["11.2", "13.1"]),
        ("Targets 11.2 & 13.1", ["11.2", "13.1"]),
        ("목표 11", ["11"]),
    ],
)
def test_targets_are_listed_as_people_do(text: str, expected: list[str]) -> None:
    """A cell may list goals and targets in words and with the usual marks between them."""
    assert list(codes(_cell(text), Nature.TEXT, _TARGETS)) == [Code(code) for code in expected]


@pytest.mark.parametrize(
    ("text", "nature", "code"),
    [
        ("11,2", Nature.TEXT, "ambiguous-value"),
        ("17.1", Nature.NUMBER, "ambiguous-value"),
        ("2024-02-11", Nature.DATE, "number-became-date"),
        ("11.99", Nature.TEXT, "unknown-target"),
        ("18", Nature.TEXT, "unknown-target"),
    ],
)
def test_what_a_spreadsheet_did_to_a_target_is_reported(
    text: str, nature: Nature, code: str
) -> None:
    """A target that a spreadsheet took for a number or a date is a problem with candidates."""
    (problem,) = codes(_cell(text), nature, _TARGETS)
    assert isinstance(problem, Problem)
    assert problem.code == code


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4, allow_nan=False))
def test_a_plain_number_is_read_back(value: Decimal) -> None:
    """A number with a point before its fraction, made exact, means that number only."""
    text = plain_number(value)
    assert list(number(_cell(unambiguous(text)))) == [text]


@given(st.integers(min_value=0, max_value=10**15), st.sampled_from([",", ".", " ", "'", "\xa0"]))
def test_a_whole_number_may_have_marks_between_thousands(value: int, mark: str) -> None:
    """A whole number means the same with any mark between its thousands."""
    assert list(whole(_cell(f"{value:,}".replace(",", mark)))) == [str(value)]


@given(st.text(max_size=30))
def test_any_text_is_understood_or_is_a_problem(text: str) -> None:
    """No text in a cell stops the reader: it gives a value or a problem."""
    cell = _cell(text.strip() or "x")
    ways: list[Iterator[object]] = [amount(cell), day(cell), year(cell), number(cell)]
    ways += [whole(cell), duration(cell)]
    assert all(list(way) for way in ways)
    assert all(isinstance(result, Code | Problem) for result in codes(cell, Nature.TEXT, _TARGETS))
