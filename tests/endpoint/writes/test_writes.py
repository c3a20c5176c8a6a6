"""Writes over HTTP: updates and the Graph Store Protocol, through the gate that a load takes."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox
import pytest

import urbansdg
from tests.support.server import http_client
from urbansdg.endpoint.query.update_dataset import with_dataset
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import Allowance, GraphStore, Tokens
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.writer_lock import writing

if TYPE_CHECKING:
    from tests.support.command import Command
    from tests.support.server import Server, Start

_BASE = "http://localhost:8000"
_GRAPH = "http://example.org/notes"
_PREFIXES = " ".join(f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items())
_CITY = f"{_BASE}/id/city/1835848"
_UPDATE = {"content-type": "application/sparql-update"}
_TURTLE = {"content-type": "text/turtle"}
_RESULTS = {"accept": "application/sparql-results+json"}
_TRIG = {"content-type": "application/trig"}
_CROSS = (
    "INSERT { ?a ?b ?c } WHERE"
    " { GRAPH ?x { ?a ?b ?c } GRAPH ?y { ?d ?e ?f } GRAPH ?z { ?g ?h ?i } }"
)


@dataclass(frozen=True)
class Open:
    """A server that may be written to, and a client with the token of every graph."""

    server: Server
    folder: Path
    client: httpx.Client

    def update(self, text: str, **parameters: str) -> httpx.Response:
        """Send an update."""
        return self.client.post("/sparql", content=text, headers=_UPDATE, params=parameters)

    def ask(self, pattern: str) -> bool:
        """Tell whether the graph has a pattern, with the prefixes of the ontology."""
        query = f"{_PREFIXES} ASK {{ {pattern} }}"
        answer = self.client.post("/sparql", data={"query": query})
        return bool(answer.json()["boolean"])

    @property
    def version(self) -> int:
        """The number of the current version."""
        return GraphStore.open(self.folder).current_number()

    def triples(self, address: str, **parameters: str) -> set[str]:
        """Return the triples of a graph, as N-Triples without blank nodes' labels."""
        accept = {"accept": "application/n-triples"}
        answer = self.client.get(address, params=parameters or None, headers=accept)
        assert answer.status_code == 200, answer.text
        return {str(q.triple) for q in ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)}


@pytest.fixture(scope="module")
def opened(
    bundled: Path, tmp_path_factory: pytest.TempPathFactory, launched: Start
) -> Iterator[Open]:
    """Return a server over a copy of the bundled data, and who may write to it."""
    folder = tmp_path_factory.mktemp("writes")
    shutil.copytree(bundled, folder / "graph")
    secret = Tokens(folder / "graph").create("tests")
    with (
        launched(
            folder / "graph",
            folder / "log",
            base=_BASE,
            query_seconds=5,
            wait_seconds=2,
            upload_bytes="1MiB",
        ) as server,
        http_client(server.url) as client,
    ):
        client.headers["authorization"] = f"Bearer {secret}"
        yield Open(server, folder / "graph", client)


