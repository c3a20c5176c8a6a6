"""The prologue of a query, and the same query with one BASE."""

import pyoxigraph as ox
import pytest

from urbansdg.sparql.prologue import prologue_of, with_one_base

_BASE = "http://e.org/"
_FORM = "SELECT (<x> AS ?iri) { }"


@pytest.mark.parametrize(
    ("query", "iri"),
    [
        (_FORM, "http://e.org/x"),
        (f"BASE <http://a.org/b/c>{_FORM}", "http://a.org/b/x"),
        (f"# BASE <http://no.org/>\nbase <d/> # BASE <no/>\n{_FORM}", "http://e.org/d/x"),
        (f"BASE <http://a.org/b/?q#f> BASE <c/> BASE <../d/> {_FORM}", "http://a.org/b/d/x"),
        (f"BASE <\\u0061/> {_FORM}", "http://e.org/a/x"),
        (f"BASE<a/>PREFIX:<b#>BASE<c/>{_FORM}", "http://e.org/a/c/x"),
        (f'VERSION "1.2" BASE <a/> {_FORM}', "http://e.org/a/x"),
        (
            "PREFIX p: <p#> BASE <a/> PREFIX q: <q#> SELECT (p:x AS ?iri) { }",
            "http://e.org/p#x",
        ),
        ("PREFIX p: <p#> BASE <a/> PREFIX p: <p#> SELECT (p: AS ?iri) { }", "http://e.org/a/p#"),
        ("PREFIXp:<p#>BASE<a/>SELECT (p:x AS ?iri) { }", "http://e.org/p#x"),
        ("PREFIX BASE: <a#> BASE <b/> SELECT (BASE:x AS ?iri) { }", "http://e.org/a#x"),
        ("BASE <urn:a:b> SELECT (<#x> AS ?iri) { }", "urn:a:b#x"),
    ],
)
def test_a_query_with_one_base_means_the_same(query: str, iri: str) -> None:
    """IRIs and prefixes mean what each BASE before them makes of them (section 4.1.1.1)."""
    sent = with_one_base(query, _BASE)
    assert sent.startswith("BASE <")
    assert [_iri(text) for text in (query, sent)] == [iri, iri]
    declarations = prologue_of(sent).declarations.splitlines()
    assert [line.startswith("BASE ") for line in declarations].count(True) == 1
    assert not any(":" not in line.partition("<")[2] for line in declarations)


def test_what_follows_the_prologue_stays() -> None:
    """The query behind its prologue stays as it is, with all comments, strings and IRIs."""
    form = "SELECT * { ?s ?p 'BASE <a>' # BASE <b>\n FILTER(?s<?p&&?p>?s) }"
    assert with_one_base(f"BASE <a/>\n{form}", _BASE) == f"BASE <http://e.org/a/>\n\n{form}"


def _iri(query: str) -> str:
    solutions = ox.Store().query(query, base_iri=_BASE)
    assert isinstance(solutions, ox.QuerySolutions)
    value = next(solutions)["iri"]
    assert isinstance(value, ox.NamedNode)
    return value.value
