"""Periods as statistics write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.errors import Place, Problem
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.statistics.reference_periods import (
    interval,
    months_or_spans,
    possible_periods,
    reference_period,
)


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("2019", ("2019",)),
        ("2019.0", ("2019",)),
        ("2019-05", ("2019-05",)),
        ("2019-M05", ("2019-05",)),
        ("2019-Q1", ("2019-01/2019-03",)),
        ("Q4 2019", ("2019-10/2019-12",)),
        ("1. Quartal 2020", ("2020-01/2020-03",)),
        ("1er trimestre 2020", ("2020-01/2020-03",)),
        ("2020년 3분기", ("2020-07/2020-09",)),
        ("2020年第二季度", ("2020-04/2020-06",)),
        ("IV квартал 2020", ("2020-10/2020-12",)),
        ("2020-S2", ("2020-07/2020-12",)),
        ("2020년 상반기", ("2020-01/2020-06",)),
        ("2020-W05", ("2020-01-27/2020-02-02",)),
        ("2020-D366", ("2020-12-31",)),
        ("2021-D366", ()),
        ("2013-2017", ("2013/2017",)),
        ("2009\u201310", ("2009/2010",)),
        ("1999/00", ("1999/2000",)),
        ("2013 to 2017", ("2013/2017",)),
        ("2013-01-01/P5Y", ("2013/2017",)),
        ("2019-04-01/P1Y", ("2019-04/2020-03",)),
        ("2013-01-01/2017-12-31", ("2013/2017",)),
        ("31.05.2020", ("2020-05-31",)),
        ("2011-12", ("2011/2012", "2011-12")),
        ("2020-T1", ("2020-01/2020-04", "2020-01/2020-03")),
        ("2017-2013", ()),
        ("2020-13", ()),
        ("2020-02-30", ()),
        ("soon", ()),
        ("1", ()),
        ("", ()),
    ],
)
def test_a_period_keeps_its_precision(text: str, periods: tuple[str, ...]) -> None:
    """A period is a year, month, day or interval; what has two meanings has both."""
    assert possible_periods(text) == periods


@given(st.dates(date(1900, 1, 1), date(2098, 1, 1)), st.integers(0, 1500))
def test_an_interval_is_read_as_it_is_written(first: date, days: int) -> None:
    """The text of any interval is read as itself, except for two years without a month."""
    last = first + timedelta(days)
    text = interval(first, last)
    assert text in possible_periods(f"{first.isoformat()}/{last.isoformat()}") or days == 0
    (term,) = reference_period(Cell(text, Place()))
    assert not isinstance(term, Problem)


@given(st.integers(1900, 2098), st.integers(1, 4))
def test_a_quarter_is_three_months(year: int, quarter: int) -> None:
    """The quarter of SDMX is the interval from its first to its last month."""
    start, end = f"{year}-{quarter * 3 - 2:02}", f"{year}-{quarter * 3:02}"
    assert possible_periods(f"{year}-Q{quarter}") == (f"{start}/{end}",)


def test_the_other_texts_of_a_column_decide() -> None:
    """A text with one meaning decides what `2011-12` means, unless another one contradicts it."""
    assert months_or_spans(["2011-12", "2012-13"]) == "span"
    assert months_or_spans(["2011-12", "2011-01"]) == "month"
    assert months_or_spans(["2011-12", "2012-13", "2011-01"]) is None
    assert months_or_spans(["2011-12", "2019"]) is None


@pytest.mark.parametrize("text", ["2020-13", "2020-02-30", "20", "2013/..", "2020-W05", "x"])
def test_another_text_is_no_period_of_the_graph(text: str) -> None:
    """A text in another form is a problem."""
    assert [isinstance(term, Problem) for term in reference_period(Cell(text, Place()))] == [True]
