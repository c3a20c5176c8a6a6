"""The API for researchers: `urbansdg.open` and what it returns."""

import doctest
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import pytest

import urbansdg
from urbansdg import errors, public_api
from urbansdg.query_rows import Value, parse_rows

_XSD = "http://www.w3.org/2001/XMLSchema#"
_SEOUL = "http://localhost:8000/id/city/1835848"
_CITY = """@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://localhost:8000/id/city/new> a usdg:City ; skos:prefLabel "New"@en ;
    usdg:country <http://localhost:8000/id/country/KOR> .
"""
_NAMES = """SELECT ?name { ?city <http://www.w3.org/2004/02/skos/core#prefLabel> ?name ;
    a <https://w3id.org/urbansdg/ontology#City> }"""


class Running(Protocol):
    """The server at work."""

    @property
    def url(self) -> str:
        """Where it answers."""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Return a file that describes a city."""
    file = tmp_path / "city.ttl"
    file.write_text(_CITY, "utf-8")
    return file


@pytest.fixture(scope="module")
def bundled_graph(bundled: Path) -> Iterator[urbansdg.Graph]:
    """Return the bundled data, open."""
    with urbansdg.open(bundled) as opened:
        yield opened


@pytest.mark.long
def test_the_examples_of_the_api_give_what_they_show(
    graph: Path, city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example in the docstrings of the API gives the answer that it shows."""
    (city.parent / "var").symlink_to(graph)
    monkeypatch.chdir(city.parent)
    result = doctest.testmod(public_api)
    assert (result.failed, result.attempted > 15) == (0, True)


def test_importing_the_package_imports_none_of_its_libraries() -> None:
    """`import urbansdg` alone imports neither the engine nor the server."""
    code = "import sys, urbansdg; print({'pyoxigraph', 'fastapi', 'rdflib'} & {*sys.modules})"
    done = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"


def test_the_version_is_printed_without_the_engine() -> None:
    """`urbansdg --version` imports neither the engine nor the settings, which take a second."""
    code = (
        "import sys; from urbansdg.cli.application import run; run(['--version']);"
        " print({'pyoxigraph', 'pydantic', 'rich'} & {*sys.modules})"
    )
    done = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == f"urbansdg {urbansdg.__version__}\nset()\n"


def test_every_public_name_can_be_imported() -> None:
    """Every name of `urbansdg.__all__` is there; any other is an `AttributeError`."""
    assert all(getattr(urbansdg, name) is not None for name in urbansdg.__all__)
    assert not hasattr(urbansdg, "opened")


@pytest.mark.parametrize(
    ("datatype", "text", "value"),
    [
        ("integer", "42", 42),
        ("gYear", "2016", 2016),
        ("decimal", "1.50", Decimal("1.50")),
        ("double", "1.5E0", 1.5),
        ("boolean", "true", True),
        ("date", "2016-02-29", date(2016, 2, 29)),
        ("dateTime", "2016-02-29T12:00:00Z", datetime(2016, 2, 29, 12, tzinfo=UTC)),
        ("date", "2015-02-29", "2015-02-29"),
        ("integer", "many", "many"),
        ("duration", "P3Y", "P3Y"),
    ],
)
def test_a_literal_becomes_the_value_of_its_datatype(
    datatype: str, text: str, value: Value
) -> None:
    """A literal becomes a value of the Python type of its datatype; an invalid one stays text."""
    body = (
        '{"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal",'
        f' "value": "{text}", "datatype": "{_XSD}{datatype}"}}}}]}}}}'
    )
    (row,) = parse_rows(body.encode(), None)
    assert (type(row["x"]), row["x"]) == (type(value), value)


def test_iris_and_texts_with_a_language_are_strings(bundled_graph: urbansdg.Graph) -> None:
    """An IRI and a text with a language tag are strings of types of their own."""
    (row,) = bundled_graph.query(
        f"SELECT ?iri ?name ?unbound {{ BIND(<{_SEOUL}> AS ?iri) ?iri"
        ' <http://www.w3.org/2004/02/skos/core#prefLabel> ?name FILTER(LANG(?name) = "ko") }'
    )
    iri, name = row["iri"], row["name"]
    assert isinstance(iri, urbansdg.Iri)
    assert isinstance(name, urbansdg.LanguageText)
    assert (iri, name, name.language, row["unbound"]) == (_SEOUL, "서울", "ko", None)


def test_an_answer_names_the_version_it_is_from(graph: Path, city: Path) -> None:
    """Rows name their version; an older version can be asked after a load."""
    with urbansdg.open(graph) as opened:
        before = opened.query(_NAMES)
        opened.load(city)
        after = opened.query(_NAMES)
        assert (before.version, after.version, opened.version) == (1, 2, 2)
        assert len(after) == len(before) + 1
        assert list(opened.query(_NAMES, version=1)) == list(before)
        assert [version.number for version in opened.versions] == [0, 1, 2]


@pytest.mark.parametrize(
    ("method", "query"),
    [("query", "ASK {}"), ("query", "DESCRIBE <urn:x>"), ("ask", _NAMES), ("construct", _NAMES)],
)
def test_a_method_refuses_a_query_of_another_form(
    bundled_graph: urbansdg.Graph, method: str, query: str
) -> None:
    """A query whose answer is of another kind is refused, and the message names the methods."""
    with pytest.raises(errors.QueryError) as caught:
        getattr(bundled_graph, method)(query)
    assert "Graph." in caught.value.reason.remedy


