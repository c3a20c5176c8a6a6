"""Random RDF 1.1 through every format that is served, read back by parsers that are not ours.

Graphs are read by rdflib, tables by expat, json and csv, TSV as Turtle. Numbers are written
as the engine writes them, because it keeps them by value.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rdflib.compare import to_canonical_graph

from tests.support.server import http_client
from urbansdg.ontology.media_types import GRAPHS
from urbansdg.store import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.server import Start

_GRAPH = "http://example.org/random"
_EXAMPLES = 40 if "URBANSDG_TEST_LONG" in os.environ else 3
# Not made smaller where it fails: each attempt is a write.
_QUICKLY = settings(
    max_examples=_EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
_XSD = "http://www.w3.org/2001/XMLSchema#"
_RESULTS_XML = "{http://www.w3.org/2005/sparql-results#}"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_TYPED = {
    "integer": ["0", "-7", "9223372036854775807", "123456789012345678901234567890"],
    "decimal": ["0.5", "-12.25", "2500000000000"],
    "boolean": ["true", "false"],
    "date": ["2020-02-29", "2021-12-31Z"],
    "dateTime": ["2020-01-01T00:00:00Z", "1999-12-31T23:59:59.5+09:00"],
    "time": ["12:00:00"],
    "gYear": ["2020"],
    "duration": ["P1DT2H"],
    "anyURI": ["http://e/?a=1&b=<2>"],
    "hexBinary": ["0AFF"],
    "base64Binary": ["aGk="],
    "language": ["en"],
    "token": ["a b"],
}
_LANGUAGES = ["en", "ko", "en-us", "zh-hant-tw", "de-1996", "sl-rozaj-biske", "x-private"]
_FRAGMENTS = [
    *(
        "",
        "a",
        "Ünïcode",
        "서울",
        "🚲",
        "a%20b",
        "%C3%A9",
        "?q=1&r='2'",
        "#frag",
        "(x);y,z*!$",
        "~._-",
    ),
    *("a:b@c", "//", "é/e\u0301", "%", "x=\u4e2d", "[]"),
]
_PREDICATES = [
    *(
        "http://e/p",
        "http://e/été",
        "http://e/a-b.c·d",
        "urn:x:p",
        "http://e/#_x",
        "tag:a@b,2020:x",
    ),
    f"{rdflib.RDF.value}",
]


def _iris() -> st.SearchStrategy[ox.NamedNode]:
    parts = st.sampled_from([part for part in _FRAGMENTS if part not in ("%", "[]", "//")])
    heads = st.sampled_from(["http://e/", "urn:x:", "https://[::1]:8080/", "http://e.org/a//b/"])
    return st.builds(lambda head, part: ox.NamedNode(head + part), heads, parts)


def _texts(controls: str = "\t\n\r\x85\u2028\xa0\ufeff") -> st.SearchStrategy[str]:
    legal = st.characters(
        codec="utf-8",
        exclude_categories=("Cs", "Cc"),
        exclude_characters="\u202d\u202e\ufffe\uffff",
    )
    letters = legal | st.sampled_from(list(controls + "\"'\\<>&]_^@#{}$?,;"))
    pieces = [
        "",
        " ",
        "]]>",
        "<!--",
        "&amp;",
        "\\u0041",
        '"""',
        "\r\n",
        "a\rb",
        "_x000D_",
        "x" * 500,
    ]
    return st.text(letters, max_size=12) | st.sampled_from(pieces)


def _literals() -> st.SearchStrategy[ox.Literal]:
    typed = st.sampled_from(
        [(name, value) for name, values in _TYPED.items() for value in values]
    ).map(lambda pair: ox.Literal(pair[1], datatype=ox.NamedNode(_XSD + pair[0])))
    others = st.builds(
        lambda text, kind: ox.Literal(text, datatype=ox.NamedNode(kind)),
        _texts(),
        st.sampled_from(["http://e/type#t", "urn:t", f"{rdflib.RDF.HTML}", f"{rdflib.RDF.JSON}"]),
    )
    tagged = st.builds(
        lambda text, tag: ox.Literal(f"{text}w", language=tag),  # one without words is refused
        _texts(),
        st.sampled_from(_LANGUAGES),
    )
    return _texts().map(ox.Literal) | tagged | typed | others


def _triples() -> st.SearchStrategy[list[ox.Triple]]:
    nodes = st.sampled_from([ox.BlankNode(f"b{number}") for number in range(4)])
    objects = _literals() | _iris() | nodes
    predicates = st.sampled_from(_PREDICATES).map(ox.NamedNode)
    triples = st.builds(ox.Triple, _iris() | nodes, predicates, objects)
    return st.lists(triples, min_size=40, max_size=80)


