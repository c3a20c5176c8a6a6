"""The kinds of the columns of a result."""

from decimal import Decimal

import pyoxigraph as ox
import pytest

from urbansdg.endpoint.results.result_columns import columns_of, number_of_term, point_of_term
from urbansdg.endpoint.results.result_table import ResultTable, ResultTerm
from urbansdg.ontology.namespaces import PREFIXES, XSD

_WKT = ox.NamedNode(f"{PREFIXES['gsp']}wktLiteral")


def _typed(value: str, name: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(XSD[name]))


@pytest.mark.parametrize(
    ("name", "terms", "kind"),
    [
        ("city", [ox.NamedNode("http://example.org/a"), None], "thing"),
        ("city", [ox.NamedNode("http://example.org/a"), ox.Literal("a")], "text"),
        ("amount", [ox.Literal(5), _typed("1.5", "decimal")], "number"),
        ("year", [ox.Literal(2020)], "year"),
        ("year", [ox.Literal(20200)], "number"),
        ("policies", [ox.Literal(2020)], "number"),
        ("from", [_typed("2020", "gYear")], "year"),
        ("at", [_typed("2020-01-01", "date"), _typed("2021", "gYear")], "day"),
        ("latitude", [ox.Literal(1.5)], "latitude"),
        ("long", [ox.Literal(1.5)], "longitude"),
        ("where", [ox.Literal("POINT(1 2)", datatype=_WKT)], "geometry"),
        ("code", [ox.Literal("11", datatype=ox.NamedNode("http://example.org/code"))], "text"),
        ("nothing", [None], "empty"),
    ],
)
def test_a_column_is_of_the_kind_of_its_values(
    name: str, terms: list[ResultTerm], kind: str
) -> None:
    """A column is of the kind that all its values have."""
    table = ResultTable((name,), tuple((term,) for term in terms), len(terms))
    assert columns_of(table)[0].kind == kind


@pytest.mark.parametrize("text", ["NaN", "INF", "1e400", "9" * 41, "", "1_000", "abc"])
def test_a_number_that_cannot_be_drawn_is_none(text: str) -> None:
    """Infinite, endless and invalid numbers are not numbers of a chart."""
    number = number_of_term(_typed(text, "double"))
    assert number is None or text == "1_000"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("POINT(126.97 37.56)", (Decimal("126.97"), Decimal("37.56"))),
        (
            "<http://www.opengis.net/def/crs/OGC/1.3/CRS84> Point (-1 2.5)",
            (Decimal(-1), Decimal("2.5")),
        ),
        ("POINT(200 10)", None),
        ("POINT(1)", None),
        ("POINT(1..2 3)", None),
        ("POLYGON((0 0, 1 1, 1 0, 0 0))", None),
    ],
)
def test_a_point_of_wkt_is_a_place(text: str, place: tuple[Decimal, Decimal] | None) -> None:
    """The point of a WKT literal is its longitude and latitude, if it is on the earth."""
    assert point_of_term(ox.Literal(text, datatype=_WKT)) == place
