"""A crawler that knows nothing but `/` reaches everything: by links, by RDF, by the sitemap."""

import gzip
import html
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urldefrag, urljoin
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox
import pytest

from tests.support.server import Start, http_client
from urbansdg.ontology.namespaces import VOCAB
from urbansdg.store import Change, GraphStore, Replacement, Source
from urbansdg.store.publication import accept

pytestmark = pytest.mark.long

_BASE = "http://localhost:8000"
_VOID = "http://rdfs.org/ns/void#"
_FOAF = "http://xmlns.com/foaf/0.1/"
_OWN_METADATA = frozenset((f"{_FOAF}primaryTopic", f"{_FOAF}isPrimaryTopicOf", f"{_VOID}inDataset"))
"""What a document says of itself, beside its type."""
_ANCHOR = re.compile(r"<a\b[^>]*\bhref=\"([^\"]+)\"")
_LINK = re.compile(r"<([^<>]*)>[^<]*?rel=\"?([^\";,]+)")
_RELS = frozenset(("describedby", "collection", "item", "next", "describes", "first", "last"))
_ASIDE = re.compile(
    r"/(dumps|sparql|memento|timegate|timemap|linkset|static|sitemap|feed|opensearch|api|graphs"
    r"|events|fragments|health|search)\b|[^?]*\.(html|ttl|nt|rdf|jsonld|trig|nq|css|geojson)\b"
)
"""Other ways to the same, and other formats of it, which the crawler leaves alone."""
_PARAMETERS = frozenset(("uri", "page", "after", "start"))
"""What addresses are asked by that lead on: other choices, such as filters, lead to the same."""

_POLICY_COUNT = 130
"""So many policies of one city make its document more than one page long."""


@dataclass
class Crawler:
    """Fetches what it is led to, each address once."""

    client: httpx.Client
    accept: str
    reached: dict[str, httpx.Response | None] = field(default_factory=dict)

    def crawl(self, links: Callable[[str, httpx.Response], Iterable[str]]) -> None:
        """Follow links from `/` until none is left."""
        waiting = [f"{_BASE}/"]
        while waiting:
            address = waiting.pop()
            if address in self.reached:
                continue
            answer = self._got(address.removeprefix(_BASE))
            self.reached[address] = answer
            led = answer.headers.get("location")
            addresses = [urljoin(address, led)] if led else links(address, answer)
            waiting += [address for address in map(_bare, addresses) if self._is_new(address)]

    def _got(self, path: str) -> httpx.Response:
        headers = {"accept": self.accept}
        try:
            return self.client.get(path, headers=headers)
        except httpx.RemoteProtocolError:  # a connection that had been kept too long
            return self.client.get(path, headers=headers)

    def _is_new(self, address: str) -> bool:
        inside = address.startswith(f"{_BASE}/") and address not in self.reached
        names = {
            parameter.partition("=")[0]
            for parameter in address.partition("?")[2].split("&")
            if parameter
        }
        return inside and names <= _PARAMETERS and not _ASIDE.match(address.removeprefix(_BASE))

    @property
    def things(self) -> set[str]:
        """The things of ours that it came to: to their documents."""
        documents = (address.partition("?")[0] for address in self.reached)
        named = (document.replace(f"{_BASE}/doc/", f"{_BASE}/id/", 1) for document in documents)
        return {unquote(address) for address in named if address.startswith(f"{_BASE}/id/")}

    @property
    def looked_up(self) -> set[str]:
        """The things that others have named, and that it found described here."""
        starts = f"{_BASE}/describe?uri="
        return {
            unquote(address.removeprefix(starts)) for address in self.reached if starts in address
        }

    def triples(self) -> set[ox.Triple]:
        """Return all that it read, without what documents say of themselves."""
        triples: set[ox.Triple] = set()
        for address, answer in self.reached.items():
            if answer is not None and answer.is_success and "n-triples" in _kind(answer):
                quads = ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)
                triples |= {quad.triple for quad in quads if not _is_metadata(quad, address)}
        return triples


def _kind(answer: httpx.Response) -> str:
    return str(answer.headers.get("content-type", ""))


