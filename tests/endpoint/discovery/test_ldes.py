"""What changes from version to version: the event stream, the sitemap and the feed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote
from urllib.robotparser import RobotFileParser

import httpx
import pyoxigraph as ox
import pytest

from urbansdg.endpoint.history import document_times
from urbansdg.endpoint.history.event_members import NAMESPACES
from urbansdg.endpoint.html.canonical_address import SAFE

if TYPE_CHECKING:
    from tests.endpoint.discovery.conftest import Changing

_BASE = "http://localhost:8000"
Words = tuple[str, str, str, str]
_SEOUL = f"{_BASE}/id/city/1835848"
_MAP = {"s": document_times.SITEMAP}
_ATOM = {"a": "http://www.w3.org/2005/Atom"}


def _term(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"<{NAMESPACES[prefix]}{local}>"


def _quads(answer: httpx.Response) -> list[Words]:
    """Return what an answer says, term by term, as N-Quads has them."""
    assert answer.status_code == 200, answer.text
    parsed = ox.parse(answer.content, format=ox.RdfFormat.TRIG)
    return [
        (str(quad.subject), str(quad.predicate), str(quad.object), str(quad.graph_name))
        for quad in parsed
    ]


def _path(address: str) -> str:
    return address.strip("<>").removeprefix(_BASE)


def _pages(changing: Changing) -> list[str]:
    """Return the pages that the stream's view leads to, in order."""
    quads = _quads(changing.client.get("/events"))
    nodes = {value for _, name, value, _ in quads if name == _term("tree:node")}
    return sorted(nodes, key=lambda page: [int(part) for part in page[:-1].split("/")[-2:]])


def _replicated(changing: Changing, pages: list[str]) -> dict[str, set[tuple[str, ...]]]:
    """Return what a harvester knows of each thing that has followed those pages."""
    known: dict[str, set[tuple[str, ...]]] = {}
    for page in pages:
        quads = _quads(changing.client.get(_path(page)))
        things = {subject: value for subject, name, value, _ in quads if name == _term("as:object")}
        for thing in things.values():
            known[thing] = set()
        for subject, name, value, graph in quads:
            if graph in things:
                known[things[graph]].add((subject, name, value))
            elif subject in things and value == _term("as:Delete"):
                del known[things[subject]]
    return known


def test_a_harvester_of_the_stream_has_the_whole_graph(changing: Changing) -> None:
    """Who follows the stream from its beginning has every triple of the current version."""
    known = _replicated(changing, _pages(changing))
    store = changing.store
    expected = {
        (str(quad.subject), str(quad.predicate), str(quad.object))
        for quad in store.read(store.current())
    }
    assert set().union(*known.values()) == expected


def test_the_stream_tells_what_was_done(changing: Changing) -> None:
    """The stream has the creation, change and removal of a city, in this order."""
    kinds = []
    for page in _pages(changing):
        quads = _quads(changing.client.get(_path(page)))
        members = {quad[0] for quad in quads if quad[2] == f"<{_BASE}/id/city/new>"}
        kinds += [
            value
            for subject, _, value, _ in quads
            if subject in members and value.startswith(f"<{NAMESPACES['as']}")
        ]
    assert kinds == [_term("as:Create"), _term("as:Update"), _term("as:Delete")]


