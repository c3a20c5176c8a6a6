"""Cells of our own tables: strict forms, and remedies that name what a looser text means."""

import pytest

from urbansdg.errors import Place, Problem
from urbansdg.loaders.parse.cell_values import TermConverter, day, decimal, year
from urbansdg.loaders.parse.facts import Cell


@pytest.mark.parametrize(
    ("convert", "text", "remedy"),
    [
        (day, "31.12.2025", "Write 2025-12-31."),
        (day, "March 2025", "Write 2025-03."),
        (day, "03/04/2025", "Write 2025-04-03 or 2025-03-04."),
        (day, "soon", "Write 2026, 2026-11 or 2026-11-23, as precisely as known."),
        (year, "31 March 2025", "Write 2025."),
        (decimal, "1 234,5", "Write 1234.5: digits only, a point before the fraction."),
        (decimal, "12 million EUR", "Write 12000000: digits only, a point before the fraction."),
    ],
)
def test_a_text_in_another_form_gets_the_value_to_write(
    convert: TermConverter, text: str, remedy: str
) -> None:
    """A date or a number that is not in the form of our tables gets the value in that form."""
    (problem,) = convert(Cell(text, Place("policies.csv", row=2, column="start")))
    assert isinstance(problem, Problem)
    assert problem.remedy == remedy
