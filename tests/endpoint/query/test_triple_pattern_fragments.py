"""Triple pattern fragments: what a pattern matches, page by page, and Comunica over them."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pyoxigraph as ox
import pytest

from tests.support.server import free_port
from urbansdg.store import Change, GraphStore, Replacement, Source
from urbansdg.store.publication import accept

if TYPE_CHECKING:
    from tests.support.server import Start

_HYDRA = "http://www.w3.org/ns/hydra/core#"
_NAME = "http://example.org/name"
_KNOWS = "http://example.org/knows"
_ROWS = 250
_NODE = Path(sys.prefix) / "node/node_modules/@comunica/query-sparql/bin/query.js"
_TRAVERSAL = (
    Path(sys.prefix) / "traversal/node_modules/@comunica/query-sparql-link-traversal/bin/query.js"
)


@dataclass(frozen=True)
class Page:
    """An answer: its triples, and what is told beside them."""

    triples: set[str]
    metadata: ox.Store
    status: int

    def values(self, path: str) -> list[str]:
        """Return the values of a property of Hydra in the metadata."""
        quads = self.metadata.quads_for_pattern(None, ox.NamedNode(f"{_HYDRA}{path}"), None)
        return [str(getattr(quad.object, "value", "")) for quad in quads]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, launched: Start) -> Iterator[str]:
    """Return the address of a server that calls itself by it, over people who know one another."""
    room = tmp_path_factory.mktemp("fragments")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    store = GraphStore.create(room / "graph", base)
    lines = [f'<{base}/id/p/{n}> <{_NAME}> "person {n}"@en .' for n in range(_ROWS)]
    lines += [f"<{base}/id/p/{n}> <{_KNOWS}> <{base}/id/p/{n + 1}> ." for n in range(_ROWS - 1)]
    lines += [f'<{base}/id/p/1> <urn:age> "4{n}" .' for n in range(2)]
    lines += ["_:a <urn:of> _:b ."]
    graphs = {"one": lines, "two": lines[:3]}
    store.publish(
        Change("tests", tuple(_graph(room, base, *entry) for entry in graphs.items())), accept
    )
    with launched(room / "graph", room / "log", port=port, base=base) as server:
        yield server.url


def _graph(room: Path, base: str, name: str, lines: list[str]) -> Replacement:
    file = room / f"{name}.nt"
    file.write_text("\n".join([*lines, ""]), "utf-8")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Replacement(f"{base}/graph/{name}", (file,), Source(name, digest, "tests", "1"))


def _page(address: str, **pattern: str) -> Page:
    headers = {"accept": "application/n-quads"}
    answer = httpx.get(address, params=pattern or None, headers=headers)
    triples, metadata = set[str](), ox.Store()
    if answer.status_code == 200:
        for quad in ox.parse(answer.content, format=ox.RdfFormat.N_QUADS):
            if isinstance(quad.graph_name, ox.DefaultGraph):
                triples.add(str(quad.triple))
            else:
                metadata.add(quad)
    return Page(triples, metadata, answer.status_code)


def test_a_fragment_has_what_the_pattern_matches(url: str) -> None:
    """Terms stand bare, in brackets or in quotes; each triple comes once, of whatever graph."""
    at, one = f"{url}/fragments", f"{url}/id/p/1"
    assert len(_page(at, subject=one).triples) == 4
    assert _page(at, subject=f"<{one}>", predicate=_NAME).triples == {
        f'<{one}> <{_NAME}> "person 1"@en'
    }
    assert len(_page(at, object='"person 1"@en').triples) == 1
    assert len(_page(at, object='"40"^^http://www.w3.org/2001/XMLSchema#string').triples) == 1
    assert len(_page(at, object='"40"').triples) == 1
    assert len(_page(at, subject="?x", predicate="urn:age", object="?y").triples) == 2
    assert _page(at, subject="urn:nobody").triples == set()


def test_pages_lead_to_all_matches(url: str) -> None:
    """Following `hydra:next` gives all that matches, and the estimate is right for so few."""
    page, seen = _page(f"{url}/fragments", predicate=_KNOWS), set[str]()
    assert page.values("totalItems") == [str(_ROWS - 1)]
    for _ in range(3):
        seen |= page.triples
        page = _page(page.values("next")[0]) if page.values("next") else page
    assert len(seen) == _ROWS - 1
    assert page.values("previous")
    assert page.values("next") == []


def test_a_page_tells_how_to_ask_for_others(url: str) -> None:
    """The controls have the template with its three variables, in a graph of their own."""
    page = _page(f"{url}/fragments")
    assert page.values("template") == [f"{url}/fragments{{?subject,predicate,object}}"]
    assert sorted(page.values("variable")) == ["object", "predicate", "subject"]


def test_blank_nodes_can_be_asked_for(url: str) -> None:
    """A blank node has an IRI in fragments, by which its statements are found."""
    (triple,) = _page(f"{url}/fragments", predicate="urn:of").triples
    subject = triple.partition(" ")[0].strip("<>")
    assert subject.startswith(f"{url}/.well-known/genid/")
    assert _page(f"{url}/fragments", subject=subject).triples == {triple}


@pytest.mark.parametrize(
    "parameters",
    [
        {"subject": '"text"'},
        {"predicate": '"text"'},
        {"object": '"text'},
        {"subject": "no iri"},
        {"predicate": "<>"},
        {"page": "0"},
        {"page": "x"},
        {"page": "9" * 5000},
        {"page": "1001"},
        {"object": '"x"@\x00'},
    ],
)
def test_what_is_no_pattern_is_refused(url: str, parameters: dict[str, str]) -> None:
    """A term that cannot stand there, and a page too deep, are 400; nothing is cut in silence."""
    answer = httpx.get(f"{url}/fragments", params=parameters)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_odd_letters_in_the_address_do_no_harm(url: str) -> None:
    """What is no part of an IRI in a query is encoded in the page's own address."""
    answer = httpx.get(f'{url}/fragments?object="a b"&x=<>{{}}|')
    assert answer.status_code == 200