def test_a_page_of_the_stream_stays_as_it_is(changing: Changing) -> None:
    """A page of the stream may be kept for a day: it may be revised. The view is short-lived."""
    page = _path(_pages(changing)[0])
    first = changing.client.get(page)
    assert first.headers["cache-control"] == "public, max-age=86400, must-revalidate"
    assert changing.client.get(page).content == first.content
    again = changing.client.get(page, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert changing.client.get("/events").headers["cache-control"] == "public, max-age=10"


def test_each_member_is_found_at_its_own_address(changing: Changing) -> None:
    """The IRI of a member, without its fragment, is the address of its page."""
    page = _pages(changing)[0]
    quads = _quads(changing.client.get(_path(page)))
    members = [value for _, name, value, _ in quads if name == _term("tree:member")]
    assert 1 < len(members) <= 250
    assert all(member.startswith(f"{page[:-1]}#") for member in members)


@pytest.mark.parametrize("media_type", ["application/n-quads", "application/ld+json"])
def test_the_stream_comes_in_every_format_that_has_graphs(
    changing: Changing, media_type: str
) -> None:
    """A page says the same in each format with named graphs; one without them is refused."""
    page = _path(_pages(changing)[-1])
    form = ox.RdfFormat.from_media_type(media_type)
    answer = changing.client.get(page, headers={"accept": media_type})
    assert answer.headers["content-type"] == media_type
    other = ox.parse(changing.client.get(page).content, format=ox.RdfFormat.TRIG)
    assert set(ox.parse(answer.content, format=form)) == set(other)
    assert changing.client.get(page, headers={"accept": "text/csv"}).status_code == 406


@pytest.mark.parametrize(
    "path",
    [
        *("/events/1/0", "/events/1/999", f"/events/1/{10**30}", "/events/99/1", "/events/x/1"),
        *("/events/before/0", "/events/before/499", "/events/before/1000"),
    ],
)
def test_a_page_that_is_not_there_is_a_problem(changing: Changing, path: str) -> None:
    """A page that is not there is a problem document with status 404."""
    answer = changing.client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def _sitemap(client: httpx.Client) -> dict[str, datetime]:
    index = ET.fromstring(client.get("/sitemap.xml").content)
    times = {}
    for part in index.findall("s:sitemap/s:loc", _MAP):
        answer = client.get(_path(part.text or ""))
        assert answer.headers["content-type"] == "application/xml"
        for url in ET.fromstring(answer.content).findall("s:url", _MAP):
            moment = datetime.fromisoformat(url.findtext("s:lastmod", "", _MAP))
            times[url.findtext("s:loc", "", _MAP)] = moment
    return times


def test_the_sitemap_has_every_document(changing: Changing) -> None:
    """The sitemap has the document on each thing of ours, each graph, and the pages beside."""
    store = changing.store
    things = {
        quad.subject.value
        for quad in store.read(store.current())
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(f"{_BASE}/id/")
    }
    documents = {quote(thing.replace("/id/", "/doc/", 1), safe=SAFE) for thing in things}
    addresses = set(_sitemap(changing.client))
    assert len(documents) > 1_000
    assert documents <= addresses
    others = {address for address in addresses if address.startswith(f"{_BASE}/describe?uri=")}
    assert f"{_BASE}/describe?uri=http://metadata.un.org/sdg/11" in others
    beside = {_path(address) for address in addresses - documents - others}
    assert beside >= {"/", "/dataset", "/ontology", "/shapes", "/vocab/theme", "/graph/cities"}
    for path in beside:
        assert changing.client.get(path).status_code == 200, path


def test_the_sitemap_tells_when_a_document_changed(changing: Changing) -> None:
    """`lastmod` is the time of the version that changed the thing last, not of the current one."""
    times = _sitemap(changing.client)
    first, last = changing.store.version(1), changing.store.current()
    second = timedelta(seconds=1)
    assert abs(times[_SEOUL.replace("/id/", "/doc/")] - first.created) < second
    assert abs(times[f"{_BASE}/doc/city/other"] - last.created) < second
    assert f"{_BASE}/doc/city/new" not in times


def test_robots_are_led_to_the_sitemap(client: httpx.Client) -> None:
    """robots.txt names the sitemap, asks for a pace, and allows documents but not the endpoint."""
    robots = RobotFileParser()
    robots.parse(client.get("/robots.txt").text.splitlines())
    assert robots.site_maps() == [f"{_BASE}/sitemap.xml"]
    assert str(robots.crawl_delay("any")) == "1"
    assert robots.can_fetch("any", f"{_BASE}/doc/city/1835848")
    assert not robots.can_fetch("any", f"{_BASE}/sparql?query=x")


def test_the_feed_tells_of_new_policies(client: httpx.Client) -> None:
    """The feed has policies, the newest first, each with its name and a page that is there."""
    answer = client.get("/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(answer.content)
    entries = feed.findall("a:entry", _ATOM)
    assert 10 < len(entries) <= 50
    moments = [entry.findtext("a:updated", "", _ATOM) for entry in entries]
    assert moments == sorted(moments, reverse=True)
    assert all(entry.findtext("a:title", "", _ATOM) for entry in entries)
    link = entries[0].find("a:link", _ATOM)
    assert link is not None
    assert client.get(_path(link.attrib["href"])).status_code == 200


def test_the_search_can_be_asked(client: httpx.Client) -> None:
    """The OpenSearch description gives an address that answers a search."""
    answer = client.get("/opensearch.xml")
    assert answer.headers["content-type"] == "application/opensearchdescription+xml"
    top = ET.fromstring(answer.content)
    space = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    templates = {url.attrib["type"]: url.attrib["template"] for url in top.findall("o:Url", space)}
    results = client.get(_path(templates["text/csv"].replace("{searchTerms}", "bus")))
    assert results.headers["content-type"].startswith("text/csv")
    assert len(results.text.splitlines()) > 1


def test_a_new_version_adds_pages_and_changes_none(changing: Changing) -> None:
    """After a new version the stream has more pages, and those that there were are as before."""
    before = _pages(changing)
    contents = [changing.client.get(_path(page)).content for page in before]
    changing.rename("other", "Another")
    while changing.client.get("/health").json()["version"] != 5:
        pass
    after = _pages(changing)
    assert after[: len(before)] == before
    assert len(after) > len(before)
    assert [changing.client.get(_path(page)).content for page in before] == contents
    known = _replicated(changing, after)
    assert {value for _, _, value in known[f"<{_BASE}/id/city/other>"]} == {'"Another"@en'}
