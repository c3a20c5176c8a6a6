"""The W3C's tests of the Graph Store HTTP Protocol, written anew from their descriptions.

The suite beside the checkout runs them only where the W3C's manifests of `graph-store-protocol` are
there too. Each test here is one of its thirteen, by the same name; the requests and the data are
those that it describes (two people of FOAF with a business card), the words are ours.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

import httpx
import pytest
import rdflib
from rdflib.compare import isomorphic

from tests.support.server import http_client
from urbansdg.store import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.server import Start

_PREFIXES = """@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix v: <http://www.w3.org/2006/vcard/ns#> .
"""
_TURTLE = {"content-type": "text/turtle; charset=utf-8"}
_TURTLE_TYPE = _TURTLE["content-type"]
_READ = {"accept": "text/turtle"}
_DONE = {200, 204}
_SUCCESSES = {200, 201, 204}
_PERSON = "http://www.example/gsp/person/1"


def _card(name: str) -> str:
    card = f'[ a v:VCard ; v:fn "{name}" ]'
    return f"{_PREFIXES}<{_PERSON}> a foaf:Person ; foaf:businessCard {card} ."


_ALICE = f'{_PREFIXES}[] a foaf:Person ; foaf:businessCard [ a v:VCard ; v:given-name "Alice" ] .'


@pytest.fixture(scope="module")
def client(
    bundled: Path,
    tmp_path_factory: pytest.TempPathFactory,
    launched: Start,
) -> Iterator[httpx.Client]:
    """Return a client with a token of every graph, of a server over the bundled data."""
    folder = tmp_path_factory.mktemp("store")
    shutil.copytree(bundled, folder / "graph")
    secret = Tokens(folder / "graph").create("suite")
    base = {"base": "http://localhost:8000"}
    with (
        launched(folder / "graph", folder / "log", **base) as server,
        http_client(server.url) as client,
    ):
        client.headers["authorization"] = f"Bearer {secret}"
        yield client


@pytest.fixture(params=["direct", pytest.param("indirect", marks=pytest.mark.long)])
def person(request: pytest.FixtureRequest, client: httpx.Client) -> Callable[[int], str]:
    """Return the address of a person's graph, named by itself or in a parameter; none is there."""

    def address(number: int) -> str:
        if request.param == "direct":
            return f"/graphs/person/{number}.ttl"
        named = quote(f"http://www.example/gsp/person/{number}.ttl", safe="")
        return f"/graphs?graph={named}"

    for number in (1, 2):
        client.delete(address(number))
    return address


def _send(client: httpx.Client, method: str, address: str, content: str = "") -> int:
    """Send Turtle, or nothing, and return the status."""
    headers = _TURTLE if content else {}
    return client.request(method, address, content=content or None, headers=headers).status_code


def _holds(client: httpx.Client, address: str, expected: str) -> bool:
    """Tell whether a graph is read as Turtle and is the one expected, blank nodes apart."""
    answer = client.get(address, headers=_READ)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    graph = rdflib.Graph().parse(data=answer.text, format="turtle")
    return isomorphic(graph, rdflib.Graph().parse(data=expected, format="turtle"))


@pytest.mark.long
def test_put_get_repeat(client: httpx.Client, person: Callable[[int], str]) -> None:
    """A graph that is put is created, one that is put again replaced, and read as it was put."""
    address = person(1)
    assert _send(client, "PUT", address, _card("John Doe")) == 201
    assert _holds(client, address, _card("John Doe"))
    assert _send(client, "PUT", address, _card("Jane Doe")) in _DONE
    assert _holds(client, address, _card("Jane Doe"))


def test_put_get_default(client: httpx.Client) -> None:
    """The default graph is put and read back."""
    assert _send(client, "PUT", "/graphs?default", _ALICE) in _SUCCESSES
    assert _holds(client, "/graphs?default", _ALICE)


def test_put_delete_get_delete(client: httpx.Client, person: Callable[[int], str]) -> None:
    """A graph that was deleted is not found any more, neither to read nor to delete."""
    address = person(2)
    assert _send(client, "PUT", address, _ALICE) in _SUCCESSES
    assert _send(client, "DELETE", address) in _DONE
    assert _send(client, "GET", address) == 404
    assert _send(client, "DELETE", address) == 404


def test_post_get_post_get(client: httpx.Client, person: Callable[[int], str]) -> None:
    """What is posted is added to a graph, from the files of a form too."""
    address = person(1)
    assert _send(client, "POST", address, _card("Jane Doe")) in _SUCCESSES
    assert _holds(client, address, _card("Jane Doe"))
    names = {"familyName": "Doe", "givenName": "Jane"}
    files = {
        field: (f"{field}.ttl", f'{_PREFIXES}<{_PERSON}> foaf:{field} "{name}" .', _TURTLE_TYPE)
        for field, name in names.items()
    }
    assert client.post(address, files=files).status_code in _DONE
    added = "".join(f' ; foaf:{field} "{name}"' for field, name in names.items())
    assert _holds(client, address, _card("Jane Doe").removesuffix(" .") + f"{added} .")


