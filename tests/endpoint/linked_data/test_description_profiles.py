"""Negotiation by profile, and the formats of a description: all of them say the same."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest
from rdflib import BNode, Dataset, Graph
from rdflib.compare import isomorphic

from tests.support.server import Start, await_counts, http_client
from urbansdg.endpoint.linked_data.document import MOST_INCOMING, Document
from urbansdg.endpoint.linked_data.geojson import geometry
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import Change, GraphStore, Replacement, Source
from urbansdg.store.publication import accept

_PRAISES = 1_200
_CITY = "http://localhost:8000/id/city/1835848"
_BASE = "http://localhost:8000"
_SEOUL = "/doc/city/1835848"
_POLICY = "/doc/policy/2673730-congestion-tax"
_TARGET = f"/describe?uri={quote('http://metadata.un.org/sdg/11.2', safe='')}"
_SCHEMA = "http://schema.org/"
_OWN = "https://w3id.org/urbansdg/ontology"
_RDFLIB = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml"}
_EXTENSIONS = (*_RDFLIB, "trig", "nq")
_OF_RDFLIB = (
    "ignore:(Dataset|ConjunctiveGraph):DeprecationWarning"  # it uses what it has deprecated itself
)


def _form(path: str, extension: str) -> str:
    return f"{path}&format={extension}" if "?" in path else f"{path}.{extension}"


def _iri(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _quads(client: httpx.Client, path: str, extension: str) -> set[ox.Quad]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return set(ox.parse(answer.content, format=ox.RdfFormat.from_extension(extension)))


@pytest.mark.filterwarnings(_OF_RDFLIB)
@pytest.mark.parametrize("path", [_SEOUL, _POLICY, _TARGET, "/graph/cities", "/dataset"])
def test_all_formats_have_the_same_triples(client: httpx.Client, path: str) -> None:
    """Every format of a description has the same triples, to Oxigraph and to rdflib."""
    await_counts(client)
    by_format = {
        extension: {quad.triple for quad in _quads(client, _form(path, extension), extension)}
        for extension in _EXTENSIONS
    }
    assert all(triples == by_format["nt"] for triples in by_format.values())
    read = {
        extension: Graph().parse(data=client.get(_form(path, extension)).content, format=name)
        for extension, name in _RDFLIB.items()
    }
    assert all(isomorphic(graph, read["nt"]) for graph in read.values())


@pytest.mark.long
@pytest.mark.filterwarnings(_OF_RDFLIB)
@pytest.mark.parametrize("path", ["/ontology", "/shapes", "/vocab/status"])
def test_all_formats_of_a_vocabulary_have_the_same_triples(client: httpx.Client, path: str) -> None:
    """Every format of a vocabulary has the same triples, blank nodes and lists too."""
    read = {
        extension: Graph().parse(data=client.get(f"{path}.{extension}").content, format=name)
        for extension, name in _RDFLIB.items()
    }
    assert len(read["nt"]) > 20
    ground = {
        extension: {
            triple for triple in graph if not any(isinstance(term, BNode) for term in triple)
        }
        for extension, graph in read.items()
    }
    assert all(triples == ground["nt"] for triples in ground.values())
    assert {len(graph) for graph in read.values()} == {len(read["nt"])}


def test_json_ld_is_compact_with_our_context(client: httpx.Client) -> None:
    """JSON-LD is in the terms of our context, with the part of it that it uses, the topic first."""
    document = client.get(f"{_POLICY}.jsonld").json()
    whole = client.get("/context.jsonld").json()["@context"]
    assert document["@context"].items() <= whole.items()
    policy = document["@graph"][0]
    assert policy["id"] == f"{_BASE}/id/policy/2673730-congestion-tax"
    assert (policy["type"], policy["title"]["en"]) == ("Policy", "Stockholm congestion tax")
    assert policy["leadCity"] == f"{_BASE}/id/city/2673730"
    assert not any(name.startswith("http") for node in document["@graph"] for name in node)


@pytest.mark.filterwarnings(_OF_RDFLIB)
@pytest.mark.parametrize("extension", ["trig", "nq"])
def test_graphs_are_named(client: httpx.Client, extension: str) -> None:
    """TriG and N-Quads say from which source each triple is; what a document says of itself not."""
    quads = _quads(client, f"{_SEOUL}.{extension}", extension)
    graphs = {str(quad.graph_name) for quad in quads if "/id/" in _iri(quad.subject)}
    assert graphs >= {f"<{_BASE}/graph/cities>", f"<{_BASE}/graph/policies>"}
    own = {quad.graph_name for quad in quads if _iri(quad.subject).startswith(f"{_BASE}/doc/")}
    assert own == {ox.DefaultGraph()}
    dataset = Dataset().parse(
        data=client.get(f"{_SEOUL}.{extension}").content,
        format={"nq": "nquads"}.get(extension, extension),
    )
    assert len({str(graph) for *_, graph in dataset.quads() if graph}) >= len(graphs)


def test_a_document_tells_of_itself(client: httpx.Client) -> None:
    """A document has its topic, dataset, licence, version, and time of change."""
    quads = _quads(client, f"{_SEOUL}.nt", "nt")
    predicates = {
        quad.predicate.value for quad in quads if _iri(quad.subject) == f"{_BASE}{_SEOUL}"
    }
    named = ("foaf:primaryTopic", "void:inDataset", "dcterms:license", "dcterms:modified")
    for name in (*named, "owl:versionInfo", "prov:wasDerivedFrom"):
        prefix, _, local = name.partition(":")
        assert PREFIXES[prefix] + local in predicates


@pytest.mark.parametrize(
    ("path", "accept_profile", "profile"),
    [
        (_SEOUL, None, _OWN),
        (_SEOUL, f"<{_OWN}>", _OWN),
        (_SEOUL, "<https://schema.org/>", "https://schema.org/"),
        (_SEOUL, "<https://schema.org>;q=0.4, <urn:unknown>", "https://schema.org/"),
        (_SEOUL, f"<https://schema.org/>;q=0.4, <{_OWN}>;q=0.5", _OWN),
        (_SEOUL, "<https://schema.org/>;q=0", _OWN),
        (_SEOUL, "<urn:unknown>", _OWN),
        (_SEOUL, "schema.org", _OWN),
        (_SEOUL, "<https://www.rfc-editor.org/info/rfc7946>", None),
        (_POLICY, "<https://www.rfc-editor.org/info/rfc7946>", _OWN),
        ("/dataset", "<http://www.w3.org/ns/dcat#>", "http://www.w3.org/ns/dcat#"),
        (f"{_SEOUL}.ttl", "<https://schema.org/>", _OWN),
        (f"{_SEOUL}.ttl?_profile=schema", None, "https://schema.org/"),
        (f"{_SEOUL}?_profile={quote('https://schema.org/', safe='')}", None, "https://schema.org/"),
    ],
)
def test_the_profile_is_what_the_client_prefers(
    client: httpx.Client, path: str, accept_profile: str | None, profile: str | None
) -> None:
    """The profile is the one that is asked for, by header or address; else it is our own."""
    headers = {} if accept_profile is None else {"accept-profile": accept_profile}
    answer = client.get(path, headers=headers)
    iri = profile or "https://www.rfc-editor.org/info/rfc7946"
    assert answer.status_code == 200
    assert f'<{iri}>; rel="profile"' in answer.headers["link"]
    is_fixed = ".ttl" in path
    assert ("Accept-Profile" in answer.headers["vary"]) is not is_fixed


def test_a_policy_is_told_in_the_words_of_schema_org(client: httpx.Client) -> None:
    """In the profile schema.org every word is schema.org's: a policy is a service of a city."""
    quads = _quads(client, f"{_POLICY}.nt?_profile=schema", "nt")
    policy = ox.NamedNode(f"{_BASE}/id/policy/2673730-congestion-tax")
    kinds = {_iri(quad.object) for quad in quads if quad.predicate.value.endswith("#type")}
    names = {quad.predicate.value for quad in quads if not quad.predicate.value.endswith("#type")}
    assert all(iri.startswith(_SCHEMA) for iri in kinds | names)
    statements = {(quad.predicate.value, quad.object) for quad in quads if quad.subject == policy}
    city = ox.NamedNode(f"{_BASE}/id/city/2673730")
    assert (f"{_SCHEMA}areaServed", city) in statements
    assert (f"{_SCHEMA}name", ox.Literal("Stockholm congestion tax", language="en")) in statements
    read = client.get(f"{_POLICY}?_profile=schema", headers={"accept": "application/ld+json"})
    first = read.json()["@graph"][0]
    assert (first["id"], first["type"]) == (policy.value, "GovernmentService")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"{_SEOUL}.geojson", {}),
        (_SEOUL, {"accept": "application/geo+json"}),
        (f"{_SEOUL}?_profile=geojson", {}),
        (f"{_SEOUL}?_mediatype=application/geo%2Bjson", {"accept": "text/turtle"}),
    ],
)
def test_a_place_is_given_as_geojson(
    client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    """A place is given as GeoJSON, longitude first, with its name in the reader's language."""
    answer = client.get(path, headers=headers | {"accept-language": "ko"})
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    assert document["geometry"] == {"type": "Point", "coordinates": [126.9784, 37.566]}
    assert (document["id"], document["properties"]["name"]) == (f"{_BASE}/id/city/1835848", "서울")
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("wkt", "expected"),
    [
        ("POINT(1 2)", {"type": "Point", "coordinates": [1, 2]}),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> Point (-1.5 2e1)", "Point"),
        ("POLYGON((0 0, 1 0, 1 1, 0 0),(2 2, 3 3, 2 3, 2 2))", "Polygon"),
        ("MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))", "MultiPolygon"),
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(37 127)", None),
        ("POINT Z(1 2 3)", None),
        ("POINT EMPTY", None),
        ("POINT(1 2", None),
        ("POINT(one two)", None),
    ],
)
def test_a_geometry_is_read_or_left(wkt: str, expected: object) -> None:
    """A geometry in WKT is given as GeoJSON has it, one that GeoJSON has not is left out."""
    geometry = geometry_of(wkt)
    kind = geometry and geometry["type"]
    assert expected in (geometry, kind)


