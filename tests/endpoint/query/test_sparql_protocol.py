"""The SPARQL 1.1 Protocol, and what HTTP asks of it."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from urbansdg.ontology.media_types import GRAPHS
from urbansdg.queries import questions

if TYPE_CHECKING:
    from tests.support.server import Server

_NAMES = "SELECT ?name { ?thing <http://example.org/name> ?name } ORDER BY ?name"
_ALL = "CONSTRUCT WHERE { ?s <http://example.org/name> ?o }"
_COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_SD = "http://www.w3.org/ns/sparql-service-description#"
_EX = "http://example.org/"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_QUERY = "application/sparql-query"
_DIRECT = {"Content-Type": _QUERY}


def _count(answer: httpx.Response) -> int:
    return int(answer.json()["results"]["bindings"][0]["n"]["value"])


def test_get_form_and_direct_post_give_the_same_answer(
    server: Server, client: httpx.Client
) -> None:
    """GET, a posted form and a query posted as it is have one answer (Protocol, 2.1)."""
    answers = [
        client.get(server.sparql, params={"query": _NAMES}),
        client.post(server.sparql, data={"query": _NAMES}),
        client.post(server.sparql, content=_NAMES, headers=_DIRECT),
    ]
    names = [row["name"]["value"] for row in answers[0].json()["results"]["bindings"]]
    assert names == ["Zürich one", "Zürich two"]
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(
    "case",
    [
        (_NAMES, "application/sparql-results+json", "application/sparql-results+json", b'{"head'),
        (_NAMES, "application/json", "application/json", b'{"head'),
        (_NAMES, "application/sparql-results+xml", "application/sparql-results+xml", b"<?xml"),
        (_NAMES, "text/csv", "text/csv; charset=utf-8", b"name\r\n"),
        (_NAMES, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8", b"?name"),
        (_NAMES, "text/csv;q=0.2, application/*", "application/sparql-results+json", b"{"),
        (_NAMES, "text/csv;q=0.2, text/turtle", "text/csv; charset=utf-8", b"name"),
        ("ASK {}", "application/sparql-results+xml", "application/sparql-results+xml", b"<?xml"),
        ("ASK {}", "*/*", "application/sparql-results+json", b'{"head":{},"boolean":true}'),
        (_ALL, "text/turtle", "text/turtle; charset=utf-8", b"<urn:"),
        (_ALL, "text/turtle; Charset=UTF-8, */*;q=0.1", "text/turtle; charset=utf-8", b"<urn:"),
        (_NAMES, 'text/csv;charset="utf-8";q=0.5', "text/csv; charset=utf-8", b"name"),
        (_ALL, "application/n-triples", "application/n-triples", b"<urn:"),
        (_ALL, "application/rdf+xml", "application/rdf+xml", b"<?xml"),
        (_ALL, "application/ld+json", "application/ld+json", b"["),
        (_ALL, "application/trig", "application/trig", b"<urn:"),
        (_ALL, "application/n-quads", "application/n-quads", b"<urn:"),
        ("DESCRIBE <urn:one>", "*/*", "text/turtle; charset=utf-8", b"<urn:one>"),
    ],
)
def test_the_accepted_format_is_given(
    server: Server, client: httpx.Client, case: tuple[str, str, str, bytes]
) -> None:
    """An answer has the best of its formats that the request accepts (RFC 9110, 12.5.1)."""
    query, accept, kind, begins = case
    answer = client.get(server.sparql, params={"query": query}, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.content.startswith(begins)
    assert answer.headers["vary"] == "Accept, Accept-Encoding, Accept-Datetime"


@pytest.mark.parametrize("name", ["turtle", "ntriples", "rdfxml", "jsonld", "trig", "nquads"])
def test_a_graph_is_the_same_in_every_format(
    server: Server, client: httpx.Client, name: str
) -> None:
    """Every format of a graph holds the triples that the query constructs."""
    answer = client.get(server.sparql, params={"query": _ALL, "format": name})
    form = next(form for form in GRAPHS if form.name == name).engine
    assert isinstance(form, RdfFormat)
    statements = {(quad.subject, quad.object) for quad in parse(answer.content, format=form)}
    assert statements == {
        (NamedNode(f"urn:{name}"), Literal(f"Zürich {name}")) for name in ("one", "two")
    }


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?thing <http://example.org/name> ?name }",
        "SELECT DISTINCT * { ?thing ?how ?a } ORDER BY ?a LIMIT 2",
        "SELECT * { <urn:one> ?thing ?a }",
    ],
)
def test_columns_come_in_the_order_of_the_query(
    server: Server, client: httpx.Client, query: str
) -> None:
    """SELECT * has its columns in the order of the text, in every format of results."""
    expected = list(dict.fromkeys(re.findall(r"[?](\w+)", query)))
    texts = {
        name: client.get(server.sparql, params={"query": query, "format": name}).text
        for name in ("csv", "tsv", "json", "xml")
    }
    assert texts["csv"].splitlines()[0].split(",") == expected
    assert texts["tsv"].splitlines()[0].split("\t") == [f"?{name}" for name in expected]
    assert json.loads(texts["json"])["head"]["vars"] == expected
    assert re.findall(r'<variable name="(\w+)"/>', texts["xml"]) == expected


@pytest.mark.parametrize("cast", ["xsd:{}", "<http://www.w3.org/2001/XMLSchema#{}>", ":{}"])
def test_casts_of_large_numbers_are_exact(server: Server, cast: str) -> None:
    """Casts to decimal and integer are exact, by a prefixed name and by the IRI."""
    xsd = "http://www.w3.org/2001/XMLSchema#"
    values = f"({cast.format('decimal')}(2.5e12) AS ?d) ({cast.format('integer')}(1e18) AS ?i)"
    query = f"PREFIX xsd: <{xsd}> PREFIX : <{xsd}> SELECT {values} ('xsd:integer(1e18)' AS ?s) {{}}"
    row = server.ask(query).json()["results"]["bindings"][0]
    assert row["d"] == {"type": "literal", "datatype": f"{xsd}decimal", "value": "2500000000000"}
    assert (row["i"]["value"], row["i"]["datatype"]) == (str(10**18), f"{xsd}integer")
    assert row["s"]["value"] == "xsd:integer(1e18)"


def test_concatenations_are_simple_literals(server: Server) -> None:
    """GROUP_CONCAT gives a simple literal of texts in one language and of IRIs."""
    for members in ('"a"@en "b"@en', "<urn:a> <urn:b>"):
        query = f"SELECT (GROUP_CONCAT(?v; SEPARATOR='') AS ?x) {{ VALUES ?v {{ {members} }} }}"
        value = server.ask(query).json()["results"]["bindings"][0]["x"]
        assert {"type": "literal", "value": value["value"]} == value


def test_a_format_in_the_address_stands_above_accept(server: Server, client: httpx.Client) -> None:
    """`?format=csv` gives CSV, whatever Accept says."""
    answer = client.get(
        server.sparql, params={"query": _NAMES, "format": "csv"}, headers={"Accept": "text/html"}
    )
    assert answer.text.split() == ["name", "Zürich", "one", "Zürich", "two"]


@pytest.mark.parametrize(
    "case",
    [
        ("GET", "?query=SELECT%20*%20%7B", {}, "", 400, "query-syntax"),
        ("GET", "?query=", {}, "", 400, "query-syntax"),
        ("GET", "?query=DROP%20ALL", {}, "", 400, "query-syntax"),
        ("GET", "?query=ASK%7B%7D&query=ASK%7B%7D", {}, "", 400, "bad-request"),
        ("GET", "?query=%FF", {}, "", 400, "bad-request"),
        ("GET", "?query=ASK%7B%7D&default-graph-uri=no%20iri", {}, "", 400, "bad-request"),
        ("GET", "?update=DROP%20ALL", {}, "", 405, "bad-request"),
        ("GET", "?query=ASK%7B%7D&format=docx", {}, "", 406, "not-acceptable"),
        ("GET", "?query=ASK%7B%7D", {"Accept": "image/png"}, "", 406, "not-acceptable"),
        ("GET", "", {"Accept": "image/png"}, "", 406, "bad-request"),
        ("POST", "", _FORM, "", 400, "bad-request"),
        ("POST", "", _FORM, "update=DROP%20ALL", 401, "bad-request"),
        ("POST", "", {"Content-Type": "application/sparql-update"}, "DROP ALL", 401, "bad-request"),
        ("POST", "", {"Content-Type": "text/plain"}, "ASK {}", 415, "bad-request"),
        (
            "POST",
            "",
            {"Content-Type": "application/sparql-query; charset=utf-16"},
            "x",
            415,
            "bad-request",
        ),
        ("PUT", "?query=ASK%7B%7D", {}, "", 405, "bad-request"),
        ("DELETE", "", {}, "", 405, "bad-request"),
    ],
)
def test_what_is_wrong_is_said_as_a_problem_document(
    server: Server, client: httpx.Client, case: tuple[str, str, dict[str, str], str, int, str]
) -> None:
    """A request that cannot be answered gets its status and a problem document (RFC 9457)."""
    method, address, headers, body, status, code = case
    answer = client.request(method, server.sparql + address, headers=headers, content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["remedy"]
    assert problem["code"] == code


def test_a_syntax_error_has_its_place(server: Server) -> None:
    """A syntax error is told with its line, its column and what cannot stand there."""
    problem = server.ask("SELECT *\nWHERE { ?s ?p }").json()
    assert problem["place"] == {"line": 2, "column": "15"}
    assert "'}' cannot stand here" in problem["detail"]


def test_an_undeclared_prefix_is_named_as_the_reason(server: Server) -> None:
    """A prefix without declaration is said to be that."""
    assert (
        "the prefix 'no:' is not declared"
        in server.ask("SELECT * { ?s no:thing ?o }").json()["detail"]
    )


def test_406_lists_what_there_is(server: Server) -> None:
    """A 406 names the formats of this kind of answer."""
    answer = server.ask("ASK {}", Accept="text/turtle")
    assert answer.status_code == 406
    assert "application/sparql-results+json" in answer.json()["remedy"]
    assert "text/turtle" not in answer.json()["remedy"]


def test_405_lists_the_methods(server: Server, client: httpx.Client) -> None:
    """A 405 has the header Allow (RFC 9110, 15.5.6)."""
    assert client.put(server.sparql).headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_a_query_is_decoded_once(server: Server, client: httpx.Client) -> None:
    """A percent sign inside a query stays what it is."""
    query = 'SELECT ?x { BIND("caf%C3%A9+%2B" AS ?x) }'
    for answer in (
        client.get(server.sparql, params={"query": query}),
        client.post(server.sparql, data={"query": query}),
    ):
        assert answer.json()["results"]["bindings"][0]["x"]["value"] == "caf%C3%A9+%2B"


def test_a_query_that_is_too_long_is_refused(bounded: Server, client: httpx.Client) -> None:
    """A query over the length limit is refused: 414 in an address, 413 in a body."""
    query = "ASK {} #" + "x" * 50_000
    assert client.post(bounded.sparql, data={"query": query}).status_code == 413
    line = http.client.HTTPConnection(bounded.url.removeprefix("http://"), timeout=30)
    line.request("GET", f"/sparql?query={quote(query)}")
    assert line.getresponse().status == 414
    line.close()


def test_the_default_graph_is_the_union(server: Server) -> None:
    """Without a dataset the default graph holds what all the named graphs hold."""
    assert _count(server.ask(_COUNT.replace("?p", "<urn:value>"))) == 20_000
    assert _count(server.ask(_COUNT.replace("?p", "<http://example.org/name>"))) == 2


def test_the_dataset_of_the_query_is_kept(server: Server) -> None:
    """FROM replaces the default graph (SPARQL 1.1, 13.2)."""
    assert _count(server.ask(_COUNT.replace("{", f"FROM <{_EX}one> {{"))) == 1


def test_the_dataset_of_the_protocol_stands_above_the_query(
    server: Server, client: httpx.Client
) -> None:
    """`default-graph-uri` and `named-graph-uri` stand above FROM (Protocol, 2.1.4)."""
    query = _COUNT.replace("{", f"FROM <{_EX}rows> {{")
    data = {"query": query, "default-graph-uri": [f"{_EX}one", f"{_EX}two"]}
    assert _count(client.get(server.sparql, params=data)) == 2
    assert _count(client.post(server.sparql, data=data)) == 2
    named = {"query": _COUNT, "named-graph-uri": f"{_EX}one"}
    assert _count(client.get(server.sparql, params=named)) == 0


def test_head_is_get_without_the_body(server: Server, client: httpx.Client) -> None:
    """HEAD has the status and headers of GET, and no body (RFC 9110, 9.3.2)."""
    options = {"params": {"query": _NAMES}}
    head, get = client.head(server.sparql, **options), client.get(server.sparql, **options)  # type: ignore[arg-type]
    assert not head.content
    for name in ("content-type", "content-length", "etag", "vary"):
        assert head.headers[name] == get.headers[name]


def test_pages_of_other_sites_may_ask(server: Server, client: httpx.Client) -> None:
    """A preflight request allows a query to be posted from anywhere (Fetch, CORS)."""
    answer = client.options(
        server.sparql,
        headers={
            "Origin": "https://example.org",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Content-Type" in answer.headers["access-control-allow-headers"]


def test_pages_of_other_sites_may_ask_for_a_date(server: Server, client: httpx.Client) -> None:
    """A preflight request allows every header that the endpoint looks at, Accept-Datetime too."""
    headers = client.options(server.sparql).headers["access-control-allow-headers"]
    looked_at = {"Accept", "Accept-Datetime", "Accept-Language", "Authorization", "Content-Type"}
    assert looked_at | {"If-None-Match", "Prefer"} <= set(headers.split(", "))


def test_a_client_that_has_the_answer_is_told_so(server: Server) -> None:
    """A request with the entity tag of the version gets 304 (RFC 9110, 13.1.2)."""
    tag = server.ask(_NAMES).headers["etag"]
    answer = server.ask(_NAMES, **{"If-None-Match": f'"other", W/{tag}'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert server.ask(_COUNT, **{"If-None-Match": tag}).status_code == 200
    csv = server.ask(_NAMES, **{"If-None-Match": tag, "Accept": "text/csv"})
    assert csv.status_code == 200


def test_an_answer_by_chance_has_no_tag(server: Server) -> None:
    """A query with RAND() or NOW() has no entity tag and is not kept."""
    answer = server.ask("SELECT (RAND() AS ?x) {}")
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_a_long_answer_is_compressed_for_those_who_ask(server: Server) -> None:
    """Compression by gzip is used where the client takes it, and gives the same bytes."""
    query = "SELECT * { ?s <urn:value> ?o } ORDER BY ?o"
    plain = server.ask(query, **{"Accept-Encoding": "identity"})
    with httpx.stream(
        "GET", server.sparql, params={"query": query}, headers={"Accept-Encoding": "gzip"}
    ) as packed:
        raw = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content
    assert len(json.loads(plain.content)["results"]["bindings"]) == 20_000


def test_a_client_of_http_1_0_learns_the_length(server: Server) -> None:
    """A long answer to HTTP/1.0, which has no chunks, says its length."""
    query = quote("SELECT * { ?s <urn:value> ?o }")
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 30) as line:
        line.sendall(f"GET /sparql?query={query} HTTP/1.0\r\n\r\n".encode())
        received = b"".join(iter(lambda: line.recv(1 << 16), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert len(json.loads(body)["results"]["bindings"]) == 20_000


def test_browsers_get_a_form(server: Server, client: httpx.Client) -> None:
    """Without a query a browser gets a page with a form, other clients the description in RDF."""
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = client.get(server.sparql, headers=accept)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<textarea" in page.text
    assert client.get(server.sparql).headers["content-type"].startswith("text/turtle")


def test_who_has_the_description_is_told_so(server: Server, client: httpx.Client) -> None:
    """The Service Description has a tag, another one in each format, and 304 for who has it."""
    turtle, other = (
        client.get(server.sparql, headers={"Accept": accept})
        for accept in ("text/turtle", "application/n-triples")
    )
    assert turtle.headers["etag"] != other.headers["etag"]
    headers = {"Accept": "text/turtle", "If-None-Match": f'"x", W/{turtle.headers["etag"]}'}
    again = client.get(server.sparql, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == turtle.headers["etag"]
    assert client.get(server.sparql, headers=headers | {"If-None-Match": '"x"'}).status_code == 200


def test_a_mark_of_the_byte_order_in_a_parameter_is_no_part_of_a_query(
    server: Server, client: httpx.Client
) -> None:
    """A query that a client read from a file of Windows is read in a form and an address too."""
    assert server.ask("\ufeffASK {}").json()["boolean"] is True
    answer = client.post(server.sparql, data={"query": "\ufeffASK {}"})
    assert answer.json()["boolean"] is True


def test_a_format_may_have_parameters(server: Server, client: httpx.Client) -> None:
    """A media type in `format` may have a charset; an unknown one is named as the cause."""
    parameters = {"query": _NAMES, "format": "text/csv; charset=utf-8"}
    assert client.get(server.sparql, params=parameters).text.startswith("name\r\n")
    answer = client.get(server.sparql, params={"query": _NAMES, "format": "xyz"})
    assert (answer.status_code, "`format`" in answer.json()["detail"]) == (406, True)


def test_an_iri_with_a_comma_is_one_cell(server: Server, client: httpx.Client) -> None:
    """CSV quotes an IRI with a comma, and has a line for a row without values (RFC 4180)."""
    query = "SELECT ?x ?y { VALUES (?x ?y) { (<http://e/a,b> 'c,\"d\"') (UNDEF UNDEF) } }"
    answer = client.get(server.sparql, params={"query": query, "format": "csv"})
    assert answer.text == 'x,y\r\n"http://e/a,b","c,""d"""\r\n,\r\n'