@pytest.fixture(scope="module")
def client(
    bundled: Path, tmp_path_factory: pytest.TempPathFactory, launched: Start
) -> Iterator[httpx.Client]:
    """Return a client with a token of every graph, of a server over the bundled data."""
    folder = tmp_path_factory.mktemp("store")
    shutil.copytree(bundled, folder / "graph")
    secret = Tokens(folder / "graph").create("tests")
    base = {"base": "http://localhost:8000"}
    with (
        launched(folder / "graph", folder / "log", **base) as server,
        http_client(server.url, {"authorization": f"Bearer {secret}"}) as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def _lexical_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have rdflib keep the lexical form of literals."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    monkeypatch.setattr(rdflib.term, "NORMALIZE_LITERALS", False, raising=False)


def _put(client: httpx.Client, triples: list[ox.Triple]) -> None:
    content = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    kind = {"content-type": "application/n-triples"}
    answer = client.put("/graphs", params={"graph": _GRAPH}, content=content, headers=kind)
    assert answer.status_code in (200, 201, 204), answer.text


def _graph(triples: set[tuple[rdflib.term.Node, ...]]) -> set[str]:
    """Return triples in a form that is the same whatever their blank nodes are named."""
    graph = rdflib.Graph()
    for subject, predicate, value in triples:
        graph.add((subject, predicate, value))
    return {" ".join(term.n3() for term in triple) for triple in to_canonical_graph(graph)}


def _expected(triples: list[ox.Triple]) -> set[str]:
    """Return what was written, by rdflib's reading of N-Triples that Python wrote."""

    def term(value: object) -> rdflib.term.Node:
        if isinstance(value, ox.NamedNode):
            return rdflib.URIRef(value.value)
        if isinstance(value, ox.BlankNode):
            return rdflib.BNode(value.value)
        assert isinstance(value, ox.Literal)
        if value.language:
            return rdflib.Literal(value.value, lang=value.language, normalize=False)
        kind = value.datatype.value
        datatype = None if kind == f"{_XSD}string" else rdflib.URIRef(kind)
        return rdflib.Literal(value.value, datatype=datatype, normalize=False)

    return _graph({(term(t.subject), term(t.predicate), term(t.object)) for t in triples})


def _read(content: bytes, media_type: str) -> set[str]:
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=content, format=media_type.partition(";")[0])
    about_documents = "http://localhost:8000/"
    triples = {(s, p, o) for s, p, o, _ in dataset.quads()}
    return _graph({triple for triple in triples if not str(triple[0]).startswith(about_documents)})


_RDFLIB_READS = {
    *("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"),
    *("application/trig", "application/n-quads"),
}


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # its own, in Dataset.parse
@_QUICKLY
@given(_triples())
def test_any_graph_is_read_back_in_every_format(
    client: httpx.Client, triples: list[ox.Triple]
) -> None:
    """A graph of any terms of RDF 1.1 is the same in every format of graphs and of tables."""
    _put(client, triples)
    expected = _expected(triples)
    construct = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{_GRAPH}> {{ ?s ?p ?o }} }}"
    for media_type in sorted({form.media_type for form in GRAPHS} & _RDFLIB_READS):
        accept = {"accept": media_type}
        answer = client.post("/sparql", data={"query": construct}, headers=accept)
        assert answer.status_code == 200, answer.text
        assert _read(answer.content, media_type) ^ expected == set(), media_type
        answer = client.get("/graphs", params={"graph": _GRAPH}, headers=accept)
        assert answer.status_code == 200, answer.text
        assert _read(answer.content, media_type) ^ expected == set(), media_type
    select = f"SELECT ?s ?p ?o {{ GRAPH <{_GRAPH}> {{ ?s ?p ?o }} }}"
    tables = {
        form: client.post("/sparql", data={"query": select, "format": form}).content
        for form in ("json", "xml", "tsv", "csv")
    }
    assert _graph(_rows_of_json(tables["json"])) ^ expected == set()
    assert _graph(_rows_of_xml(tables["xml"])) ^ expected == set()
    assert _graph(_rows_of_tsv(tables["tsv"])) ^ expected == set()
    texts = {
        tuple("_:" if isinstance(term, rdflib.BNode) else str(term) for term in row)
        for row in _rows_of_json(tables["json"])
    }
    header, *rows = csv.reader(io.StringIO(tables["csv"].decode(), newline=""))
    assert header == ["s", "p", "o"]
    assert {tuple("_:" if text.startswith("_:") else text for text in row) for row in rows} == texts


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@_QUICKLY
@given(_triples())
def test_any_description_is_read_back_in_every_format(
    client: httpx.Client, triples: list[ox.Triple]
) -> None:
    """The description of a thing has all that is said of it, the same in every format."""
    _put(client, triples)
    subjects = [t.subject for t in triples if isinstance(t.subject, ox.NamedNode)]
    for subject in list(dict.fromkeys(subjects))[:2]:
        described = {
            media_type: _read(
                client.get(
                    "/describe", params={"uri": subject.value}, headers={"accept": media_type}
                ).content,
                media_type,
            )
            for media_type in sorted(_RDFLIB_READS)
        }
        reference = described["application/n-triples"]
        stated = {triple for triple in triples if triple.subject == subject}
        about = {line for line in reference if line.startswith(f"<{subject.value}> ")}
        assert len(about) == len(stated)
        assert _named(about) == _named(_expected(list(stated)))
        for media_type, lines in described.items():
            assert lines ^ reference == set(), (media_type, subject)