def geometry_of(wkt: str) -> dict[str, object] | None:
    """Return the geometry of a document that has that WKT."""
    thing = ox.NamedNode("http://e/a")
    name = ox.NamedNode(f"{PREFIXES['gsp']}asWKT")
    own = (ox.Triple(thing, name, ox.Literal(wkt)),)
    return geometry(
        Document("http://e/a", own, {}, (), 0, is_counted=True, names=(), beside={}, briefs=())
    )


def test_what_there_is_is_listed(client: httpx.Client) -> None:
    """`_profile=alt` lists the profiles and their formats, and each of them can be had."""
    for path in (_SEOUL, _TARGET, "/dataset", "/ontology"):
        separator = "&" if "?" in path else "?"
        answer = client.get(f"{path}{separator}_profile=alt", headers={"accept": "text/turtle"})
        quads = list(ox.parse(answer.content, format=ox.RdfFormat.TURTLE))
        forms = {
            q.subject.value: q.object.value for q in quads if q.predicate.value.endswith("format")
        }
        assert len(forms) > 6
        for address, media_type in forms.items():
            variant = client.get(address.removeprefix(_BASE))
            assert variant.headers["content-type"].partition(";")[0] == media_type, address
        links = client.get(path).headers["link"]
        assert f'{separator}_profile=alt>; rel="alternate"' in links