def test_nobody_writes_without_a_token(opened: Open) -> None:
    """A write without a token, or with one that is not known, is 401 and changes nothing."""
    before = opened.version
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}):
        url = f"{opened.server.url}/sparql"
        answer = httpx.post(url, content="CLEAR ALL", headers=_UPDATE | headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        answer = httpx.put(f"{opened.server.url}/graphs?default", headers=_TURTLE | headers)
        assert answer.status_code == 401
    assert opened.version == before


def test_a_token_writes_to_its_graphs_only(opened: Open) -> None:
    """A token of one graph writes to that graph, and to no other."""
    secret = Tokens(opened.folder).create("notes", (_GRAPH,))
    bearer = {"authorization": f"Bearer {secret}"}
    text = "INSERT DATA { GRAPH <%s> { <urn:a> <urn:b> 'scoped' } }"
    url = f"{opened.server.url}/sparql"
    mine = httpx.post(url, content=text % _GRAPH, headers=_UPDATE | bearer, timeout=30)
    other = httpx.post(url, content=text % "urn:other", headers=_UPDATE | bearer, timeout=30)
    assert (mine.status_code, other.status_code) == (204, 403)
    assert other.json()["code"] == "write-refused"
    assert opened.ask(f"GRAPH <{_GRAPH}> {{ ?s ?p 'scoped' }}")
    assert not opened.ask("GRAPH <urn:other> { ?s ?p ?o }")
    Tokens(opened.folder).revoke("notes")
    assert httpx.post(url, content=text % _GRAPH, headers=_UPDATE | bearer).status_code == 401


def test_an_update_is_a_version_that_names_its_token(opened: Open) -> None:
    """An update is one new version, read back at once, whose agent is the token's label."""
    before = opened.version
    text = f"INSERT DATA {{ GRAPH <{_GRAPH}> {{ <urn:a> <urn:b> 1 }} }} ; "
    text += "DELETE { GRAPH ?g { ?s <urn:b> 1 } } INSERT { GRAPH ?g { ?s <urn:b> 2 } }"
    answer = opened.update(text + " WHERE { GRAPH ?g { ?s <urn:b> 1 } }")
    assert (answer.status_code, answer.headers["urbansdg-version"]) == (204, str(before + 1))
    assert opened.ask(f"GRAPH <{_GRAPH}> {{ <urn:a> <urn:b> 2 }}")
    version = GraphStore.open(opened.folder).current()
    assert (version.number, version.agent) == (before + 1, "tests")
    again = opened.update(f"INSERT DATA {{ GRAPH <{_GRAPH}> {{ <urn:a> <urn:b> 2 }} }}")
    assert (again.status_code, opened.version) == (204, before + 1)


def _changed(answer: httpx.Response) -> tuple[str, str]:
    """Return how many statements a write added and removed."""
    assert answer.status_code in {201, 204}, answer.text
    return answer.headers["urbansdg-added"], answer.headers["urbansdg-removed"]


def test_an_update_says_what_it_changed(opened: Open) -> None:
    """The answer to an update has the numbers of added and removed statements.

    WHERE reads the merge of all graphs, and a template without GRAPH writes to the clients' own
    default graph: deleting from there what another graph states changes nothing.
    """
    insert = "INSERT DATA { GRAPH <urn:u1> { <urn:u:a> <urn:u:p> 1 , 2 } }"
    assert _changed(opened.update(insert)) == ("2", "0")
    assert opened.ask("<urn:u:a> <urn:u:p> 1")
    unmatched = opened.update("DELETE WHERE { <urn:u:a> <urn:u:p> ?o }")
    assert _changed(unmatched) == ("0", "0")
    assert unmatched.headers["urbansdg-version"] == str(opened.version)
    copy = "INSERT { GRAPH <urn:u2> { ?s <urn:copied> ?o } } WHERE { ?s <urn:u:p> ?o }"
    assert _changed(opened.update(copy)) == ("2", "0")
    both = "DELETE { GRAPH ?g { ?s <urn:u:p> 1 , 2 } } INSERT { GRAPH ?g { ?s <urn:u:p> 3 } }"
    where = "WHERE { GRAPH ?g { ?s <urn:u:p> 1 } }"
    assert _changed(opened.update(f"{both} {where}")) == ("1", "2")
    exposed = unmatched.headers["access-control-expose-headers"]
    assert "Urbansdg-Added" in exposed
    assert "Urbansdg-Removed" in exposed


def test_a_triple_of_two_graphs_counts_once(opened: Open) -> None:
    """The default graph is a merge (SPARQL 1.1, 13.1): also that of FROM and of the protocol.

    It holds a triple as long as one graph states it.
    """
    common = "<urn:m:s> <urn:m:cost> 2500"
    one, two = "urn:m:1", "urn:m:2"
    opened.update(f"INSERT DATA {{ GRAPH <{one}> {{ {common} }} GRAPH <{two}> {{ {common} }} }}")
    query = "SELECT (COUNT(*) AS ?n) (SUM(?o) AS ?sum) {} {{ ?s <urn:m:cost> ?o {} }}"
    both = f"FROM <{one}> FROM <{two}>"
    named = f"{both} FROM NAMED <{one}>"
    in_graph = "GRAPH ?g { ?s <urn:m:cost> ?o }"

    def count(clauses: str, pattern: str = "", names: tuple[str, ...] = ()) -> int:
        data = {"query": query.format(clauses, pattern), "default-graph-uri": names}
        answer = opened.client.post("/sparql", data=data, headers=_RESULTS)
        (row,) = answer.json()["results"]["bindings"]
        rows = int(row["n"]["value"])
        assert int(row["sum"]["value"]) == 2500 * rows
        return rows

    assert [count(""), count(both), count("", names=(one, two))] == [1, 1, 1]
    assert [count("", in_graph), count(named, in_graph)] == [2, 1]
    opened.client.delete("/graphs", params={"graph": one})
    assert count("") == 1
    opened.client.delete("/graphs", params={"graph": two})
    assert count("") == 0


@pytest.mark.long
def test_a_write_to_a_graph_says_what_it_changed(opened: Open) -> None:
    """PUT, POST, PATCH and DELETE have the numbers of added and removed statements."""
    where, client = {"graph": "urn:counted"}, opened.client
    two, other = "<urn:k> <urn:b> 1 , 2 .", "<urn:k> <urn:b> 2 , 3 , 4 ."
    for method, content, numbers in (
        ("PUT", two, ("2", "0")),
        ("PUT", two, ("0", "0")),
        ("POST", other, ("2", "0")),
        ("PUT", two, ("0", "2")),
        ("PATCH", "DELETE WHERE { ?s ?p 1 }", ("0", "1")),
        ("DELETE", "", ("0", "1")),
    ):
        headers = _UPDATE if method == "PATCH" else _TURTLE
        answer = client.request(method, "/graphs", params=where, content=content, headers=headers)
        assert _changed(answer) == numbers, (method, content)
    exposed = answer.headers["access-control-expose-headers"]
    assert "Urbansdg-Added" in exposed
    assert "Urbansdg-Removed" in exposed


@pytest.mark.parametrize(
    "where",
    [
        "BIND(xsd:decimal(2.5e12) AS ?n) BIND('a b' AS ?t)",
        (
            "{ SELECT ?n (GROUP_CONCAT(?v) AS ?t) { VALUES ?v { 'a'@en 'b'@en } "
            "BIND(xsd:decimal(2.5e12) AS ?n) } GROUP BY ?n }"
        ),
    ],
)
def test_an_update_calculates_as_a_query_does(opened: Open, where: str) -> None:
    """An update has the exact casts, and the simple literals of GROUP_CONCAT, of a query."""
    graph = "http://example.org/numbers"
    text = f"INSERT {{ GRAPH <{graph}> {{ <urn:a> <urn:n> ?n ; <urn:t> ?t }} }} WHERE {{ {where} }}"
    assert opened.update(f"{_PREFIXES} {text}").status_code == 204
    assert opened.triples("/graphs", graph=graph) == {
        f'<urn:a> <urn:n> "2500000000000"^^<{PREFIXES["xsd"]}decimal>',
        '<urn:a> <urn:t> "a b"',
    }
    assert opened.client.delete("/graphs", params={"graph": graph}).status_code == 204


@pytest.mark.parametrize(
    ("kind", "text", "detail"),
    [
        ("text/turtle", "<urn:s>\xa0<urn:p> 1 .", "U+00A0, no-break space"),
        ("text/turtle", "<urn:s> <urn:p> “a” .", "U+201C, left double quotation mark"),
        ("application/n-quads", "<urn:s> <urn:p> <urn:o> <urn:g> .", "the graph <urn:g>."),
        ("", "<urn:s> <urn:p> 1 .", "The body has no media type."),
        ("multipart/form-data", "x", "Missing boundary in multipart."),
    ],
)
def test_a_body_that_cannot_be_read_is_explained(
    opened: Open, kind: str, text: str, detail: str
) -> None:
    """What is wrong with a body is named, an invisible character by its number and name."""
    headers = {"content-type": kind} if kind else {}
    answer = opened.client.put(
        "/graphs", params={"graph": "urn:x"}, content=text.encode(), headers=headers
    )
    assert answer.status_code in (400, 415)
    assert detail in answer.json()["detail"]
    assert ".." not in answer.json()["detail"]


def test_a_carriage_return_survives_xml(opened: Open) -> None:
    """Results in XML and triples in RDF/XML have the carriage returns of a text, for any parser."""
    text = "line1\r\nline2\rx\n"
    where = {"graph": "urn:returns"}
    data = '<urn:r:s> <urn:r:p> "line1\\r\\nline2\\rx\\n" .'
    opened.client.put("/graphs", params=where, content=data, headers=_TURTLE).raise_for_status()
    pattern = "{ ?s <urn:r:p> ?o }"
    rdf_xml, results = "application/rdf+xml", "application/sparql-results+xml"
    for path, parameters, accept in (
        ("/sparql", {"query": f"SELECT ?o {pattern}"}, results),
        ("/sparql", {"query": f"CONSTRUCT WHERE {pattern}"}, rdf_xml),
        ("/sparql", {"query": "DESCRIBE <urn:r:s>"}, rdf_xml),
        ("/graphs", where, rdf_xml),
        ("/describe", {"uri": "urn:r:s"}, rdf_xml),
        ("/fragments", {"predicate": "urn:r:p"}, rdf_xml),
    ):
        answer = opened.client.get(path, params=parameters, headers={"accept": accept})
        assert answer.headers["content-type"] == accept, answer.text
        texts = set(ET.fromstring(answer.content).itertext())
        assert text in texts, (path, parameters)


def test_what_was_sent_is_told_by_its_checksum(opened: Open) -> None:
    """A version describes each request it was made from: its media type, its SHA-256, its graph."""
    text = "INSERT DATA { GRAPH <urn:told> { <urn:a> <urn:b> 'provenance' } }"
    turtle = "<urn:a> <urn:b> 'more provenance' ."
    graph = {"graph": "urn:told"}
    answers = (
        opened.update(text),
        opened.client.post("/graphs", params=graph, content=turtle, headers=_TURTLE),
        opened.client.delete("/graphs", params=graph),
    )
    uploads = (("application/sparql-update", text, ""), ("text/turtle", turtle, "urn:told"))
    for answer, (form, sent, where) in zip(answers, uploads, strict=False):
        version = f"<{_BASE}/id/version/{answer.headers['urbansdg-version']}>"
        digest = hashlib.sha256(sent.encode()).hexdigest()
        assert opened.ask(
            f"""{version} prov:wasGeneratedBy/prov:used ?request .
            ?request dcterms:format "{form}" ; spdx:checksum/spdx:checksumValue ?digest
            FILTER(STR(?digest) = "{digest}")
            OPTIONAL {{ ?request usdg:loadedInto ?graph }}
            FILTER(COALESCE(STR(?graph), "") = "{where}")"""
        )
    dropped = answers[-1].headers["urbansdg-version"]
    assert not opened.ask(f"<{_BASE}/id/version/{dropped}> prov:wasGeneratedBy/prov:used ?any")


@pytest.mark.long
def test_a_write_of_official_wording_changes_no_other_graph(opened: Open) -> None:
    """The UN's wording and the short names stay in their graphs, and a token needs only its own."""
    goal, short = "<http://metadata.un.org/sdg/11>", f"{_BASE}/graph/sdg"
    official = f"{_BASE}/graph/un-sdg-kos"
    secret = Tokens(opened.folder).create("the UN", (official,))
    data = f"{goal} <http://www.w3.org/2004/02/skos/core#prefLabel> 'The official wording'@en ."
    before = GraphStore.open(opened.folder).current().graphs[short]
    for method, content in (("PUT", data), ("POST", data), ("DELETE", "")):
        answer = opened.client.request(
            method,
            "/graphs",
            params={"graph": official},
            content=content,
            headers=_TURTLE | {"authorization": f"Bearer {secret}"},
        )
        assert answer.status_code in {201, 204}, answer.text
        assert opened.ask(f"GRAPH <{short}> {{ {goal} usdg:shortName ?label }}")
    assert GraphStore.open(opened.folder).current().graphs[short] == before


def test_what_does_not_validate_changes_nothing(opened: Open) -> None:
    """Data that does not validate is 422 with every problem, and nothing of it is written."""
    before = opened.version
    data = f"<{_CITY}> <https://w3id.org/urbansdg/ontology#country> <urn:nowhere> , <urn:no>"
    text = f"INSERT DATA {{ GRAPH <{_GRAPH}> {{ {data} . <urn:x> <urn:y> 'never' }} }}"
    answer = opened.update(text)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid-data")
    assert {problem["code"] for problem in problem["problems"]} >= {"shape.CityCountry"}
    assert all(problem["remedy"] for problem in problem["problems"])
    headers = {"accept": "text/turtle"} | _UPDATE
    report = opened.client.post("/sparql", content=text, headers=headers)
    assert (report.status_code, report.headers["content-type"]) == (422, "text/turtle")
    assert "ValidationReport" in report.text
    assert opened.version == before
    assert not opened.ask("?s ?p 'never'")


@pytest.mark.long
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/problem+json"),
        ("application/json, text/turtle;q=0.1", "application/json"),
        ("text/turtle, application/problem+json;q=0.5", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml;q=0.2, application/n-triples;q=0.4", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("text/plain", "text/plain; charset=utf-8"),
    ],
)
def test_a_report_is_in_the_format_asked_for(opened: Open, accept: str, kind: str) -> None:
    """What does not validate is reported as JSON, as text, or as a SHACL report in RDF."""
    text = f"INSERT DATA {{ GRAPH <{_GRAPH}> {{ <{_CITY}> usdg:country <urn:nowhere> }} }}"
    headers = _UPDATE | {"accept": accept}
    answer = opened.client.post("/sparql", content=f"{_PREFIXES} {text}", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, kind)
    form = None if "plain" in kind else ox.RdfFormat.from_media_type(kind)
    if form is None or kind in {"application/json", "application/problem+json"}:
        assert "CityCountry" in answer.text
        return
    statements = {(quad.predicate, quad.object) for quad in ox.parse(answer.content, format=form)}
    shacl = PREFIXES["sh"]
    assert (ox.NamedNode(f"{shacl}conforms"), ox.Literal(False)) in statements  # noqa: FBT003  # RDF
    assert (ox.NamedNode(f"{shacl}focusNode"), ox.NamedNode(_CITY)) in statements


