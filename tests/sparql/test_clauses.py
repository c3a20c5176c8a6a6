"""The clauses that are seen before evaluation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.sparql.clauses import has_dataset, has_load, has_service

_GAPS = st.text(" \t\r\n", max_size=3) | st.sampled_from(["# note\n", " #{<>'\"\n ", "#\r"])
_NAMES = st.sampled_from(
    ["<http://h/>", "<>", "?x", "$x", "ex:a", ":", "ex:a\\#b", "<http://h/#x>"]
)
_CASES = st.lists(st.booleans(), min_size=7, max_size=7)
_BEFORE = st.sampled_from(
    ["{", "} ", "1", "true", "<http://h/a>", "?a<?b&&?c='>')", "'x'", '"""', "#' \n", "ex: .", "\\"]
)


@given(_BEFORE, _CASES, _GAPS, st.sampled_from(["", "SILENT ", "silent"]), _GAPS, _NAMES, _GAPS)
def test_a_service_clause_is_never_missed(  # one for each part of the clause
    before: str, upper: list[bool], gap: str, silent: str, second: str, name: str, third: str
) -> None:
    """Whatever stands around it, a SERVICE clause is seen."""
    word = "".join(
        letter.upper() if big else letter for letter, big in zip("service", upper, strict=True)
    )
    assert has_service(f"ASK {{ {before}{word}{gap}{silent}{second}{name}{third}{{ }} }}")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service ?name { ?service <http://e/n> ?name }",
        "SELECT $service { $service a <http://e/service> }",
        "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> ASK { ?s a sd:Service }",
        "PREFIX service: <http://e/service/> ASK { ?s service:of ?o OPTIONAL { ?o ?p ?x } }",
        "ASK { ?s ?p 'city service' . ?s ?q ?o }",
        "# which service?\nSELECT * { ?s ?p ?o }",
    ],
)
def test_the_mere_word_is_no_service_clause(query: str) -> None:
    """A variable, a name or a text with the word service is not refused."""
    assert not has_service(query)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * FROM <http://e/g> { ?s ?p ?o }", True),
        ("SELECT * from named ex:g { ?s ?p ?o }", True),
        ("ASK FROM#note\n<http://e/g>{}", True),
        ("SELECT ?from { ?s <http://e/from> ?from }", False),
        ("SELECT * { ?s ?p 'from <http://e/g>' }", False),
        ("# from <http://e/g>\nSELECT * { ?s from:a ?o }", False),
        ('SELECT * { ?s ?p """a "from <x> b""" }', False),
        ("SELECT (EXISTS { ?a ?b ?c } AS ?x) FROM <http://e/g> { }", True),
        ("CONSTRUCT { ?s ?p [ ?q ?r ] } FROM <http://e/g> { ?s ?p ?o }", True),
        ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } # FROM <http://e/g>", False),
        ("ASKFROM<http://e/g>{}", True),
        ("PREFIX e: <http://e/> ASKFROMe:g {}", True),
        ("PREFIX from: <http://e/> DESCRIBE from:g", False),
        ("PREFIX from: <http://e/> DESCRIBE from:g FROM from:h", True),
    ],
)
def test_a_dataset_clause_is_told_from_the_word(query: str, expected: bool) -> None:  # noqa: FBT001
    """FROM is a dataset clause only where it is no variable, name, text or comment."""
    assert has_dataset(query) is expected


_PROLOGUES = st.sampled_from(
    [
        "",
        "PREFIX ex: <http://h.invalid/>",
        "BASE <http://h.invalid/>",
        "INSERT DATA { <a:a> <a:b> 'x' };",
        "CLEAR ALL;",
        "VERSION '1.2'",
        'VERSION "1.2"',
        "INSERT {} WHERE { FILTER(1<2) } # no\n;",
    ]
)
_ENDS = st.sampled_from(["", ";", " INTO GRAPH <a:g>", " into graph <a:g>;", "; CLEAR ALL", "#end"])
_SOURCES = st.sampled_from(["<http://h.invalid/>", "ex:a", "ex:", "<x>", r"ex:a\;b", "ex:a.b"])
_LETTERS = st.lists(st.booleans(), min_size=4, max_size=4)


@given(
    _PROLOGUES,
    _GAPS,
    _LETTERS,
    _GAPS,
    st.sampled_from(["", "SILENT", "silent "]),
    _SOURCES,
    _GAPS,
    _ENDS,
)
def test_a_load_is_never_missed(  # one for each part of the operation
    before: str,
    gap: str,
    upper: list[bool],
    second: str,
    silent: str,
    name: str,
    third: str,
    after: str,
) -> None:
    """Whatever stands around it, a LOAD operation is seen."""
    word = "".join(
        letter.upper() if big else letter for letter, big in zip("load", upper, strict=True)
    )
    assert has_load(f"{before}{gap}{word}{second}{silent}{name}{third}{after}")


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <urn:road> <urn:load> 'a load of <stone>; it may load: 5 t' }",
        "PREFIX load: <urn:load:> INSERT DATA { load:a load:b load:c }",
        "INSERT { ?load ?p ?o } WHERE { ?load ?p ?o }",
        "# load it\nCLEAR ALL",
    ],
)
def test_the_mere_word_is_no_load(update: str) -> None:
    """A variable, a name or a text with the word load is not refused."""
    assert not has_load(update)
