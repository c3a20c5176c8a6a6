"""The views that a result has beside its table."""

from collections.abc import Sequence
from decimal import Decimal

import pyoxigraph as ox

from urbansdg.endpoint.results.result_table import ResultTable, ResultTerm
from urbansdg.endpoint.results.result_views import views_of
from urbansdg.ontology.namespaces import PREFIXES, XSD


def _year(year: int) -> ox.Literal:
    return ox.Literal(str(year), datatype=ox.NamedNode(XSD.gYear))


def _table(columns: str, rows: Sequence[Sequence[ResultTerm]]) -> ResultTable:
    return ResultTable(tuple(columns.split()), tuple(map(tuple, rows)), len(rows))


def test_texts_alone_are_a_table() -> None:
    """A result without numbers, years and places is a table only."""
    assert views_of(_table("city policy", [[ox.Literal("a"), ox.Literal("b")]])).names == ("table",)


def test_a_label_and_a_number_are_bars() -> None:
    """A label and a number are drawn as bars; rows without the number are left out."""
    rows: list[list[ResultTerm]] = [[ox.Literal("a"), ox.Literal(3)], [ox.Literal("b"), None]]
    views = views_of(_table("city policies", rows))
    assert views.names == ("table", "bar")
    assert list(views.numbers()) == [(0, Decimal(3))]


def test_amounts_in_several_currencies_are_not_compared() -> None:
    """Numbers in several currencies or units have no common axis: they are groups of bars."""
    rows = [
        [ox.Literal("a"), _year(2019), ox.Literal(3), ox.Literal("EUR")],
        [ox.Literal("a"), _year(2020), ox.Literal(5), ox.Literal("EUR")],
    ]
    views = views_of(_table("city year amount currency", rows))
    assert views.groups() == [[0, 1]]
    assert views.names == ("table", "bar", "line")
    rows.append([ox.Literal("b"), _year(2019), ox.Literal(4), ox.Literal("KRW")])
    views = views_of(_table("city year amount currency", rows))
    assert views.groups() == [[0, 1], [2]]
    assert views.names == ("table", "bar")


def test_coordinates_and_wkt_are_a_map() -> None:
    """Latitude and longitude, or a WKT point, make a map; what is off the earth is left out."""
    point = ox.Literal("POINT(2 1)", datatype=ox.NamedNode(f"{PREFIXES['gsp']}wktLiteral"))
    rows = [
        [ox.Literal("a"), ox.Literal(1.0), ox.Literal(2.0)],
        [ox.Literal("b"), ox.Literal(95.0), ox.Literal(2.0)],
    ]
    assert views_of(_table("city lat long", rows)).places == ((0, Decimal(2), Decimal(1)),)
    assert views_of(_table("city where", [[ox.Literal("a"), point]])).names == ("table", "map")


def test_a_year_and_a_number_are_a_line_for_each_label() -> None:
    """Rows with the same label are one line over the years."""
    rows = [
        [ox.Literal("Seoul"), _year(2019), ox.Literal(1)],
        [ox.Literal("Paris"), _year(2019), ox.Literal(2)],
        [ox.Literal("Seoul"), _year(2020), ox.Literal(3)],
    ]
    views = views_of(_table("city year people", rows))
    assert views.lines == ((0, 2), (1,))
    assert "line" in views.names


def test_two_values_at_one_time_are_not_a_line() -> None:
    """A line with two values in one year would be drawn as a lie: there is none."""
    rows = [[_year(2019), ox.Literal(1)], [_year(2019), ox.Literal(2)]]
    assert views_of(_table("year amount", rows)).names == ("table",)


def test_from_and_to_are_a_timeline() -> None:
    """Two years or days are the start and the end of a span, which may be open."""
    rows: list[list[ResultTerm]] = [
        [ox.Literal("a"), _year(2019), _year(2021)],
        [ox.Literal("b"), _year(2020), None],
    ]
    views = views_of(_table("policy from to", rows))
    assert views.names == ("table", "timeline")
    assert views.span is not None
    assert [column.name for column in views.span] == ["from", "to"]


def test_no_rows_have_no_views() -> None:
    """A result without rows is an empty table."""
    assert views_of(_table("city policies", [])).names == ("table",)