def test_a_description_follows_blank_nodes(opened: Open) -> None:
    """DESCRIBE gives the statements on a thing, and those on blank nodes that they lead to.

    Lists are followed to their end and cycles once; of a thing with a name only the name is given.
    """
    data = """
    <urn:cbd> <urn:has> [ <urn:in> [ <urn:deep> <urn:named> ] ; <urn:list> (1 [ <urn:i> 2 ]) ] .
    <urn:cbd> <urn:round> _:a . _:a <urn:next> _:b . _:b <urn:next> _:a ; <urn:back> <urn:cbd> .
    <urn:named> <urn:name> "not told" . [] <urn:about> <urn:cbd> ."""
    where = {"graph": "urn:described"}
    answer = opened.client.put("/graphs", params=where, content=data, headers=_TURTLE)
    assert answer.status_code == 201, answer.text
    for query, count in (("DESCRIBE <urn:cbd>", 13), ("DESCRIBE ?x { ?x <urn:about> ?y }", 1)):
        headers = {"accept": "application/n-triples"}
        lines = opened.client.post("/sparql", data={"query": query}, headers=headers).text
        assert len(set(lines.splitlines())) == count
        assert "not told" not in lines


def test_values_that_are_not_of_their_datatype_are_refused(opened: Open) -> None:
    """A value that is not of its datatype is 422 and named, not corrected on the way."""
    data = '<urn:a> <urn:b> "2024-13-45"^^<http://www.w3.org/2001/XMLSchema#date> .'
    answer = opened.client.put("/graphs", params={"graph": _GRAPH}, content=data, headers=_TURTLE)
    assert (answer.status_code, answer.json()["problems"][0]["value"]) == (422, "2024-13-45")
    headers = _TURTLE | {"accept": "application/n-triples"}
    report = opened.client.put("/graphs", params={"graph": _GRAPH}, content=data, headers=headers)
    assert '/shacl#conforms> "false"' in report.text
    assert '/shacl#value> "2024-13-45"' in report.text


