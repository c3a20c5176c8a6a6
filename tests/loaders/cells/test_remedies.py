"""Mistakes of officers: each gets the remedy that fits it, and each value that is clear is read."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.cells.amounts import Amount, amount
from urbansdg.loaders.cells.date_remedies import Edge
from urbansdg.loaders.cells.dates import day
from urbansdg.loaders.cells.web_addresses import links
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.raw_sheet import Nature
from urbansdg.loaders.workbook.choices import read_choices
from urbansdg.loaders.workbook.column_parsers import CellParsers
from urbansdg.loaders.workbook.sheet_rows import Entry, SheetRow
from urbansdg.loaders.workbook.workbook_layout import read_layout

_GOLDEN = Path(__file__).parent / "golden"
_START = Edge("start", "Planned end")


def _rows(name: str) -> list[tuple[str, ...]]:
    with (_GOLDEN / f"{name}.csv").open(encoding="utf-8", newline="") as table:
        return [tuple(row) for row in csv.reader(table)][1:]


def _cell(text: str) -> Cell:
    return Cell(text, Place("city.xlsx", "Policies", 3, "B (Title)"))


def _remedy(results: Iterator[object]) -> str:
    """Return the remedy of the one problem of a cell."""
    (problem,) = results
    assert isinstance(problem, Problem)
    assert problem.severity is Severity.VIOLATION
    assert problem.message
    return problem.remedy


@pytest.fixture(scope="module")
def parsers() -> CellParsers:
    """Return the parsers of an English workbook."""
    return CellParsers(read_choices(read_layout()), "en")


def _parse(parsers: CellParsers, sheet: str, column: str, text: str) -> Iterator[object]:
    form = read_layout().form(sheet)
    titles = {of_form.name: f"A ({of_form.titles['en']})" for of_form in form.columns}
    row = SheetRow(form, Place(), {}, titles)
    return parsers.parse(Entry(form.column(column), _cell(text), Nature.TEXT), row)


@pytest.mark.parametrize(("text", "date"), _rows("dates-are-read"))
def test_a_clear_date_is_read(text: str, date: str) -> None:
    """A date with one meaning is read with its precision, in six languages."""
    assert list(day(_cell(text))) == [date]


@pytest.mark.parametrize(("text", "offered"), _rows("dates-get-a-fitting-remedy"))
def test_a_date_that_is_not_clear_gets_its_remedy(text: str, offered: str) -> None:
    """A text that is not one date gets the dates that it can mean, or the action."""
    assert offered in _remedy(day(_cell(text), _START))


@pytest.mark.parametrize(("text", "number", "currency"), _rows("amounts-are-read"))
def test_a_clear_amount_is_read(text: str, number: str, currency: str) -> None:
    """An amount is read in the groupings and scales of India, Korea, Japan and Europe."""
    assert list(amount(_cell(text))) == [Amount(number, currency)]


@pytest.mark.parametrize(
    ("text", "number", "currency"), _rows("amounts-with-years-are-read-and-reported")
)
def test_years_beside_an_amount_are_not_the_amount(text: str, number: str, currency: str) -> None:
    """An amount with years beside it is that amount, with a warning that names both."""
    result, problem = amount(_cell(text))
    assert result == Amount(number, currency)
    assert isinstance(problem, Problem)
    assert problem.severity is Severity.WARNING
    assert f"{number} {currency}" in problem.remedy


@pytest.mark.parametrize(("text", "offered"), _rows("amounts-in-text-are-offered"))
def test_an_amount_in_a_text_is_offered(text: str, offered: str) -> None:
    """A text with amounts offers these, and one without says what to do; never a year."""
    remedy = _remedy(amount(_cell(text)))
    assert offered in remedy
    assert "2024 EUR" not in remedy


@pytest.mark.parametrize(("text", "addresses"), _rows("sources-are-read"))
def test_addresses_are_read(text: str, addresses: str) -> None:
    """Complete addresses are read, one or several."""
    assert list(links(_cell(text))) == addresses.split()


@pytest.mark.parametrize(("text", "offered"), _rows("sources-get-one-remedy"))
def test_a_source_gets_one_remedy(parsers: CellParsers, text: str, offered: str) -> None:
    """A cell that is not an address is one problem, which offers the address or the action."""
    assert offered in _remedy(_parse(parsers, "policies", "source", text))


@pytest.mark.parametrize(("column", "text", "offered"), _rows("choices-get-a-fitting-remedy"))
def test_a_choice_gets_its_remedy(
    parsers: CellParsers, column: str, text: str, offered: str
) -> None:
    """A text that is not a choice gets the choice that is meant: list, synonym, other column."""
    assert offered in _remedy(_parse(parsers, "policies", column, text))


@pytest.mark.parametrize(("column", "text", "offered"), _rows("numbers-in-text-are-offered"))
def test_a_number_in_a_text_is_offered(
    parsers: CellParsers, column: str, text: str, offered: str
) -> None:
    """A text that is not a number offers the number in it, or says to leave the cell empty."""
    assert offered in _remedy(_parse(parsers, "staff", column, text))


def test_the_currency_of_the_citys_country_is_offered_first() -> None:
    """A sign that several currencies share offers that of the country: pesos in Colombia."""
    remedy = _remedy(amount(_cell("$ 12 million"), country="CO"))
    assert remedy.startswith("Write one of these: 12000000 COP or ")


@pytest.mark.parametrize("text", ["%", "€"])
def test_a_sign_is_a_unit(parsers: CellParsers, text: str) -> None:
    """In a column of units, a sign is the unit and not an empty cell."""
    assert list(_parse(parsers, "outcomes", "effect_unit", text)) == [text]


def test_of_several_mailboxes_each_is_offered(parsers: CellParsers) -> None:
    """A cell with two mailboxes offers both, because the first may be that of a person."""
    remedy = _remedy(_parse(parsers, "contacts", "mailbox", "a@city.example; b@city.example"))
    assert "a@city.example or b@city.example" in remedy


def test_a_goal_with_a_counter_is_offered(parsers: CellParsers) -> None:
    """Koreans write goal 14 with a counter; the remedy is the number."""
    assert _remedy(_parse(parsers, "policies", "goals", "14번")) == "Write 14."
