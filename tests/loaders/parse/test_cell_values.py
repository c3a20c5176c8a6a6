"""Texts of cells as RDF terms."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.errors import Place, Problem
from urbansdg.loaders.parse.cell_values import (
    TermConverter,
    day,
    decimal,
    is_web_address,
    link,
    year,
)
from urbansdg.loaders.parse.facts import Cell


@pytest.mark.parametrize(
    "text",
    ["http://[bad", "https://x.example/100%", "https://x.example/[1]", "ftp://x", "http://a b"],
)
def test_an_address_that_is_no_iri_is_a_problem(text: str) -> None:
    """A text that looks like a web address and cannot be an IRI is reported, not an error."""
    assert not is_web_address(text)
    (problem,) = link(Cell(text, Place()))
    assert isinstance(problem, Problem)
    assert problem.code == "bad-link"


@given(st.text(alphabet=st.characters(), max_size=12))
def test_every_link_is_an_iri_or_a_problem(text: str) -> None:
    """Any text after the scheme gives an IRI or a problem."""
    for term in link(Cell(f"https://{text}", Place())):
        assert isinstance(term, ox.NamedNode | Problem)


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