def test_values_on_blank_nodes_are_refused_as_well(opened: Open) -> None:
    """A value that is not of its datatype is 422 on a blank node too, and nothing changes."""
    before = opened.version
    data = '<urn:a> <urn:b> [ <urn:c> "twelve"^^<http://www.w3.org/2001/XMLSchema#integer> ] .'
    answer = opened.client.put("/graphs", params={"graph": _GRAPH}, content=data, headers=_TURTLE)
    assert (answer.status_code, answer.json()["problems"][0]["value"]) == (422, "twelve")
    assert opened.version == before


def test_of_very_many_problems_the_first_are_told(opened: Open) -> None:
    """A change with many problems gets their number and the first hundred."""
    kind = "<https://w3id.org/urbansdg/ontology#City>"
    data = "".join(f"<urn:city:{number}> a {kind} .\n" for number in range(150))
    answer = opened.client.put("/graphs", params={"graph": _GRAPH}, content=data, headers=_TURTLE)
    problem = answer.json()
    assert (answer.status_code, len(problem["problems"])) == (422, 100)
    assert int(problem["detail"].split()[3]) > 150


@pytest.mark.long
@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("INSERT DATA { <urn:a> <urn:b> }", 400, "query-syntax"),
        ("LOAD <http://127.0.0.1:1/x> INTO GRAPH <urn:x>", 403, "query-refused"),
        ("load\n#x\nsilent<file:///etc/passwd>", 403, "query-refused"),
        (
            "INSERT {?s ?p ?o} WHERE { SERVICE <http://127.0.0.1:1/> {?s ?p ?o} }",
            403,
            "query-refused",
        ),
        ("CREATE GRAPH <http://localhost:8000/graph/cities>", 403, "query-refused"),
        ("INSERT DATA { GRAPH <%s/graph/versions> { <urn:a> a <urn:b> } }", 403, "write-refused"),
        ("INSERT {?s ?p 1} WHERE {" + "{" * 3000 + "}" * 3000 + "}", 503, "query-resources"),
        (_CROSS, 504, "query-timeout"),
    ],
)
def test_an_update_that_cannot_be_done_says_why(
    opened: Open, text: str, status: int, code: str
) -> None:
    """An update that cannot be done has its status and reason, and the server goes on."""
    before = opened.version
    answer = opened.update(text.replace("%s", _BASE))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert opened.version == before
    assert opened.ask("")


@pytest.mark.parametrize(
    ("text", "line", "column", "token"),
    [
        ("INSERT DATA {\n  <urn:a> <urn:b> }", 2, "19", "}"),
        ("INSERT DATA { <urn:a> <urn:b> ?x }", 1, "31", "?x"),  # said of the whole
        ("DELETE DATA { _:b <urn:b> 1 }", 1, "15", "_:b"),
        ("CLEAR ALL ;\n DROP GRPAH <urn:x>", 2, "7", "GRPAH"),
        ("SELECT * { ?s ?p ?o }", 1, "1", "SELECT"),
        ("INSERT DATA { no:a <urn:b> 1 }", 1, "15", "no:a"),
        ("INSERT { ?s ?p 1 } WHERE { ?s ?p", 1, "33", None),
    ],
)
def test_a_wrong_update_is_told_where_and_on_what(
    opened: Open, text: str, line: int, column: str, token: str | None
) -> None:
    """An update that is not SPARQL gets 400 with line, column and the token that is wrong."""
    problem = opened.update(text).json()
    assert (problem["status"], problem["code"]) == (400, "query-syntax")
    assert (problem["place"]["line"], problem["place"]["column"]) == (line, column)
    assert problem.get("value") == token
    assert problem["detail"].count("SPARQL 1.1") == 1
    assert "error at" not in problem["detail"]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("; ;", "The update is not SPARQL 1.1: ';' cannot stand here."),
        ("INSERT DATA { <urn:a> } ", "The update is not SPARQL 1.1: '}' cannot stand here."),
        (
            "INSERT { <urn:a> <urn:b> ?x } WHERE { BIND(<urn:f>(1) AS ?x) }",
            "The change cannot be made: there is no function <urn:f>.",
        ),
        ("DROP GRAPH <urn:n>", "The change cannot be made: The graph <urn:n> does not exist."),
    ],
)
def test_the_error_of_an_update_is_a_whole_sentence(opened: Open, text: str, detail: str) -> None:
    """The reason that an update is refused is one sentence, without the words of the engine."""
    assert opened.update(text).json()["detail"] == detail


def test_what_is_too_large_is_refused_as_a_whole(opened: Open) -> None:
    """A body over the limit is 413, and so are the files of a form whose sum is."""
    part = b"#" * 700_000
    forms = {str(number): (f"{number}.ttl", part, "text/turtle") for number in range(2)}
    sent: dict[str, dict[str, Any]] = {
        "one": {"content": part * 2, "headers": _TURTLE},
        "several": {"files": forms},
        "packed": {
            "content": gzip.compress(part * 2),
            "headers": _TURTLE | {"content-encoding": "gzip"},
        },
    }
    for options in sent.values():
        answer = opened.client.post("/graphs", params={"graph": "urn:large"}, **options)
        assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert opened.client.head("/graphs", params={"graph": "urn:large"}).status_code == 404