def test_post_get_new_graph(client: httpx.Client) -> None:
    """What is posted to the store itself is a graph of its own, whose address is returned."""
    answer = client.post("/graphs", content=_ALICE, headers=_TURTLE)
    assert answer.status_code == 201
    whole = urljoin(str(client.base_url), answer.headers["location"])
    assert _holds(client, f"/graphs?graph={quote(whole, safe='')}", _ALICE)
    assert _holds(client, answer.headers["location"], _ALICE)


def test_head_existing(client: httpx.Client, person: Callable[[int], str]) -> None:
    """HEAD on a graph has the status and the headers of GET, and no body."""
    address = person(1)
    assert _send(client, "PUT", address, _card("John Doe")) in _SUCCESSES
    answer = client.head(address, headers={"accept": "text/turtle; charset=utf-8"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(client.get(address, headers=_READ).content)


def test_head_non_existing(client: httpx.Client, person: Callable[[int], str]) -> None:
    """HEAD on a graph that is not there is 404."""
    assert client.head(person(4)).status_code == 404


def test_put_get_uri_pct_encoded(client: httpx.Client) -> None:
    """The name of a graph is decoded once: more or less encoded it is the same, twice another."""
    name = "http://www.example/gsp/person/encoded-1.ttl"
    assert _send(client, "PUT", f"/graphs?graph={quote(name, safe='')}", _card("John Doe")) == 201
    assert _holds(client, f"/graphs?graph={name}", _card("John Doe"))
    assert _holds(client, f"/graphs?graph={name.replace('-1', '-%31')}", _card("John Doe"))
    assert _send(client, "GET", f"/graphs?graph={name.replace('-1', '-%2531')}") == 404


def test_a_payload_that_is_not_of_its_type_changes_nothing(
    client: httpx.Client, person: Callable[[int], str]
) -> None:
    """RDF/XML that is sent as Turtle is 400, and the graph is not there (section 5.3)."""
    text = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    for method in ("PUT", "POST"):
        assert _send(client, method, person(2), text) == 400
    assert _send(client, "GET", person(2)) == 404


@pytest.mark.long
def test_an_empty_payload(client: httpx.Client) -> None:
    """PUT of nothing empties a graph or makes an empty one; POST of nothing changes nothing."""
    address = "/graphs/empty"

    def send(method: str) -> int:
        return client.request(method, address, content=b"", headers=_TURTLE).status_code

    assert send("PUT") == 201
    assert _holds(client, address, "")
    assert _send(client, "PUT", address, _ALICE) == 204
    assert send("POST") in _DONE
    assert _holds(client, address, _ALICE)
    assert send("PUT") in _DONE
    assert _holds(client, address, "")


def test_relative_addresses_in_a_payload_are_of_the_graph(client: httpx.Client) -> None:
    """A relative IRI in a payload is resolved against the address of the graph (section 4.1)."""
    address = "/graphs/person/2.ttl"
    assert _send(client, "PUT", address, "<#me> <urn:knows> <1.ttl> .") in _SUCCESSES
    text = client.get(address, headers={"accept": "application/n-triples"}).text
    subject, _, known, _ = text.split()
    assert subject.removesuffix("2.ttl#me>") == known.removesuffix("1.ttl>")
    assert subject.endswith("/person/2.ttl#me>")


def test_a_graph_is_named_as_its_sender_would_like(client: httpx.Client) -> None:
    """A new graph is named by Slug where that name is free (RFC 5023, 9.7), else in another way."""
    answers = [
        client.post("/graphs", content=_ALICE, headers=_TURTLE | {"slug": "Notes of%20March/../"})
        for _ in range(2)
    ]
    first, second = (answer.headers["location"] for answer in answers)
    assert [answer.status_code for answer in answers] == [201, 201]
    assert first == "/graphs/notes-of-march"
    assert second.startswith("/graphs/")
    assert second != first


def test_what_a_graph_takes_is_told(client: httpx.Client) -> None:
    """OPTIONS and a 405 list all methods of an address, for pages of other sites too."""
    allowed_methods = {
        "/graphs?default": "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS",
        "/graphs/x": "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS",
        "/graph/cities": "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS",
        "/doc/city/1835848": "GET, HEAD, OPTIONS",
        "/health": "GET, HEAD, OPTIONS",
        "/static/x.css": "GET, HEAD, OPTIONS",
    }
    headers = {"origin": "https://example.org", "access-control-request-method": "PUT"}
    for address, methods in allowed_methods.items():
        answer = client.options(address, headers=headers)
        assert (answer.status_code, answer.headers["allow"]) == (204, methods), address
        assert answer.headers["access-control-allow-methods"] == methods
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        assert client.request("PROPFIND", address).headers["allow"] == methods
    assert client.options("/no/such/place").status_code == 404
