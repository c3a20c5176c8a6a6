"""Values of the parameters of questions as RDF terms."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.ontology.namespaces import XSD
from urbansdg.queries import (
    CompetencyQuestion,
    InvalidParameter,
    InvalidValue,
    ParameterKind,
    question_named,
    term_of,
)
from urbansdg.queries.parameter_values import short_value

_BASE = "https://data.example.org/graphs"
_TEXT_QUESTION = "policies_by_text"


def _question(name: str) -> CompetencyQuestion:
    question = question_named(name)
    assert question is not None
    return question


@pytest.mark.parametrize(
    ("kind", "value", "iri"),
    [
        ("city", "2988507", f"{_BASE}/id/city/2988507"),
        ("policy", "1-서울", f"{_BASE}/id/policy/1-서울"),
        ("network", "citynet", f"{_BASE}/id/organisation/citynet"),
        ("theme", "transport", "https://w3id.org/urbansdg/vocab/theme#transport"),
        ("group", "women", "https://w3id.org/urbansdg/vocab/population-group#women"),
        ("goal", "11", "http://metadata.un.org/sdg/11"),
        ("goal", "SDG 11", "http://metadata.un.org/sdg/11"),
        ("target", " 11.A ", "http://metadata.un.org/sdg/11.a"),
        ("city", "http://sws.geonames.org/2988507/", "http://sws.geonames.org/2988507/"),
    ],
)
def test_a_thing_is_given_by_its_short_form_or_its_iri(
    kind: ParameterKind, value: str, iri: str
) -> None:
    """A key, a code, a local name and an IRI are the IRI of the thing."""
    assert term_of(kind, value, _BASE) == ox.NamedNode(iri)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("city", ""),
        ("city", "Paris; DROP"),
        ("city", "x> } ?s ?p ?o { <y"),
        ("city", "http://example.org/<"),
        ("goal", "eleven"),
        ("goal", "11.2"),
        ("target", "11"),
        ("thing", "transport"),
        ("integer", "1.5"),
        ("integer", "\uff11"),
        ("integer", "1" * 19),
        ("decimal", "1e400"),
        ("decimal", "NaN"),
        ("date", "2026-02-30"),
        ("date", "20260230"),
        ("year", "26"),
        ("currency", "usd"),
        ("language", "k"),
        ("text", "x" * 1001),
        ("text", "  "),
    ],
)
def test_another_value_is_refused(kind: ParameterKind, value: str) -> None:
    """A value that is not of the kind of its parameter is refused, with what is expected."""
    with pytest.raises(InvalidValue):
        term_of(kind, value, _BASE)


@given(st.text(min_size=1, max_size=200).filter(lambda text: bool(text.strip())))
def test_any_text_is_one_term_of_the_query(text: str) -> None:
    """Whatever a text is, the query with it binds exactly that text, and nothing else is asked."""
    try:
        query = _question(_TEXT_QUESTION).query_for(_BASE, {"word": text})
    except UnicodeEncodeError:
        return  # half of a surrogate pair, which no request can have
    (line,) = (line for line in query.split("\n") if "VALUES ?word" in line)
    (solution,) = ox.Store().query(f"SELECT * {{ {line} }}")  # type: ignore[misc]
    assert solution["word"] == ox.Literal(text.strip())


def test_a_question_names_a_parameter_that_it_does_not_have() -> None:
    """An unknown parameter is refused, not ignored."""
    with pytest.raises(InvalidParameter, match="no parameter 'colour'"):
        _question(_TEXT_QUESTION).query_for(_BASE, {"colour": "red"})


def test_the_example_leaves_the_query_as_it_is() -> None:
    """A query with the examples as values is the query of the file."""
    question = _question("policies_within_means")
    values = {parameter.name: parameter.example for parameter in question.parameters}
    assert question.query_for(_BASE, values) == question.query_for(_BASE)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("city", "1"), ("goal", "11"), ("target", "11.2"), ("theme", "transport"), ("text", "a b")],
)
def test_the_short_form_of_a_term_makes_the_term(kind: ParameterKind, value: str) -> None:
    """The short form of a term is the value that it was made from."""
    assert short_value(kind, term_of(kind, value, _BASE), _BASE) == value


def test_a_year_and_a_number_have_their_datatypes() -> None:
    """Numbers, days and years are typed literals, which compare as such."""
    assert term_of("year", "2008", _BASE) == ox.Literal("2008", datatype=ox.NamedNode(XSD.gYear))
    assert term_of("integer", "5", _BASE) == ox.Literal(5)