@pytest.mark.long
@pytest.mark.parametrize(
    "named",
    [
        f"{_BASE}/context.jsonld",
        "https://w3id.org/urbansdg/context.jsonld",
        "/context.jsonld",
        "HERE/context.jsonld",
        [f"{_BASE}/context.jsonld", {"near": "http://e/near"}],
        {"@import": f"{_BASE}/context.jsonld", "near": "http://e/near"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_our_context_is_known_in_an_upload(opened: Open, named: object, method: str) -> None:
    """JSON-LD that names our context, by any address of it, is read without a fetch."""
    where = {"graph": f"{_BASE}/graphs/of-context"}
    document = {"@context": named, "@id": "urn:a", "prefLabel": {"en": "Seoul"}}
    content = json.dumps(document).replace("HERE", opened.server.url)
    headers = {"content-type": "application/ld+json"}
    answer = opened.client.request(
        method, "/graphs", params=where, content=content, headers=headers
    )
    assert answer.status_code in {201, 204}, answer.text
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    assert opened.triples("/graphs", **where) == {f'<urn:a> {label} "Seoul"@en'}


@pytest.mark.parametrize(
    "named",
    [
        "http://127.0.0.1:1/context.jsonld",
        [{}, "http://127.0.0.1:1/c"],
        {"@import": "http://127.0.0.1:1/c"},
        {"x": {"@id": "urn:x", "@context": "http://127.0.0.1:1/c"}},
    ],
    ids=str,
)
def test_another_context_is_refused_in_a_sentence(opened: Open, named: object) -> None:
    """JSON-LD that names a context of another is 400, with its address and what to do instead."""
    headers = {"content-type": "application/ld+json"}
    content = json.dumps({"@context": named, "@id": "urn:a", "x": {"urn:b": 1}})
    answer = opened.client.put("/graphs/remote", content=content, headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "source-unreadable")
    assert "'http://127.0.0.1:1/c" in problem["detail"]
    assert "no context is fetched from elsewhere" in problem["detail"]
    assert f"{_BASE}/context.jsonld" in problem["remedy"]


_XML = (
    '<?xml version="1.0"%s?>\n<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="urn:">\n<r:Description r:about="urn:a"><b>%s</b></r:Description></r:RDF>'
)


def _xml(encoding: str, codec: str, text: str = "Zürich") -> bytes:
    declaration = f' encoding="{encoding}"' if encoding else ""
    return (_XML % (declaration, text)).encode(codec)


@pytest.mark.long
@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        (_xml("UTF-16", "utf-16"), "", "Zürich"),
        (_xml("utf-16", "utf-16-be"), "", "Zürich"),
        (_xml("", "utf-16"), "", "Zürich"),
        (_xml("UTF-16", "utf-16"), "utf-16", "Zürich"),
        (_xml("ISO-8859-1", "latin-1"), "", "Zürich"),
        (_xml("windows-1252", "cp1252", "€"), "", "€"),
        (_xml("EUC-KR", "euc_kr", "서울"), "", "서울"),
        (_xml("us-ascii", "ascii", "Z&#252;rich"), "", "Zürich"),
        (_xml("", "latin-1"), "iso-8859-1", "Zürich"),
        (_xml("ISO-8859-1", "utf-8"), "utf-8", "Zürich"),
        (_xml("UTF-8", "utf-8-sig"), "", "Zürich"),
    ],
    ids=lambda value: str(value)[:45],
)
def test_xml_is_read_in_its_encoding(opened: Open, content: bytes, charset: str, text: str) -> None:
    """RDF/XML is read by its byte order mark, its charset, or its declaration (XML 1.0, 4.3.3)."""
    headers = {"content-type": "application/rdf+xml" + (charset and f"; charset={charset}")}
    answer = opened.client.put("/graphs/xml", content=content, headers=headers)
    assert answer.status_code in {201, 204}, answer.text
    assert opened.triples(f"/graphs?graph={_BASE}/graphs/xml") == {f'<urn:a> <urn:b> "{text}"'}


_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LINES = (
    f'<rdf:RDF xmlns:rdf="{_RDF}" xmlns:e="http://e/" xml:lang="ko">\r\n'
    '<rdf:Description rdf:about="urn:s">\r\n'
    "<e:lines>a\r\nb\rc&#xD;d</e:lines>"
    """<e:none xml:lang="">x</e:none><e:none xml:lang = ''>y</e:none>"""
    '<e:text xml:lang="en"><![CDATA[<b xml:lang="">]]></e:text>'
    "<e:here>z</e:here></rdf:Description></rdf:RDF>"
)
_READ_LINES = {
    '<urn:s> <http://e/lines> "a\\nb\\nc\\rd"@ko',
    '<urn:s> <http://e/none> "x"',
    '<urn:s> <http://e/none> "y"',
    '<urn:s> <http://e/text> "<b xml:lang=\\"\\">"@en',
    '<urn:s> <http://e/here> "z"@ko',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_ends_and_the_absence_of_a_language_are_those_of_xml(
    opened: Open, encoding: str, tmp_path: Path
) -> None:
    """Line ends of Windows become line feeds (XML 1.0, 2.11), and `xml:lang=""` is no language."""
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    graph = f"http://example.org/lines/{encoding}"
    content = f"{head}{_LINES}".encode(encoding)
    headers = {"content-type": "application/rdf+xml"}
    answer = opened.client.put("/graphs", params={"graph": graph}, content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    assert opened.triples("/graphs", graph=graph) == _READ_LINES
    file = tmp_path / "lines.rdf"
    file.write_bytes(content)
    with urbansdg.open(file) as loaded:
        read = loaded.construct("CONSTRUCT WHERE { ?s ?p ?o }").serialize(format="nt")
    assert {line.removesuffix(" .") for line in read.splitlines()} == _READ_LINES


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_xml("UTF-16", "ascii", "x"), "names the encoding UTF-16"),
        (_xml("UTF-16", "utf-8-sig"), "names the encoding UTF-16"),
        (_xml("UTF-8", "utf-16"), "names the encoding UTF-8"),
        (_xml("us-ascii", "latin-1"), "not in the encoding ascii"),
        (_xml("UTF-16", "utf-16")[:-1], "not in the encoding utf-16"),
        (_xml("x-none", "ascii", "x"), "'x-none' is not supported"),
        (_xml("utf-7", "ascii", "x"), "'utf-7' is not supported"),
        (_xml("rot13", "ascii", "x"), "'rot13' is not supported"),
        (_xml("../x", "ascii", "x"), "'../x' is not supported"),
        (_xml("UTF-8", "latin-1"), "UTF-8"),
    ],
    ids=lambda value: str(value)[:45],
)
def test_xml_in_another_encoding_than_it_names_is_refused(
    opened: Open, content: bytes, reason: str
) -> None:
    """RDF/XML whose bytes contradict its declaration, or whose encoding is unknown, is 400."""
    headers = {"content-type": "application/rdf+xml"}
    answer = opened.client.put("/graphs/xml", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "source-unreadable")
    assert reason in answer.json()["detail"]


@pytest.mark.long
@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "identity, gzip"])
def test_a_body_may_be_compressed_with_gzip(opened: Open, coding: str) -> None:
    """A body and a form in the content coding gzip are unpacked, also of several members."""
    where, headers = {"graph": "urn:packed"}, {"content-encoding": coding}
    parts = (b"<urn:a> <urn:b> 'unpacked' ,", b" '%s' ." % (b"y" * 700_000))
    packed = b"".join(map(gzip.compress, parts))
    answer = opened.client.put("/graphs", params=where, content=packed, headers=_TURTLE | headers)
    assert answer.status_code in {201, 204}, answer.text
    assert opened.triples("/graphs", **where) == {
        '<urn:a> <urn:b> "unpacked"',
        f'<urn:a> <urn:b> "{"y" * 700_000}"',
    }
    form = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.nt"\r\n\r\n\r\n--x--\r\n'
    headers["content-type"] = "multipart/form-data; boundary=x"
    answer = opened.client.put(
        "/graphs", params=where, content=gzip.compress(form), headers=headers
    )
    assert answer.status_code == 204, answer.text
    assert opened.triples("/graphs", **where) == set()


