"""Statements of Wikidata in JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.wikidata_entity import (
    entity,
    item_value,
    position_value,
    quantity_value,
    statement,
    time_value,
)
from urbansdg.loaders.parse.wikidata_json import (
    best,
    item_of,
    position,
    statements_of,
    terms_of,
    whole_number,
)

_PRECISE = time_value("+2021-12-31T00:00:00Z", 11)


def _values(*ranks: str) -> list[object]:
    claims = [statement("P1", rank, rank) for rank in ranks]
    return [one.value for one in best(statements_of(entity("Q1", {}, claims), "P1"))]


@pytest.mark.parametrize(
    ("ranks", "values"),
    [
        (("normal", "preferred", "deprecated"), ["preferred"]),
        (("normal", "normal", "deprecated"), ["normal", "normal"]),
        (("deprecated",), []),
    ],
)
def test_the_best_statements_are_the_preferred_ones(
    ranks: tuple[str, ...], values: list[str]
) -> None:
    """Preferred statements count, or else normal ones, and deprecated ones never."""
    assert _values(*ranks) == values


def test_a_statement_of_the_past_is_not_among_the_best() -> None:
    """A country that ended is not the country, and an unknown value is none."""
    claims = [
        statement(
            "P17",
            item_value("Q33946"),
            qualifiers={"P582": time_value("+1992-12-31T00:00:00Z", 11)},
        ),
        statement("P17", None),
        statement("P17", item_value("Q213")),
    ]
    values = [item_of(one.value) for one in best(statements_of(entity("Q1", {}, claims), "P17"))]
    assert values == ["Q213"]


@pytest.mark.parametrize(
    ("qualifiers", "year"),
    [
        ({"P585": time_value("+2021-00-00T00:00:00Z")}, "2021"),
        ({"P585": _PRECISE}, "2021"),
        ({"P585": time_value("+2020-00-00T00:00:00Z", 8)}, None),
        ({"P585": time_value("-0050-00-00T00:00:00Z")}, None),
        ({"P585": None}, None),
        ({}, None),
    ],
)
def test_the_year_is_that_of_the_point_in_time(
    qualifiers: dict[str, object], year: str | None
) -> None:
    """A time is a year if it is as precise as that; a decade or an unknown time is none."""
    claim = statement("P1082", quantity_value("+1"), qualifiers=qualifiers)
    (one,) = statements_of(entity("Q1", {}, [claim]), "P1082")
    assert one.year() == year


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        (quantity_value("+1357326"), "1357326"),
        (quantity_value("1357326"), "1357326"),
        (quantity_value("+12.0"), "12"),
        (quantity_value("+12.5"), None),
        (quantity_value("-3"), None),
        (quantity_value("+3", "http://www.wikidata.org/entity/Q11573"), None),
        ("1357326", None),
        (None, None),
    ],
)
def test_a_head_count_is_a_whole_number_without_a_unit(value: object, digits: str | None) -> None:
    """A fraction, a negative number or a quantity of metres does not count people."""
    assert whole_number(value) == digits


@pytest.mark.parametrize(
    ("value", "degrees"),
    [
        (position_value(50.0875, 14.421388888889), ("50.0875", "14.421389")),
        (position_value(0, -1), ("0.0", "-1.0")),
        (position_value(1e-7, 0), ("0.0", "0.0")),
        (position_value(18.65, 226.2, "Q111"), None),
        (position_value(18.65, 26.2, "Q111"), None),
        (position_value(100, 0), None),
        ({"latitude": "50", "longitude": "14"}, None),
    ],
)
def test_a_position_is_on_earth(value: object, degrees: tuple[str, str] | None) -> None:
    """A position is written in decimals, and one on Mars (Q111) or out of range is none."""
    assert position(value) == degrees


def test_terms_have_language_tags() -> None:
    """Codes of Wikimedia become BCP 47 tags, and a code that is no tag is left out."""
    labels = {"no": "Praha", "zh-min-nan": "Praha", "simple": "Prague", "x": "?"}
    assert list(terms_of(entity("Q1", labels, []), "labels")) == [
        ("nb", "Praha"),
        ("nan", "Praha"),
        ("en-simple", "Prague"),
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(_JSON)
def test_any_json_is_read_without_an_error(value: object) -> None:
    """A document of another form has no statements, values or terms."""
    document = {"claims": {"P1": value}, "labels": value, "aliases": value}
    for one in statements_of(document, "P1"):
        one.year()
        one.address()
        item_of(one.value)
        whole_number(one.value)
        position(one.value)
    list(terms_of(document, "labels"))
    list(terms_of(document, "aliases"))
