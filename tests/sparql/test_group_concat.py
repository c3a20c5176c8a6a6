"""GROUP_CONCAT as SPARQL 1.1 defines it, on an engine that does otherwise."""

import pyoxigraph as ox
import pytest

from urbansdg.sparql.group_concat import with_simple_literals

_DATA = """
    <urn:a> <urn:p> "x"@en , "y"@en . <urn:b> <urn:p> "x"@en , "x"@fr .
    <urn:c> <urn:p> <urn:i> , 1 . <urn:d> <urn:p> "x"@en ."""


def _results(query: str) -> list[object]:
    store = ox.Store()
    store.load(_DATA.encode(), format=ox.RdfFormat.TURTLE)
    solutions = store.query(with_simple_literals(query))
    assert isinstance(solutions, ox.QuerySolutions)
    return [solution["x"] for solution in solutions]


def _texts(query: str) -> list[str]:
    """Return the members of each result in order, all of them simple literals."""
    texts = []
    for result in _results(query):
        assert isinstance(result, ox.Literal)
        assert result.language is None
        texts.append(" ".join(sorted(result.value.split(" "))))
    return texts


@pytest.mark.parametrize(
    ("call", "texts"),
    [
        ("GROUP_CONCAT(?o)", ["x y", "x x", "1 urn:i", "x"]),
        ("group_concat (DISTINCT ?o)", ["x y", "x x", "1 urn:i", "x"]),
        ("GROUP_CONCAT(DISTINCTSTR(?o) ; SEPARATOR = ' ')", ["x y", "x", "1 urn:i", "x"]),
        ("GROUP_CONCAT(DISTINCT(?o);SEPARATOR=' ) ')", ["x ) y", "x ) x", "1 ) urn:i", "x"]),
        ("CONCAT(GROUP_CONCAT(?o # )\n), '')", ["x y", "x x", "1 urn:i", "x"]),
        ("GROUP_CONCAT(IF(isIRI(?o), ?o, STR(?o)))", ["x y", "x x", "1 urn:i", "x"]),
    ],
)
def test_the_result_is_a_simple_literal(call: str, texts: list[str]) -> None:
    """GROUP_CONCAT gives a simple literal of the texts of its members, IRIs too."""
    order = "HAVING(GROUP_CONCAT(?o) != '') ORDER BY ?s GROUP_CONCAT(?o)"
    results = _texts(f"SELECT ?s ({call} AS ?x) {{ ?s <urn:p> ?o }} GROUP BY ?s {order}")
    assert results == [" ".join(sorted(text.split())) for text in texts]


def test_an_empty_group_gives_an_empty_literal() -> None:
    """GROUP_CONCAT of nothing is the empty simple literal."""
    assert _results("SELECT (GROUP_CONCAT(?o) AS ?x) { <urn:none> ?p ?o }") == [ox.Literal("")]


def test_a_member_with_an_error_is_an_error() -> None:
    """An error in a member leaves the result unbound (SPARQL 1.1, 18.5.1.7)."""
    assert _results("SELECT (GROUP_CONCAT(?o + 1) AS ?x) { <urn:a> ?p ?o }") == [None]


def test_rows_of_iris_leave_the_call_certain() -> None:
    """Members that stand in rows of VALUES, beside other terms, are concatenated too."""
    members = "VALUES (?s ?o) { (1 'x'@en) (1 <urn:i>) }"
    assert _texts(f"SELECT (GROUP_CONCAT(?o) AS ?x) {{ {members} }}") == ["urn:i x"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ('GROUP_CONCAT(?o)' AS ?x) {}",
        "ASK { ?s <urn:GROUP_CONCAT(?o)> 1 } # GROUP_CONCAT(?o)",
        "SELECT (GROUP_CONCAT AS ?x) {}",
        "SELECT (GROUP_CONCAT(?o",
        "SELECT (GROUP_CONCAT",
        "SELECT (GROUP_CONCAT(DISTINCTe:f(?o)) AS ?x) {}",
        "SELECT (GROUP_CONCAT(IF(?a<?b&&?c>?d, 1, 2)) AS ?x) {}",
        "SELECT (COUNT(*) AS ?x) {}",
    ],
)
def test_other_texts_stay_as_they_are(query: str) -> None:
    """Strings, IRIs, comments, what does not parse and what is in doubt are not rewritten."""
    assert with_simple_literals(query) == query


def test_a_pattern_in_a_member_is_not_repeated() -> None:
    """A pattern inside the call stands once: the same blank node may not stand in two groups."""
    query = "SELECT (GROUP_CONCAT(DISTINCT EXISTS { ?s ?q ?o }) AS ?x) { ?s ?p ?o }"
    assert with_simple_literals(query).count("EXISTS") == 1