def test_a_mark_of_the_byte_order_is_no_part_of_a_query(server: Server) -> None:
    """A query that is sent as it is may begin with the BOM that editors write."""
    headers = {"Content-Type": "application/sparql-query"}
    answer = httpx.post(server.sparql, content=b"\xef\xbb\xbfASK {}", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "accept", [form.media_type for form in GRAPHS] + ["application/ld+json, text/html;q=0.9"]
)
def test_the_service_is_described(server: Server, client: httpx.Client, accept: str) -> None:
    """The Service Description names the endpoint, its formats and its graphs, in any RDF format."""
    answer = client.get(server.sparql, headers={"Accept": accept})
    form = RdfFormat.from_media_type(accept.partition(",")[0])
    assert form is not None
    statements = {
        (str(quad.predicate)[1:-1].removeprefix(_SD), str(quad.object)[1:-1])
        for quad in parse(answer.content, format=form)
    }
    assert ("endpoint", f"{_EX}sparql") in statements
    assert ("supportedLanguage", f"{_SD}SPARQL11Query") in statements
    assert ("resultFormat", "http://www.w3.org/ns/formats/Turtle") in statements
    assert {value for name, value in statements if name == "name"} == {
        f"{_EX}{name}" for name in ("one", "two", "rows", "graph/versions")
    }