def _bare(address: str) -> str:
    return re.sub(r"[?&]lang=[^&]*", "", urldefrag(address)[0])


def _is_metadata(quad: ox.Quad, address: str) -> bool:
    subject = str(getattr(quad.subject, "value", ""))
    about_itself = subject.startswith((f"{_BASE}/doc/", f"{_BASE}/describe", f"{_BASE}/dataset"))
    described = address.startswith((f"{_BASE}/dataset", f"{_BASE}/.well-known"))
    return quad.predicate.value in _OWN_METADATA or about_itself or described


def _in_pages(address: str, answer: httpx.Response) -> Iterator[str]:
    if "text/html" in _kind(answer):
        yield from (
            urljoin(address, html.unescape(target)) for target in _ANCHOR.findall(answer.text)
        )


@dataclass
class _InData:
    """The links of RDF and of Link headers; IRIs of others are looked up as VoID says."""

    lookup: str | None = None

    def __call__(self, address: str, answer: httpx.Response) -> Iterator[str]:
        for target, rels in _LINK.findall(answer.headers.get("link", "")):
            if _RELS & set(rels.split()):
                yield urljoin(address, target)
        if "n-triples" not in _kind(answer):
            return
        for quad in ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES):
            yield from self._of(quad)

    def _of(self, quad: ox.Quad) -> Iterator[str]:
        if quad.predicate.value == f"{_VOID}uriLookupEndpoint":
            self.lookup = quad.object.value if isinstance(quad.object, ox.NamedNode) else None
        for term in (quad.subject, quad.object):
            if isinstance(term, ox.NamedNode):
                yield term.value
        for node in (quad.subject, quad.predicate, *_class_of(quad)):
            if self.lookup and isinstance(node, ox.NamedNode) and not _is_ours(node.value):
                yield f"{self.lookup}{quote(node.value, safe=':/')}"


def _is_island(triple: ox.Triple, dump: set[ox.Triple]) -> bool:
    """Tell whether a statement is on a thing of others that no statement leads to.

    Links lead nobody there: the UN's retired indicators are only said to be deprecated.
    """
    subject = triple.subject
    ours = isinstance(subject, ox.NamedNode) and _is_ours(subject.value)
    return not ours and all(quad.object != subject for quad in dump)


def _class_of(quad: ox.Quad) -> tuple[object, ...]:
    return (quad.object,) if quad.predicate.value.endswith("#type") else ()


def _is_ours(iri: str) -> bool:
    return iri.startswith(f"{_BASE}/")


def _part_of(bundled: Path, folder: Path) -> Path:
    """Return a small graph: the example, what it and the dataset mention, and a long list."""
    store = GraphStore.open(bundled)
    whole = store.read(store.current())
    example = list(
        whole.quads_for_pattern(None, None, None, ox.NamedNode(f"{_BASE}/graph/example"))
    )
    triples: set[ox.Triple] = set()
    in_scheme = ox.NamedNode("http://www.w3.org/2004/02/skos/core#inScheme")
    metrics = whole.quads_for_pattern(None, in_scheme, ox.NamedNode(f"{VOCAB}metric"))
    waiting = {quad.triple for quad in (*example, *metrics)}
    waiting |= {
        quad.triple
        for next_quad in waiting
        for quad in whole.quads_for_pattern(next_quad.subject, None, None)
    }
    while waiting:
        triples |= waiting
        nodes = {
            next_quad.object for next_quad in waiting if isinstance(next_quad.object, ox.NamedNode)
        }
        triples_of_nodes = (
            quad.triple for node in nodes for quad in whole.quads_for_pattern(node, None, None)
        )
        waiting = set(triples_of_nodes) - triples
    city = ox.NamedNode(f"{_BASE}/id/city/example-haneul")
    leads = ox.NamedNode("https://w3id.org/urbansdg/ontology#leadCity")
    triples |= {
        ox.Triple(ox.NamedNode(f"{_BASE}/id/policy/long-{number}"), leads, city)
        for number in range(_POLICY_COUNT)
    }
    file = folder / "part.nt"
    file.write_text("".join(f"{triple} .\n" for triple in triples), "utf-8")
    graph_store = GraphStore.create(folder / "graph", _BASE)
    source = Source("part.nt", "0" * 64, "tests", "1")
    change = Change("tests", (Replacement(f"{_BASE}/graph/part", (file,), source),))
    graph_store.publish(change, accept)
    return graph_store.directory