def test_another_content_coding_is_refused_with_those_accepted(opened: Open) -> None:
    """A body in another content coding is 415, with the accepted ones (RFC 9110, 12.5.3)."""
    for coding in ("br", "deflate", "zstd", "gzip, br"):
        headers = _TURTLE | {"content-encoding": coding}
        answer = opened.client.put("/graphs", params={"graph": "urn:x"}, headers=headers)
        assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "gzip, identity")
        assert "gzip" in answer.json()["remedy"]


def test_a_mark_of_the_byte_order_is_no_part_of_the_data(opened: Open) -> None:
    """A body that begins with a byte order mark is read (RFC 3629, 6)."""
    content = b"\xef\xbb\xbf<urn:a> <urn:b> 'marked' ."
    where = {"graph": "urn:mark"}
    answer = opened.client.put("/graphs", params=where, content=content, headers=_TURTLE)
    assert answer.status_code == 201
    assert opened.triples("/graphs", **where) == {'<urn:a> <urn:b> "marked"'}


@pytest.mark.long
def test_a_write_waits_for_another_writer_only_so_long(opened: Open) -> None:
    """While another process writes, a write is 503 after a while, and says when to come back."""
    text = "INSERT DATA { GRAPH <urn:late> { <urn:a> <urn:b> 1 } }"
    with writing(DataDirectory(opened.folder).lock), ThreadPoolExecutor() as several:
        answers = list(several.map(opened.update, [text, text]))
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["code"] for answer in answers} == {"store-busy"}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert opened.update(text).status_code == 204


def test_a_text_that_speaks_of_a_load_is_written(opened: Open) -> None:
    """The mere words load and service in a text do not make an update a request for others."""
    text = "INSERT DATA { GRAPH <urn:text> { <urn:a> <urn:b> 'A load of 5 t; load: SERVICE x' } }"
    assert opened.update(text).status_code == 204


def test_the_graphs_of_a_request_are_those_of_its_update(opened: Open) -> None:
    """What using-graph-uri names is the default graph of an update's WHERE."""
    data = "GRAPH <urn:one> { <urn:a> <urn:p> 'x' } GRAPH <urn:two> { <urn:b> <urn:p> 'x' }"
    opened.update(f"INSERT DATA {{ {data} }}")
    text = "INSERT { GRAPH <urn:three> { ?s <urn:q> ?o } } WHERE { ?s <urn:p> ?o }"
    assert opened.update(text, **{"using-graph-uri": "urn:two"}).status_code == 204
    assert opened.triples("/graphs", graph="urn:three") == {'<urn:b> <urn:q> "x"'}


@pytest.mark.long
def test_everything_but_the_history_can_be_dropped(
    graph: Path, tmp_path: Path, launched: Start
) -> None:
    """DROP ALL leaves what the store itself has written of its versions."""
    secret = Tokens(graph).create("tests")
    with launched(graph, tmp_path / "log", base=_BASE) as server:
        headers = {"authorization": f"Bearer {secret}"}
        data = {"update": "DROP ALL"}
        answer = httpx.post(server.sparql, data=data, headers=headers, timeout=60)
        assert answer.status_code == 204
        query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
        rows = server.ask(query).json()["results"]["bindings"]
    assert [row["g"]["value"] for row in rows] == [f"{_BASE}/graph/versions"]


@pytest.mark.parametrize(
    ("address", "parameters"),
    [
        ("/graphs", {"graph": "http://example.org/one"}),
        pytest.param("/graphs/person/1.ttl", {}, marks=pytest.mark.long),
        pytest.param("/graph/mine", {}, marks=pytest.mark.long),
    ],
)
def test_a_graph_is_made_read_filled_and_removed(
    opened: Open, address: str, parameters: dict[str, str]
) -> None:
    """A graph is made by PUT, added to by POST, read by GET and HEAD, and removed by DELETE."""
    one, two = '<urn:a> <urn:name> "Zoë"', '<urn:b> <urn:name> "王"'

    def send(method: str, content: str = "") -> int:
        answer = opened.client.request(
            method, address, params=parameters, content=content, headers=_TURTLE
        )
        return answer.status_code

    reading = {"graph": f"{_BASE}{address}"} if address.startswith("/graph/") else parameters
    place = "/graphs" if address.startswith("/graph/") else address
    assert send("PUT", f"{two} .") == 201
    assert send("PUT", f"{one} .") == 204
    assert opened.triples(place, **reading) == {one}
    assert send("POST", f"{two} .") == 204
    assert opened.triples(place, **reading) == {one, two}
    assert opened.client.head(place, params=reading).status_code == 200
    assert send("DELETE") == 204
    assert opened.client.get(place, params=reading).status_code == 404
    assert opened.client.head(place, params=reading).status_code == 404
    assert send("DELETE") == 404