def test_a_fragment_is_cached_and_negotiated(url: str) -> None:
    """It has an entity tag and 304, HEAD, and 406 for formats other than RDF."""
    at = f"{url}/fragments"
    first = httpx.get(at, headers={"accept": "text/turtle"})
    assert first.headers["content-type"].startswith("text/turtle")
    tag = {"if-none-match": first.headers["etag"], "accept": "text/turtle"}
    assert httpx.get(at, headers=tag).status_code == 304
    assert httpx.head(at).status_code == 200
    assert httpx.get(at, headers={"accept": "image/png"}).status_code == 406


def _query_with(tool: Path, query: str, *sources: str) -> list[dict[str, str]]:
    node = shutil.which("node")
    if node is None or not tool.is_file():
        pytest.skip(f"{tool.parts[-3]} is not installed: .ci/setup does it with npm")
    command = (node, str(tool), *sources, "-q", query, "-t", "application/json")
    done = subprocess.run(command, capture_output=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, str]] = json.loads(done.stdout)
    return rows


@pytest.mark.long
def test_comunica_joins_over_fragments(url: str) -> None:
    """Comunica recognises the fragments by their controls, and joins three patterns over them."""
    query = f"""SELECT ?name {{
        <{url}/id/p/230> <{_KNOWS}> ?b . ?b <{_KNOWS}> ?c . ?c <{_NAME}> ?name
    }}"""
    rows = _query_with(_NODE, query, f"{url}/fragments")
    assert [row["name"] for row in rows] == ['"person 232"@en']


@pytest.mark.long
def test_comunica_follows_links_from_document_to_document(url: str) -> None:
    """Comunica's link traversal answers a join from one document on, by following its links."""
    query = f"""SELECT ?name {{
        <{url}/id/p/240> <{_KNOWS}> ?b . ?b <{_KNOWS}> ?c . ?c <{_NAME}> ?name
    }}"""
    rows = _query_with(_TRAVERSAL, query, f"{url}/doc/p/240")
    assert '"person 242"@en' in {row["name"] for row in rows}