def _named(lines: set[str]) -> set[str]:
    """Return the triples without blank nodes, whose names depend on the whole graph."""
    return {line for line in lines if "_:" not in line}


def _term(kind: str, text: str, language: str | None, datatype: str | None) -> rdflib.term.Node:
    if kind == "uri":
        return rdflib.URIRef(text)
    if kind == "bnode":
        return rdflib.BNode(text)
    iri = None if datatype is None else rdflib.URIRef(datatype)
    return rdflib.Literal(text, lang=language, datatype=iri, normalize=False)


def _rows_of_json(content: bytes) -> set[tuple[rdflib.term.Node, ...]]:
    return {
        tuple(
            _term(cell["type"], cell["value"], cell.get("xml:lang"), cell.get("datatype"))
            for cell in (row[name] for name in "spo")
        )
        for row in json.loads(content)["results"]["bindings"]
    }


def _rows_of_xml(content: bytes) -> set[tuple[rdflib.term.Node, ...]]:
    rows = set()
    for result in ET.fromstring(content).iter(f"{_RESULTS_XML}result"):
        cells = {binding.get("name"): binding[0] for binding in result}
        rows.add(
            tuple(
                _term(
                    cell.tag.rpartition("}")[2],
                    cell.text or "",
                    cell.get(_XML_LANGUAGE),
                    cell.get("datatype"),
                )
                for cell in (cells[name] for name in "spo")
            )
        )
    return rows


def _rows_of_tsv(content: bytes) -> set[tuple[rdflib.term.Node, ...]]:
    """Read each row as a triple in Turtle: cells are terms as Turtle writes them (section 4)."""
    header, *rows, last = content.split(b"\n")
    assert (header, last) == (b"?s\t?p\t?o", b"")
    turtle = b"".join(row.replace(b"\t", b" ") + b" .\n" for row in rows)
    return {tuple(triple) for triple in rdflib.Graph().parse(data=turtle, format="turtle")}


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x0b", "\x1b", "\x1f", "\ufffe", "\uffff"])
def test_a_character_that_xml_cannot_have_is_406_in_xml(
    client: httpx.Client, character: str
) -> None:
    """Other formats have the character; XML, which cannot have it, is 406 and names it."""
    text = f"a\\u{ord(character):04X}b"
    construct = f'CONSTRUCT {{ <urn:s> <urn:p> "{text}" }} {{}}'
    select = f'SELECT ("{text}" AS ?o) {{}}'
    for query, form in ((construct, "rdf"), (select, "xml")):
        answer = client.get("/sparql", params={"query": query, "format": form})
        assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
        assert f"U+{ord(character):04X}" in answer.json()["detail"]
    table = client.get("/sparql", params={"query": select, "format": "json"}).json()
    assert table["results"]["bindings"][0]["o"]["value"] == f"a{character}b"
    turtle = client.get("/sparql", params={"query": construct, "format": "ttl"}).content
    assert [quad.object for quad in ox.parse(turtle, ox.RdfFormat.TURTLE)] == [
        ox.Literal(f"a{character}b")
    ]


def test_a_long_answer_with_such_a_character_is_cut(client: httpx.Client) -> None:
    """Where XML has begun to be sent, the connection ends without a last chunk."""
    digits = " ".join(map(str, range(10)))
    values = " ".join(f"VALUES ?{name} {{ {digits} }}" for name in "abcde")
    query = f'SELECT * {{ {values} BIND(IF(?a + ?b + ?c + ?d + ?e = 45, "\\u0001", "x") AS ?z) }}'
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/sparql", params={"query": query, "format": "xml"})
