"""Texts of cells as RDF terms."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.errors import Place, Problem
from urbansdg.loaders.parse.cell_values import is_web_address, link
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