@dataclass(frozen=True)
class Crawled:
    """A server, and what its dump says."""

    client: httpx.Client
    dump: set[ox.Triple]

    def subjects(self) -> set[str]:
        """Return the things that the dump describes."""
        return {quad.subject.value for quad in self.dump if isinstance(quad.subject, ox.NamedNode)}


@pytest.fixture(scope="module", params=["part", "bundled"])
def crawled(
    request: pytest.FixtureRequest,
    bundled: Path,
    tmp_path_factory: pytest.TempPathFactory,
    serve: Start,
) -> Iterator[Crawled]:
    """Return a server on a small graph, and on all that is bundled."""
    room = tmp_path_factory.mktemp("crawled")
    if request.param == "bundled":
        folder = Path(shutil.copytree(bundled, room / "graph"))
    else:
        folder = _part_of(bundled, room)
    with serve(folder) as running, http_client(running.url) as client:
        number = GraphStore.open(folder).current_number()
        quads = ox.parse(gzip.decompress(_packed(client, number)), format=ox.RdfFormat.N_QUADS)
        yield Crawled(client, {quad.triple for quad in quads})


def _packed(client: httpx.Client, number: int) -> bytes:
    """Return the dump of a version; the server answers 503 while it makes one."""
    deadline = time.monotonic() + 120
    while (answer := client.get(f"/dumps/{number}/all.nq.gz")).status_code == 503:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_pages_lead_to_every_thing(crawled: Crawled) -> None:
    """By the links of HTML alone, a crawler comes to every thing of ours, and to no dead end."""
    crawler = Crawler(crawled.client, "text/html")
    crawler.crawl(_in_pages)
    own = {subject for subject in crawled.subjects() if subject.startswith(f"{_BASE}/id/")}
    assert len(own) > 100
    assert own - crawler.things == set()
    dead = {at for at, answer in crawler.reached.items() if answer and answer.status_code >= 400}
    assert dead == set()


def test_data_lead_to_every_thing_and_say_what_the_dump_says(crawled: Crawled) -> None:
    """By RDF, Link headers and VoID's lookup alone it comes to everything, and reads the dump."""
    crawler = Crawler(crawled.client, "application/n-triples")
    crawler.crawl(_InData())
    subjects = {urldefrag(subject)[0] for subject in crawled.subjects()}
    came = crawler.things | crawler.looked_up | {address for address in crawler.reached if address}
    assert {triple for triple in subjects - came if _is_ours(triple)} == set()
    read = crawler.triples()
    assert {quad for quad in crawled.dump - read if not _is_island(quad, crawled.dump)} == set()
    assert {triple for triple in read - crawled.dump if not _is_of_vocabulary(triple)} == set()


def _is_of_vocabulary(triple: ox.Triple) -> bool:
    """Tell whether a triple is of our vocabulary, which is served beside the data."""
    subject = getattr(triple.subject, "value", "")
    return str(subject).startswith("https://w3id.org/urbansdg/")


def test_the_sitemap_leads_to_every_thing(crawled: Crawled) -> None:
    """The sitemap alone has the document on each thing, and on each that others have named."""
    locations: set[str] = set()
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    robots = crawled.client.get("/robots.txt").text
    start = re.findall(r"Sitemap: (\S+)", robots)[0]
    index = ET.fromstring(crawled.client.get(start.removeprefix(_BASE)).content)
    for part in index.iter(space):
        root = ET.fromstring(crawled.client.get(str(part.text).removeprefix(_BASE)).content)
        locations |= {unquote(str(location.text)) for location in root.iter(space)}
    for iri in crawled.subjects():
        own = iri.replace("/id/", "/doc/", 1) if _is_ours(iri) else f"{_BASE}/describe?uri={iri}"
        assert unquote(own) in locations
