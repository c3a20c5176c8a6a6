"""Dumps: what they hold, that their bytes stay the same, and how they are fetched."""

import gzip
import hashlib
import io
import shutil
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import DCAT, Graph, Namespace, URIRef

from urbansdg.endpoint.editions.dump_files import write_dump
from urbansdg.endpoint.editions.dump_names import files_of
from urbansdg.endpoint.editions.edition import build
from urbansdg.store import GraphStore, canonical_dump

_BASE = "http://localhost:8000"
_SPDX = Namespace("http://spdx.org/rdf/terms#")
_ALL = "/dumps/1/all.nq.gz"


def _whole(bundled: Path) -> set[ox.Quad]:
    store = GraphStore.open(bundled)
    return set(store.read(store.current()))


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "form"),
    [("all.nq.gz", ox.RdfFormat.N_QUADS), ("all.trig.gz", ox.RdfFormat.TRIG)],
)
def test_a_dump_holds_the_whole_version(
    client: httpx.Client, bundled: Path, name: str, form: ox.RdfFormat
) -> None:
    """A dump holds every quad of its version, and nothing else."""
    content = gzip.decompress(client.get(f"/dumps/1/{name}").content)
    assert set(ox.parse(content, format=form)) == _whole(bundled)


@pytest.mark.long
def test_the_dumps_of_the_graphs_are_the_whole(
    client: httpx.Client, bundled: Path, void: Graph
) -> None:
    """The Turtle dumps, each in its graph, hold the whole version together."""
    quads = set()
    for graph, dumped in void.subject_objects(DCAT.distribution):
        address = str(void.value(dumped, DCAT.downloadURL))
        if not address.endswith(".ttl.gz"):
            continue
        content = gzip.decompress(client.get(address.removeprefix(_BASE)).content)
        name = ox.NamedNode(str(graph))
        quads |= {
            ox.Quad(quad.subject, quad.predicate, quad.object, name)
            for quad in ox.parse(content, format=ox.RdfFormat.TURTLE)
        }
    assert quads == _whole(bundled)


def test_nquads_come_in_order(client: httpx.Client) -> None:
    """The lines of the N-Quads dump are in the order of their code points, each once."""
    lines = gzip.decompress(client.get(_ALL).content).decode().splitlines()
    assert lines == sorted(set(lines))


@pytest.mark.long
def test_a_version_gives_the_same_bytes_again(bundled: Path, tmp_path: Path) -> None:
    """Every dump of a version that is made again, of a copy of it too, has the same bytes."""
    digests = []
    for number in range(2):
        folder = Path(shutil.copytree(bundled, tmp_path / f"copy{number}"))
        store = GraphStore.open(folder)
        version, output = store.current(), tmp_path / f"made{number}"
        build(store, version, output)
        for file in files_of(version, store.iris.graph("")):
            write_dump(store, version, output, file)
        files = sorted(output.rglob("*.gz"))
        digests.append([(file.name, hashlib.sha256(file.read_bytes()).digest()) for file in files])
    assert len(digests[0]) > 5
    assert digests[0] == digests[1]


@pytest.mark.long
@given(st.lists(st.tuples(st.text(), st.sampled_from("abc")), max_size=20))
def test_the_order_does_not_depend_on_that_of_writing(values: list[tuple[str, str]]) -> None:
    """Two stores with the same quads are written as the same bytes, and read back as they were."""
    quads = [
        ox.Quad(
            ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal(text), ox.NamedNode(f"urn:{g}")
        )
        for text, g in values
    ]
    written = []
    for ordered in (quads, quads[::-1]):
        store = ox.Store()
        store.extend(ordered)
        lines, trig = io.BytesIO(), io.BytesIO()
        canonical_dump.write_nquads(store, lines)
        canonical_dump.write_trig(store, trig, {})
        written.append((lines.getvalue(), trig.getvalue()))
    assert written[0] == written[1]
    assert set(ox.parse(written[0][0], format=ox.RdfFormat.N_QUADS)) == set(quads)
    assert set(ox.parse(written[0][1], format=ox.RdfFormat.TRIG)) == set(quads)


