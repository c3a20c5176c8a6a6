"""The lexical spaces of datatypes, one table for both engines and for the loaders."""

from calendar import monthrange
from datetime import date

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.shapes import check_lexical
from urbansdg.shapes.model.lexical_spaces import (
    PATTERNS,
    XSD,
    is_in_lexical_space,
    is_well_typed,
)

WELL = {
    "integer": ["0", "-7", "+7", "007", "12345678901234567890"],
    "decimal": ["1.50", ".5", "5.", "-0"],
    "boolean": ["true", "0"],
    "double": ["1e3", "NaN", "-INF"],
    "float": ["1.5"],
    "gYear": ["2024", "2024Z", "2024+09:00"],
    "gYearMonth": ["2024-02"],
    "date": ["2024-02-29", "2024-12-31Z"],
    "dateTime": ["2024-02-29T23:59:59.5+09:00"],
}
ILL = {
    "integer": ["", "1.0", "1_000", "1 000", "٣"],
    "decimal": ["NaN", "1,5", "1e3", "."],
    "boolean": ["yes", "TRUE"],
    "double": ["1,5", "inf"],
    "float": ["much"],
    "gYear": ["24", "20244", "about 2024", "2024-01"],
    "gYearMonth": ["2024-13", "2024"],
    "date": ["2024-13-45", "2023-02-29", "29.02.2024", "2024-2-9"],
    "dateTime": ["2024-02-30T00:00:00", "2024-02-29"],
}


IN_ANY_YEAR = {
    "gYear": ["-0300", "0000", "12024", "-12024Z", "2024-14:00"],
    "gYearMonth": ["-0300-01", "12024-12+13:59"],
    "date": ["-0300-01-01", "0000-02-29", "-0004-02-29", "12024-02-29Z", "2000-02-29"],
    "dateTime": [
        *("-0300-01-01T00:00:00Z", "0000-01-01T00:00:00", "10000-01-01T00:00:00.000000000001Z"),
        *("2024-01-01T24:00:00Z", "2024-01-01T00:00:00+14:00", "2024-01-01T00:00:00-13:59"),
        "123456789012345678901-01-01T00:00:00Z",
    ],
    "decimal": ["1" * 60, f"-0.{'1' * 60}"],
    "integer": ["9" * 60],
    "duration": ["P1Y", "-P1Y2M3DT4H5M6.789S", "PT0.000000000001S"],
}
IN_NO_YEAR = {
    "gYear": ["24", "-44", "+2024", "02024", "2024+14:01", "2024+24:00"],
    "gYearMonth": ["-0300-13", "2024-00"],
    "date": ["-0001-02-29", "1900-02-29", "2023-02-29", "2024-04-31", "00300-01-01", "12024-1-1"],
    "dateTime": [
        *("-0300-01-01", "2024-01-01T24:00:01Z", "2024-01-01T25:00:00Z", "2024-01-01T00:60:00Z"),
        *("2024-01-01T00:00:00+14:01", "2024-01-01T00:00:00+1:00", "2024-01-01T00:00Z"),
    ],
}


@pytest.mark.parametrize(
    ("kind", "text"), [(k, text) for k, texts in (IN_ANY_YEAR | WELL).items() for text in texts]
)
def test_a_text_of_the_whole_lexical_space_is_loaded(kind: str, text: str) -> None:
    """A source may have years before 0 and after 9999, any zone, and numbers of many digits."""
    assert is_in_lexical_space(text, f"{XSD}{kind}")


@pytest.mark.parametrize(
    ("kind", "text"), [(k, text) for k, texts in IN_NO_YEAR.items() for text in texts]
)
def test_a_text_outside_of_the_whole_lexical_space_is_refused(kind: str, text: str) -> None:
    """A day that the calendar lacks, and a time or a zone beyond its range, are ill-typed."""
    assert not is_in_lexical_space(text, f"{XSD}{kind}")


@given(st.dates())
def test_the_whole_lexical_space_has_every_day_of_the_calendar(day: date) -> None:
    """Every day of the calendar is in the space, and the day after its month is not."""
    assert is_in_lexical_space(day.isoformat(), f"{XSD}date")
    last = monthrange(day.year, day.month)[1]
    assert not is_in_lexical_space(f"{day.isoformat()[:8]}{last + 1}", f"{XSD}date")


@pytest.mark.parametrize(
    ("kind", "text"), [(k, text) for k, texts in WELL.items() for text in texts]
)
def test_well_typed_text_is_accepted(kind: str, text: str) -> None:
    """A text in the lexical space of XML Schema is well-typed."""
    assert is_well_typed(text, f"{XSD}{kind}")


@pytest.mark.parametrize(
    ("kind", "text"), [(k, text) for k, texts in ILL.items() for text in texts]
)
def test_ill_typed_text_is_found(kind: str, text: str) -> None:
    """A text outside of the lexical space is ill-typed, also where rdflib would take it."""
    assert not is_well_typed(text, f"{XSD}{kind}")


def test_every_datatype_of_the_table_is_tested() -> None:
    """Every datatype that has a lexical space here stands in the lists above."""
    assert {f"{XSD}{kind}" for kind in WELL} == {f"{XSD}{kind}" for kind in ILL} == set(PATTERNS)


def test_unknown_datatypes_take_any_text() -> None:
    """A datatype that the table does not know takes any text."""
    assert is_well_typed("anything", "http://example.org/datatype")


def test_a_parsed_source_is_checked_as_it_is_spelled() -> None:
    """An ill-typed literal of a source is told with its place, and a good one is not."""
    source = f"""
      <a:period> <a:start> "2024-13-45"^^<{XSD}date> ; <a:end> "2024-12-31"^^<{XSD}date> ;
        <a:label> "2024-13-45" ; <a:other> <a:iri> .
    """
    problems = list(check_lexical(ox.parse(source, format=ox.RdfFormat.TURTLE)))
    assert [
        (problem.code, problem.value, problem.place.focus, problem.place.path)
        for problem in problems
    ] == [("ill-typed", "2024-13-45", "a:period", "<a:start>")]
    assert "2024-13-45" in problems[0].message


@given(st.dates(), st.decimals(allow_nan=False, allow_infinity=False, places=2), st.integers())
def test_what_the_field_writes_is_well_typed(day: object, amount: object, number: object) -> None:
    """Every day, amount and whole number is well-typed as Python spells it."""
    assert is_well_typed(str(day), f"{XSD}date")
    assert is_well_typed(f"{amount:f}", f"{XSD}decimal")
    assert is_well_typed(str(number), f"{XSD}integer")