def test_a_query_that_is_wrong_is_reported_with_its_place(bundled_graph: urbansdg.Graph) -> None:
    """A query that is not SPARQL raises `QuerySyntaxError` with line and column."""
    with pytest.raises(errors.QuerySyntaxError) as caught:
        bundled_graph.query("SELECT ?x\nWHERE { ?x }")
    assert caught.value.reason.place.line == 2


def test_a_query_has_the_time_limit_of_the_settings(
    bundled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query that takes longer than the setting allows is ended, and the next one is answered."""
    monkeypatch.setenv("URBANSDG_QUERY_SECONDS", "0.5")
    with urbansdg.open(bundled) as opened:
        with pytest.raises(errors.QueryTimeout):
            opened.query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
        assert opened.ask("ASK { ?s ?p ?o }")


def test_a_directory_without_a_graph_is_refused(tmp_path: Path) -> None:
    """A directory without a graph raises `StoreMissing`."""
    with pytest.raises(errors.StoreMissing):
        urbansdg.open(tmp_path / "nothing")


def test_a_source_that_is_not_valid_is_reported_and_not_loaded(graph: Path, city: Path) -> None:
    """A source that does not conform has problems, and a load of it changes nothing."""
    city.write_text(_CITY.replace("country/KOR", "country/NOWHERE"), "utf-8")
    with urbansdg.open(graph) as opened:
        validation = opened.validate(city)
        assert not validation.conforms
        with pytest.raises(errors.InvalidData) as caught:
            opened.load(city)
        assert caught.value.problems == validation.problems
        assert opened.version == 1


@pytest.mark.long
def test_a_file_of_rdf_can_be_asked(city: Path) -> None:
    """A file of RDF is a graph that can be asked and validated, and not loaded into."""
    with urbansdg.open(city) as opened:
        assert [row["name"] for row in opened.query(_NAMES)] == ["New"]
        assert opened.query(_NAMES).version is None
        assert (opened.version, opened.versions) == (None, ())
        assert opened.validate(city).conforms
        with pytest.raises(errors.WriteRefused):
            opened.load(city)


def test_a_program_ends_without_closing_the_graph(city: Path) -> None:
    """A program that asks a graph and does not close it ends, and prints no error."""
    code = f"import urbansdg; print(len(urbansdg.open({str(city)!r}).query({_NAMES!r})))"
    done = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_closed_graph_can_be_asked_again(bundled: Path) -> None:
    """A graph may be closed twice; a query after that starts its worker again."""
    opened = urbansdg.open(bundled)
    for _ in range(2):
        assert opened.ask("ASK { ?s ?p ?o }")
        opened.close()
        opened.close()


def test_a_file_that_is_not_rdf_is_refused(tmp_path: Path) -> None:
    """A file whose ending names no syntax of RDF, or that cannot be parsed, is refused."""
    for name in ("notes.txt", "broken.ttl"):
        file = tmp_path / name
        file.write_text("no triples", "utf-8")
        with pytest.raises(errors.SourceUnreadable):
            urbansdg.open(file)


def test_an_endpoint_can_be_asked(serving: Running, bundled_graph: urbansdg.Graph) -> None:
    """A SPARQL endpoint gives the same rows as its data directory, and its version."""
    with urbansdg.open(f"{serving.url}/sparql") as opened:
        query = f"{_NAMES} ORDER BY ?name"
        rows = opened.query(query)
        assert list(rows) == list(bundled_graph.query(query))
        assert (rows.version, opened.version) == (1, 1)
        assert opened.ask(f"ASK {{ <{_SEOUL}> ?p ?o }}")
        described = f"DESCRIBE <{_SEOUL}>"
        assert len(opened.construct(described)) == len(bundled_graph.construct(described))
        assert len(opened.query(_NAMES, version=0)) == 0
        with pytest.raises(errors.QuerySyntaxError):
            opened.query("SELECT")


def test_an_endpoint_that_does_not_answer_is_reported() -> None:
    """An endpoint that nobody serves raises `EngineUnavailable`."""
    with (
        urbansdg.open("http://127.0.0.1:9/sparql") as opened,
        pytest.raises(errors.EngineUnavailable) as caught,
    ):
        opened.query(_NAMES)
    assert caught.value.problems[0].remedy.startswith("Check the address")


def test_columns_and_numbers_are_those_of_the_query(city: Path) -> None:
    """SELECT * of a file has its columns in the order of the text, and casts are exact."""
    cast = "<http://www.w3.org/2001/XMLSchema#integer>(1e18)"
    with urbansdg.open(city) as opened:
        rows = opened.query(f"SELECT * {{ VALUES ?z {{ 1 }} BIND({cast} AS ?a) }}")
    assert rows.variables == ("z", "a")
    assert list(rows) == [{"z": 1, "a": 10**18}]


def test_rows_become_a_data_frame(bundled_graph: urbansdg.Graph) -> None:
    """The rows become a data frame with a column for each variable."""
    pytest.importorskip("pandas", reason="the extra `pandas` is not installed")
    frame = bundled_graph.query(f"{_NAMES} LIMIT 3").to_pandas()
    assert (list(frame.columns), len(frame)) == (["name"], 3)


def test_the_public_names_are_listed_before_their_first_use() -> None:
    """`dir(urbansdg)` has every public name, from which notebooks complete."""
    script = "import urbansdg; assert {*urbansdg.__all__} <= {*dir(urbansdg)}, dir(urbansdg)"
    subprocess.run((sys.executable, "-P", "-c", script), check=True)
