"""The order of the columns of SELECT *."""

import pyoxigraph as ox
import pytest

from urbansdg.sparql.select_all import selects_all, with_columns


def _columns(query: str) -> list[str]:
    results = ox.Store().query(query)
    assert isinstance(results, ox.QuerySolutions)
    return [variable.value for variable in results.variables]


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT * { ?s ?p ?o }", "s p o"),
        ("select distinct*where{ ?s ?p ?o }", "s p o"),
        ("SELECT REDUCED # ?o *\n* { $s ?p ?o # ?a\n }", "s p o"),
        ("PREFIX p: <urn:?x*> SELECT * { ?s p:o ?o , '?a', \"?b\" }", "s o"),
        ("SELECT * FROM <urn:g> { VALUES (?b ?a) { (1 2) } BIND(?b AS ?z) }", "b a z"),
        ("SELECT * { ?s ?p ?o MINUS { ?h ?p ?i } FILTER NOT EXISTS { ?k ?p ?j } }", "s p o"),
        ("SELECT * { { SELECT ?o { ?s ?p ?o } } ?x ?y ?o }", "o x y"),
        ("SELECT * { { SELECT * { ?s ?p ?o } } ?b ?a ?o }", "s p o b a"),
        ("SELECT * { ?s ?p ?o OPTIONAL { ?z ?y ?o } } ORDER BY ?a VALUES ?w { 1 }", "s p o z y w"),
        ("SELECT * { VALUES (?z ?b) { ('x' <urn:x>) } BIND(1 AS ?a) }", "z b a"),
        ("SELECT * { ?s <urn:a>*/^<urn:b> ?o FILTER(?s != ?o) }", "s o"),
    ],
)
def test_columns_are_as_they_first_appear(query: str, columns: str) -> None:
    """SELECT * has its columns in the order of their first appearance in the text."""
    assert selects_all(query)
    assert _columns(with_columns(query, _columns(query))) == columns.split()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT ?o { { SELECT * { ?s ?p ?o } } }",
        "SELECT * {}",
        "SELECT * { ?s ?p ?o FILTER(?s <?p&&?o> ?s) }",
    ],
)
def test_a_query_in_doubt_comes_back_as_it_is(query: str) -> None:
    """A query without SELECT *, without variables, or with a doubtful token is left alone."""
    assert with_columns(query, _columns(query)) == query


def test_variables_that_the_text_lacks_leave_the_query_alone() -> None:
    """Where the engine has a variable that the text has not, its order stays."""
    query = "SELECT * { ?s ?p ?o }"
    assert with_columns(query, ["o", "p", "s", "hidden"]) == query