@pytest.mark.parametrize(
    "path",
    [
        f"{_SEOUL}?_profile=none",
        f"{_SEOUL}?_profile=schema&_profile=alt",
        "/dataset?_profile=geojson",
    ],
)
def test_an_address_of_no_profile_is_refused(client: httpx.Client, path: str) -> None:
    """An address that names a profile that there is not is 406, with those that there are."""
    answer = client.get(path)
    assert answer.status_code == 406
    assert "alt" in answer.json()["remedy"]


def test_the_profiles_of_the_dataset_are_parts_of_its_description(client: httpx.Client) -> None:
    """DCAT without VoID and VoID without DCAT are parts of the description, schema.org is not."""
    whole = _quads(client, "/dataset.nt", "nt")
    for token, without in (("dcat", "void"), ("void", "dcat")):
        part = _quads(client, f"/dataset.nt?_profile={token}", "nt")
        assert part < whole
        assert not any(triple.predicate.value.startswith(PREFIXES[without]) for triple in part)
        assert any(triple.predicate.value.startswith(PREFIXES[token]) for triple in part)
    document = json.loads(client.get("/dataset.jsonld?_profile=schema").content)
    assert any(node.get("type") == "Dataset" for node in document["@graph"])


@pytest.fixture(scope="module")
def praised(
    serve: Start,
    bundled: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[httpx.Client]:
    """Return a client of a server with a city that two graphs of others mention, often."""
    folder = Path(shutil.copytree(bundled, tmp_path_factory.mktemp("praised") / "graph"))
    lines = [f"<urn:x:{number}> <urn:praises> <{_CITY}> .\n" for number in range(_PRAISES)]
    store = GraphStore.open(folder)
    for name in ("one", "two"):
        file = folder.parent / f"{name}.nt"
        file.write_text("".join(lines), "utf-8")
        source = Source(file.name, hashlib.sha256(file.read_bytes()).hexdigest(), "tests", "1")
        replacement = Replacement(f"{_BASE}/graph/{name}", (file,), source)
        store.publish(Change("tests", (replacement,)), accept)
    with serve(folder) as running, http_client(running.url) as client:
        yield client


@pytest.mark.parametrize("start", [f"{_SEOUL}.nt", f"/describe?uri={quote('urn:praises')}"])
def test_incoming_links_come_in_pages(praised: httpx.Client, start: str) -> None:
    """What others say of a thing comes in pages that lead on, and together they have all of it."""
    address, pages, lines = start, 0, list[str]()
    while address:
        answer = praised.get(address, headers={"accept": "application/n-triples"})
        assert answer.status_code == 200
        lines += [line for line in answer.text.splitlines() if "<urn:praises> <http" in line]
        pages += 1
        links = answer.links
        assert ("prev" in links) is ("first" in links) is (pages > 1)
        address = links.get("next", {}).get("url", "").removeprefix(_BASE)
    assert len(lines) == len(set(lines))
    if start.startswith("/doc"):
        assert len(lines) == _PRAISES
        assert pages == -(-(_PRAISES + 2) // MOST_INCOMING)


def test_people_are_led_to_all_mentions(praised: httpx.Client) -> None:
    """A page for people leads to all mentions, and to nothing half: its second is that list."""
    assert f'href="/mentions?uri={_CITY}"' in praised.get(f"{_SEOUL}.html").text
    answer = praised.get(f"{_SEOUL}?page=2", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/mentions?uri={_CITY}")


@pytest.mark.parametrize(
    ("page", "status"), [("0", 400), ("x", 400), ("²", 400), ("-1", 400), ("99999", 404)]
)
def test_a_page_that_is_not_there_is_a_problem(
    client: httpx.Client, page: str, status: int
) -> None:
    """An invalid page number is answered with 400, a page after the last one with 404."""
    assert client.get(f"{_SEOUL}.ttl", params={"page": page}).status_code == status


@pytest.mark.parametrize("language", ["ko", "fr-CA, en;q=0.5", "tlh", "*", ""])
def test_the_language_of_a_page_is_told(client: httpx.Client, language: str) -> None:
    """A page says in Content-Language what its element html says; RDF, which has all, does not."""
    answer = client.get(_SEOUL, headers={"accept": "text/html", "accept-language": language})
    assert f'<html lang="{answer.headers["content-language"]}"' in answer.text
    assert "content-language" not in client.get(f"{_SEOUL}.ttl").headers