def test_the_limits_and_examples_are_described(server: Server) -> None:
    """The description has the limits with their units, and every question with its query."""
    answer = httpx.get(server.sparql, headers={"Accept": "application/n-triples"})
    graph = rdflib.Graph().parse(data=answer.content, format="nt")
    schema, shacl = rdflib.Namespace("https://schema.org/"), rdflib.SH
    limits = {
        str(graph.value(limit, schema.propertyID)): (
            float(str(graph.value(limit, schema.value))),
            str(graph.value(limit, schema.unitCode)),
        )
        for limit in graph.objects(None, schema.additionalProperty)
    }
    assert limits["timeout"] == (30.0, "SEC")
    assert limits["max-bytes"] == (float(1 << 30), "AD")
    assert limits["client-seconds"] == (120.0, "SEC")
    texts = {str(text) for text in graph.objects(None, shacl.select)}
    assert texts == {question.query_for("http://example.org") for question in questions()}


def test_health_names_the_version(
    server: Server, client: httpx.Client, tier: str, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """`/health` says which version is served, from which tier, and how many triples it has."""
    assert soon(lambda: client.get(f"{server.url}/health").json()["workers"] == 2)  # none replaced
    report = client.get(f"{server.url}/health").json()
    assert report.pop("triples") > 20_002
    assert set(report.pop("cache")) == {"answers", "bytes", "hits", "misses"}
    front_ends = 2 if tier == "two front ends" else 1
    served = "memory" if front_ends == 2 else tier
    counts = {"version": 1, "workers": 2, "front_ends": front_ends}
    assert report == {"status": "ok", "tier": served} | counts
