"""One address for each thing, and a description for whatever the graph mentions."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.server import Start, http_client
from urbansdg.endpoint.html.canonical_address import canonical, sent
from urbansdg.ontology.iris import Iris

_SEOUL = "/doc/city/1835848"
_TARGET = "http://metadata.un.org/sdg/11.2"
_PRIMARY = "http://xmlns.com/foaf/0.1/primaryTopic"
_IRIS = Iris("http://localhost:8000")


@pytest.mark.parametrize(
    ("path", "one"),
    [
        ("/doc/city/1835848/", _SEOUL),
        ("/doc//city///1835848", _SEOUL),
        ("//doc/city/1835848", _SEOUL),
        ("/doc/city/%31835848", _SEOUL),
        ("/id/city/1835848/", "/id/city/1835848"),
        ("/doc/policy/plan%20v%c3%a9lo", "/doc/policy/plan%20v%C3%A9lo"),
        ("/doc/policy/%27a%28b%29", "/doc/policy/'a(b)"),
        ("/dataset/", "/dataset"),
    ],
)
def test_other_spellings_lead_to_the_one(client: httpx.Client, path: str, one: str) -> None:
    """A slash too many, an encoding without need or in small letters leads on by 308."""
    answer = client.get(client.base_url.copy_with(raw_path=path.encode()))
    assert (answer.status_code, answer.headers["location"]) == (308, one)
    assert client.get(client.base_url.copy_with(raw_path=one.encode())).status_code != 308


def test_the_endpoint_is_not_led_away_from(client: httpx.Client) -> None:
    """`/sparql/` answers as `/sparql` does, for few clients send a query again after a redirect."""
    answer = client.post("/sparql/", data={"query": "ASK {}"})
    assert (answer.status_code, answer.json()["boolean"]) == (200, True)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ("uri=%C3%A9", "'é' is not an absolute IRI."),
        ("uri=http://e/a%20b", "'http://e/a b' is not an absolute IRI."),
        ("uri=_:b", "'_:b' is not an absolute IRI."),
        ("uri=urn:a&uri=urn:b", "More than one thing specified."),
        ("", "No thing specified."),
    ],
)
def test_a_description_of_no_iri_says_so(
    client: httpx.Client, parameters: str, reason: str
) -> None:
    """What cannot be described is named in the error."""
    problem = client.get(f"/describe?{parameters}").json()
    assert (problem["status"], problem["detail"]) == (400, reason)


@given(st.text(min_size=1).filter(lambda key: key.strip("/")))
def test_the_address_of_an_iri_is_its_own(key: str) -> None:
    """The address of a thing, whatever letters its key has, is canonical and names that thing."""
    iri = _IRIS.thing("policy", key)
    path = quote(iri.removeprefix(_IRIS.base), safe="/:@!$&'()*+,;=%~")
    assert canonical(path, _IRIS) == path
    assert _IRIS.at(path) == iri


def test_letters_that_are_sent_as_they_are_are_encoded() -> None:
    """Octets that no URI has are read as the percent-encoding of themselves."""
    assert sent("/id/city/á中".encode()) == "/id/city/%C3%A1%E4%B8%AD"


@pytest.mark.parametrize(
    "iri",
    [
        _TARGET,
        "https://sws.geonames.org/1835848/",
        "https://w3id.org/urbansdg/ontology#Policy",
        "https://w3id.org/urbansdg/vocab/status#adopted",
    ],
)
def test_what_others_named_is_described(client: httpx.Client, iri: str) -> None:
    """Every IRI that the graph mentions is described, as a page and in each format of RDF."""
    address = f"/describe?uri={quote(iri, safe='')}"
    page = client.get(address, headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    turtle = client.get(address, headers={"accept": "text/turtle"})
    lines = client.get(f"{address}&format=nt")
    triples = set(ox.parse(turtle.content, format=ox.RdfFormat.TURTLE))
    assert triples == set(ox.parse(lines.content, format=ox.RdfFormat.N_TRIPLES))
    topics = [triple.object.value for triple in triples if triple.predicate.value == _PRIMARY]
    assert topics == [iri]
    assert any(
        iri in (triple.subject.value, triple.object.value)
        for triple in triples
        if triple.predicate.value != _PRIMARY
    )


def test_pages_lead_to_what_is_said_here_and_there(client: httpx.Client) -> None:
    """A page leads to the graph's own description of a UN target, and to the UN's."""
    page = client.get("/doc/policy/2673730-congestion-tax", headers={"accept": "text/html"}).text
    assert f'href="/describe?uri={_TARGET}"' in page
    assert f'href="{_TARGET}"' in page


def test_what_is_ours_has_its_own_document(client: httpx.Client) -> None:
    """Describing a thing of this installation leads to its document."""
    answer = client.get("/describe", params={"uri": "http://localhost:8000/id/city/1835848"})
    assert (answer.status_code, answer.headers["location"]) == (303, _SEOUL)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("uri=http://nobody.example/x", 404),
        ("", 400),
        ("uri=relative", 400),
        ("uri=http://e/%20x", 400),
        (f"uri={_TARGET}&uri={_TARGET}", 400),
        (f"uri={_TARGET}&format=png", 406),
        ("uri=" + "http://e/" + "a" * 5_000, 400),
    ],
)
def test_what_cannot_be_described_is_a_problem(
    client: httpx.Client, query: str, status: int
) -> None:
    """An IRI that is not mentioned, or not valid, is answered with a problem document."""
    answer = client.get(f"/describe?{query}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


_NAMES_OF_THEIR_OWN = ("x.ttl", "%E4%B8%AD", "%41", "a#b", "á")


@pytest.fixture(scope="module")
def odd(
    bundled: Path,
    tmp_path_factory: pytest.TempPathFactory,
    urbansdg: Callable[..., subprocess.CompletedProcess[str]],
    serve: Start,
) -> Iterator[httpx.Client]:
    """Return a client of a server on a graph with things that few would name so."""
    room = tmp_path_factory.mktemp("odd")
    file, folder = room / "odd.nt", room / "graph"
    shutil.copytree(bundled, folder)
    note = "http://www.w3.org/2004/02/skos/core#note"
    lines_of_things = (
        f'<{_IRIS.base}/id/thing/{name}> <{note}> "{name}" .' for name in _NAMES_OF_THEIR_OWN
    )
    file.write_text("\n".join(lines_of_things), "utf-8")
    assert urbansdg("load", file, "--data-dir", folder).returncode == 0
    with (
        serve(folder, room / "log") as running,
        http_client(running.url) as client,
    ):
        yield client


@pytest.mark.parametrize("name", _NAMES_OF_THEIR_OWN)
def test_whatever_is_ours_can_be_described(odd: httpx.Client, name: str) -> None:
    """A thing of ours is described at /describe, however it is spelt and whatever it ends in."""
    iri = f"{_IRIS.base}/id/thing/{name}"
    answer = odd.get("/describe", params={"uri": iri}, headers={"accept": "application/n-triples"})
    if answer.status_code == 303:
        path = answer.headers["location"]
        answer = odd.get(path, headers={"accept": "application/n-triples"})
    assert answer.status_code == 200
    notes = [
        quad.object.value
        for quad in ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)
        if quad.subject == ox.NamedNode(iri)
    ]
    assert notes == [name]
