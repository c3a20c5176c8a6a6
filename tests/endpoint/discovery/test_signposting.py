"""FAIR Signposting: typed links in the header, and as linksets."""

import re
from collections import defaultdict

import httpx
import pytest
from rdflib import FOAF, VOID, Graph, URIRef

_BASE = "http://localhost:8000"
_POLICY = "/doc/policy/2673730-congestion-tax"
_LINK = re.compile(r'<([^>]*)>((?:; [\w-]+="[^"]*")*)')
Links = dict[str, dict[str, str | None]]


def _parsed(text: str, anchor: str) -> Links:
    """Return the links from a page by relation: where they lead, and the type of what is there."""
    links: Links = defaultdict(dict)
    for target, attributes in _LINK.findall(text):
        parameters = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        if parameters.get("anchor", anchor) == anchor:
            links[parameters["rel"]][target] = parameters.get("type")
    return links


def _header(answer: httpx.Response, path: str) -> Links:
    assert answer.status_code == 200
    return _parsed(answer.headers["link"], _BASE + path)


@pytest.mark.parametrize("path", ["/doc/city/1835848", _POLICY, "/dataset"])
def test_a_page_has_the_links_of_level_1(client: httpx.Client, path: str) -> None:
    """A page has the typed links of FAIR Signposting, level 1, in its header."""
    links = _header(client.get(path, headers={"accept": "text/html"}), path)
    assert len(links["cite-as"]) == 1
    assert "https://schema.org/AboutPage" in links["type"]
    assert len(links["type"]) > 1
    assert links["license"] == {"https://creativecommons.org/licenses/by/4.0/": None}
    assert "text/turtle" in links["describedby"].values()


@pytest.mark.parametrize("path", [_POLICY, "/dataset"])
def test_what_is_linked_is_there(client: httpx.Client, path: str) -> None:
    """Metadata, items and linksets are where the links say, and of the type that they say."""
    links = _header(client.get(path), path)
    for rel in ("describedby", "item", "linkset"):
        for target, media_type in links[rel].items():
            answer = client.get(target.removeprefix(_BASE))
            assert answer.status_code == 200, target
            assert answer.headers["content-type"].split(";")[0] == media_type
    assert len(links["describedby"]) == 6
    assert bool(links["item"]) == (path == "/dataset")


def test_a_thing_is_cited_by_its_own_iri(client: httpx.Client) -> None:
    """A document is cited by the IRI of its thing, which leads to it, and is of the dataset."""
    links = _header(client.get(_POLICY), _POLICY)
    (cited,) = links["cite-as"]
    answer = client.get(cited.removeprefix(_BASE))
    assert (answer.status_code, answer.headers["location"]) == (303, _POLICY)
    assert links["collection"] == {f"{_BASE}/dataset": "text/html"}


def test_the_metadata_leads_back_to_the_page(client: httpx.Client) -> None:
    """A description in RDF names the page that it describes, and not itself as a description."""
    links = _header(client.get(f"{_POLICY}.ttl"), _POLICY)
    assert f"{_BASE}{_POLICY}" in links["describes"]
    assert "describedby" not in links


@pytest.mark.parametrize("path", [_POLICY, "/dataset"])
def test_a_linkset_says_all_that_the_header_says(client: httpx.Client, path: str) -> None:
    """Both forms of the linkset have every link of the header and the ways back (level 2)."""
    from_header = _header(client.get(path), path)
    linkset = client.get(f"/linkset{path}.json").json()["linkset"]
    contexts = {context["anchor"]: context for context in linkset}
    text = client.get(f"/linkset{path}.txt").text
    in_text = _parsed(text, _BASE + path)
    for rel in ("cite-as", "type", "describedby", "license", "item", "collection"):
        page = {link["href"] for link in contexts[_BASE + path].get(rel, [])}
        assert page >= set(from_header[rel])
        assert page == set(in_text[rel])
    for target in from_header["describedby"]:
        assert {"href": _BASE + path, "type": "text/html"} in contexts[target]["describes"]


@pytest.mark.parametrize(
    "path",
    ["/linkset/doc/none.json", "/linkset/doc/city/1835848", "/linkset/x.txt", "/linkset/.json"],
)
def test_a_linkset_of_nothing_is_a_problem(client: httpx.Client, path: str) -> None:
    """The linkset of a page that is not there is a problem document with status 404."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_linkset_that_the_client_has_is_not_sent_again(client: httpx.Client) -> None:
    """A client that has the linkset of this version gets 304."""
    address = f"/linkset{_POLICY}.json"
    tag = client.get(address).headers["etag"]
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304


def test_a_header_holds_no_letter_that_it_may_not(client: httpx.Client) -> None:
    """Links are of ASCII letters only, whatever the graph says, and a header stays short."""
    value = client.get(_POLICY).headers["link"]
    assert value.isascii()
    assert len(value) < 4_000
    assert len(client.get("/dataset").headers["link"]) < 4_000


def test_a_document_says_which_dataset_it_is_of(client: httpx.Client) -> None:
    """A document's RDF names its topic and its dataset, whose description is there."""
    graph = Graph().parse(data=client.get(f"{_POLICY}.ttl").content, format="turtle")
    document = URIRef(_BASE + _POLICY)
    topic = URIRef(_BASE + _POLICY.replace("/doc/", "/id/"))
    assert (document, FOAF.primaryTopic, topic) in graph
    assert (document, VOID.inDataset, URIRef(f"{_BASE}/dataset")) in graph