def test_more_lines_than_a_run_are_merged(monkeypatch: pytest.MonkeyPatch, bundled: Path) -> None:
    """A version of more lines than are sorted at a time is written in the same order."""
    store = GraphStore.open(bundled)
    quads = store.read(store.current())
    at_once, merged = io.BytesIO(), io.BytesIO()
    canonical_dump.write_nquads(quads, at_once)
    monkeypatch.setattr(canonical_dump, "RUN", 1_000)
    canonical_dump.write_nquads(quads, merged)
    assert merged.getvalue() == at_once.getvalue()


@pytest.mark.long
def test_the_catalogue_tells_size_and_checksum(client: httpx.Client, void: Graph) -> None:
    """Every distribution can be downloaded; size and SHA-256 of the checkpoint's are its own."""
    distributions = set(void.objects(predicate=DCAT.distribution))
    assert len(distributions) > 5
    checked = set()
    for distribution in distributions:
        address = str(void.value(distribution, DCAT.downloadURL)).removeprefix(_BASE)
        answer = client.get(address)
        assert answer.status_code == 200
        digest = hashlib.sha256(answer.content).hexdigest()
        assert answer.headers["etag"] == f'"{digest}"'
        checksum = void.value(distribution, _SPDX.checksum)
        if checksum is not None:
            assert str(void.value(distribution, DCAT.byteSize)) == str(len(answer.content))
            assert str(void.value(URIRef(str(checksum)), _SPDX.checksumValue)) == digest
            checked.add(address)
    assert checked == {_ALL}


def test_a_dump_may_be_kept_for_a_day(client: httpx.Client) -> None:
    """A dump may be cached for a day; its entity tag and its date are answered with 304."""
    got = client.get(_ALL)
    assert got.headers["cache-control"] == "public, max-age=86400, must-revalidate"
    for name, value in (
        ("if-none-match", got.headers["etag"]),
        ("if-modified-since", got.headers["last-modified"]),
    ):
        again = client.get(_ALL, headers={name: value})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == got.headers["etag"]
    older = {"if-modified-since": "Sat, 01 Jan 2000 00:00:00 GMT"}
    assert client.get(_ALL, headers=older).status_code == 200
    assert client.get(_ALL, headers={"if-modified-since": "soon"}).status_code == 200


def test_a_dump_is_fetched_in_parts(client: httpx.Client) -> None:
    """Two ranges of a dump make the whole of it, as an interrupted download needs."""
    whole = client.get(_ALL).content
    first = client.get(_ALL, headers={"range": "bytes=0-999"})
    tag = first.headers["etag"]
    rest = client.get(_ALL, headers={"range": "bytes=1000-", "if-range": tag})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.content + rest.content == whole
    assert rest.headers["content-range"] == f"bytes 1000-{len(whole) - 1}/{len(whole)}"


def test_a_range_of_another_state_gives_the_whole(client: httpx.Client) -> None:
    """If-Range with another entity tag gives the whole dump; a range beyond its end, 416."""
    other = client.get(_ALL, headers={"range": "bytes=0-9", "if-range": '"other"'})
    assert (other.status_code, len(other.content)) == (200, len(client.get(_ALL).content))
    assert client.get(_ALL, headers={"range": "bytes=999999999-"}).status_code == 416


def test_head_tells_the_size(client: httpx.Client) -> None:
    """HEAD of a dump has the headers of GET and no body."""
    got, head = client.get(_ALL), client.head(_ALL)
    assert head.content == b""
    for name in ("content-length", "etag", "last-modified", "accept-ranges", "content-type"):
        assert head.headers[name] == got.headers[name]


def test_the_latest_dump_has_an_address_of_its_own(client: httpx.Client) -> None:
    """`/dumps/latest/` leads to the current version's dump."""
    answer = client.get("/dumps/latest/all.nq.gz")
    assert (answer.status_code, answer.headers["location"]) == (307, _ALL)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/dumps/1/none.gz", 404),
        ("/dumps/1/../1/edition.json.gz", 404),
        ("/dumps/1/edition.json.gz", 404),
        ("/dumps/1/..%2F..%2Fstore.json", 404),
        ("/dumps/99999999999999999999/all.nq.gz", 404),
        ("/dumps/latest/none", 404),
        ("/dumps/x/all.nq.gz", 404),
    ],
)
def test_what_is_no_dump_is_a_problem(client: httpx.Client, path: str, status: int) -> None:
    """An unknown dump is a problem document, and no other file can be downloaded."""
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
