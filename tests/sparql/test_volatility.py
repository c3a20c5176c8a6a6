"""Which queries may have another answer the next time."""

import pytest

from urbansdg.sparql.volatility import is_volatile


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (RAND() AS ?x) {}",
        "SELECT (rand ( ) AS ?x) {}",
        "SELECT (RAND#here\n() AS ?x) {}",
        "SELECT (1+RAND() AS ?x) {}",
        "SELECT * { BIND(STRUUID() AS ?x) }",
        "SELECT * { BIND(UUID() AS ?x) }",
        "SELECT * { FILTER(?t < NOW()) }",
        "SELECT * { BIND(BNODE() AS ?x) }",
        "SELECT * { BIND(BNODE('a') AS ?x) }",
        "ASK { SERVICE <http://a.example/> { } }",
        "CONSTRUCT { [] a ?c } WHERE { ?s a ?c }",
        "CONSTRUCT { _:b a ?c } WHERE { ?s a ?c }",
        "CONSTRUCT { ?s <urn:l> (1 2) } WHERE { ?s a ?c }",
        "CONSTRUCT { ?s <urn:p> '}' . [] a ?c } WHERE { ?s a ?c }",
        "construct { # }\n [] a ?c } WHERE { ?s a ?c }",
        "CONSTRUCT { <<?s a ?c>> <urn:p> 1 } WHERE { ?s a ?c }",
        "CONSTRUCT { ?s a ?c {| <urn:p> 1 |} } WHERE { ?s a ?c }",
    ],
)
def test_a_query_that_may_change_its_answer_is_volatile(query: str) -> None:
    """Functions of chance and time, SERVICE, and new blank nodes make a query volatile."""
    assert is_volatile(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?now ?rand { ?now <urn:uuid> ?rand }",
        "SELECT (COUNT(*) AS ?n) { ?s ?p [] }",
        "DESCRIBE <urn:a>",
        "CONSTRUCT WHERE { ?s <urn:p> ?o }",
        "CONSTRUCT { ?s <urn:p> '[' } WHERE { ?s <urn:p> [] }",
        "CONSTRUCT { ?s <http://a.example/#p> ?o } WHERE { ?s ?p ?o FILTER(isIRI(?o)) }",
    ],
)
def test_other_queries_are_not(query: str) -> None:
    """A query over the data alone has one answer in a version."""
    assert not is_volatile(query)


def test_many_words_that_could_be_calls_are_a_doubt() -> None:
    """A text with many of the words is volatile without a look at each: gaps may be long."""
    assert not is_volatile("ASK {} # " + "service " * 20)
    assert is_volatile("ASK {} # " + "service #" * 100_000)
    assert is_volatile("ASK {} # " + "now #" * 100_000)