def test_a_write_is_held_to_the_state_that_was_read(opened: Open) -> None:
    """A write with If-Match is done on the state that was read, and is else 412 without effect."""
    named = {"graph": "http://example.org/held"}

    def put(name: str, **condition: str) -> int:
        headers = _TURTLE | {key.replace("_", "-"): value for key, value in condition.items()}
        content = f'<urn:a> <urn:name> "{name}" .'
        return opened.client.put(
            "/graphs", params=named, content=content, headers=headers
        ).status_code

    assert put("none", if_match="*") == 412
    assert put("one", if_none_match="*") == 201
    assert put("none", if_none_match="*") == 412
    tag = opened.client.get("/graphs", params=named).headers["etag"]
    answer = opened.client.get("/graphs", params=named, headers={"if-none-match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert put("two", if_match=tag) == 204
    assert put("three", if_match=tag) == 412
    stale = opened.client.delete("/graphs", params=named, headers={"if-match": tag})
    assert stale.status_code == 412
    assert opened.triples("/graphs", **named) == {'<urn:a> <urn:name> "two"'}


def test_the_default_graph_can_be_replaced(opened: Open) -> None:
    """PUT on ?default replaces the default graph, which every query sees too."""
    for name in ("first", "second"):
        text = f"<urn:d> <urn:e> '{name}' ."
        answer = opened.client.put("/graphs?default", content=text, headers=_TURTLE)
        assert answer.status_code == 204
    assert opened.triples("/graphs?default") == {'<urn:d> <urn:e> "second"'}
    assert opened.ask("<urn:d> <urn:e> 'second'")
    assert opened.client.delete("/graphs?default").status_code == 204
    assert opened.triples("/graphs?default") == set()


def test_post_makes_a_graph_of_its_own(opened: Open) -> None:
    """POST to the graph store itself makes a graph, and says where it is."""
    answer = opened.client.post("/graphs", content="<urn:a> <urn:b> 'new' .", headers=_TURTLE)
    assert answer.status_code == 201
    assert opened.triples(answer.headers["location"]) == {'<urn:a> <urn:b> "new"'}
    whole = f"{opened.server.url}{answer.headers['location']}"
    assert opened.triples("/graphs", graph=whole) == {'<urn:a> <urn:b> "new"'}


def test_several_files_of_a_form_are_merged(opened: Open) -> None:
    """The files of a form are merged into the graph, each in its own syntax."""
    files = {
        "one": ("one.ttl", b"<urn:a> <urn:b> 'form one' .", "text/turtle"),
        "two": ("two.nt", b'<urn:a> <urn:b> "form two" .', "application/n-triples"),
    }
    answer = opened.client.post("/graphs", params={"graph": "urn:form"}, files=files)
    assert answer.status_code == 201
    assert len(opened.triples("/graphs", graph="urn:form")) == 2


def test_an_empty_graph_is_there(opened: Open) -> None:
    """A graph that is put without triples is there, and empty."""
    where = {"graph": "urn:empty"}
    answer = opened.client.put("/graphs", params=where, content="", headers=_TURTLE)
    assert answer.status_code == 201
    assert opened.triples("/graphs", **where) == set()


def test_a_graph_is_patched_by_an_update(opened: Open) -> None:
    """PATCH does an update on one graph, which is all that it sees (section 5.7)."""
    where = {"graph": "urn:patched"}
    opened.client.put("/graphs", params=where, content="<urn:a> <urn:b> 1, [] .", headers=_TURTLE)
    counting = "{ SELECT (COUNT(*) AS ?n) { ?a ?b ?c } }"
    patch = f"DELETE {{ ?s ?p 1 }} INSERT {{ ?s ?p ?n }} WHERE {{ ?s ?p 1 {counting} }}"
    answer = opened.client.patch("/graphs", params=where, content=patch, headers=_UPDATE)
    assert answer.status_code == 204, answer.text
    assert answer.headers["urbansdg-version"] == str(opened.version)
    assert len(opened.triples("/graphs", **where)) == 2
    assert opened.ask("GRAPH <urn:patched> { <urn:a> <urn:b> 2 }")
    assert not opened.ask("GRAPH <urn:patched> { ?s ?p 1 }")


@pytest.mark.parametrize("media_type", ["application/octet-stream", ""])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ttl", "<urn:a> <urn:b> 'by name' ."),
        ("A.NT", '<urn:a> <urn:b> "by name" .'),
        ("a.b.jsonld", '{"@id": "urn:a", "urn:b": "by name"}'),
    ],
)
def test_a_file_of_a_form_without_a_type_is_read_by_its_name(
    opened: Open, media_type: str, name: str, content: str
) -> None:
    """A file of a form whose type is unknown to the client is read by the ending of its name."""
    where, headers = {"graph": "urn:named"}, {"content-type": "multipart/form-data; boundary=x"}
    kind = f"Content-Type: {media_type}\r\n" if media_type else ""
    disposition = f'Content-Disposition: form-data; name="f"; filename="{name}"'
    body = f"--x\r\n{disposition}\r\n{kind}\r\n{content}\r\n--x--\r\n"
    answer = opened.client.put("/graphs", params=where, content=body, headers=headers)
    assert answer.status_code in {201, 204}, answer.text
    assert opened.triples("/graphs", **where) == {'<urn:a> <urn:b> "by name"'}


@pytest.mark.parametrize("name", ["ttl", "a.png", "a.", "a.ttl/../b", "a.ttl\0"])
def test_a_file_of_a_form_with_neither_type_nor_ending_is_refused(opened: Open, name: str) -> None:
    """A file of a form whose type and ending are unknown is 415, with the ways to send it."""
    files = {"f": (name, b"<urn:a> <urn:b> 1 .", "application/octet-stream")}
    answer = opened.client.put("/graphs", params={"graph": "urn:unnamed"}, files=files)
    assert answer.status_code == 415, answer.text
    assert ".ttl" in answer.json()["remedy"]


@pytest.mark.parametrize(
    "text", ["INSERT DATA { GRAPH <urn:z> { <urn:a> <urn:b> 1 } }", "CREATE GRAPH <urn:z>"]
)
def test_a_patch_writes_to_no_other_graph(opened: Open, text: str) -> None:
    """A patch that would make or change another graph is refused, and nothing is done."""
    version = opened.version
    answer = opened.client.patch("/graphs?default", content=text, headers=_UPDATE)
    assert (answer.status_code, answer.json()["code"]) == (403, "query-refused")
    assert opened.version == version


def test_a_wrong_patch_is_told_at_its_place(opened: Open) -> None:
    """Line and column of a wrong patch are those of the text as it was sent."""
    text = "INSERT\n\\u0044ATA { <urn:a> WRONG <urn:b> }"
    problem = opened.client.patch("/graphs?default", content=text, headers=_UPDATE).json()
    assert (problem["code"], problem["place"]) == ("query-syntax", {"line": 2, "column": "21"})


def test_a_patch_only_if_the_graph_is_as_it_was(opened: Open) -> None:
    """A patch with If-Match of another state is 412; only the graphs of the token are patched."""
    headers = _UPDATE | {"if-match": '"other"'}
    answer = opened.client.patch("/graphs?default", content="CLEAR DEFAULT", headers=headers)
    assert answer.status_code == 412
    secret = Tokens(opened.folder).create("of one graph", ("urn:mine",))
    patch_headers = _UPDATE | {"authorization": f"Bearer {secret}"}
    text = "INSERT DATA { <urn:a> <urn:b> 'patched' }"
    answer = opened.client.patch("/graphs?default", content=text, headers=patch_headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "write-refused")


@pytest.mark.parametrize(
    ("method", "address", "headers", "content", "status"),
    [
        ("PUT", "?graph=urn:x", _TURTLE, b"<urn:a> <urn:b>", 400),
        ("PUT", "?graph=urn:x", _TURTLE, b"<rdf:RDF xmlns:rdf='x'/>", 400),
        ("PUT", "?graph=urn:x", _TURTLE, b"<urn:a> <urn:b> '\xff' .", 400),
        ("PUT", "?graph=urn:x", {"content-type": "image/png"}, b"x", 415),
        ("PUT", "?graph=urn:x", _TURTLE | {"content-encoding": "gzip"}, b"x", 400),
        ("PUT", "?graph=urn:x", _TURTLE | {"content-encoding": "gzip"}, b"", 400),
        (
            "PUT",
            "?graph=urn:x",
            _TURTLE | {"content-encoding": "gzip"},
            gzip.compress(b"", mtime=0)[:-1],
            400,
        ),
        (
            "PUT",
            "?graph=urn:x",
            _TURTLE | {"content-encoding": "gzip"},
            gzip.compress(b"#", mtime=0) * 10_001,
            400,
        ),
        ("PUT", "?graph=urn:x", _TURTLE | {"content-encoding": "gzip, gzip"}, b"", 415),
        ("PUT", "?graph=urn:x&graph=urn:y", _TURTLE, b"", 400),
        ("PUT", "?graph=urn:x&default", _TURTLE, b"", 400),
        ("PUT", "?graph=relative", _TURTLE, b"", 400),
        ("PUT", "?graph=urn:%3E%20", _TURTLE, b"", 400),
        ("PUT", "", _TURTLE, b"", 400),
        ("GET", "", {}, b"", 400),
        ("GET", "?graph=urn:none", {}, b"", 404),
        ("GET", "?default", {"accept": "image/png"}, b"", 406),
        ("PUT", "?graph=urn:x", {"content-type": "text/turtle; charset=latin1"}, b"", 415),
        ("PUT", "?graph=urn:x", _TURTLE | {"content-range": "bytes 0-3/9"}, b"", 400),
        ("PUT", f"?graph={_BASE}/graph/versions", _TURTLE, b"", 403),
        ("DELETE", f"?graph={_BASE}/graph/versions", {}, b"", 403),
        ("PATCH", f"?graph={_BASE}/graph/versions", _UPDATE, b"CLEAR DEFAULT", 403),
        ("PATCH", "", _UPDATE, b"", 400),
        ("PATCH", "?graph=urn:never", _UPDATE, b"", 404),
        ("PATCH", "?default", {}, b"", 415),
        ("PATCH", "?default", {"content-type": "application/x-www-form-urlencoded"}, b"", 415),
        ("PATCH", "?default", _UPDATE | {"content-encoding": "gzip"}, b"", 415),
        ("PATCH", "?default", _UPDATE, b"\xff", 400),
        ("PATCH", "?default", _UPDATE, b"LOAD <http://127.0.0.1:1/>", 403),
        ("PUT", "?graph=urn:x", _TRIG, b"<urn:g> {<a:b> <a:c> 1}", 400),
        ("PUT", "?graph=urn:x", {"content-type": "multipart/form-data"}, b"x", 400),
    ],
)
def test_a_request_for_a_graph_that_is_wrong_says_why(
    opened: Open, method: str, address: str, headers: dict[str, str], content: bytes, status: int
) -> None:
    """What is wrong with a request for a graph is a problem document, and changes nothing."""
    before = opened.version
    answer = opened.client.request(method, f"/graphs{address}", headers=headers, content=content)
    assert (answer.status_code, opened.version) == (status, before)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["remedy"]


@pytest.mark.long
def test_entities_and_contexts_from_elsewhere_are_not_fetched(opened: Open) -> None:
    """An entity bomb, a file of an entity, and a remote context are refused, not read."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]>'
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    bomb += f'<r:RDF xmlns:r="{rdf}"><r:Description r:about="urn:a"><p xmlns="urn:">&l9;</p>'
    bomb += "</r:Description></r:RDF>"
    remote = '{"@context": "http://127.0.0.1:1/context", "@id": "urn:a", "name": "x"}'
    for media_type, content in (("application/rdf+xml", bomb), ("application/ld+json", remote)):
        headers = {"content-type": media_type}
        where = {"graph": "urn:bomb"}
        answer = opened.client.put("/graphs", params=where, content=content, headers=headers)
        assert answer.status_code in {400, 503, 504}, answer.text
    assert not opened.ask("GRAPH <urn:bomb> { ?s ?p ?o }")


@pytest.mark.parametrize(
    ("update", "written"),
    [
        (
            "DELETE WHERE { ?s ?p 'WHERE }' }",
            "DELETE { ?s ?p 'WHERE }' } USING <urn:g> WHERE { ?s ?p 'WHERE }' }",
        ),
        (
            "INSERT { ?s <urn:WHERE> 1 } WHERE { ?s ?where 1 # WHERE\n } ; CLEAR ALL",
            "INSERT { ?s <urn:WHERE> 1 } USING <urn:g> WHERE { ?s ?where 1 # WHERE\n } ; CLEAR ALL",
        ),
        ("INSERT DATA { <urn:a> <urn:b> 1 }", "INSERT DATA { <urn:a> <urn:b> 1 }"),
    ],
)
def test_a_dataset_is_written_where_it_belongs(update: str, written: str) -> None:
    """The dataset is written before each WHERE of an operation, not into strings or comments."""
    result = with_dataset(update, ("urn:g",), ())
    assert result.split() == written.split()
    with pytest.raises(Fault):
        with_dataset("WITH <urn:x> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", ("urn:g",), ())


def test_a_token_is_made_listed_and_revoked(graph: Path, urbansdg: Command) -> None:
    """A token is made and shown once; its secret is not kept, and its file is for its owner."""

    def run(*arguments: str) -> str:
        done = urbansdg("token", *arguments, "--data-dir", graph)
        return done.stdout or done.stderr

    scope = ("--graph", _GRAPH, "--until", "2999-12-31", "--agent", "the operator")
    secret = run("create", "press office", *scope).strip()
    text = (graph / "tokens.json").read_text("utf-8")
    assert len(secret) >= 40
    assert secret.startswith("usdg_")
    assert secret not in text
    assert (graph / "tokens.json").stat().st_mode & 0o077 == 0
    assert "press office" in run("list")
    listing = run("list", "--format", "json")
    assert '"the operator"' in listing
    assert "sha256" not in listing
    assert "already" in run("create", "press office")
    token = Tokens(graph).of(secret)
    assert token is not None
    assert token.graphs == (_GRAPH,)
    more = (
        *("--read-only", "--query-seconds", "300"),
        *("--query-bytes", "4GiB", "--query-memory", "2GiB"),
    )
    run("create", "the UN", *more, "--client-queries", "8")
    assert "query-memory 2.0GiB" in " ".join(run("list").split())
    assert "query-bytes 4.0GiB" in " ".join(run("list").split())
    assert [token.graphs for token in Tokens(graph).all()] == [(_GRAPH,), ()]
    assert Tokens(graph).all()[1].allowance == Allowance(300, None, 4 << 30, 2 << 30, 8)
    assert "Invalid number of bytes" in run("create", "wrong", "--query-bytes", "many")
    assert "finite" in run("create", "wrong", "--query-seconds", "inf")
    assert "has no --graph" in run("create", "wrong", "--read-only", "--graph", _GRAPH)
    run("create", "gone", "--until", "2020-01-01")
    run("revoke", "press office")
    assert Tokens(graph).of(secret) is None
    assert "no token" in run("revoke", "press office")
